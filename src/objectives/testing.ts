/** Updates for tests of objectives. */

import { byColumn } from "../../kernels/objectives/inputs.ts";
import type { Update } from "../../kernels/objectives/testing.ts";
import { planFacts } from "./value.ts";

/** An update with one target of unit 1 per state, so that d_j is `deltas[response][j]`. */
export function updateWithDeltas(
  advantages: readonly number[],
  deltas: readonly (readonly number[])[],
  groups: readonly number[] = advantages.map(() => 0),
): Update {
  const states = deltas.flatMap((row, response) =>
    row.map((_, j) => ({ response, units: Float64Array.of(1), positions: Uint32Array.of(j % 8) }))
  );
  const lengths = advantages.map(() => 8);
  const facts = planFacts(states, { groups, lengths, completionLengths: lengths, advantages });
  const logp = Float64Array.from(deltas.flat()), zeros = new Float64Array(logp.length);
  return {
    facts,
    logProbs: { ...byColumn(() => zeros), logp, reference: logp },
  };
}
