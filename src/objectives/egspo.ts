/**
 * EGSPO: entropy-guided stepwise policy optimization (arXiv 2603.12554). Denoising is a Markov decision process whose
 * action is what a step reveals; the K steps of highest entropy stand for all, since dropping a step loses at most a
 * constant times its entropy.
 *
 *   J = sum over ranks k of E_prompt [ S(rho_k, A) - beta k3(step, ref) ] / tokensPerStep,   A = R - mean R
 *
 * step_surrogate.ts has rho, the weight and the settings.
 */

import wgsl from "../../kernels/objectives/egspo.wgsl" with { type: "text" };
import type { Objective } from "./objective.ts";
import { stepDefaults, stepDepartures, stepSurrogate } from "./step_surrogate.ts";

export const egspo: Objective = {
  ...stepSurrogate,
  id: "egspo",
  title: "EGSPO",
  paper: "arXiv 2603.12554",
  equation: "sum over ranks k of E_prompt [min(rho_k A, clip(rho_k) A) - beta k3] / tokensPerStep",
  departures: stepDepartures,
  defaults: stepDefaults,
  wgsl,
};
