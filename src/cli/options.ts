/** Options of a command line, checked against the table of commands. */

import { parseArgs } from "@std/cli";
import { joinDashedValues, typedOption } from "./arguments.ts";
import { type CommandName, COMMANDS, type CommandSpec, type OptionSpec } from "./commands.ts";
import { UsageError } from "./errors.ts";
import { unknownName } from "./names.ts";

type Value<O extends OptionSpec> = O["kind"] extends "flag" ? boolean
  : O["kind"] extends "names" ? string[]
  : O["kind"] extends "seed" ? number
  : O["kind"] extends "seeds" ? number[] | null
  : O["kind"] extends "count" ? (O extends { default: string } ? number : number | null)
  : O["kind"] extends "counts" ? number[]
  : O["kind"] extends "share" ? number
  : O extends { choices: readonly (infer Choice)[] } ? Choice
  : O extends { required: true } | { default: string } ? string
  : string | null;

/** The options of a command by name; null where a text option without a default is absent. */
export type Options<C extends CommandName> =
  & {
    -readonly [Name in keyof typeof COMMANDS[C]["options"]]: typeof COMMANDS[C]["options"][Name] extends
      infer O extends OptionSpec ? Value<O> : never;
  }
  & (typeof COMMANDS[C] extends { readonly words: readonly string[] } ? { words: string[] } : unknown);

/**
 * Options of a command line. `--help` is not acted upon, but it excuses missing options.
 * @param args what follows the command's name
 * @throws UsageError saying what was expected
 */
export function parseOptions<C extends CommandName>(command: C, args: readonly string[]): Options<C> {
  const specs: Readonly<Record<string, OptionSpec>> = COMMANDS[command].options;
  const names = Object.keys(specs);
  const texts = names.filter((name) => specs[name]!.kind !== "flag");
  const parsed = parseArgs(joinDashedValues(args, texts), {
    boolean: names.filter((name) => specs[name]!.kind === "flag"),
    string: texts,
    collect: texts,
    alias: { help: "h" },
    unknown(arg, key) {
      if (key === undefined) return;
      const known = names.map((name) => `--${name}`);
      throw unknownName("option", typedOption(arg), known);
    },
  });
  const { words = [] }: CommandSpec = COMMANDS[command], given = parsed._.map(String);
  if (given.length > words.length) {
    throw new UsageError(`unexpected argument "${given[words.length]}"; ${seeHelp(command)}`);
  }
  if (given.length < words.length && !parsed.help) {
    throw new UsageError(`${command} needs ${words.slice(given.length).join(" and ")}; ${seeHelp(command)}`);
  }
  const values = names.map((name) => {
    const spec = specs[name]!;
    if (spec.kind === "flag") return [name, parsed[name]];
    return [name, readValue(command, name, spec, parsed[name] as string[], Boolean(parsed.help))];
  });
  return Object.fromEntries([...values, ...(words.length > 0 ? [["words", given]] : [])]);
}

function seeHelp(command: CommandName): string {
  return `see \`deno task ${command} --help\``;
}

function readValue(command: CommandName, name: string, spec: OptionSpec, given: string[], help: boolean) {
  if (given.includes("")) throw new UsageError(`--${name} needs a value: --${name} ${spec.value}`);
  if (spec.kind === "names" && (given.length > 0 || !spec.required)) {
    return given.flatMap((text) => splitList(name, text));
  }
  if (given.length > 1) throw new UsageError(`--${name} is given ${given.length} times, expected once`);
  const text = given[0] ?? spec.default ?? null;
  if (text === null) {
    if (!spec.required || help) return null;
    throw new UsageError(`${command} needs --${name} ${spec.value}; ${seeHelp(command)}`);
  }
  if (spec.choices && !spec.choices.includes(text)) throw unknownName(name, text, spec.choices);
  if (spec.kind === "seed") return parseSeed(name, text);
  if (spec.kind === "count") return parseCount(name, text, spec.max);
  if (spec.kind === "share") return parseShare(name, text);
  if (spec.kind === "counts") {
    return [...new Set(splitList(name, text).map((part) => parseCount(name, part)))];
  }
  return spec.kind === "seeds" ? parseSeeds(name, text) : text;
}

function splitList(name: string, text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.includes("")) throw new UsageError(`--${name} has an empty name in "${text}"`);
  return parts;
}

function parseCount(name: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= max) return count;
  const expected = max === Number.MAX_SAFE_INTEGER
    ? "a positive whole number"
    : `a whole number from 1 to ${max}`;
  throw new UsageError(`--${name}: expected ${expected}, found "${text}"`);
}

function parseShare(name: string, text: string): number {
  const share = Number(text);
  if (/^[\d.]+(e-?\d+)?$/i.test(text) && share > 0 && share <= 1) return share;
  throw new UsageError(`--${name}: expected a number above 0 and at most 1, found "${text}"`);
}

/** Seeds are the first word of a random key: 32 bits. */
function parseSeed(name: string, text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new UsageError(`--${name}: expected a whole number from 0 to ${2 ** 32 - 1}, found "${text}"`);
}

const MAX_SEEDS = 1000;

/** A single number n means the seeds 1 to n; a list means exactly its seeds. */
function parseSeeds(name: string, text: string): number[] {
  if (!text.includes(",")) {
    const count = parseSeed(name, text);
    if (count >= 1 && count <= MAX_SEEDS) return Array.from({ length: count }, (_, i) => i + 1);
    throw new UsageError(
      `--${name}: expected a count from 1 to ${MAX_SEEDS} or a list as in 1,2,7, found "${text}"`,
    );
  }
  // A list of one seed is written with a comma at its end.
  const seeds = splitList(name, text.replace(/,$/, "")).map((part) => parseSeed(name, part));
  if (new Set(seeds).size < seeds.length) throw new UsageError(`--${name} names a seed twice: "${text}"`);
  return seeds;
}
