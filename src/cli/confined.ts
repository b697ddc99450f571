/**
 * Starts a program that may read the folders which its command line names, and nothing else. A task line cannot name
 * them; the other permissions stand there, before the program.
 *
 *   confined.ts FLAGS... PROGRAM [--results DIR] [--out DIR] ...
 */

import { parseArgs } from "@std/cli";
import { joinDashedValues } from "./arguments.ts";
import { describeError, UsageError } from "./errors.ts";

/** Options that name folders. What else is on the command line, and what is wrong with it, the program says. */
const NAMING = ["results", "out"] as const;

/** What is shown where nothing is named. */
export const RESULTS = "results";

/**
 * Arguments of Deno for a program, from what this one is called with.
 * @throws UsageError for a folder that no permission can name
 */
export function confined(words: readonly string[]): string[] {
  const at = words.findIndex((word) => !word.startsWith("-"));
  if (at < 0) throw new TypeError(`expected flags and a program, found "${words.join(" ")}"`);
  const flags = words.slice(0, at), program = words[at]!, args = words.slice(at + 1);
  const named = parseArgs(joinDashedValues(args, NAMING), { string: NAMING, collect: NAMING });
  const shown = named.results.filter(Boolean), written = named.out.filter(Boolean);
  const folders = [...(shown.length > 0 ? shown : [RESULTS]), ...written];
  const parted = folders.find((folder) => folder.includes(","));
  if (parted !== undefined) {
    throw new UsageError(
      `"${parted}": expected a folder without a comma, which parts Deno's lists; rename it`,
    );
  }
  return ["run", "--no-prompt", `--allow-read=${folders.join(",")}`, ...flags, program, ...args];
}

/** What ends this process ends the program. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Runs the program to its end. @returns its exit status */
async function run(words: readonly string[]): Promise<number> {
  const program = new Deno.Command(Deno.execPath(), { args: confined(words) }).spawn();
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      try {
        program.kill(signal);
      } catch (error) {
        // Ctrl-C reaches both, and the program may have ended first.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    });
  }
  return (await program.status).code;
}

if (import.meta.main) {
  try {
    Deno.exit(await run(Deno.args));
  } catch (error) {
    const { message, exitCode } = describeError(error);
    console.error(message);
    Deno.exit(exitCode);
  }
}
