/**
 * ESPO: policy optimization with the ELBO of whole sequences (ML-GSAI, "Principled RL for diffusion LLMs from a
 * sequence-level perspective").
 *
 *   J = mean over responses of S(rho, A) - beta (B - B_ref)^2 / (2 L),     rho = exp((B - B_old) / L)
 *   B = (1/M) sum_m 1/2 [ (L+1)/l sum_masked logp + (L+1)/(L-l) sum_complement logp ],     l ~ U{0..L}
 *   grad J: weight ([S flows] A rho - beta (B - B_ref)) u / (2 M L)
 *
 * Each of the M samples is a mask of l tokens and its complement, so every token is scored M times. The two states
 * of a sample count as two of the 2 M states of a response: B is the mean of their sums.
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/espo.wgsl" with { type: "text" };
import { coupledStates } from "../diffusion/forward_process.ts";
import { passes, surrogate } from "./clipping.ts";
import { statesOfEach } from "./completion_states.ts";
import { difference, mean, referenceDifference } from "./elbo_samples.ts";
import type { Objective } from "./objective.ts";

export const espo: Objective = {
  id: "espo",
  title: "ESPO",
  paper: "arXiv 2512.03759",
  equation: "mean of min(rho A, clip(rho) A) - beta (B - B_ref)^2 / (2 L), rho = exp((B - B_old) / L)",
  departures: [
    "every response draws its own mask counts; the released code spreads one systematic grid of counts over the " +
    "responses of a device batch, with halves rounded to even, so that the masks of a response depend on its peers",
    "beta 0.003 and bounds of 0.2 are those of Countdown's KL and of the other tasks' clipping: the released " +
    "recipes differ by task (beta 0.001 to 0.01, and bounds of 0 for Countdown)",
  ],
  defaults: { samples: 2, clipLow: 0.2, clipHigh: 0.2, beta: 0.003 },
  advantage: { kind: "loo" },
  anchor: "old",
  needsReference: ({ beta }) => beta! > 0,
  scope: "response",
  statesPerResponse: ({ samples }) => 2 * samples!,
  plan: (request, { samples }) =>
    statesOfEach(request, ({ index, response, maskId, draws }) =>
      Array.from({ length: samples! }, () => {
        const count = draws.below(response.tokens.length + 1);
        return coupledStates({ index, response, maskId }, count, draws);
      }).flat()),
  vanishes: ({ beta }) => beta === 0,
  weight(w, hyper, totals) {
    const rho = exp(w.responseDelta / w.responseLength);
    const flow = passes(rho, w.advantage, hyper) ? w.advantage * rho : 0;
    const slope = flow - hyper.beta! * w.responseReferenceDelta;
    return slope * w.unit / (w.responseStates * w.responseLength * totals.responses);
  },
  value({ length, states }, hyper, totals) {
    const rho = exp(mean(states.map(difference)) / length);
    const penalty = mean(states.map(referenceDifference)) ** 2 / (2 * length);
    return (surrogate(rho, states[0]!.advantage, hyper) - hyper.beta! * penalty) / totals.responses;
  },
  wgsl,
  wgslHyper: ["clipLow", "clipHigh", "beta"],
};
