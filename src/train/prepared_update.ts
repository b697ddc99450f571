/**
 * What an update is made of, known before any forward pass: its states in micro-batches of sequences of equal length (no
 * padding anywhere), the facts of its targets, and the device arrays that it works in.
 */

import { type PlanFacts, plannedTargets, planTotals } from "../../kernels/objectives/facts.ts";
import type { PlanTotals } from "../../kernels/objectives/inputs.ts";
import { type PackedPlan, packPlan } from "../../kernels/objectives/pack.ts";
import type { State } from "../diffusion/state.ts";
import type { BatchLimits } from "../model/activations.ts";
import type { BatchShape, HostBatch } from "../model/batch.ts";
import type { DistributionTerm } from "../objectives/objective.ts";
import type { PlannedUpdate } from "./rollout_plan.ts";
import type { UpdateBuffers, UpdateEngine } from "./update_engine.ts";

/**
 * States `[firstState, firstState + states)` of an update. Those that a gradient comes from lie first in the batch, each
 * part in the order of the update: a backward pass goes over these alone.
 */
export interface MicroBatch extends HostBatch {
  readonly firstState: number;
  readonly states: number;
  /** Target of the update that each target of the batch is, [targets]. */
  readonly places: Uint32Array;
  /** The sequences and targets that a gradient comes from, the first of `shape`. */
  readonly signal: BatchShape;
}

/** One update over a rollout, with all that belongs to it. */
export interface Update extends PlannedUpdate {
  readonly engine: UpdateEngine;
  /** Whether the policy that it changes is still that of the rollout, as it is for the first update over it. */
  readonly onPolicy: boolean;
  readonly totals: PlanTotals;
  readonly packed: PackedPlan;
  /** Those that have targets. */
  readonly microBatches: readonly MicroBatch[];
  /** Weights of terms over the whole distribution, per target; null where the settings have no such term. */
  readonly termWeights: Readonly<Record<DistributionTerm, Float32Array | null>>;
  /** Without the columns that the log-probs of the current policy stand for. */
  readonly buffers: UpdateBuffers;
}

/**
 * Packs an update and gives it its buffers.
 * @param number of the update among those over the rollout, from 0
 * @throws RangeError if a single state exceeds the learner's micro-batch
 */
export function prepareUpdate(engine: UpdateEngine, planned: PlannedUpdate, number: number): Update {
  const { states, facts, anchor } = planned, totals = planTotals(facts);
  const onPolicy = number === 0, own = engine.buffers[number]!;
  const silent = silentStates(engine, planned);
  return {
    ...planned,
    engine,
    onPolicy,
    totals,
    packed: packPlan(facts.states, facts.responses),
    microBatches: cutMicroBatches(states, engine.learner.limits, silent).filter(({ shape }) =>
      shape.targets > 0
    ),
    termWeights: termWeights(engine, facts, totals),
    buffers: {
      ...own,
      // The policy of the rollout itself: its current log-probs are the old ones, bit for bit.
      anchor: onPolicy && !anchor ? null : own.anchor,
      recomputed: onPolicy ? null : own.recomputed,
    },
  };
}

/** Which states are known to have no gradient: those of dead responses, where the objective says so. */
function silentStates(
  { objective, hyper, terms }: UpdateEngine,
  { facts, finite }: PlannedUpdate,
): (state: number) => boolean {
  const vanishes = finite && (objective.vanishes?.(hyper) ?? false) && !terms.kl && !terms.entropy;
  return (state) => vanishes && facts.states[state]!.advantage === 0;
}

function termWeights(
  { objective: { distribution }, hyper, terms }: UpdateEngine,
  facts: PlanFacts,
  totals: PlanTotals,
): Update["termWeights"] {
  if (!distribution) return { kl: null, entropy: null };
  const weights = plannedTargets(facts).map((target) => distribution.weights(target, hyper, totals));
  const column = (term: DistributionTerm) =>
    terms[term] ? Float32Array.from(weights, (weight) => weight[term]) : null;
  return { kl: column("kl"), entropy: column("entropy") };
}

/**
 * Consecutive states, as many per micro-batch as `limits` allow.
 * @param silent whether a state is known to have no gradient; default: of none
 * @throws RangeError if a single state exceeds the limits
 */
export function cutMicroBatches(
  states: readonly State[],
  limits: BatchLimits,
  silent: (state: number) => boolean = () => false,
): MicroBatch[] {
  const batches: MicroBatch[] = [];
  let firstTarget = 0;
  for (let firstState = 0; firstState < states.length;) {
    const sequence = states[firstState]!.inputIds.length;
    let count = 0, targets = 0;
    for (const state of states.slice(firstState)) {
      const fits = (count + 1) * sequence <= limits.rows && targets + state.targets.length <= limits.targets;
      if (state.inputIds.length !== sequence || !fits) break;
      count++;
      targets += state.targets.length;
    }
    if (count === 0) {
      throw new RangeError(
        `one state of ${sequence} tokens and ${states[firstState]!.targets.length} targets exceeds the ` +
          `micro-batch of ${limits.rows} tokens and ${limits.targets} targets; raise microBatch`,
      );
    }
    const members = states.slice(firstState, firstState + count);
    batches.push({ firstState, states: count, ...assemble(members, { firstState, firstTarget }, silent) });
    firstState += count;
    firstTarget += targets;
  }
  return batches;
}

/** Tokens of states one after the other, those with a gradient before the silent ones, and the rows of their targets. */
function assemble(
  states: readonly State[],
  { firstState, firstTarget }: { readonly firstState: number; readonly firstTarget: number },
  silent: (state: number) => boolean,
): Omit<MicroBatch, "firstState" | "states"> {
  const sequence = states[0]!.inputIds.length;
  let place = firstTarget;
  const placed = states.map((state, i) => {
    const own = { state, place, heard: !silent(firstState + i) };
    place += state.targets.length;
    return own;
  });
  const heard = placed.filter(({ heard }) => heard);
  const targets = place - firstTarget;
  const ids = new Uint32Array(states.length * sequence);
  const targetRows = new Uint32Array(targets), places = new Uint32Array(targets);
  let at = 0;
  [...heard, ...placed.filter(({ heard }) => !heard)].forEach(({ state, place }, row) => {
    ids.set(state.inputIds, row * sequence);
    state.positions.forEach((position, k) => {
      targetRows[at] = row * sequence + position;
      places[at++] = place + k;
    });
  });
  return {
    ids,
    targetRows,
    places,
    shape: { batch: states.length, sequence, targets },
    signal: {
      batch: heard.length,
      sequence,
      targets: heard.reduce((sum, { state }) => sum + state.targets.length, 0),
    },
  };
}
