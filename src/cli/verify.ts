/** `deno task verify`: whether the committed results are what this code gives; see src/verify/verify.ts. */

import { taskById } from "../../tasks/registry.ts";
import { COMMIT_VARIABLE } from "../records/provenance.ts";
import { closeTasks, type Executor } from "../bench/executor.ts";
import type { BenchRecord } from "../records/record.ts";
import { readRecords, recordPath } from "../records/folder.ts";
import { runSuite } from "../bench/runner.ts";
import {
  type Check,
  hashOf,
  pick,
  type RecordsByPath,
  recordsOf,
  verifyLeaderboard,
  verifyRecords,
} from "../verify/verify.ts";
import { verifyEquivalence } from "../verify/equivalence.ts";
import { verifySamples } from "../verify/samples.ts";
import { lockFolder } from "../files/lock.ts";
import { objectiveById } from "../objectives/registry.ts";
import { checkGpuWorkers, openExecutor } from "./backend.ts";
import { UsageError } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { type Options, parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";
import { checkResultsFolder } from "./results_folder.ts";
import { type Selection, selectSuite } from "./suite.ts";
import { counted } from "./words.ts";

/** One process at a time verifies here. */
const FOLDER = ".cache/verify";

/** Retrained cells go here, with base models of their own: nothing that is verified is taken from a cache. */
const SCRATCH = `${FOLDER}/retrained`;

/**
 * Runs the command and returns its exit status: 1 when a comparison fails.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("verify", args);
  const selection = await selectSuite(options.suite);
  const choice = options.cells === null ? null : { count: options.cells, by: pickOf(options) };
  if (options.backend === "webgpu") checkGpuWorkers(options.workers);
  checkResultsFolder(options.out, "--out");
  const checks = [...await verifyLeaderboard(options.out), ...await verifyAllSamples(options.out)];
  const show = (check: Check) =>
    options.json ? emit({ event: "check", ...check }) : console.log(lineOf(check));
  checks.forEach(show);
  const retrained = await retrain(options, selection, choice);
  retrained.checks.forEach(show);
  checks.push(...retrained.checks);
  const failed = checks.filter(({ passed }) => !passed).length, passed = checks.length - failed;
  if (options.json) emit({ event: "verified", passed, failed, note: retrained.note });
  else {
    console.log(retrained.note);
    console.log(`verify: ${passed} passed, ${failed} failed`);
  }
  return failed > 0 ? 1 : 0;
}

/** Samples of every suite with committed records. */
async function verifyAllSamples(results: string): Promise<Check[]> {
  const suites = [...new Set((await readRecords(results)).map(({ cell }) => cell.suite.id))];
  const checks: Check[] = [];
  for (const suite of suites) {
    checks.push(...await verifySamples(results, suite, await recordsOf(results, suite, "cpu")));
  }
  await closeTasks();
  return checks;
}

function emit(event: Record<string, unknown>): void {
  console.log(JSON.stringify(event));
}

function lineOf({ level, subject, passed, detail }: Check): string {
  return `${level}  ${passed ? "passed" : "FAILED"}  ${subject}: ${detail}`;
}

/** Trains the cells of the level that the options ask for, and compares them. */
async function retrain(
  options: Options<"verify">,
  selection: Selection,
  choice: { readonly count: number; readonly by: string } | null,
): Promise<{ checks: Check[]; note: string }> {
  const { suite } = selection;
  const committed = await recordsOf(options.out, suite.id, "cpu");
  if (committed.size === 0 && choice !== null) {
    return {
      checks: [],
      note: `${options.out} has no records of ${suite.id} yet: no cell of it was retrained`,
    };
  }
  const picked = choice && pick(committed, choice.count, choice.by);
  using _lock = await interruptible((signal) => lockFolder(FOLDER, { onWait: console.error, signal }));
  const started = performance.now();
  await removeFolder(SCRATCH);
  const { executor } = await openExecutor({ ...options, "fast-math": false });
  await using _ = executor;
  await interruptible((signal) => trainAll(executor, { ...selection, picked }, options.json, signal));
  const found = await recordsOf(SCRATCH, suite.id, options.backend);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const trained = `${
    counted(found.size, "cell")
  } of ${suite.id} retrained on ${options.backend} in ${seconds} s`;
  const folders = { committed: options.out, retrained: SCRATCH };
  if (options.backend === "cpu") {
    const checks = await verifyRecords(picked ?? committed, found, folders);
    return { checks, note: await closed(checks, `${trained}; all together ${hashOf(found)}`) };
  }
  const checks = verifyEquivalence(picked ?? committed, found);
  return { checks, note: await closed(checks, `${trained} (${executor.description.adapter})`) };
}

/** Removes what was retrained unless something is wrong with it. */
async function closed(checks: readonly Check[], note: string): Promise<string> {
  if (checks.some(({ passed }) => !passed)) return `${note}; kept in ${SCRATCH}`;
  await removeFolder(SCRATCH);
  return note;
}

/** Trains a whole suite, or the cells of some records. */
async function trainAll(
  executor: Executor,
  { suite, tasks, objectives, seeds, picked }: Selection & { readonly picked: RecordsByPath | null },
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const cells = picked
    ? [...picked.values()].map(({ cell }) => ({
      tasks: [taskById(cell.task)],
      objectives: [objectiveById(cell.objective)],
      seeds: [cell.seed],
    }))
    : [{ tasks, objectives, seeds }];
  const progress = openProgress({ label: `verify ${suite.id}`, unit: "forwards", json });
  try {
    for (const cell of cells) {
      await runSuite({
        executor,
        suite,
        ...cell,
        out: SCRATCH,
        work: `${SCRATCH}/.work`,
        cache: `${SCRATCH}/.base`,
        mode: "two-pass",
        signal,
      }, {
        progress: progress.update,
        say: progress.line,
        finished: ({ cell }: BenchRecord) => progress.line(`${recordPath(cell)} retrained`),
        seedFinished: () => Promise.resolve(),
      });
    }
  } finally {
    progress.done();
  }
}

/** What the choice of cells hangs on: what was asked for, or else the commit. */
function pickOf({ pick }: Options<"verify">): string {
  const commit = Deno.env.get(COMMIT_VARIABLE)?.slice(0, 40);
  if (pick !== null) return pick;
  if (commit) return commit;
  throw new UsageError("--cells needs --pick TEXT where the commit is not known");
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
