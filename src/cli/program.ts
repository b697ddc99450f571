/** The program: one module per command, loaded when it is asked for. */

import { describeError, EXIT_USAGE } from "./errors.ts";
import { unknownName } from "./names.ts";
import { commandHelp, permissionsOf, programHelp } from "./help_text.ts";
import { type CommandName, COMMANDS } from "./commands.ts";
import { parseOptions } from "./options.ts";

type Run = (args: string[]) => Promise<number>;

const RUN: Readonly<Record<CommandName, () => Promise<{ run: Run }>>> = {
  bench: () => import("./bench.ts"),
  train: () => import("./train.ts"),
  base: () => import("./base.ts"),
  eval: () => import("./eval.ts"),
  leaderboard: () => import("./leaderboard.ts"),
  tune: () => import("./tune.ts"),
  verify: () => import("./verify.ts"),
  claims: () => import("./claims.ts"),
  conformance: () => import("./conformance.ts"),
  "gpu-check": () => import("./gpu_check.ts"),
  grade: () => import("./grade.ts"),
  dashboard: () => import("./dashboard.ts"),
  export: () => import("./export.ts"),
  new: () => import("./new.ts"),
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
