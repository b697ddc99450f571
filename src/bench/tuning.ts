/**
 * Learning rates by a frozen sweep: every objective of a suite trains with each of four rates on every task, with
 * the suite's whole budget and on seeds that are never reported; the rate with the best mean sampled score stands in
 * the suite. Nobody tunes one objective harder than another. A part of the budget would favour high rates, that learn
 * fast and end badly.
 */

import type { Task } from "../../tasks/task.ts";
import type { Objective } from "../objectives/objective.ts";
import { identityOf } from "../files/identity.ts";
import { readTextIfThere } from "../files/text.ts";
import { mean } from "../statistics/moments.ts";
import type { CellSource } from "../records/source_identity.ts";
import { groupBy } from "../std/collections.ts";
import type { BenchRecord } from "../records/record.ts";
import { GENERATED } from "../suite/names.ts";
import { type RunnerEvents, type RunnerOptions, runSuite } from "./runner.ts";
import type { Suite } from "../suite/suite.ts";

/** Learning rates of the sweep, ascending. The best one of every objective should lie inside, so that it is bracketed. */
export const RATES = [0.0001, 0.0002, 0.0005, 0.001] as const;

/** What one rate gave one objective: shares of correct sampled responses, by task, the mean over seeds. */
export interface RateResult {
  readonly rate: number;
  readonly mean: number;
  readonly tasks: Readonly<Record<string, number>>;
  /** Cells that diverged, by task where there are any. */
  readonly diverged: Readonly<Record<string, number>>;
}

/** Why a suite has its learning rates: `results/tuning/<suite>.json`. */
export interface TuningEvidence {
  readonly schema: 2;
  readonly suite: string;
  readonly version: number;
  readonly seeds: readonly number[];
  readonly backend: string;
  readonly objectives: Readonly<Record<string, ObjectiveEvidence>>;
}

export interface ObjectiveEvidence {
  readonly chosen: number;
  readonly rates: readonly RateResult[];
  /** The code of its cells, by task. */
  readonly source: Readonly<Record<string, CellSource>>;
}

/** The suite of one rate: sampled scores on generated puzzles at the end, and nothing else beside. */
export function tuningSuite(suite: Suite, rate: number): Suite {
  const objectives = Object.entries(suite.objectives).map((
    [id, entry],
  ) => [id, { ...entry, learningRate: rate }]);
  const { evaluation } = suite;
  return {
    ...suite,
    id: `${suite.id}-${rate.toExponential()}`,
    objectives: Object.fromEntries(objectives),
    seeds: suite.tuningSeeds,
    evaluation: {
      seed: evaluation.seed,
      during: { everyUpdates: Number.MAX_SAFE_INTEGER, prompts: 1, decodings: ["greedy"] },
      final: { prompts: evaluation.final.prompts, decodings: ["sampled"], realPrompts: 0 },
    },
  };
}

/** What a sweep runs on and where it keeps its cells. */
export type TuningOptions = Omit<RunnerOptions, "seeds">;

/**
 * Runs the sweep, continuing an interrupted one, and returns its evidence.
 * @param begin called before the cells of each rate
 * @throws the reason of the signal when it was aborted
 */
export async function tuneSuite(
  options: TuningOptions,
  begin: (rate: number) => void,
  events: RunnerEvents,
): Promise<TuningEvidence> {
  const { suite, tasks, objectives } = options, records: BenchRecord[] = [];
  for (const rate of RATES) {
    begin(rate);
    const seeds = suite.tuningSeeds;
    records.push(...await runSuite({ ...options, suite: tuningSuite(suite, rate), seeds }, events));
  }
  return evidenceOf(suite, tasks, objectives, records);
}

/**
 * The score of one task, objective and rate of a sweep: the mean over its seeds, as the evidence has it.
 * @param options with one task and one objective
 */
export async function measureScore(
  options: TuningOptions,
  rate: number,
  events: RunnerEvents,
): Promise<number> {
  const { suite } = options;
  const records = await runSuite(
    { ...options, suite: tuningSuite(suite, rate), seeds: suite.tuningSeeds },
    events,
  );
  return rounded(mean(records.map(sampledScore)));
}

