/**
 * What denoising steps contribute to the policy gradient, against their entropy. The steps of a response are ranked
 * by the mean entropy of the tokens they reveal, the highest first, as EGSPO does.
 */

import { highestEntropySteps, meanEntropies } from "../../objectives/step_selection.ts";
import { planFacts } from "../../objectives/value.ts";
import type { State } from "../../diffusion/state.ts";
import type { PlannedUpdate } from "../../train/rollout_plan.ts";
import type { Measurement, Place } from "../claim.ts";
import { type Batch, type BatchSize, openLaboratory, rollOut } from "./laboratory.ts";
import { committed } from "./reference_gradients.ts";
import { firstPlan, gradientOf, withEngine } from "./updates.ts";
import { dot, norm, type Vector } from "./vectors.ts";

export interface StepEntropyParameters extends Place, BatchSize {
  readonly batches: number;
}

export interface StepEntropy {
  /** Per step of every response of the first batch: its entropy in nats, and the norm of grad log p of its tokens. */
  readonly entropy: readonly number[];
  readonly gradNorm: readonly number[];
  /** Mean entropy in nats of the steps of each rank. */
  readonly rankEntropy: readonly number[];
  /** [rank][rank]: products of the expected policy gradients of the ranks, estimated from different batches. */
  readonly products: readonly (readonly number[])[];
}

export const stepEntropy: Measurement<StepEntropyParameters, StepEntropy> = {
  name: "step-entropy",
  async measure(site, parameters) {
    const { prompts, group, batches } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const ranks = laboratory.decoding.steps;
    const choice = { objective: committed.id, settings: {} };
    return await withEngine(
      laboratory,
      choice,
      { prompts, group, innerUpdates: 1 },
      async (engine) => {
        const sums = Array.from({ length: ranks }, () => new Float64Array(0));
        const diagonal = Array.from({ length: ranks }, () => new Float64Array(ranks));
        const rankEntropy = new Float64Array(ranks);
        const entropy: number[] = [], gradNorm: number[] = [];
        for (let b = 0; b < batches; b++) {
          site.signal.throwIfAborted();
          const batch = await rollOut(laboratory, { prompts, group }, b);
          const whole = await firstPlan(engine, laboratory, batch, b);
          const entropies = batch.trajectories.map((trajectory) => meanEntropies(trajectory, ranks));
          if (b === 0) {
            for (const state of whole.states) {
              entropy.push(entropies[state.response]![state.step!]!);
              gradNorm.push(norm(await gradientOf(engine, alone(state, batch))));
            }
          }
          const order = entropies.map((own) => highestEntropySteps(own, ranks));
          const vectors: Vector[] = [];
          for (let rank = 0; rank < ranks; rank++) {
            const chosen = whole.states.flatMap((state, s) =>
              state.step === order[state.response]![rank] ? [s] : []
            );
            vectors.push(await gradientOf(engine, part(whole, chosen)));
            rankEntropy[rank]! += chosen.reduce((sum, s) => {
              const { response, step } = whole.states[s]!;
              return sum + entropies[response]![step!]!;
            }, 0) / chosen.length / batches;
          }
          vectors.forEach((vector, r) => {
            if (b === 0) sums[r] = new Float64Array(vector.length);
            for (let i = 0; i < vector.length; i++) sums[r]![i]! += vector[i]!;
            vectors.forEach((other, q) => diagonal[r]![q]! += dot(vector, other));
          });
          site.report((b + 1) / batches);
        }
        const pairs = batches * (batches - 1);
        return {
          entropy,
          gradNorm,
          rankEntropy: [...rankEntropy],
          products: sums.map((a, r) => sums.map((b, q) => (dot(a, b) - diagonal[r]![q]!) / pairs)),
        };
      },
    );
  },
};

/** An update of some states of a whole one, with their advantages. */
function part({ states, facts }: PlannedUpdate, chosen: readonly number[]): PlannedUpdate {
  return {
    states: chosen.map((s) => states[s]!),
    facts: { ...facts, states: chosen.map((s) => facts.states[s]!) },
    anchor: null,
    recordedTop: null,
    finite: true,
  };
}

/** An update of one state alone, with advantage 1. */
function alone(state: State, { trajectories }: Batch): PlannedUpdate {
  const own = { ...state, response: 0 }, { length } = trajectories[state.response]!.tokens;
  const facts = planFacts([own], {
    groups: [0],
    lengths: [length],
    completionLengths: [length],
    advantages: [1],
  });
  return { states: [own], facts, anchor: null, recordedTop: null, finite: true };
}
