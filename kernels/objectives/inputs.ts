/**
 * The one list of what the weight of an objective may depend on, for one target. Types, packing, both forms of the
 * weight kernel, the f64 reference, the updates of tests and neutral inputs follow from it; the WGSL structs of
 * prelude.wgsl are compared with it by a test. A new input is an entry here, a field there, and who measures it.
 *
 * delta = logp - anchor; of a state: d_j = sum_k u_k delta_k; of a response: the mean over its states of d_j.
 * `reference` terms are the same differences to the reference model. Log-probs and differences are in nats. Terms that
 * an objective does not ask for, by its scope and needs, are 0.
 */

import type { PositionSum } from "./position_sums.ts";

/** Where the number of a target comes from, and so for what it is one number: a target, its state, its response. */
export type Source =
  /** The log-prob under the current model. One per target. */
  | { readonly from: "logp" }
  /**
   * `logp` minus the log-prob under another policy, from the column of that name. One per target.
   * `values`: the numbers of the column, in words.
   */
  | { readonly from: "difference"; readonly column: string; readonly values: string }
  /**
   * Measured on the current distribution, in a column of the input's own name; a constant of the weight. One per
   * target. An objective asks for it by a field of that name.
   */
  | { readonly from: "measure"; readonly values: string }
  /** Known before any forward pass: a word of the target's record. One per target. */
  | { readonly from: "target" }
  /** Known before any forward pass: a word of the state's record. One per state. */
  | { readonly from: "state" }
  /** Sum over the targets of the state of u times the difference to the column. One per state; from scope "state" on. */
  | { readonly from: "stateSum"; readonly to: "anchor" | "reference" }
  /** Mean over the states of the response of these sums. One per response; from scope "response" on. */
  | { readonly from: "responseMean"; readonly to: "anchor" | "reference" }
  /**
   * Over all targets of the response at this position, in any state. One per response and position, for objectives
   * that declare `positionSums`.
   */
  | { readonly from: "positionSum"; readonly field: keyof PositionSum };

export const INPUTS = {
  /** Log-prob of the target under the current model. */
  logp: { from: "logp" },
  /** logp minus that of the policy that ratios are taken against. */
  delta: { from: "difference", column: "anchor", values: "anchor log-probs" },
  /** logp minus that of the reference model. */
  referenceDelta: { from: "difference", column: "reference", values: "reference log-probs" },
  /** u of this target. */
  unit: { from: "target" },
  /** A of the response, or of this state. */
  advantage: { from: "state" },
  /** sum_k u_k delta_k over the targets of this state. */
  stateDelta: { from: "stateSum", to: "anchor" },
  /** sum_k u_k referenceDelta_k over the targets of this state. */
  stateReferenceDelta: { from: "stateSum", to: "reference" },
  /** Mean of stateDelta over the states of the response. */
  responseDelta: { from: "responseMean", to: "anchor" },
  /** Mean of stateReferenceDelta over the states of the response. */
  responseReferenceDelta: { from: "responseMean", to: "reference" },
  /** sum_k u_k delta_k over the targets at this position. */
  positionDelta: { from: "positionSum", field: "delta" },
  /** sum_k u_k referenceDelta_k over the targets at this position. */
  positionReferenceDelta: { from: "positionSum", field: "referenceDelta" },
  /** log sum_k u_k p_k^b over the targets at this position, b the power that the objective declares. */
  positionLogMass: { from: "positionSum", field: "logMass" },
  /** logp minus that of the recomputed old policy, beside an anchor at the rollout. */
  recomputedDelta: { from: "difference", column: "recomputed", values: "recomputed log-probs" },
  /** Divergence of the rollout's distribution at this target from the current one: in nats, or total variation. */
  divergence: { from: "measure", values: "divergences" },
  /** Targets of this state. */
  stateTargets: { from: "state" },
  /** n: states of the response. */
  responseStates: { from: "state" },
  /** L: tokens of the response, padding and everything after the end token included. */
  responseLength: { from: "state" },
  /** Tokens of the response up to and including the first end token; L when there is none. */
  completionLength: { from: "state" },
  /** Distinct positions of the response that are a target in at least one of its states. */
  responsePositions: { from: "state" },
  /** 1 / (prompts * responses of this prompt): the factor of E_prompt, the mean over prompts of group means. */
  share: { from: "state" },
} as const satisfies Readonly<Record<string, Source>>;

