/** `deno task bench`: trains and evaluates every cell of a suite, then prints the leaderboard. */

import { leaderboardText, writeLeaderboard } from "../leaderboard/files.ts";
import type { BenchRecord, RecordedScore } from "../records/record.ts";
import { GENERATED } from "../suite/names.ts";
import { readRecords } from "../records/folder.ts";
import { runSuite } from "../bench/runner.ts";
import { SUITE_IDS } from "../suite/suite.ts";
import { openExecutor } from "./backend.ts";
import { confirm } from "./confirm.ts";
import { interruptible } from "./interrupt.ts";
import { UsageError } from "./errors.ts";
import { type Options, parseOptions } from "./options.ts";
import { listed, listing } from "./listing.ts";
import { openProgress } from "./progress.ts";
import { selectSuite } from "./suite.ts";
import { counted } from "./words.ts";

/** Base models, shared by all runs of a clone. */
const CACHE = ".cache/base";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("bench", args);
  if (options.confirm) checkConfirm(options);
  const selection = await selectSuite(options.suite, options);
  const emit = (event: Record<string, unknown>) => console.log(JSON.stringify(event));
  if (options.list) {
    const list = await listed(selection, options.out);
    if (options.json) emit({ event: "list", suites: SUITE_IDS, ...list });
    else console.log(listing(list, options.out));
    return 0;
  }
  const { executor, reason } = await openExecutor(options);
  await using _ = executor;
  if (options.confirm) return await confirm(executor, options);
  const { suite, tasks, objectives, seeds } = selection;
  const cells = tasks.length * objectives.length * seeds.length;
  if (options.json) emit({ event: "start", suite: suite.id, cells, device: executor.description, reason });
  else console.error(`suite ${suite.id}@${suite.version}, ${counted(cells, "cell")}; backend ${reason}`);
  const progress = openProgress({ label: suite.id, unit: "forwards", json: options.json });
  let summary: string | undefined;
  try {
    const records = await interruptible((signal) =>
      runSuite({
        executor,
        suite,
        tasks,
        objectives,
        seeds,
        out: options.out,
        work: `${options.out}/.work`,
        cache: CACHE,
        mode: "two-pass",
        signal,
      }, {
        progress: (done, total, note) => progress.update(done, total, note),
        say: progress.line,
        finished: (record, reused) => {
          if (options.json) emit({ event: "cell", reused, cell: record.cell, tests: record.outcome.tests });
          else progress.line(cellLine(record, reused));
        },
        seedFinished: async (seed) => {
          const board = await writeLeaderboard(options.out, await readRecords(options.out));
          if (!options.json) progress.line(`\nafter seed ${seed}:\n\n${leaderboardText(board)}`);
        },
      })
    );
    summary = `${counted(records.length, "cell")} done`;
  } finally {
    progress.done(summary);
  }
  const board = await writeLeaderboard(options.out, await readRecords(options.out));
  if (options.json) emit({ event: "leaderboard", leaderboard: board });
  else {
    console.log(leaderboardText(board));
    console.error(
      `records, leaderboard.json, LEADERBOARD.md and LEADERBOARD_DETAILS.md are in ${options.out}/`,
    );
  }
  return 0;
}

/** A confirmation is about all records of a folder. @throws UsageError for options that choose among them */
function checkConfirm({ task, objective, seeds, list }: Options<"bench">): void {
  const given = [
    ...(task.length > 0 ? ["--task"] : []),
    ...(objective.length > 0 ? ["--objective"] : []),
    ...(seeds ? ["--seeds"] : []),
    ...(list ? ["--list"] : []),
  ];
  if (given.length === 0) return;
  throw new UsageError(`--confirm is about all records of a folder: leave out ${given.join(", ")}`);
}

/** One finished cell: sampled or greedy scores on generated puzzles before and after. */
function cellLine({ cell, outcome }: BenchRecord, reused: boolean): string {
  const scores = outcome.tests.filter(({ set }) => set === GENERATED).map(({ decoding, before, after }) =>
    `${decoding} ${percent(before)} -> ${percent(after)} %`
  );
  const flags = [reused ? "already done" : "", outcome.status === "diverged" ? "DIVERGED" : ""].filter(
    Boolean,
  );
  return `${cell.task} ${cell.objective} seed ${cell.seed}: ${scores.join(", ")}` +
    (flags.length ? ` (${flags.join(", ")})` : "");
}

function percent({ n, strict }: RecordedScore): string {
  return (100 * strict.correct / n).toFixed(1);
}
