/** Options of commands that have a program of their own, because their permissions are. */

import { parseArgs } from "@std/cli";
import { describeError, UsageError } from "./errors.ts";
import { unknownName } from "./names.ts";

export interface PlainCommand<Name extends string> {
  readonly name: string;
  readonly help: string;
  /** What it may read, write and listen on: said when that was not enough. */
  readonly permissions: string;
  /** Options, each with a value. */
  readonly options: readonly Name[];
}

/**
 * Parses the arguments, runs the command and returns its exit status: 0 well, 1 failed, 2 not understood. `--help`
 * prints the help text instead.
 */
export async function runPlain<Name extends string>(
  { name, help, permissions, options }: PlainCommand<Name>,
  args: readonly string[],
  command: (values: Readonly<Partial<Record<Name, string>>>) => Promise<number>,
): Promise<number> {
  try {
    const parsed = parseArgs(args, {
      string: options,
      collect: options,
      boolean: ["help"],
      alias: { help: "h" },
      unknown(arg, key) {
        if (key === undefined) {
          throw new UsageError(`unexpected argument "${arg}"; see \`deno task ${name} --help\``);
        }
        throw unknownName(
          "option",
          `--${key.replace(/=$/, "")}`,
          [...options, "help"].map((option) => `--${option}`),
        );
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
    return await command(Object.fromEntries(values) as Partial<Record<Name, string>>);
  } catch (error) {
    const { message, exitCode } = describeError(error, permissions);
    console.error(message);
    return exitCode;
  }
}
