/**
 * Objectives on the host, in f64: the weights and the value of one update from its facts and log-probs. This is
 * the CPU path and the oracle of the WGSL kernels in kernels/objectives. Flat arrays run over the targets of all
 * states, in order.
 */

import { placesOf, type ResponseFacts, type StateFacts, stateSpans } from "../../kernels/objectives/pack.ts";
import type { Need } from "../../kernels/objectives/mod.ts";
import { groupMembers } from "./advantage.ts";
import { positionSums } from "./position_sums.ts";
import type { EvaluatedResponse, Hyper, Objective, PlanTotals, WeightInputs } from "./objective.ts";

/** What is known of an update before any forward pass. */
export interface PlanFacts {
  /** Distinct prompts. */
  readonly prompts: number;
  readonly responses: readonly ResponseFacts[];
  /** In response order. */
  readonly states: readonly StateFacts[];
}

/** Log-probs of all targets. All but `logp` are null or absent where the objective does not need them. */
export interface LogProbs {
  readonly logp: ArrayLike<number>;
  readonly anchor: ArrayLike<number> | null;
  readonly reference: ArrayLike<number> | null;
  /** Under the recomputed old policy. */
  readonly recomputed?: ArrayLike<number> | null;
  /** Divergences, in nats or as total variation. */
  readonly divergence?: ArrayLike<number> | null;
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

export function planTotals({ prompts, responses, states }: PlanFacts): PlanTotals {
  const { places, count } = placesOf(states, responses.length);
  return {
    prompts,
    responses: responses.length,
    states: states.length,
    targets: places.length,
    positions: count,
    completionTokens: responses.reduce((sum, { completionLength }) => sum + completionLength, 0),
    responseTokens: responses.reduce((sum, { length }) => sum + length, 0),
  };
}

/** The part of an objective that decides what is known before its weights. */
type Declared = Pick<
  Objective,
  "anchor" | "needsReference" | "scope" | "recomputed" | "divergence" | "positionSums"
>;

/** What an objective needs besides the log-probs of the current model. */
export function needsOf(objective: Omit<Declared, "scope">, hyper: Hyper): Record<Need, boolean> {
  return {
    anchor: objective.anchor !== "none",
    reference: objective.needsReference?.(hyper) ?? false,
    recomputed: Boolean(objective.recomputed),
    divergence: Boolean(objective.divergence),
    positions: Boolean(objective.positionSums),
  };
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
  objective: Declared,
  hyper: Hyper,
  facts: PlanFacts,
  logProbs: LogProbs,
): WeightInputs[] {
  const { scope } = objective, { logp } = logProbs;
  const { places, perResponse } = placesOf(facts.states, facts.responses.length);
  const needs = needsOf(objective, hyper);
  const anchored = needs.anchor ? logProbs.anchor : logp;
  const referred = needs.reference ? logProbs.reference : logp;
  const recomputed = needs.recomputed ? logProbs.recomputed : logp;
  const divergence = needs.divergence ? logProbs.divergence : new Float64Array(places.length);
  const needed = {
    "log-probs": logp,
    "anchor log-probs": anchored,
    "reference log-probs": referred,
    "recomputed log-probs": recomputed,
    "divergences": divergence,
  };
  for (const [name, values] of Object.entries(needed)) {
    if (values?.length === places.length) continue;
    throw new RangeError(
      `expected ${places.length} ${name}, one per target, found ${values?.length ?? "none"}`,
    );
  }
  const stateDeltas = stateSums(facts, logp, anchored!);
  const referenceDeltas = stateSums(facts, logp, referred!);
  const spans = stateSpans(facts.states, facts.responses.length);
  const meanOf = (sums: Float64Array) =>
    spans.map(({ first, count }) => sums.subarray(first, first + count).reduce((a, b) => a + b, 0) / count);
  const responseDeltas = meanOf(stateDeltas), responseReferenceDeltas = meanOf(referenceDeltas);
  const sums = objective.positionSums &&
    evaluatedResponses(facts, { logp, anchor: anchored!, reference: referred! })
      .map(({ states }) => positionSums(states, objective.positionSums!.power?.(hyper)));
  let target = 0;
  return facts.states.flatMap(({ response, advantage, units, positions }, s) =>
    Array.from(units, (unit, i) => {
      const k = target++, sum = sums?.[response]?.get(positions[i]!);
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
        positionDelta: sum?.delta ?? 0,
        positionReferenceDelta: sum?.referenceDelta ?? 0,
        positionLogMass: sum?.logMass ?? 0,
        recomputedDelta: logp[k]! - recomputed![k]!,
        divergence: divergence![k]!,
        stateTargets: units.length,
        responseStates: spans[response]!.count,
        responseLength: facts.responses[response]!.length,
        completionLength: facts.responses[response]!.completionLength,
        responsePositions: perResponse[response]!,
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
  const inputs = weightInputsOf(objective, hyper, facts, logProbs);
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
  const column = (values: ArrayLike<number> | null | undefined) => Float64Array.from(values ?? []);
  const logp = column(logProbs.logp), stopped = column(logProbs.stopped ?? logProbs.logp);
  const anchor = column(logProbs.anchor ?? logp), reference = column(logProbs.reference ?? logp);
  const recomputed = column(logProbs.recomputed), divergence = column(logProbs.divergence);
  let target = 0;
  const states = facts.states.map(({ advantage, units, positions }) => {
    const range = [target, target += units.length] as const;
    return {
      advantage,
      units,
      positions,
      logp: logp.subarray(...range),
      stopped: stopped.subarray(...range),
      anchor: anchor.subarray(...range),
      reference: reference.subarray(...range),
      recomputed: recomputed.subarray(...range),
      divergence: divergence.subarray(...range),
    };
  });
  const { perResponse } = placesOf(facts.states, facts.responses.length);
  return stateSpans(facts.states, facts.responses.length).map(({ first, count }, g) => ({
    ...facts.responses[g]!,
    positions: perResponse[g]!,
    states: states.slice(first, first + count),
  }));
}
