/** One case of an objective file, in the terms of src/objectives. */

import { type AdvantageSettings, advantagesOf } from "../objectives/advantage.ts";
import { divergence, type DivergenceKind, topK } from "../../kernels/token_logprob/reference.ts";
import { MEASURED, type MeasuredColumn } from "../../kernels/objectives/inputs.ts";
import { rankAdvantages } from "../train/rollout_plan.ts";
import { OFF } from "../objectives/clipping.ts";
import { hyperOf, type LogProbs, planFacts } from "../objectives/value.ts";
import type { PlanFacts } from "../../kernels/objectives/facts.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";

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
  /** Mask ratio of the role z1; that of z2 is 1 - q. */
  readonly q?: number;
  /** Reward of the greedy one-shot completion of each state. */
  readonly greedy_rewards?: readonly number[];
}

/** A measure that is not evaluated from the distributions stands under its own name. */
export interface StateJson extends Partial<Readonly<Record<MeasuredColumn, readonly number[]>>> {
  readonly positions: readonly number[];
  readonly logp: readonly number[];
  readonly old?: readonly number[];
  readonly mu?: readonly number[];
  readonly ref?: readonly number[];
  /** Weight of every token of the state. */
  readonly u?: number;
  readonly role?: string;
  /** Block whose tokens are masked in part, of block-wise states. */
  readonly block?: number;
  /** Tokens of the targets, and log-distributions of the rollout and of the policy they lie in. */
  readonly actions?: readonly number[];
  readonly mu_dist?: readonly (readonly number[])[];
  readonly pi_dist?: readonly (readonly number[])[];
}

export interface ExpectedJson {
  /** [response], or [response][state] where they are paid per state. */
  readonly advantages: readonly number[] | readonly (readonly number[])[];
  readonly objective: number;
  readonly loss: number;
  /** The parts of each rank. */
  readonly objective_per_rank?: readonly number[];
  readonly loss_per_rank?: readonly number[];
  /** The objective with nothing held constant. */
  readonly ratio_form_objective?: number;
  /** [response][state][target] */
  readonly dloss_dlogp: readonly (readonly (readonly number[])[])[];
  // deno-lint-ignore no-explicit-any
  readonly aux?: Readonly<Record<string, any>>;
}

/** Settings of the files in ours. What has no entry here is a setting of the same name. */
const SETTINGS: Readonly<Record<string, (value: unknown) => Hyper>> = {
  clip_low: (value) => ({ clipLow: boundOf(value) }),
  clip_high: (value) => ({ clipHigh: boundOf(value) }),
  clip: (value) => ({ clip: boundOf(value) }),
  dual_clip: (value) => ({ dualClip: boundOf(value) }),
  token_mean: (value) => ({ tokenMean: value ? 1 : 0 }),
  aggregation: (value) => ({ tokenMean: value === "token-mean" ? 1 : 0 }),
  Z: (value) => ({ normalize: value === "L" ? 1 : 0 }),
  C: (value) => ({ truncation: boundOf(value) }),
  K: (value) => ({ topK: value as number }),
  lam: (value) => ({ lambda: value as number }),
  returns: (value) => ({ returns: { normalized: 0, raw: 1, standard_grpo: 2 }[value as string]! }),
  tokens_per_step: (value) => ({ tokensPerStep: value as number }),
  step_logp: (value) => ({ stepMean: value === "mean" ? 1 : 0 }),
  // The field that holds the anchor's log-probs; see caseLogProbs.
  anchor: () => ({}),
  // In the units of the states; see caseFacts.
  L_max: () => ({}),
  // omega 0 or 1 stands beside it.
  negative: () => ({}),
};

/** null turns a bound off. */
function boundOf(value: unknown): number {
  return value === null ? OFF : value as number;
}

/** The settings of the case. An aggregation by tokens is no setting of an objective that knows no other. */
export function caseHyper(objective: Objective, json: Pick<ObjectiveCaseJson, "hyper">): Hyper {
  const settings = Object.entries(json.hyper).map(([name, value]) =>
    SETTINGS[name]?.(value) ?? { [name]: value as number }
  );
  const { tokenMean, ...changes } = Object.assign({}, ...settings) as Record<string, number>;
  const fixed = tokenMean === 1 && !("tokenMean" in objective.defaults);
  return hyperOf(objective, tokenMean === undefined || fixed ? changes : { ...changes, tokenMean });
}

/** Advantages as the file names them: from its rewards, or as given. */
export function caseAdvantages({ advantage, rewards, group }: ObjectiveCaseJson): Float64Array {
  const values = advantage.kind === "given" ? advantage.values : rewards;
  if (!values) throw new TypeError(`a case with advantages of kind "${advantage.kind}" needs their numbers`);
  return advantagesOf(values, group, advantage);
}

/** Targets that count: those of the completion, or all. */
export type Counted = "completion" | "all";

