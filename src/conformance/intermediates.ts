/** Intermediate values in `expected.aux` of the objective files, by objective and name. */

import type { PlanTotals } from "../../kernels/objectives/inputs.ts";
import { exp } from "../../kernels/math/elementary.ts";
import { difference, estimate, mean } from "../objectives/elbo_samples.ts";
import type { EvaluatedResponse, EvaluatedState, Hyper, Objective } from "../objectives/objective.ts";
import { k3 } from "../objectives/kl.ts";
import { binaryKl, binaryTv } from "../objectives/trust_region.ts";
import { positionSums } from "../../kernels/objectives/position_sums.ts";
import type { Numbers } from "./checker.ts";

export interface IntermediateContext {
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly totals: PlanTotals;
  readonly responses: readonly EvaluatedResponse[];
  /** The same with the targets after the end token. */
  readonly whole: readonly EvaluatedResponse[];
  /** Weights on grad logp, [response][state][target]. */
  readonly weights: readonly (readonly (readonly number[])[])[];
  readonly aux: Readonly<Record<string, Numbers>>;
}

/** Our value; or, where ours is another form of it, both. */
type Intermediate = (context: IntermediateContext) => Numbers | { actual: Numbers; expected: Numbers };

/** B - B_old: mean over the states of a response. */
const responseDelta = ({ states }: EvaluatedResponse) => mean(states.map(difference));
const advantageOf = ({ states }: EvaluatedResponse) => states[0]!.advantage;

const perTarget =
  (value: (logp: number, anchor: number, reference: number) => number): Intermediate => ({ whole }) =>
    whole.map(({ states }) =>
      states.map(({ logp, anchor, reference }) =>
        Array.from(logp, (own, k) => value(own, anchor[k]!, reference[k]!))
      )
    );
const tokenRatio = perTarget((logp, anchor) => exp(logp - anchor));
const tokenK3 = perTarget((logp, _, reference) => k3(logp, reference).value);

/** The bound of a response, whatever its advantage: what a unit of advantage of the same sign adds. */
const bound: Intermediate = ({ objective, hyper, totals, responses }) =>
  responses.map((response) => {
    const sign = advantageOf(response) < 0 ? -1 : 1;
    const states = response.states.map((state) => ({ ...state, advantage: sign }));
    const value = objective.value({ ...response, states }, hyper, totals);
    return sign * value * totals.completionTokens / response.completionLength;
  });

/** w+ and w- enter through their difference, the advantage. */
const weightDifference: Intermediate = ({ responses, aux }) => {
  const high = aux.w_plus as number[], low = aux.w_minus as number[];
  return { actual: responses.map(advantageOf), expected: high.map((weight, g) => weight - low[g]!) };
};

const COMMON: Readonly<Record<string, Intermediate>> = {
  l: ({ responses }) => responses.map(({ states }) => states.map(estimate)),
  d: ({ responses }) => responses.map(({ states }) => states.map(difference)),
};

const BOUNDS: Readonly<Record<string, Intermediate>> = {
  ...COMMON,
  rho: ({ responses }) => responses.map((response) => exp(responseDelta(response))),
  R_hat: ({ responses }) => responses.map((response) => advantageOf(response) * exp(responseDelta(response))),
  R_lb: ({ objective, hyper, totals, responses }) =>
    responses.map((response) => objective.value({ ...response, share: 1 }, hyper, totals)),
  // What one of n samples adds: the value of a response with that sample alone, over n.
  g: ({ objective, hyper, totals, responses }) =>
    responses.map((response) =>
      response.states.map((state) =>
        objective.value({ ...response, share: 1, states: [state] }, hyper, totals) / response.states.length
      )
    ),
};

const stepRatio: Intermediate = ({ responses }) =>
  responses.map(({ states }) => states.map((state) => exp(difference(state))));

/** M: a token is masked when its weight is exactly 0 and its advantage is not. */
const mask: Intermediate = ({ responses, weights }) =>
  responses.map(({ states }, g) =>
    states.map(({ advantage }, s) => weights[g]![s]!.map((w) => advantage !== 0 && w === 0 ? 0 : 1))
  );

const ofStates = (values: (state: EvaluatedState) => ArrayLike<number>): Intermediate => ({ responses }) =>
  responses.map(({ states }) => states.map((state) => Array.from(values(state))));
const binary = (divergence: (logMu: number, logPi: number) => number) =>
  ofStates(({ logp, anchor }) => Array.from(logp, (own, k) => divergence(anchor[k]!, own)));
const given = ofStates(({ divergence }) => divergence);

const TOKENS = { rho: tokenRatio };

const INTERMEDIATES: Readonly<Record<string, Readonly<Record<string, Intermediate>>>> = {
  "reinforce-elbo": COMMON,
  "vrpo-ol": BOUNDS,
  bgpo: BOUNDS,
  "bgpo-dare": {
    ...COMMON,
    ratio: ({ responses }) =>
      responses.map(({ states }) =>
        states.map((state) => state.advantage > 0 ? 1 + difference(state) : exp(difference(state)))
      ),
  },
  "grpo-elbo": {
    rho: ({ responses, hyper }) =>
      responses.map((response) => exp(responseDelta(response) / (hyper.normalize ? response.length : 1))),
  },
  espo: {
    rho: ({ responses }) => responses.map((response) => exp(responseDelta(response) / response.length)),
    B: ({ responses }) => responses.map(({ states }) => mean(states.map(estimate))),
  },
  "diffu-grpo": { rho: tokenRatio, k3: tokenK3 },
  unigrpo: { rho: tokenRatio, k3: tokenK3 },
  wd1: { w_plus: weightDifference, w_minus: weightDifference },
  "coupled-grpo": {
    rho: ({ whole }) =>
      whole.map(({ length, states }) => {
        const sums = positionSums(states);
        return Array.from({ length }, (_, position) => exp(sums.get(position)!.delta));
      }),
  },
  egspo: { rho: stepRatio },
  "egspo-sa": { rho: stepRatio },
  "trace-rl": TOKENS,
  "ppo-clip": TOKENS,
  "clip-higher": TOKENS,
  cispo: TOKENS,
  "pg-is": TOKENS,
  "pg-tis": TOKENS,
  minirl: {
    ...TOKENS,
    mask,
    recomputed_ratio: ofStates(({ logp, recomputed }) =>
      Array.from(logp, (own, k) => exp(own - recomputed[k]!))
    ),
  },
  "dppo-binary-tv": { ...TOKENS, mask, divergence: binary(binaryTv) },
  "dppo-binary-kl": { ...TOKENS, mask, divergence: binary(binaryKl) },
  "dppo-topk-tv": { ...TOKENS, mask, divergence: given },
  "dppo-topk-kl": { ...TOKENS, mask, divergence: given },
  spg: { bound, lens: ({ responses }) => responses.map(({ completionLength }) => completionLength) },
};

/** Every entry of `aux`: its name, our value and the expected one. @throws Error for a name without a definition */
export function intermediates(
  context: IntermediateContext,
): { name: string; actual: Numbers; expected: Numbers }[] {
  return Object.entries(context.aux).map(([name, expected]) => {
    const definition = INTERMEDIATES[context.objective.id]?.[name];
    if (!definition) {
      throw new Error(`no definition of the intermediate value "${name}" of ${context.objective.id}`);
    }
    const found = definition(context);
    return typeof found === "object" && "actual" in found
      ? { name, ...found }
      : { name, actual: found, expected };
  });
}
