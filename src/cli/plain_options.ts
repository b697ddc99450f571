/** Options of commands that have a program of their own, because their permissions are. */

import { parseArgs } from "@std/cli";
import { joinDashedValues, typedOption } from "./arguments.ts";
import { describeError, UsageError } from "./errors.ts";
import { unknownName } from "./names.ts";

export interface PlainCommand<Name extends string, Flag extends string> {
  readonly name: string;
  readonly help: string;
  /** What it may read, write and listen on: said when that was not enough. */
  readonly permissions: string;
  /** Options, each with a value. */
  readonly options: readonly Name[];
  /** Options without a value. */
  readonly flags?: readonly Flag[];
}

type Values<Name extends string, Flag extends string> =
  & Readonly<Partial<Record<Name, string>>>
  & Readonly<Record<Flag, boolean>>;

/**
 * Parses the arguments, runs the command and returns its exit status: 0 well, 1 failed, 2 not understood. `--help`
 * prints the help text instead.
 */
export async function runPlain<Name extends string, Flag extends string = never>(
  { name, help, permissions, options, flags = [] }: PlainCommand<Name, Flag>,
  args: readonly string[],
  command: (values: Values<Name, Flag>) => Promise<number>,
): Promise<number> {
  try {
    const parsed = parseArgs(joinDashedValues(args, options), {
      string: options,
      collect: options,
      boolean: [...flags, "help"],
      alias: { help: "h" },
      unknown(arg, key) {
        if (key === undefined) {
          throw new UsageError(`unexpected argument "${arg}"; see \`deno task ${name} --help\``);
        }
        const known = [...options, ...flags, "help"].map((option) => `--${option}`);
        throw unknownName("option", typedOption(arg), known);
      },
    });
    if (parsed.help) {
      console.log(help);
      return 0;
    }
    const values = options.flatMap((option) => {
      const given = (parsed as Record<string, unknown>)[option] as string[];
      if (given.length > 1) throw new UsageError(`--${option} is given ${given.length} times, expected once`);
      if (given[0] === "") throw new UsageError(`--${option} needs a value`);
      return given.map((value) => [option, value] as const);
    });
    const switches = flags.map((flag) => [flag, (parsed as Record<string, unknown>)[flag]] as const);
    return await command(Object.fromEntries([...values, ...switches]) as Values<Name, Flag>);
  } catch (error) {
    const { message, exitCode } = describeError(error, permissions);
    console.error(message);
    return exitCode;
  }
}
