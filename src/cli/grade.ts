/** `deno task grade`: grades generations made anywhere. */

import { openDataFile } from "../../tasks/data/open.ts";
import { realTaskById, realTasks } from "../../tasks/registry.ts";
import { splitOf } from "../../tasks/real_task.ts";
import { gradeFile } from "../grading/grade.ts";
import { summaryText } from "../grading/summary.ts";
import { UsageError } from "./errors.ts";
import { unknownName } from "./names.ts";
import { runPlain } from "./plain_options.ts";

const PERMISSIONS =
  `The task may read everything, and may write the repository, its sources apart, /tmp and the folder that
DLLM_BENCH_OUT names: to write elsewhere, put DLLM_BENCH_OUT=FOLDER before the command.`;

const HELP = `Grades generations of a real task, in the modes strict and d1.

Usage: deno task grade --task NAME --input FILE [options]

Options:
  --task NAME   ${realTasks.map(({ id }) => id).join(", ")} (required)
  --input FILE  generations as JSON lines, gzip by its name; - for the standard input (required)
  --out FILE    file of the verdicts, one JSON line per generation; continued if it is there (default: none)
  --split NAME  the rows that indices name (default test)
  --lenient     exit with status 0 in spite of malformed lines
  --json        print the summary as JSON
  --help        print this text

A line is {"index": row of the test file, "text": generation}, or has fields of its own instead of the index:
${realTasks.map(({ id, itemFields }) => `  ${id.padEnd(10)} ${itemFields.join(", ")}`).join("\n")}
A text of null is a wrong answer. Several lines of one problem are samples of it: its share of right ones counts, and
a problem is one trial to the interval. Lines that are none of these are reported by number.

The exit status is 1 when nothing was graded, when there were malformed lines (but for --lenient), or when something
could not be graded for a reason that is not the generation's.

${PERMISSIONS}`;

const OPTIONS = ["task", "input", "out", "split"] as const;
const FLAGS = ["lenient", "json"] as const;

const PROGRESS_INTERVAL = 5000;

/**
 * Runs the command and returns its exit status: 0 well, 1 failed, 2 not understood.
 * @param args what follows the command's name
 */
export function run(args: readonly string[]): Promise<number> {
  const command = { name: "grade", help: HELP, permissions: PERMISSIONS, options: OPTIONS, flags: FLAGS };
  return runPlain(command, args, async ({ task: name, input, out = null, split = "test", lenient, json }) => {
    if (name === undefined || input === undefined) {
      throw new UsageError(
        `grade needs --${name === undefined ? "task" : "input"}; see \`deno task grade --help\``,
      );
    }
    const ids = realTasks.map(({ id }) => id);
    if (!ids.includes(name)) throw unknownName("task", name, ids);
    const task = realTaskById(name);
    if (!Object.hasOwn(task.splits, split)) throw unknownName("split", split, Object.keys(task.splits));
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
      waiting: { onWait: (line) => console.error(line) },
    });
    console.log(json ? JSON.stringify(summary) : summaryText(summary));
    const { malformed, failed } = summary;
    return summary.graded === 0 || failed.length > 0 || (malformed.length > 0 && !lenient) ? 1 : 0;
  });
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

if (import.meta.main) Deno.exit(await run(Deno.args));