/** Indices of the targets of a state that count. Where the case has no completion masks all do. */
function countedTargets({ completion_mask: mask }: ResponseJson, { positions }: StateJson, counted: Counted) {
  const every = positions.map((_, k) => k);
  return mask && counted === "completion" ? every.filter((k) => mask[positions[k]!] === 1) : every;
}

/** Weight of the tokens of a state: as the file has it, or as its kind of state is defined. */
function unitOf(response: ResponseJson, state: StateJson, tokens: number): number {
  if (state.u !== undefined) return state.u;
  switch (state.role) {
    case "z0":
      return 1 / 2;
    case "z1":
      return 1 / (2 * response.q!);
    case "z2":
      return 1 / (2 * (1 - response.q!));
  }
  // 1 / t, t the masked share of the completion.
  return state.block === undefined ? 1 : completionLengthOf(response) / Math.max(1, tokens);
}

function completionLengthOf({ length, completion_mask: mask }: ResponseJson): number {
  return mask ? mask.reduce((sum, inside) => sum + inside, 0) : length;
}

/** Advantages of the responses, or of the states where the objective pays them per state. */
function advantagesFor(objective: Objective, json: ObjectiveCaseJson) {
  const { kind } = objective.advantage, { psi = 1 } = json.hyper as { psi?: number };
  if (kind === "softmax-difference") return advantagesOf(json.rewards!, json.group, { kind, psi });
  if (!objective.completions) return caseAdvantages(json);
  const states = json.responses.flatMap(({ states }, response) =>
    states.map((_, rank) => ({ response, rank }))
  );
  const completed = json.responses.flatMap(({ greedy_rewards: earned }) => [...earned!]);
  const rollout = { rewards: json.rewards!, groups: json.group };
  return {
    ofState: rankAdvantages({ objective, hyper: caseHyper(objective, json) }, states, rollout, completed),
  };
}

/** Facts of the update that the case describes. */
export function caseFacts(
  objective: Objective,
  json: ObjectiveCaseJson,
  counted: Counted = "completion",
): PlanFacts {
  const { L_max: longest, step_logp: step } = json.hyper as { L_max?: number; step_logp?: string };
  const states = json.responses.flatMap((response, index) =>
    response.states.map((state) => {
      const kept = countedTargets(response, state, counted);
      const divisor = step === "mean" ? kept.length : longest ?? 1;
      const unit = unitOf(response, state, kept.length) / divisor;
      return {
        response: index,
        units: new Float64Array(kept.length).fill(unit),
        positions: kept.map((k) => state.positions[k]!),
      };
    })
  );
  return planFacts(states, {
    groups: json.group,
    lengths: json.responses.map(({ length }) => longest ?? length),
    completionLengths: json.responses.map(completionLengthOf),
    advantages: advantagesFor(objective, json),
  });
}

/** Log-probs of the targets that count, and divergences where the case has whole distributions. */
export function caseLogProbs(
  objective: Objective,
  json: Pick<ObjectiveCaseJson, "responses" | "hyper">,
  counted: Counted = "completion",
): LogProbs {
  const { responses } = json;
  const states = responses.flatMap((response) => response.states.map((state) => ({ response, state })));
  const collect = (field: "logp" | "old" | "mu" | "ref" | MeasuredColumn) =>
    states.every(({ state }) => state[field])
      ? states.flatMap(({ response, state }) =>
        countedTargets(response, state, counted).map((k) => state[field]![k]!)
      )
      : null;
  const logp = collect("logp");
  if (!logp) throw new TypeError("every state needs logp");
  return {
    logp,
    anchor: collect(objective.anchor === "rollout" ? "mu" : "old"),
    reference: collect("ref"),
    recomputed: collect("old"),
    ...Object.fromEntries(MEASURED.map((name) => [name, collect(name)])),
    divergence: objective.divergence
      ? states.flatMap(({ state }) => divergencesOf(state, objective.divergence!, json.hyper.K as number))
      : null,
  };
}

/** Divergence of the rollout's distribution from the policy's at every target, over the k likeliest tokens. */
function divergencesOf({ actions, mu_dist, pi_dist }: StateJson, kind: DivergenceKind, k: number): number[] {
  return actions!.map((action, i) => {
    const listed = [action, ...topK(mu_dist![i]!, k)];
    return divergence(pi_dist![i]!, listed, listed.map((token) => mu_dist![i]![token]!), kind);
  });
}

/** Flat values per target that counts as `[response][state][target]`, 0 at the others. */
export function nestTargets({ responses }: ObjectiveCaseJson, flat: ArrayLike<number>): number[][][] {
  let target = 0;
  return responses.map((response) =>
    response.states.map((state) => {
      const values = state.positions.map(() => 0);
      for (const k of countedTargets(response, state, "completion")) values[k] = flat[target++]!;
      return values;
    })
  );
}
