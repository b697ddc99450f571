/**
 * GRPO on the ELBO: the clipped surrogate of whole responses, with the ELBO in the place of the log-likelihood.
 *
 *   J = E_prompt [ S(rho, A) - beta (B - B_ref)^2 / (2 Z) ],     rho = exp((B - B_old) / Z)
 *   B = (1/n) sum_j l_j,     l_j = sum_k u_k log p(y_k | z_j),     S(r, A) = min(r A, clip(r) A)
 *   grad J: weight [S flows] A rho u / (n Z) - beta (B - B_ref) u / (n Z)
 *
 * The baseline between two papers: with Z = 1 and no clipping it is vrpo-ol, with coupled masks it is espo.
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/grpo_elbo.wgsl" with { type: "text" };
import { passes, surrogate } from "./clipping.ts";
import { difference, elboStates, mean, referenceDifference } from "./elbo_samples.ts";
import type { Hyper, Objective } from "./objective.ts";

/** Z: L, or 1 with `normalize` 0. */
const scale = ({ normalize }: Hyper, length: number) => normalize ? length : 1;

export const grpoElbo: Objective = {
  id: "grpo-elbo",
  title: "GRPO-ELBO",
  paper: "baseline of this benchmark; GRPO, arXiv 2402.03300, on the ELBO of arXiv 2502.09992",
  equation: "E_prompt [ min(rho A, clip(rho) A) - beta (B - B_ref)^2 / (2 Z) ], rho = exp((B - B_old) / Z)",
  departures: [],
  defaults: { samples: 4, systematicCounts: 0, normalize: 1, clipLow: 0.2, clipHigh: 0.2, beta: 0 },
  advantage: { kind: "zscore", std: "unbiased", eps: 1e-6 },
  anchor: "old",
  needsReference: ({ beta }) => beta! > 0,
  scope: "response",
  statesPerResponse: ({ samples }) => samples!,
  plan: (request, hyper) => elboStates(request, { ...hyper, normalize: 0 }),
  vanishes: ({ beta }) => beta === 0,
  weight(w, hyper) {
    const z = scale(hyper, w.responseLength);
    const rho = exp(w.responseDelta / z);
    const flow = passes(rho, w.advantage, hyper) ? w.advantage * rho : 0;
    return w.share * (flow - hyper.beta! * w.responseReferenceDelta) * w.unit / (w.responseStates * z);
  },
  value({ share, length, states }, hyper) {
    const z = scale(hyper, length);
    const rho = exp(mean(states.map(difference)) / z);
    const penalty = mean(states.map(referenceDifference)) ** 2 / (2 * z);
    return share * (surrogate(rho, states[0]!.advantage, hyper) - hyper.beta! * penalty);
  },
  wgsl,
  wgslHyper: ["normalize", "clipLow", "clipHigh", "beta"],
};
