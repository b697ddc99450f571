/** Tables as Markdown and as terminal text. */

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know about this table; shown below it. */
  readonly note?: string;
}

/** Units that numbers of tables are divided by. */
export const MEBI = 2 ** 20, GIGA = 1e9;

/** What stands for a number that there is not. */
export const MISSING = "–";

export function markdownTable({ header, rows }: Table): string {
  const escaped = { header: header.map(escape), rows: rows.map((row) => row.map(escape)) };
  const widths = columnWidths(escaped);
  const line = (cells: readonly string[]) => `| ${padded(cells, widths).join(" | ")} |`;
  return [
    line(escaped.header),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...escaped.rows.map(line),
  ].join("\n");
}

export function textTable({ header, rows }: Table): string {
  const widths = columnWidths({ header, rows });
  const line = (cells: readonly string[]) => `  ${padded(cells, widths).join("  ")}`.trimEnd();
  return [line(header), `  ${widths.map((width) => "─".repeat(width)).join("  ")}`, ...rows.map(line)].join(
    "\n",
  );
}

/** Text that Markdown would read as markup. Texts of equations and notes hold some of it. */
export function escape(text: string): string {
  return text.replace(/[\\|*_`<>]/g, "\\$&");
}

export function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  return text === "-0.0" ? "0.0" : text;
}

export function signed(share: number): string {
  const text = percent(share);
  return text.startsWith("-") ? text : `+${text}`;
}

export function interval([low, high]: readonly [number, number]): string {
  return `[${percent(low)}, ${percent(high)}]`;
}

/** A mean of counts: whole where it is whole. */
export function amount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function columnWidths({ header, rows }: Pick<Table, "header" | "rows">): number[] {
  return header.map((name, i) => Math.max(name.length, 3, ...rows.map((row) => row[i]!.length)));
}

function padded(cells: readonly string[], widths: readonly number[]): string[] {
  return cells.map((cell, i) => cell.padEnd(widths[i]!));
}
