/** What the user sees when a command fails, and with which exit status. */

import { errorText } from "../files/error_text.ts";

/** The command line asks for something that does not exist or makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A run that was asked to stop, and did. Not a failure: the same command continues. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("stopped; everything up to the last step is saved, the same command continues from there");
  }
}

const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
/** What shells report for a program that Ctrl-C ended. */
export const EXIT_INTERRUPTED = 130;

const FOLDERS =
  "Commands read and write the repository, its sources apart, and /tmp, and read the folder that DLLM_BENCH_DATA " +
  "names. To use another folder, put DLLM_BENCH_OUT=FOLDER before the command.";

/**
 * Text for stderr and the exit status. Errors with a cause of their own making come as one message, no stack.
 * @param folders what the command may read and write
 */
export function describeError(error: unknown, folders = FOLDERS): { message: string; exitCode: number } {
  if (error instanceof UsageError) return { message: `error: ${error.message}`, exitCode: EXIT_USAGE };
  if (error instanceof Interrupted) return { message: error.message, exitCode: EXIT_INTERRUPTED };
  if (error instanceof Deno.errors.NotCapable) {
    // Deno's message advises flags that are not the user's to give: they stand in the tasks.
    const needed = error.message.replace(/, run again with.*$/s, "");
    return { message: `error: ${needed}. ${folders}`, exitCode: EXIT_FAILURE };
  }
  return { message: `error: ${errorText(error)}`, exitCode: EXIT_FAILURE };
}
