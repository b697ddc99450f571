/** `deno task grade`: grades generations made anywhere. */

import { parseArgs } from "@std/cli";
import { openDataFile } from "../../tasks/data.ts";
import { realTaskById, realTasks } from "../../tasks/real_registry.ts";
import { type RealTask, splitOf } from "../../tasks/real_task.ts";
import { gradeFile } from "../grading/grade.ts";
import { summaryText } from "../grading/summary.ts";

const HELP = `Grades generations of a real task, in the modes strict and d1.

Usage: deno task grade --task NAME --input FILE [options]

Options:
  --task NAME   ${realTasks.map(({ id }) => id).join(", ")} (required)
  --input FILE  generations as JSON lines, gzip by its name; - for the standard input (required)
  --out FILE    file of the verdicts, one JSON line per generation; continued if it is there (default: none)
  --split NAME  the rows that indices name (default test)
  --json        print the summary as JSON
  --help        print this text

A line is {"index": row of the test file, "text": generation}, or has fields of its own instead of the index:
${realTasks.map(({ id, itemFields }) => `  ${id.padEnd(10)} ${itemFields.join(", ")}`).join("\n")}
Lines that are neither are reported by number. The exit status is 1 when nothing was graded, or something could not
be graded for a reason that is not the generation's.
`;

const OPTIONS = ["task", "input", "out", "split"] as const;

interface Options {
  readonly task: RealTask;
  readonly input: string;
  readonly out: string | null;
  readonly split: string;
  readonly json: boolean;
}

/** The command line is not understood. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @returns null for --help */
function parseOptions(args: readonly string[]): Options | null {
  const parsed = parseArgs(args, {
    string: OPTIONS,
    collect: OPTIONS,
    boolean: ["json", "help"],
    alias: { help: "h" },
    unknown(arg) {
      const known = [...OPTIONS, "json", "help"].map((name) => `--${name}`).join(" ");
      throw new UsageError(`unknown argument "${arg}"; known options: ${known}`);
    },
  });
  if (parsed.help) return null;
  const one = (name: typeof OPTIONS[number]) => {
    const values = parsed[name];
    if (values.length > 1) throw new UsageError(`--${name} is given ${values.length} times, expected once`);
    if (values[0] === "") throw new UsageError(`--${name} needs a value`);
    return values[0] ?? null;
  };
  const [name, input, out, split] = [one("task"), one("input"), one("out"), one("split") ?? "test"];
  if (name === null || input === null) {
    throw new UsageError(`grade needs --${name === null ? "task" : "input"}; see \`deno task grade --help\``);
  }
  const task = usage(() => realTaskById(name));
  usage(() => splitOf(task, split));
  return { task, input, out, split, json: parsed.json };
}

/** Errors of looking up a name that was typed are the command line's. */
function usage<Value>(look: () => Value): Value {
  try {
    return look();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const PROGRESS_INTERVAL = 5000;

/**
 * Runs the command and returns its exit status: 0 well, 1 failed, 2 not understood.
 * @param args what follows the command's name
 */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  const { task, input, out, split, json } = options;
  const { file } = splitOf(task, split);
  let graded = 0, shown = performance.now();
  const summary = await gradeFile({
    task,
    input,
    out,
    split,
    openTestFile: () => openDataFile(file, { onProgress: downloadProgress() }),
    onMalformed: ({ line, reason }) => console.error(`line ${line} is malformed: ${reason}`),
    onFailed: ({ line, reason }) => console.error(`line ${line} could not be graded: ${reason}`),
    onVerdict() {
      graded++;
      if (performance.now() - shown < PROGRESS_INTERVAL) return;
      shown = performance.now();
      console.error(`${graded} graded`);
    },
  });
  console.log(json ? JSON.stringify(summary) : summaryText(summary));
  return summary.graded === 0 || summary.failed.length > 0 ? 1 : 0;
}

/** A line per quarter of a download. */
function downloadProgress(): (file: { readonly name: string }, received: number, total: number) => void {
  let quarter = -1;
  return ({ name }, received, total) => {
    const reached = Math.floor(4 * received / total);
    if (reached === quarter) return;
    quarter = reached;
    console.error(`${name}: ${received} of ${total} bytes`);
  };
}

if (import.meta.main) {
  try {
    Deno.exitCode = await run(Deno.args);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
