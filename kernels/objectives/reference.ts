/** The inputs of weights in f64, from the formulas. Flat arrays run over the targets of all states, in order. */

import { placesOf, type PlanFacts, plannedTargets, type StateFacts, stateSpans } from "./facts.ts";
import {
  byColumn,
  type Column,
  type InputFrom,
  MEASURED,
  type MeasuredColumn,
  type Need,
  SOURCES,
  type TargetValues,
  type WeightInputs,
} from "./inputs.ts";
import { positionSums } from "./position_sums.ts";

/** The part of an objective that decides which terms are not 0. */
export interface Asked {
  readonly scope: "token" | "state" | "response";
  readonly needs: Readonly<Record<Need, boolean>>;
  /** Of the masses by position. */
  readonly power?: number | undefined;
}

/**
 * The columns that are needed, with `logp` in place of another policy's log-probs and zeros in place of a measure that
 * are not.
 * @throws RangeError if a number of log-probs or measures differs from that of the targets
 */
export function neededColumns(
  needs: Readonly<Record<Need, boolean>>,
  values: TargetValues,
  targets: number,
): Record<Column, ArrayLike<number>> {
  const check = (name: string, what: string, found: ArrayLike<number> | null | undefined) => {
    if (found?.length === targets) return found;
    const count = found?.length ?? "none";
    throw new RangeError(`expected ${targets} ${what} in "${name}", one per target, found ${count}`);
  };
  const logp = check("logp", "log-probs", values.logp), zeros = new Float64Array(targets);
  return byColumn(({ name, from, values: what }) => {
    if (needs[name]) return check(name, what, values[name]);
    return from === "measure" ? zeros : logp;
  });
}

/**
 * Everything the weight of each target may depend on; terms outside scope and needs are 0.
 * @throws RangeError if the number of log-probs or measures differs from that of the targets
 */
export function weightInputsOf(
  { scope, needs, power }: Asked,
  facts: PlanFacts,
  values: TargetValues,
): WeightInputs[] {
  const { states, responses } = facts, { logp } = values;
  const { places } = placesOf(states, responses.length);
  const columns = neededColumns(needs, values, places.length);
  const sums = {
    anchor: stateSums(states, logp, columns.anchor),
    reference: stateSums(states, logp, columns.reference),
  };
  const means = {
    anchor: responseMeans(facts, sums.anchor),
    reference: responseMeans(facts, sums.reference),
  };
  const positions = needs.positions ? sumsByPosition(facts, { ...columns, logp }, power) : null;
  const planned = plannedTargets(facts);
  const stateOf = states.flatMap(({ units }, s) => Array.from(units, () => s));
  const placeOf = states.flatMap((state) => Array.from(state.positions));
  return planned.map((known, k) => {
    const s = stateOf[k]!, { response } = states[s]!;
    const position = positions?.[response]?.get(placeOf[k]!);
    return {
      logp: logp[k]!,
      ...known,
      ...differences(logp, columns, k),
      ...measures(columns, k),
      stateDelta: scope === "token" ? 0 : sums.anchor[s]!,
      stateReferenceDelta: scope === "token" ? 0 : sums.reference[s]!,
      responseDelta: scope === "response" ? means.anchor[response]! : 0,
      responseReferenceDelta: scope === "response" ? means.reference[response]! : 0,
      positionDelta: position?.delta ?? 0,
      positionReferenceDelta: position?.referenceDelta ?? 0,
      positionLogMass: position?.logMass ?? 0,
    };
  });
}

type Columns = Readonly<Record<Column, ArrayLike<number>>>;

/** `logp_k` minus each policy's. */
function differences(logp: ArrayLike<number>, columns: Columns, k: number) {
  const found = SOURCES.flatMap(([name, source]) =>
    source.from === "difference" ? [[name, logp[k]! - columns[source.column as Column][k]!]] : []
  );
  return Object.fromEntries(found) as Pick<WeightInputs, InputFrom<"difference">>;
}

/** The measures at target k. */
function measures(columns: Columns, k: number) {
  return Object.fromEntries(MEASURED.map((name) => [name, columns[name][k]!])) as Pick<
    WeightInputs,
    MeasuredColumn
  >;
}

/** `sum_k u_k (logp_k - from_k)` of each state. */
function stateSums(
  states: readonly StateFacts[],
  logp: ArrayLike<number>,
  from: ArrayLike<number>,
): Float64Array {
  let target = 0;
  return Float64Array.from(states, ({ units }) => {
    let sum = 0;
    for (let k = 0; k < units.length; k++, target++) sum += units[k]! * (logp[target]! - from[target]!);
    return sum;
  });
}

/** Mean over the states of each response. */
function responseMeans({ states, responses }: PlanFacts, sums: Float64Array): number[] {
  return stateSpans(states, responses.length).map(({ first, count }) =>
    sums.subarray(first, first + count).reduce((a, b) => a + b, 0) / count
  );
}

/** The sums by position of each response. */
function sumsByPosition(
  { states, responses }: PlanFacts,
  columns: Record<"logp" | "anchor" | "reference", ArrayLike<number>>,
  power: number | undefined,
) {
  const [logp, anchor, reference] = ([columns.logp, columns.anchor, columns.reference] as const)
    .map((flat) => byState(states, flat));
  const placed = states.map(({ units, positions }, s) => ({
    units,
    positions,
    logp: logp![s]!,
    anchor: anchor![s]!,
    reference: reference![s]!,
  }));
  return stateSpans(states, responses.length).map(({ first, count }) =>
    positionSums(placed.slice(first, first + count), power)
  );
}

/** The part of a flat array that belongs to each state; all empty where the array is. */
export function byState(
  states: readonly Pick<StateFacts, "units">[],
  flat: ArrayLike<number>,
): Float64Array[] {
  const values = new Float64Array(flat);
  let target = 0;
  return states.map(({ units }) => values.subarray(target, target += units.length));
}
