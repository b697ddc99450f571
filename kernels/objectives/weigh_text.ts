/** What of weigh.wgsl follows from the lists of inputs.ts: its scalars, and the inputs of one target by name. */

import { snake, type Source, SOURCES, TOTALS } from "./inputs.ts";
import { HYPER_NAMES, SIDES, WEIGH_SCALARS } from "./weigh.ts";

/** A number of target k, from what `inputs_of` is given and reads first. */
function expression(name: string, source: Source): string {
  switch (source.from) {
    case "logp":
      return "current";
    case "difference":
      return `current - column(p.${snake(source.column)}, k, current)`;
    case "measure":
      return `column(p.${snake(name)}, k, 0.0)`;
    case "target":
      return `f32(facts.${snake(name)})`;
    case "state":
      return `f32(state.${snake(name)})`;
    case "stateSum":
      return `sum.${side(source.to)}`;
    case "responseMean":
      return `mean.${side(source.to)}`;
    case "positionSum":
      return `position.${snake(source.field)}`;
  }
}

const side = (to: typeof SIDES[number]) => "xy"[SIDES.indexOf(to)];
const lines = (texts: readonly string[]) => texts.map((text) => `  ${text}\n`).join("");

/** `Weigh`, `inputs_of`, `totals_of` and `hyper_of`. */
export const weighText = `
struct Weigh {
${lines(Object.entries(WEIGH_SCALARS).map(([name, type]) => `${snake(name)}: ${type},`))}}

fn inputs_of(k: u32, facts: TargetFacts, state: StateFacts, sum: vec2f, mean: vec2f, position: PositionSums)
  -> WeightInputs {
  let current = logp[k];
  var w: WeightInputs;
${lines(SOURCES.map(([name, source]) => `w.${snake(name)} = ${expression(name, source)};`))}  return w;
}

fn totals_of() -> Totals {
  var all: Totals;
${lines(Object.keys(TOTALS).map((name) => `all.${snake(name)} = p.${snake(name)};`))}  return all;
}

fn hyper_of() -> array<f32, ${HYPER_NAMES.length}> {
  return array(${HYPER_NAMES.map((name) => `p.${name}`).join(", ")});
}
`;
