/**
 * DPPO: divergence proximal policy optimization (arXiv 2602.04879), per revealed token. What its four forms
 * share; they differ in the divergence.
 *
 *   J = mean over all tokens of M r A,   r = pi / mu,   M of trust_region.ts
 *   grad J: weight M min(r, C) A,   C = `truncation`; with C off the ratio itself is differentiated
 *
 * On a denoising model the state is the partly masked response before a step, the actions are the tokens the step
 * reveals, and mu is the distribution they were drawn from, recorded at temperature 1: every revealed token is one
 * token of the paper, with its own ratio, divergence and mask.
 */

import type { Hyper, Objective } from "./objective.ts";
import {
  allSteps,
  onDenoising,
  type Token,
  tokenObjective,
  truncatedValue,
  truncatedWeight,
} from "./token_mean.ts";
import { within } from "./trust_region.ts";

/** D of one token, from its log-probs under the rollout and the current policy or as evaluated on the device. */
type Divergence = (token: Pick<Token, "anchor" | "stopped" | "divergence">) => number;

const keeps = ({ stopped, anchor, advantage }: Token, divergence: number, { delta }: Hyper) =>
  within(divergence, stopped - anchor, advantage, delta!);

/** An objective of the family. */
export function dppo(
  { divergence, delta, extra = {}, ...form }:
    & Pick<Objective, "id" | "title" | "wgsl">
    & { divergence: Divergence; delta: number; extra?: Hyper }
    & { equation: string },
): Objective {
  return {
    ...tokenObjective,
    ...form,
    paper: "arXiv 2602.04879",
    departures: [
      ...onDenoising,
      "the divergence is that of one token's distribution, also where a step reveals several tokens",
      "the paper runs C = infinity in its stability study and 5 at scale; released code has 3, 10 or 20",
    ],
    defaults: { ...allSteps, delta, truncation: 5, ...extra },
    vanishes: () => true,
    weight(inputs, hyper, totals) {
      const { logp, delta: moved, advantage } = inputs;
      const d = divergence({ anchor: logp - moved, stopped: logp, divergence: inputs.divergence });
      return truncatedWeight(inputs, within(d, moved, advantage, hyper.delta!), hyper.truncation!, totals);
    },
    value: (response, hyper, totals) =>
      truncatedValue(
        response,
        totals,
        hyper.truncation!,
        (token) => keeps(token, divergence(token), hyper),
      ),
    wgslHyper: ["delta", "truncation"],
  };
}
