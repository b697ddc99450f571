/** Prints the help text of a command: what starts instead of the program for `--help`, with no package and no rights. */

import { describeError } from "./errors.ts";
import { commandHelp } from "./help_text.ts";
import type { CommandName } from "./commands.ts";
import { parseOptions } from "./options.ts";

const [name, ...args] = Deno.args;
try {
  // What is wrong beside it is said all the same.
  parseOptions(name as CommandName, args);
  console.log(commandHelp(name as CommandName));
} catch (error) {
  const { message, exitCode } = describeError(error);
  console.error(message);
  Deno.exit(exitCode);
}
