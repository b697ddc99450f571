/** Objectives that measurements use: the registered ones, the ablations of BGPO's two lemmas, and references. */

import { exp } from "../../../kernels/math/elementary.ts";
import { bgpo } from "../../objectives/bgpo.ts";
import { difference, mean } from "../../objectives/elbo_samples.ts";
import type { Objective } from "../../objectives/objective.ts";
import { objectiveById } from "../../objectives/registry.ts";
import { reinforceElbo } from "../../objectives/reinforce_elbo.ts";
import { committed, proposed } from "./reference_gradients.ts";
import exponential from "./lemma_exponential.wgsl" with { type: "text" };

/**
 * Lemma 1 for both signs: g_j = (A/n) (1 + d_j), the tangent line, which bounds A exp(mean d) from below only where
 * A >= 0. Its gradient does not know the old policy.
 */
export const bgpoTangent: Objective = {
  ...bgpo,
  id: "bgpo-tangent",
  title: "BGPO, lemma 1 for both signs",
  equation: "E_prompt sum_j (A/n) (1 + d_j)",
  scope: "token",
  weight: reinforceElbo.weight,
  value: ({ share, states }) =>
    share * mean(states.map((state) => state.advantage * (1 + difference(state)))),
  wgsl: reinforceElbo.wgsl,
  wgslHyper: [],
};

/** Lemma 2 for both signs: g_j = (A/n) exp(d_j), Jensen's inequality, which is a lower bound only where A < 0. */
export const bgpoExponential: Objective = {
  ...bgpo,
  id: "bgpo-exponential",
  title: "BGPO, lemma 2 for both signs",
  equation: "E_prompt sum_j (A/n) exp(d_j)",
  weight: ({ share, advantage, stateDelta, unit, responseStates }) =>
    share * advantage * exp(stateDelta) * unit / responseStates,
  value: ({ share, states }) => share * mean(states.map((state) => state.advantage * exp(difference(state)))),
  wgsl: exponential,
  wgslHyper: [],
};

const OWN = [bgpoTangent, bgpoExponential, committed, proposed];

/** @throws Error listing the known names */
export function measuredObjective(id: string): Objective {
  return OWN.find((known) => known.id === id) ?? objectiveById(id);
}
