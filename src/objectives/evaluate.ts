/**
 * Objectives on the host, in f64: the weights and the value of one update from its facts and log-probs. This is
 * the CPU path and the oracle of the WGSL kernels in kernels/objectives. Flat arrays run over the targets of all
 * states, in order.
 */

import { type ResponseFacts, type StateFacts, stateSpans } from "../../kernels/objectives/pack.ts";
import { groupMembers } from "./advantage.ts";
import type { EvaluatedResponse, Hyper, Objective, PlanTotals, State, WeightInputs } from "./objective.ts";

/** What is known of an update before any forward pass. */
export interface PlanFacts {
  /** Distinct prompts. */
  readonly prompts: number;
  readonly responses: readonly ResponseFacts[];
  /** In response order. */
  readonly states: readonly StateFacts[];
}

/** Log-probs of all targets. `anchor` and `reference` are null where the objective does not need them. */
export interface LogProbs {
  readonly logp: ArrayLike<number>;
  readonly anchor: ArrayLike<number> | null;
  readonly reference: ArrayLike<number> | null;
}

/** Factor of each response in E_prompt, the mean over prompts of group means: 1 / (prompts * group size). */
export function sharesOf(groups: ArrayLike<number>): Float64Array {
  const members = groupMembers(groups);
  return Float64Array.from(groups, (group) => 1 / (members.size * members.get(group)!.length));
}

/**
 * Facts of a plan whose states have the advantage of their response.
 * @param groups prompt of each response
 * @param lengths tokens of each response
 */
export function planFacts(
  states: readonly Pick<State, "response" | "units">[],
  { groups, lengths, advantages }: {
    groups: ArrayLike<number>;
    lengths: ArrayLike<number>;
    advantages: ArrayLike<number>;
  },
): PlanFacts {
  const responses = Array.from(sharesOf(groups), (share, g) => ({ share, length: lengths[g]! }));
  stateSpans(states, responses.length);
  return {
    prompts: groupMembers(groups).size,
    responses,
    states: states.map(({ response, units }) => ({ response, units, advantage: advantages[response]! })),
  };
}

export function planTotals({ prompts, responses, states }: PlanFacts): PlanTotals {
  const targets = states.reduce((sum, { units }) => sum + units.length, 0);
  return { prompts, responses: responses.length, states: states.length, targets };
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

/**
 * Everything the weight of each target may depend on; terms outside the scope and needs of the objective are 0.
 * @throws RangeError if the number of log-probs differs from that of the targets
 */
export function weightInputsOf(
  { anchor: anchorKind, needsReference, scope }: Pick<Objective, "anchor" | "needsReference" | "scope">,
  facts: PlanFacts,
  { logp, anchor, reference }: LogProbs,
): WeightInputs[] {
  const { targets } = planTotals(facts);
  const anchored = anchorKind === "none" ? logp : anchor;
  const referred = needsReference ? reference : logp;
  for (const [name, values] of Object.entries({ "": logp, "anchor ": anchored, "reference ": referred })) {
    if (values?.length === targets) continue;
    throw new RangeError(
      `expected ${targets} ${name}log-probs, one per target, found ${values?.length ?? "none"}`,
    );
  }
  const stateDeltas = stateSums(facts, logp, anchored!);
  const referenceDeltas = stateSums(facts, logp, referred!);
  const spans = stateSpans(facts.states, facts.responses.length);
  const meanOf = (sums: Float64Array) =>
    spans.map(({ first, count }) => sums.subarray(first, first + count).reduce((a, b) => a + b, 0) / count);
  const responseDeltas = meanOf(stateDeltas), responseReferenceDeltas = meanOf(referenceDeltas);
  let target = 0;
  return facts.states.flatMap(({ response, advantage, units }, s) =>
    Array.from(units, (unit) => {
      const k = target++;
      return {
        logp: logp[k]!,
        delta: logp[k]! - anchored![k]!,
        referenceDelta: logp[k]! - referred![k]!,
        unit,
        advantage,
        stateDelta: scope === "token" ? 0 : stateDeltas[s]!,
        stateReferenceDelta: scope === "token" ? 0 : referenceDeltas[s]!,
        responseDelta: scope === "response" ? responseDeltas[response]! : 0,
        responseReferenceDelta: scope === "response" ? responseReferenceDeltas[response]! : 0,
        stateTargets: units.length,
        responseStates: spans[response]!.count,
        responseLength: facts.responses[response]!.length,
        share: facts.responses[response]!.share,
      };
    })
  );
}

/** `sum_k u_k (logp_k - from_k)` of each state. */
function stateSums(facts: PlanFacts, logp: ArrayLike<number>, from: ArrayLike<number>): Float64Array {
  let target = 0;
  return Float64Array.from(facts.states, ({ units }) => {
    let sum = 0;
    for (let k = 0; k < units.length; k++, target++) sum += units[k]! * (logp[target]! - from[target]!);
    return sum;
  });
}

/** Weight on grad logp of each target, so that the gradient of the objective is that of `sum w * logp`. */
export function weightsOf(
  objective: Objective,
  hyper: Hyper,
  facts: PlanFacts,
  logProbs: LogProbs,
): Float64Array {
  const totals = planTotals(facts);
  const inputs = weightInputsOf(objective, facts, logProbs);
  return Float64Array.from(inputs, (w) => objective.weight(w, hyper, totals));
}

/** What each response adds to the maximised objective. Their sum is its value, and minus the loss. */
export function valuesOf(
  objective: Objective,
  hyper: Hyper,
  facts: PlanFacts,
  logProbs: LogProbs,
): Float64Array {
  const totals = planTotals(facts);
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
  const logp = Float64Array.from(logProbs.logp);
  const anchor = Float64Array.from(logProbs.anchor ?? []);
  const reference = Float64Array.from(logProbs.reference ?? []);
  let target = 0;
  const states = facts.states.map(({ advantage, units }) => {
    const range = [target, target += units.length] as const;
    return {
      advantage,
      units,
      logp: logp.subarray(...range),
      anchor: anchor.subarray(...range),
      reference: reference.subarray(...range),
    };
  });
  return stateSpans(facts.states, facts.responses.length).map(({ first, count }, g) => ({
    ...facts.responses[g]!,
    states: states.slice(first, first + count),
  }));
}
