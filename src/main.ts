/** The command line: one module per command, loaded when it is asked for. */

import { describeError, EXIT_USAGE } from "./cli/errors.ts";
import { unknownName } from "./cli/names.ts";
import {
  commandHelp,
  type CommandName,
  COMMANDS,
  parseOptions,
  permissionsOf,
  programHelp,
} from "./cli/options.ts";

type Run = (args: string[]) => Promise<number>;

const RUN: Readonly<Record<CommandName, () => Promise<{ run: Run }>>> = {
  bench: () => import("./cli/bench.ts"),
  train: () => import("./cli/train.ts"),
  base: () => import("./cli/base.ts"),
  eval: () => import("./cli/eval.ts"),
  leaderboard: () => import("./cli/leaderboard.ts"),
  tune: () => import("./cli/tune.ts"),
  verify: () => import("./cli/verify.ts"),
  claims: () => import("./cli/claims.ts"),
  conformance: () => import("./cli/conformance.ts"),
  grade: () => import("./cli/grade.ts"),
  dashboard: () => import("./cli/dashboard.ts"),
  export: () => import("./cli/export.ts"),
  new: () => import("./cli/new.ts"),
};

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** Runs one command. @returns the exit status: 0 well, 1 failed, 2 not understood */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      console.log(programHelp());
      return name === undefined ? EXIT_USAGE : 0;
    }
    if (!isCommand(name)) throw unknownName("command", name, Object.keys(COMMANDS));
    // Checked before the command's modules are loaded: a mistyped option is answered at once.
    if (parseOptions(name, rest).help) {
      console.log(commandHelp(name));
      return 0;
    }
    const { run } = await RUN[name]();
    return await run(rest);
  } catch (error) {
    const permissions = name !== undefined && isCommand(name) ? permissionsOf(name) : undefined;
    const { message, exitCode } = describeError(error, permissions);
    console.error(message);
    return exitCode;
  }
}

// A display that a failed command left behind must not keep the process alive.
if (import.meta.main) Deno.exit(await main(Deno.args));
