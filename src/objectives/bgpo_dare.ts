/**
 * BGPO as its lineage's code runs it (yjyddq/DARE, dllm_core_algos.py), which differs from the paper: see bgpo.ts.
 *
 *   J = sum_g omega_g (1/n) sum_j C(s_j, A),     d_j = (l_j - l_old,j) / L,     s_j = 1 + d_j if A > 0 else exp(d_j)
 *   C(s, A) = min(A s, A clamp(s, 1 - clip, 1 + clip)), and at least A dualClip for A < 0
 *   omega_g = completion tokens of g / those of the batch, or 1 / responses with `tokenMean` 0
 *   grad J: weight omega A u / n [C flows], for A <= 0 times exp(d_j);     u = (count form) / L
 *
 * States are those of the response cut after its first end token; L is the full length, so d_j is small.
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/bgpo_dare.wgsl" with { type: "text" };
import { surrogate } from "./clipping.ts";
import { difference, elboStates, mean } from "./elbo_samples.ts";
import type { PlanTotals } from "../../kernels/objectives/inputs.ts";
import type { EvaluatedState, Hyper, Objective } from "./objective.ts";

/** s_j, never through a logarithm: 1 + d_j may be negative. */
const ratio = (d: number, advantage: number) => advantage > 0 ? 1 + d : exp(d);

const omega = (completionLength: number, { tokenMean }: Hyper, { completionTokens, responses }: PlanTotals) =>
  tokenMean ? completionLength / completionTokens : 1 / responses;

function clippedTerm(state: EvaluatedState, { clip, dualClip }: Hyper): number {
  const { advantage } = state;
  const bounds = { clipLow: clip!, clipHigh: clip! };
  const term = surrogate(ratio(difference(state), advantage), advantage, bounds);
  return advantage < 0 ? Math.max(term, advantage * dualClip!) : term;
}

/** Whether the gradient of the term flows. */
function flows(s: number, advantage: number, { clip, dualClip }: Hyper): boolean {
  return advantage > 0 ? s <= 1 + clip! : s >= 1 - clip! && s <= dualClip!;
}

export const bgpoDare: Objective = {
  id: "bgpo-dare",
  title: "BGPO (DARE)",
  paper: "code of yjyddq/DARE; paper of BGPO, arXiv 2510.11683 v3",
  equation: "token-weighted mean of min(A s, A clip(s)), s = 1 + d if A > 0 else exp(d), d = (l - l_old) / L",
  departures: [
    "s = 1 + d is not computed as exp(log(1 + d)), which is NaN for d <= -1 in the released code",
    "L is the length of the task's responses, in the released code the longest response of its configuration",
  ],
  defaults: { samples: 16, systematicCounts: 1, normalize: 1, clip: 0.2, dualClip: 3, tokenMean: 1 },
  advantage: { kind: "zscore", std: "unbiased", eps: 1e-6 },
  anchor: "old",
  scope: "state",
  statesPerResponse: ({ samples }) => samples!,
  plan(request, hyper) {
    const { trajectories, completionLengths } = request;
    const cut = trajectories.map((trajectory, g) => ({
      ...trajectory,
      tokens: trajectory.tokens.slice(0, completionLengths[g]!),
    }));
    const states = elboStates({ ...request, trajectories: cut }, { ...hyper, normalize: 0 });
    if (!hyper.normalize) return states;
    return states.map((state) => {
      const length = trajectories[state.response]!.tokens.length;
      return { ...state, units: state.units.map((u) => u / length) };
    });
  },
  vanishes: () => true,
  weight({ advantage, stateDelta, unit, responseStates, completionLength }, hyper, totals) {
    const s = ratio(stateDelta, advantage);
    const slope = flows(s, advantage, hyper) ? advantage * (advantage > 0 ? 1 : s) : 0;
    return omega(completionLength, hyper, totals) * slope * unit / responseStates;
  },
  value: ({ completionLength, states }, hyper, totals) =>
    omega(completionLength, hyper, totals) * mean(states.map((state) => clippedTerm(state, hyper))),
  wgsl,
  wgslHyper: ["clip", "dualClip", "tokenMean"],
};
