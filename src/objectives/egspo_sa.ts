/**
 * EGSPO-SA: EGSPO with stepwise advantages (arXiv 2603.12554). r_k is the reward of the greedy one-shot completion of
 * the state before the k-th chosen step: what the response would have earned without the rest of its denoising.
 *
 *   J = sum over ranks k of E_prompt [ S(rho_k, A_k) - beta k3(step, ref) ] / tokensPerStep
 *   Ret_k = ((1 + lambda) R - lambda r_k) / (1 + lambda),   A_k = Ret_k - mean of Ret_k over the group at rank k
 *
 * `returns` 0: as above; 1: Ret_k without the division; 2: A_k = (R - mean R + lambda (R - r_k)) / (1 + lambda), whose
 * second term has no baseline (`standard_grpo_returns` of the released code). step_surrogate.ts has rho, the weight
 * and the other settings.
 */

import wgsl from "../../kernels/objectives/egspo_sa.wgsl" with { type: "text" };
import { center } from "./advantage.ts";
import type { Hyper, Objective } from "./objective.ts";
import { stepDefaults, stepDepartures, stepSurrogate } from "./step_surrogate.ts";

/** Values of the setting `returns`. */
export const RETURNS = { normalized: 0, raw: 1, uncentred: 2 } as const;

/** A_k of one rank over one group. @throws RangeError for an unknown kind of returns */
export function rankAdvantages(
  rewards: ArrayLike<number>,
  completionRewards: ArrayLike<number>,
  { lambda, returns }: Hyper,
): Float64Array {
  const divisor = 1 + lambda!;
  const gained = Float64Array.from(rewards, (reward, g) => lambda! * (reward - completionRewards[g]!));
  const raw = Float64Array.from(rewards, (reward, g) => reward + gained[g]!);
  switch (returns) {
    case RETURNS.normalized:
      return center(raw.map((value) => value / divisor));
    case RETURNS.raw:
      return center(raw);
    case RETURNS.uncentred:
      return center(rewards).map((advantage, g) => (advantage + gained[g]!) / divisor);
    default:
      throw new RangeError(`setting "returns" is ${returns}, expected 0, 1 or 2`);
  }
}

export const egspoSa: Objective = {
  ...stepSurrogate,
  id: "egspo-sa",
  title: "EGSPO-SA",
  paper: "arXiv 2603.12554",
  equation: "sum over ranks k of E_prompt [min(rho_k A_k, clip(rho_k) A_k) - beta k3] / tokensPerStep",
  departures: [
    ...stepDepartures,
    "lambda is constant, as in released code; the paper writes lambda_t",
    "completions earn the whole reward of the task; released code can leave the format reward out",
  ],
  defaults: { ...stepDefaults, lambda: 0.5, returns: RETURNS.normalized },
  completions: true,
  rankAdvantages,
  wgsl,
};
