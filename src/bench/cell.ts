/** One cell of a suite: train one objective on one task with one seed from the base model, and grade it. */

import { eventLoopTurn } from "../train/event_loop.ts";
import type { Backend } from "../../kernels/backend.ts";
import type { Json } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { modelIdentity, saveModelFolder } from "../model/checkpoint_files.ts";
import { type NamedTensors, readParameters } from "../model/parameters.ts";
import { loadLatestCheckpoint, removeInterruptedWrites, saveCheckpoint } from "../train/checkpoint.ts";
import { type Learner, learnerTensors, restoreLearner } from "../train/learner.ts";
import { hasDiverged, type PolicyRun, policyStep, type StepLog } from "../train/policy.ts";
import type { MemoryMode } from "../train/update_engine.ts";
import type { BaseScore } from "./base_scores.ts";
import type { CellSpec } from "./cell_spec.ts";
import { type CurvePoint, curvePoints, type Solved, solvedByBase, solvedIn, updatesOf } from "./curve.ts";
import { evaluateAll } from "./model_scores.ts";
import type { BenchRecord } from "../records/record.ts";
import type { Decoding } from "../suite/names.ts";
import { sampleLines, stepLines } from "./samples.ts";
import { recordedScore } from "../records/score.ts";
import { taskForwardFlops } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";
import { createTrainer, neededBytes, type Trainer } from "./trainer.ts";

/** Rollouts between two checkpoints: what a killed run loses at most. */
export const CHECKPOINT_EVERY = 10;

export interface CellProgress {
  readonly step: number;
  readonly steps: number;
  readonly log: StepLog;
}

/** What a checkpoint holds besides tensors. */
interface CellState {
  readonly identity: string;
  readonly log: StepLog[];
  readonly curve: CurvePoint[];
  readonly events: BenchRecord["outcome"]["events"];
  /** `neededBytes` so far: a run that continues may not reach it again. */
  peakDeviceBytes: number;
}

/** What came out of a cell; its parameters are in `<folder>/model`. */
export interface CellResult {
  readonly outcome: BenchRecord["outcome"];
  readonly cost: BenchRecord["cost"];
  /** Wall-clock seconds of this process; never part of a result. */
  readonly seconds: Omit<BenchRecord["run"]["seconds"], "base">;
  /** JSON lines. */
  readonly samples: string;
  readonly steps: string;
}

export interface CellOptions {
  readonly spec: CellSpec;
  /** Checkpoints of another identity are not continued. */
  readonly identity: string;
  readonly backend: Backend;
  readonly base: NamedTensors;
  /** Scores of the base model on `sets`. */
  readonly before: readonly BaseScore[];
  readonly sets: readonly TestSet[];
  /** Checkpoints and the final model go here. */
  readonly folder: string;
  readonly mode: MemoryMode;
  readonly onStep: (progress: CellProgress) => void;
  readonly warn: (message: string) => void;
  /** Aborted: finish the current step, save a checkpoint and throw its reason. */
  readonly signal: AbortSignal;
}

/**
 * Trains and grades a cell, continuing from the last checkpoint of the same cell in `folder`.
 * @throws the reason of `signal` when it was aborted; everything until the last step is saved then
 */
export async function runCell(options: CellOptions): Promise<CellResult> {
  const { spec, backend, base, sets, before, folder, mode, warn } = options;
  const { suite, task, seed } = spec;
  const { evaluation } = suite;
  const checkpoints = `${folder}/checkpoints`;
  const watch = stopwatch();

  backend.resetPeak();
  using trainer = createTrainer(backend, { ...spec, mode }, base, sets);
  const { learner, sampler, engine, settings } = trainer;
  const onRollout = () => watch.lap("rollout");
  const run: PolicyRun = { task, seed, settings, engine, sampler, onRollout };
  const state = await resume(learner, checkpoints, options.identity, warn);
  const { log, curve, events } = state;
  const evaluate = (sets: readonly TestSet[], decodings: readonly Decoding[]) =>
    evaluateAll(sampler, learner.parameters.views, { suite, task, sets, decodings });
  const { during, final } = evaluation, puzzles = sets[0]!;
  const addPoint = async (known: readonly Solved[] = []) => {
    const first = { ...puzzles, examples: puzzles.examples.slice(0, during.prompts) };
    curve.push(
      ...await curvePoints(
        log,
        during,
        known,
        async (decodings) => solvedIn(await evaluate([first], decodings), puzzles.id),
      ),
    );
  };
  if (curve.length === 0) await addPoint(solvedByBase(before, puzzles.id));
  while (log.length < settings.steps && !hasDiverged(log)) {
    watch.lap("rest");
    log.push(await policyStep(run, log));
    watch.lap("update");
    const line = log.at(-1)!;
    line.nonFinite.forEach((count, update) => {
      if (count === 0) return;
      events.push({
        step: line.step,
        kind: "skipped-update",
        detail: `update ${update + 1} had ${count} non-finite gradient elements and was not applied`,
      });
    });
    options.onStep({ step: line.step, steps: settings.steps, log: line });
    const updates = updatesOf(log), { everyUpdates } = during;
    const due = Math.floor(updates / everyUpdates) > Math.floor((updates - line.value.length) / everyUpdates);
    if (due && line.step < settings.steps) {
      watch.lap("rest");
      await addPoint();
      watch.lap("evaluation");
    }
    await eventLoopTurn();
    if (line.step % CHECKPOINT_EVERY === 0 || line.step === settings.steps || options.signal.aborted) {
      await checkpoint(trainer, checkpoints, state);
    }
    options.signal.throwIfAborted();
  }
  notePeak(trainer, state);
  watch.lap("rest");
  const after = await evaluate(sets, final.decodings);
  if (log.length === settings.steps) await addPoint(solvedIn(after, puzzles.id));
  watch.lap("evaluation");
  const model = await readParameters(backend, learner.parameters);
  await saveModelFolder(`${folder}/model`, learner.model.config, model);
  const { rollout, update, evaluation: evaluating } = watch.seconds;
  const samples = sampleLines(after, task.vocabulary), steps = stepLines(log);
  return {
    outcome: {
      status: hasDiverged(log) ? "diverged" : "complete",
      model: modelIdentity(model),
      budget: budgetOf(log, spec),
      tests: after.map(({ set, decoding, score }) => ({
        set,
        decoding,
        before: scoreOn(before, set, decoding),
        after: recordedScore(score),
      })),
      validation: [],
      curve,
      diagnostics: diagnosticsOf(log),
      events,
      texts: { samples: sha256(samples), steps: sha256(steps) },
    },
    cost: { peakDeviceBytes: state.peakDeviceBytes },
    seconds: { rollout, update, evaluation: evaluating, total: watch.total() },
    samples,
    steps,
  };
}

