/** One case of an objective file, in the terms of src/objectives. */

import { type AdvantageSettings, advantagesOf } from "../objectives/advantage.ts";
import { type LogProbs, type PlanFacts, planFacts } from "../objectives/evaluate.ts";

/** A case as it stands in the file; see the README of the fixtures. */
export interface ObjectiveCaseJson {
  readonly name: string;
  readonly hyper: Readonly<Record<string, unknown>>;
  readonly group: readonly number[];
  readonly rewards: readonly number[] | null;
  readonly advantage: AdvantageSettings & { readonly values?: readonly number[] };
  readonly responses: readonly ResponseJson[];
  readonly expected: ExpectedJson;
}

export interface ResponseJson {
  readonly length: number;
  readonly states: readonly StateJson[];
  /** 1 up to and including the first end token, then 0. */
  readonly completion_mask?: readonly number[];
}

export interface StateJson {
  readonly positions: readonly number[];
  readonly logp: readonly number[];
  readonly old?: readonly number[];
  readonly mu?: readonly number[];
  readonly ref?: readonly number[];
  /** Weight of every token of the state. */
  readonly u?: number;
}

export interface ExpectedJson {
  readonly advantages: readonly number[];
  readonly objective: number;
  readonly loss: number;
  /** [response][state][target] */
  readonly dloss_dlogp: readonly (readonly (readonly number[])[])[];
  // deno-lint-ignore no-explicit-any
  readonly aux?: Readonly<Record<string, any>>;
}

/** Advantages of the case: from its rewards, or as given. */
export function caseAdvantages({ advantage, rewards, group }: ObjectiveCaseJson): Float64Array {
  const values = advantage.kind === "given" ? advantage.values : rewards;
  if (!values) throw new TypeError(`a case with advantages of kind "${advantage.kind}" needs their numbers`);
  return advantagesOf(values, group, advantage);
}

/** Facts of the update that the case describes. A state without `u` weighs its tokens with 1. */
export function caseFacts(json: ObjectiveCaseJson): PlanFacts {
  const states = json.responses.flatMap(({ states }, response) =>
    states.map(({ positions, u = 1 }) => ({
      response,
      units: new Float64Array(positions.length).fill(u),
      positions,
    }))
  );
  return planFacts(states, {
    groups: json.group,
    lengths: json.responses.map(({ length }) => length),
    completionLengths: json.responses.map(({ length, completion_mask: mask }) =>
      mask ? mask.reduce((sum, inside) => sum + inside, 0) : length
    ),
    advantages: caseAdvantages(json),
  });
}

/**
 * Log-probs of all targets.
 * @param anchor field that holds the anchor's
 */
export function caseLogProbs({ responses }: ObjectiveCaseJson, anchor: "old" | "mu"): LogProbs {
  const states = responses.flatMap(({ states }) => states);
  const collect = (field: "logp" | "old" | "mu" | "ref") =>
    states.every((state) => state[field]) ? states.flatMap((state) => state[field]!) : null;
  const logp = collect("logp");
  if (!logp) throw new TypeError("every state needs logp");
  return { logp, anchor: collect(anchor), reference: collect("ref") };
}

/** Flat values per target as `[response][state][target]`. */
export function nestTargets({ responses }: ObjectiveCaseJson, flat: ArrayLike<number>): number[][][] {
  let target = 0;
  return responses.map(({ states }) => states.map(({ positions }) => positions.map(() => flat[target++]!)));
}
