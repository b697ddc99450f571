/** The weights of one update computed by the WGSL kernels, for checks against the f64 form. */

import { type Backend, readFloats, slice } from "../../kernels/backend.ts";
import { type PlanFacts, planTotals } from "../../kernels/objectives/facts.ts";
import { COLUMNS } from "../../kernels/objectives/inputs.ts";
import { allocatePlan, freePlan, weighStates, writePlan } from "../../kernels/objectives/mod.ts";
import { packPlan } from "../../kernels/objectives/pack.ts";
import { type LogProbs, needsOf } from "./value.ts";
import type { Hyper, Objective } from "./objective.ts";

/**
 * Weight on grad logp of each target, in f32.
 * @param chosen chunk: states per call for objectives that stream; the whole update when absent
 */
export async function deviceWeightsOf(
  backend: Backend,
  { objective, hyper, chunk }: {
    readonly objective: Objective;
    readonly hyper: Hyper;
    readonly chunk?: number;
  },
  facts: PlanFacts,
  logProbs: LogProbs,
): Promise<Float32Array> {
  const totals = planTotals(facts);
  const plan = packPlan(facts.states, facts.responses);
  const buffers = allocatePlan(backend, totals, needsOf(objective, hyper));
  try {
    writePlan(backend, buffers, plan);
    for (const name of ["logp" as const, ...COLUMNS.map(({ name }) => name)]) {
      if (buffers[name]) backend.write(buffers[name], Float32Array.from(logProbs[name] ?? []));
    }
    const step = objective.scope === "response" ? totals.states : chunk ?? totals.states;
    for (let first = 0; first < totals.states; first += step) {
      const range = { first, count: Math.min(step, totals.states - first) };
      weighStates(backend, objective, buffers, plan, range, { hyper, totals });
    }
    const gradient = await readFloats(backend, slice(buffers.dlogp, 0, totals.targets));
    return gradient.map((g) => -g);
  } finally {
    freePlan(backend, buffers);
  }
}
