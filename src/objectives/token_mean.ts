/**
 * What the token objectives share: states on the rollout's own path, ratios r = p(y_i | x_k) / mu(y_i | x_k) to the
 * log-probs recorded at rollout, and a mean over all tokens of an update. Written for autoregressive models, they
 * carry over to denoising with "prefix" read as "partly masked response" and "next token" as "revealed token".
 *
 * Settings: `steps` and `selection` of step_selection.ts. By default every step counts, as every token does there.
 */

import { exp } from "../../kernels/math/elementary.ts";
import { COLUMNS, type PlanTotals } from "../../kernels/objectives/inputs.ts";
import { OFF } from "./clipping.ts";
import type { EvaluatedResponse, Objective, StateValues } from "./objective.ts";
import { chosenPerResponse, chosenStates } from "./trajectory_states.ts";

/** How a token objective meets the training loop. */
export const tokenObjective = {
  advantage: { kind: "center" },
  anchor: "rollout",
  scope: "token",
  statesPerResponse: chosenPerResponse,
  plan: chosenStates,
} satisfies Partial<Objective>;

export const allSteps = { steps: 0, selection: 0 };

/** Departures from papers on autoregressive models. */
export const onDenoising = [
  "written for autoregressive models: here the state is the partly masked response and the actions are the tokens " +
  "that one denoising step reveals; the choice of positions by confidence is not part of the ratio",
  "log-probs are recorded and evaluated at temperature 1, whatever temperature the rollout is drawn at",
];

/** The numbers of one target; `anchor` is log mu, recorded at rollout. */
export type Token = Readonly<Record<"advantage" | keyof StateValues, number>>;

const VALUES: readonly (keyof StateValues)[] = ["logp", "stopped", ...COLUMNS.map(({ name }) => name)];

/** What the tokens of a response add to the mean of `term` over all tokens of the update. */
export function tokenMean(
  { states }: EvaluatedResponse,
  { targets }: Pick<PlanTotals, "targets">,
  term: (token: Token) => number,
): number {
  let sum = 0;
  for (const state of states) {
    for (let k = 0; k < state.logp.length; k++) {
      const token: Record<string, number> = { advantage: state.advantage };
      for (const name of VALUES) token[name] = state[name][k]!;
      sum += term(token as Token);
    }
  }
  return sum === 0 ? 0 : sum / targets;
}

/** Weight of the truncated policy gradient, M min(r, C) A over all tokens, on grad log p. */
export function truncatedWeight(
  { delta, advantage }: { readonly delta: number; readonly advantage: number },
  kept: boolean,
  cap: number,
  { targets }: Pick<PlanTotals, "targets">,
): number {
  return kept && advantage !== 0 ? Math.min(exp(delta), cap) * advantage / targets : 0;
}

/**
 * The objective with that gradient: the mean of M r A, or, with a cap, of stop(M min(r, C)) A log p, since the
 * gradient of the ratio itself would stop at the cap.
 * @param keeps M, from the constant side of the objective
 */
export function truncatedValue(
  response: EvaluatedResponse,
  totals: PlanTotals,
  cap: number,
  keeps: (token: Token) => boolean,
): number {
  return tokenMean(response, totals, (token) => {
    if (!keeps(token) || token.advantage === 0) return 0;
    if (cap >= OFF) return exp(token.logp - token.anchor) * token.advantage;
    return Math.min(exp(token.stopped - token.anchor), cap) * token.advantage * token.logp;
  });
}
