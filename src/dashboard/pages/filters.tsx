/** A form that filters by plain GET parameters. */

export interface FilterField {
  readonly name: string;
  readonly title: string;
  readonly options: readonly (readonly [value: string, title: string])[];
  /** The chosen value; a list where several may be chosen. */
  readonly value: string | readonly string[] | undefined;
  /** Whether "all" is a choice; default true. */
  readonly all?: boolean;
}

export function Filters({ action, fields }: { action: string; fields: readonly FilterField[] }) {
  return (
    <form class="filters" method="get" action={action} aria-label="Filters">
      {fields.map(({ name, title, options, value, all = true }) => (
        <div>
          <label for={`filter-${name}`}>{title}</label>
          <select
            id={`filter-${name}`}
            name={name}
            multiple={several(value)}
            size={several(value) ? 4 : undefined}
          >
            {all && <option value="">all</option>}
            {options.map(([option, text]) => (
              <option value={option} selected={[value].flat().includes(option)}>{text}</option>
            ))}
          </select>
        </div>
      ))}
      <button type="submit">Show</button>
    </form>
  );
}

function several(value: FilterField["value"]): boolean {
  return Array.isArray(value);
}

/** Distinct values, ascending, as options. */
export function optionsOf(values: readonly string[]): [string, string][] {
  return [...new Set(values)].sort().map((value) => [value, value]);
}