/** Chooses from the records of a sweep. */
export function evidenceOf(
  { id, version, tuningSeeds }: Suite,
  tasks: readonly Task[],
  objectives: readonly Objective[],
  records: readonly BenchRecord[],
): TuningEvidence {
  const own = (objective: string) => records.filter(({ cell }) => cell.objective === objective);
  const rows = objectives.map(({ id }) => {
    const rates = RATES.map((rate) =>
      rateResult(rate, tasks, own(id).filter(({ cell }) => cell.learningRate === rate))
    );
    const source = Object.fromEntries(own(id).map(({ cell }) => [cell.task, cell.source]));
    return [id, { chosen: bestRate(rates), rates, source }] as const;
  });
  const [backend] = new Set(records.map(({ cell }) => cell.backend));
  return {
    schema: 2,
    suite: id,
    version,
    seeds: tuningSeeds,
    backend: backend!,
    objectives: Object.fromEntries(rows),
  };
}

function rateResult(rate: number, tasks: readonly Task[], records: readonly BenchRecord[]): RateResult {
  const byTask = new Map(groupBy(records, ({ cell }) => cell.task));
  const scores = tasks.map(({ id }) => [id, rounded(mean(byTask.get(id)!.map(sampledScore)))] as const);
  const diverged = groupBy(
    records.filter(({ outcome }) => outcome.status === "diverged"),
    ({ cell }) => cell.task,
  )
    .map(([task, own]) => [task, own.length] as const);
  return withMean({ rate, tasks: Object.fromEntries(scores), diverged: Object.fromEntries(diverged) });
}

function withMean(result: Omit<RateResult, "mean">): RateResult {
  return { ...result, mean: rounded(mean(Object.values(result.tasks))) };
}

/** The rate with the highest mean; of equal ones the smallest. */
export function bestRate(rates: readonly Pick<RateResult, "rate" | "mean">[]): number {
  return rates.reduce((best, each) => each.mean > best.mean ? each : best).rate;
}

function sampledScore({ outcome }: BenchRecord): number {
  const { after } = outcome.tests.find(({ set, decoding }) => set === GENERATED && decoding === "sampled")!;
  return after.strict.correct / after.n;
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** The evidence in a file, null where there is none. */
export async function readEvidence(file: string): Promise<TuningEvidence | null> {
  const text = await readTextIfThere(file);
  return text === null ? null : JSON.parse(text);
}

/** Evidence of a sweep over some objectives and tasks, with what another sweep of the same suite found about the others. */
export function mergeEvidence(before: TuningEvidence | null, now: TuningEvidence): TuningEvidence {
  const key = ({ objectives: _, ...about }: TuningEvidence) => identityOf(about);
  if (!before || key(before) !== key(now)) return now;
  const merged = Object.entries(now.objectives).map(([id, own]) => {
    const other = before.objectives[id];
    return [id, other ? mergeObjective(other, own) : own] as const;
  });
  return { ...now, objectives: { ...before.objectives, ...Object.fromEntries(merged) } };
}

function mergeObjective(before: ObjectiveEvidence, now: ObjectiveEvidence): ObjectiveEvidence {
  const rates = now.rates.map((result) => {
    const other = before.rates.find(({ rate }) => rate === result.rate);
    const kept = Object.entries(other?.diverged ?? {}).filter(([task]) => !(task in result.tasks));
    return withMean({
      rate: result.rate,
      tasks: { ...other?.tasks, ...result.tasks },
      diverged: { ...Object.fromEntries(kept), ...result.diverged },
    });
  });
  return { chosen: bestRate(rates), rates, source: { ...before.source, ...now.source } };
}

/**
 * The text of a suite file with other learning rates; everything else stays as it is, comments included.
 * @throws Error naming an objective that the text does not list in the expected form
 */
export function withLearningRates(text: string, rates: Readonly<Record<string, number>>): string {
  for (const [id, rate] of Object.entries(rates)) {
    const line = new RegExp(`^(  ${id}:\\n    learningRate: )[^\\n]+$`, "m");
    if (!line.test(text)) throw new Error(`no "${id}:" followed by a line with its learningRate`);
    text = text.replace(line, (_, head) => `${head}${rate}`);
  }
  return text;
}
