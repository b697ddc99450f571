/**
 * The part of `@std/cli` that this project uses: `parseArgs` with the options below, over `node:util`, with the
 * signature and semantics of the original. A machine that reaches JSR may map the name to `jsr:@std/cli@1` instead.
 */

import { parseArgs as tokenize } from "node:util";

export interface ParseOptions<B extends string, S extends string, C extends string, D> {
  /** Names that take no value; `false` by default. */
  readonly boolean?: readonly B[];
  /** Names whose value stays text; "_" keeps positional arguments text. */
  readonly string?: readonly S[];
  /** Names whose values are gathered; `[]` by default. */
  readonly collect?: readonly C[];
  /** Other names of an option. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly default?: D;
  /** Called for what is not declared, with `(arg, key, value)` or `(arg)`; `false` drops it. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Of text options, those that are always there: with a default, or gathered. */
type Present<S extends string, C extends string, D> = Extract<S, C | keyof D>;
type Value<Name extends string, Type, C extends string, D> = Name extends C ? Type[]
  : Name extends keyof D ? Type | D[Name]
  : Type;

export type Args<B extends string, S extends string, C extends string, D> =
  & { _: (string | number)[] }
  & { [Name in B]: Value<Name, boolean, C, D> }
  & { [Name in Present<S, C, D>]: Value<Name, string, C, D> }
  & { [Name in Exclude<S, "_" | Present<S, C, D>>]?: string | undefined }
  & { [name: string]: unknown };

/** Text that reads as a number becomes one unless it was declared to be text. */
function toNumber(text: string): string | number {
  return /\S/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Every name of each aliased option, itself included. */
function groupNames(alias: Readonly<Record<string, string | readonly string[]>>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, others] of Object.entries(alias)) {
    const group = [name, ...[others].flat() as string[]];
    for (const member of group) groups.set(member, group);
  }
  return groups;
}

/**
 * Options and positional arguments of a command line. An option takes the next argument as its value unless it
 * is boolean or that argument starts with "-"; everything after "--" is positional. Undeclared options are
 * accepted, and undeclared values that look numeric become numbers.
 */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  // deno-lint-ignore ban-types
  D extends Readonly<Record<string, unknown>> = {},
>(args: readonly string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  const groups = groupNames(options.alias ?? {});
  const namesOf = (name: string) => groups.get(name) ?? [name];
  const expand = (names: readonly string[] = []) => new Set(names.flatMap(namesOf));
  const booleans = expand(options.boolean), strings = expand(options.string);
  const collected = expand(options.collect);
  const result: { _: (string | number)[]; [name: string]: unknown } = { _: [] };

  const set = (name: string, value: string | boolean, arg: string) => {
    const declared = booleans.has(name) || strings.has(name) || groups.has(name);
    if (!declared && options.unknown?.(arg, name, value) === false) return;
    const typed = typeof value === "string" && !strings.has(name) ? toNumber(value) : value;
    for (const key of namesOf(name)) {
      result[key] = collected.has(key) ? [...(result[key] as unknown[] ?? []), typed] : typed;
    }
  };

  const { tokens } = tokenize({ args: [...args], strict: false, allowPositionals: true, tokens: true });
  let ended = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!, next = tokens[i + 1];
    if (token.kind === "option-terminator") ended = true;
    else if (token.kind === "positional") {
      if (ended) result._.push(token.value);
      else if (options.unknown?.(token.value) !== false) {
        result._.push(strings.has("_") ? token.value : toNumber(token.value));
      }
    } else {
      const arg = args[token.index]!;
      if (token.value !== undefined) {
        // "--name=" is no option with an empty value but one that is called "name=".
        if (token.value === "") set(`${token.name}=`, true, arg);
        else set(token.name, booleans.has(token.name) ? token.value !== "false" : token.value, arg);
        continue;
      }
      const last = next?.index !== token.index;
      const value = last && next?.kind === "positional" && next.value !== "-" ? next.value : undefined;
      if (value !== undefined && (!booleans.has(token.name) || value === "true" || value === "false")) {
        set(token.name, booleans.has(token.name) ? value !== "false" : value, arg);
        i++;
      } else set(token.name, strings.has(token.name) ? "" : true, arg);
    }
  }

  for (const [name, value] of Object.entries(options.default ?? {})) {
    for (const key of namesOf(name)) if (!Object.hasOwn(result, key)) result[key] = value;
  }
  for (const name of [...booleans, ...strings]) {
    if (Object.hasOwn(result, name)) continue;
    if (collected.has(name)) result[name] = [];
    else if (booleans.has(name)) result[name] = false;
  }
  return result as Args<B, S, C, D>;
}
