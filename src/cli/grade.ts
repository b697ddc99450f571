/** `deno task grade`: grades generations made anywhere. */

import { openDataFile } from "../../tasks/data/open.ts";
import { realTaskById, realTasks } from "../../tasks/registry.ts";
import { splitOf } from "../../tasks/real_task.ts";
import { gradeFile } from "../grading/grade.ts";
import { summaryText } from "../grading/summary.ts";
import { unknownName } from "./names.ts";
import { parseOptions } from "./options.ts";

const PROGRESS_INTERVAL = 5000;

/** @returns the exit status: 0 well, 1 not everything could be graded */
export async function run(args: readonly string[]): Promise<number> {
  const { task: name, input, out, split, lenient, json } = parseOptions("grade", args);
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