/** Seconds by part of a run. Never part of a result. */
function stopwatch() {
  const start = performance.now(), seconds = { rollout: 0, update: 0, evaluation: 0, rest: 0 };
  let last = start;
  return {
    seconds,
    /** Adds the time since the last lap to a part. */
    lap(part: keyof typeof seconds): void {
      const now = performance.now();
      seconds[part] += (now - last) / 1000;
      last = now;
    },
    total: () => (performance.now() - start) / 1000,
  };
}

/** Loads the last checkpoint of this very cell, if there is one, into the learner. */
async function resume(
  learner: Learner,
  folder: string,
  identity: string,
  warn: (message: string) => void,
): Promise<CellState> {
  const fresh: CellState = { identity, log: [], curve: [], events: [], peakDeviceBytes: 0 };
  await removeInterruptedWrites(folder);
  const found = await loadLatestCheckpoint(folder, warn);
  if (!found) return fresh;
  const state = found.state as unknown as CellState;
  if (state.identity !== identity) {
    warn(`the checkpoints in ${folder} are not of this cell as it is now; it is trained anew`);
    await Deno.remove(folder, { recursive: true });
    return fresh;
  }
  restoreLearner(learner, found.tensors);
  return state;
}

function notePeak(trainer: Trainer, state: CellState): void {
  state.peakDeviceBytes = Math.max(state.peakDeviceBytes, neededBytes(trainer));
}

async function checkpoint(trainer: Trainer, folder: string, state: CellState) {
  const { learner } = trainer;
  notePeak(trainer, state);
  const tensors = await learnerTensors(learner);
  await saveCheckpoint(folder, state.log.length, { tensors, state: state as unknown as Json });
}

function scoreOn(scores: readonly BaseScore[], set: string, decoding: Decoding) {
  const found = scores.find((score) => score.set === set && score.decoding === decoding);
  if (!found) throw new Error(`the base model was not evaluated on ${set}, ${decoding}`);
  return found.score;
}

function budgetOf(log: readonly StepLog[], { suite, task }: CellSpec) {
  const responses = log.length * suite.rl.prompts * suite.rl.group;
  const { forwards = 0, rolloutForwards = 0, rewardCalls = 0 } = log.at(-1) ?? {};
  return {
    steps: log.length,
    updates: updatesOf(log),
    responses,
    tokens: responses * task.responseLength,
    forwards,
    rolloutForwards,
    flops: forwards * taskForwardFlops(suite, task),
    rewardCalls,
  };
}

function diagnosticsOf(log: readonly StepLog[]): BenchRecord["outcome"]["diagnostics"] {
  const skipped = log.flatMap(({ nonFinite }) => nonFinite).filter((count) => count > 0).length;
  return {
    reward: log.map(({ reward }) => reward),
    entropy: log.map(({ entropy }) => entropy),
    deadGroups: log.map(({ deadGroups }) => deadGroups),
    gradNorm: log.map(({ gradNorm, nonFinite }) => {
      const norms = gradNorm.filter((norm, update) => norm !== null && nonFinite[update] === 0);
      return norms.length < gradNorm.length ? null : Math.max(...norms as number[]);
    }),
    kl: log.map(({ kl }) => meanOf(kl)),
    maskShare: log.map(({ maskShare }) => meanOf(maskShare)),
    skippedUpdates: skipped,
  };
}

/** Mean over the updates of a rollout; null where one of them has none. */
function meanOf(values: readonly (number | null)[]): number | null {
  return values.includes(null)
    ? null
    : (values as readonly number[]).reduce((sum, value) => sum + value, 0) / values.length;
}