/** Sums over the whole plan of one update, known before any forward pass; with their type in the weight kernel. */
export const TOTALS = {
  prompts: "f32",
  responses: "f32",
  states: "f32",
  targets: "f32",
  /** Distinct pairs of response and position that are a target. */
  positions: "f32",
  /** Sum of completionLength over the responses. */
  completionTokens: "f32",
  /** Sum of responseLength over the responses. */
  responseTokens: "f32",
} as const;

export type Input = keyof typeof INPUTS;

/** Everything a weight may depend on, for one target. */
export type WeightInputs = { readonly [I in keyof typeof INPUTS]: number };

/** Sums over the whole plan of one update. */
export type PlanTotals = { readonly [T in keyof typeof TOTALS]: number };

/** Names of the inputs from one kind of source. */
export type InputFrom<F extends Source["from"]> = {
  [I in Input]: (typeof INPUTS)[I]["from"] extends F ? I : never;
}[Input];

/** The part of WeightInputs that is known before any forward pass. */
export type PlannedTarget = Pick<WeightInputs, InputFrom<"target" | "state">>;

/** Log-probs of the targets under another policy. */
export type PolicyColumn = (typeof INPUTS)[InputFrom<"difference">]["column"];
/** What is measured on the current distributions at the targets. */
export type MeasuredColumn = InputFrom<"measure">;
/** Numbers of every target that weights are computed from besides `logp`. */
export type Column = PolicyColumn | MeasuredColumn;

/** What an objective needs besides the log-probs of the current model. */
export type Need = Column | "positions";

/** Per target of an update. A column is null or absent where the objective does not need it. */
export type TargetValues =
  & { readonly logp: ArrayLike<number> }
  & { readonly [C in Column]?: ArrayLike<number> | null };

/** The entries of the list, in order. */
export const SOURCES = Object.entries(INPUTS) as readonly (readonly [Input, Source])[];

interface ColumnEntry {
  readonly name: Column;
  readonly from: "difference" | "measure";
  /** Its numbers in words. */
  readonly values: string;
}

/** The columns, in the order in which they are laid out. */
export const COLUMNS: readonly ColumnEntry[] = SOURCES.flatMap(([input, source]): ColumnEntry[] => {
  if (source.from === "difference") return [{ ...source, name: source.column as PolicyColumn }];
  return source.from === "measure" ? [{ ...source, name: input as MeasuredColumn }] : [];
});

/** The columns that are measured. */
export const MEASURED = SOURCES.flatMap(([input, { from }]) =>
  from === "measure" ? [input as MeasuredColumn] : []
);

/** One value for each column. */
export function byColumn<T>(valueOf: (column: ColumnEntry, index: number) => T): Record<Column, T> {
  return Object.fromEntries(COLUMNS.map((column, i) => [column.name, valueOf(column, i)])) as Record<
    Column,
    T
  >;
}

/** Inputs with what is given; otherwise known facts are 1, log-probs, differences and measures 0. */
export function neutralInputs(given: Partial<WeightInputs>): WeightInputs {
  const neutral = SOURCES.map(([name, { from }]) => [name, from === "target" || from === "state" ? 1 : 0]);
  return { ...Object.fromEntries(neutral) as unknown as WeightInputs, ...given };
}

/** Totals of a plan of one target. */
export const ONE_TARGET = Object.fromEntries(Object.keys(TOTALS).map((name) => [name, 1])) as PlanTotals;

/** The name of an input, a total or a word of a record in WGSL. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
