/**
 * Objectives on the host, in f64: the weights and the value of one update from its facts and log-probs. The weights
 * are the oracle of the kernels in kernels/objectives. Flat arrays run over the targets of all states, in order.
 */

import {
  placesOf,
  type PlanFacts,
  planTotals,
  type StateFacts,
  stateSpans,
} from "../../kernels/objectives/facts.ts";
import {
  byColumn,
  type Column,
  COLUMNS,
  MEASURED,
  type MeasuredColumn,
  type Need,
  type TargetValues,
} from "../../kernels/objectives/inputs.ts";
import { byState, neededColumns, weightInputsOf } from "../../kernels/objectives/reference.ts";
import { groupMembers } from "./advantage.ts";
import type { EvaluatedResponse, EvaluatedState, Hyper, Objective } from "./objective.ts";

/** Log-probs of all targets, and what is measured there. */
export interface LogProbs extends TargetValues {
  /** `logp` where a value holds it constant; default `logp`. For derivatives by differences. */
  readonly stopped?: ArrayLike<number>;
}

/** Factor of each response in E_prompt, the mean over prompts of group means: 1 / (prompts * group size). */
function sharesOf(groups: ArrayLike<number>): Float64Array {
  const members = groupMembers(groups);
  return Float64Array.from(groups, (group) => 1 / (members.size * members.get(group)!.length));
}

/** Tokens up to and including the first end token; all of them when there is none. */
export function completionLength(tokens: ArrayLike<number>, eosId: number): number {
  for (let i = 0; i < tokens.length; i++) if (tokens[i] === eosId) return i + 1;
  return tokens.length;
}

/**
 * Facts of a plan.
 * @param groups prompt of each response
 * @param lengths tokens of each response
 * @param completionLengths tokens of each response up to and including the first end token
 * @param advantages of each response, which its states have, or of each state
 */
export function planFacts(
  states: readonly Omit<StateFacts, "advantage">[],
  { groups, lengths, completionLengths, advantages }: {
    groups: ArrayLike<number>;
    lengths: ArrayLike<number>;
    completionLengths: ArrayLike<number>;
    advantages: ArrayLike<number> | { readonly ofState: ArrayLike<number> };
  },
): PlanFacts {
  const responses = Array.from(
    sharesOf(groups),
    (share, g) => ({ share, length: lengths[g]!, completionLength: completionLengths[g]! }),
  );
  stateSpans(states, responses.length);
  return {
    prompts: groupMembers(groups).size,
    responses,
    states: states.map(({ response, units, positions }, s) => ({
      response,
      units,
      positions,
      advantage: "ofState" in advantages ? advantages.ofState[s]! : advantages[response]!,
    })),
  };
}

/** What an objective needs besides the log-probs of the current model. */
export function needsOf(
  objective: Pick<Objective, "anchor" | "needsReference" | "recomputed" | "positionSums" | MeasuredColumn>,
  hyper: Hyper,
): Record<Need, boolean> {
  const measured = MEASURED.map((name) => [name, Boolean(objective[name])]);
  return {
    anchor: objective.anchor !== "none",
    reference: objective.needsReference?.(hyper) ?? false,
    recomputed: Boolean(objective.recomputed),
    ...Object.fromEntries(measured) as Record<MeasuredColumn, boolean>,
    positions: Boolean(objective.positionSums),
  };
}

/** The columns that an objective needs, in the order in which they are laid out. */
export function columnsOf(objective: Objective, hyper: Hyper): Column[] {
  const needs = needsOf(objective, hyper);
  return COLUMNS.map(({ name }) => name).filter((name) => needs[name]);
}

/** The settings of an objective: its defaults with changes. @throws TypeError for a name it does not have. */
export function hyperOf({ id, defaults }: Pick<Objective, "id" | "defaults">, changes: Hyper = {}): Hyper {
  for (const name of Object.keys(changes)) {
    if (name in defaults) continue;
    const known = Object.keys(defaults).join(", ") || "none";
    throw new TypeError(`${id} has no setting "${name}"; its settings are: ${known}`);
  }
  return { ...defaults, ...changes };
}

/** Weight on grad logp of each target, so that the gradient of the objective is that of `sum w * logp`. */
export function weightsOf(
  objective: Objective,
  hyper: Hyper,
  facts: PlanFacts,
  logProbs: LogProbs,
): Float64Array {
  const totals = planTotals(facts), needs = needsOf(objective, hyper);
  const asked = { scope: objective.scope, needs, power: objective.positionSums?.power?.(hyper) };
  const inputs = weightInputsOf(asked, facts, logProbs);
  return Float64Array.from(inputs, (w) => objective.weight(w, hyper, totals));
}

/**
 * What each response adds to the maximised objective. Their sum is its value, and minus the loss.
 * @throws RangeError if a column that the objective needs has not one number per target
 */
export function valuesOf(
  objective: Objective,
  hyper: Hyper,
  facts: PlanFacts,
  logProbs: LogProbs,
): Float64Array {
  const totals = planTotals(facts);
  neededColumns(needsOf(objective, hyper), logProbs, totals.targets);
  return Float64Array.from(
    evaluatedResponses(facts, logProbs),
    (response) => objective.value(response, hyper, totals),
  );
}

/** Value of the maximised objective. */
export function valueOf(objective: Objective, hyper: Hyper, facts: PlanFacts, logProbs: LogProbs): number {
  return valuesOf(objective, hyper, facts, logProbs).reduce((a, b) => a + b, 0);
}

/** The update as nested data, one entry per response. */
export function evaluatedResponses(facts: PlanFacts, logProbs: LogProbs): EvaluatedResponse[] {
  const { logp, stopped = logp } = logProbs;
  const flat = byColumn(({ name, from }) => logProbs[name] ?? (from === "measure" ? [] : logp));
  const columns = { logp, stopped, ...flat };
  // Several columns are `logp` where an objective does not need them.
  const cut = new Map(
    [...new Set(Object.values(columns))].map((values) => [values, byState(facts.states, values)]),
  );
  const parts = Object.entries(columns).map(([name, values]) => [name, cut.get(values)!] as const);
  const states = facts.states.map(({ advantage, units, positions }, s): EvaluatedState => {
    const state: Record<string, unknown> = { advantage, units, positions };
    for (const [name, part] of parts) state[name] = part[s]!;
    return state as unknown as EvaluatedState;
  });
  const { perResponse } = placesOf(facts.states, facts.responses.length);
  return stateSpans(facts.states, facts.responses.length).map(({ first, count }, g) => ({
    ...facts.responses[g]!,
    positions: perResponse[g]!,
    states: states.slice(first, first + count),
  }));
}
