/**
 * The gradients that estimators are compared with, as objectives of one rollout by the current policy.
 *
 * A rollout draws a candidate for every masked position of the block at every step and keeps the most confident ones,
 * a decision that the drawn candidates settle. So the probability of a rollout is the product over steps of those of
 * all candidates, kept or not, and its policy gradient at temperature 1 is
 *   policy-gradient-proposed    sum_k sum_i A grad log p(candidate_ki | state_k)
 * without bias. Trajectory methods keep the committed tokens alone:
 *   policy-gradient-committed   sum_k sum_{i revealed at k} A grad log p(y_i | state_k)
 * (The sampler never proposes the mask token, whose probability both leave in the softmax.)
 */

import { partlyScoredState } from "../../diffusion/forward_process.ts";
import type { Objective, PlanRequest } from "../../objectives/objective.ts";
import type { State } from "../../diffusion/state.ts";
import { reinforceElbo } from "../../objectives/reinforce_elbo.ts";

const base: Objective = {
  ...reinforceElbo,
  paper: "reference of this benchmark",
  departures: [],
  defaults: {},
  statesPerResponse: (_, { rolloutSteps }) => rolloutSteps,
  weight: ({ share, advantage, unit }) => share * advantage * unit,
  value: ({ share, states }) =>
    share * states.reduce((sum, { advantage, logp }) => {
      let own = 0;
      for (let k = 0; k < logp.length; k++) own += logp[k]!;
      return sum + advantage * own;
    }, 0),
};

/** The state before every step; `scored` decides which masked positions are scored. */
function pathStates(
  { trajectories, rolloutSteps, maskId }: PlanRequest,
  scored: (masked: number[], step: number, response: number) => number[],
): State[] {
  return trajectories.flatMap((trajectory, index) =>
    Array.from({ length: rolloutSteps }, (_, step) => {
      const masked = [...trajectory.revealStep.keys()].filter((i) => trajectory.revealStep[i]! >= step);
      const places = { masked, scored: scored(masked, step, index) };
      return { ...partlyScoredState({ index, response: trajectory, maskId }, places, 1), step };
    })
  );
}

export const committed: Objective = {
  ...base,
  id: "policy-gradient-committed",
  title: "Policy gradient of the whole trajectory, committed tokens",
  equation: "E_prompt A sum_k sum_{i revealed at k} log p(y_i | state_k)",
  plan: (request) =>
    pathStates(request, (masked, step, response) => {
      const { revealStep } = request.trajectories[response]!;
      return masked.filter((i) => revealStep[i] === step);
    }),
};

/** @throws Error if the rollout did not record its proposals */
export const proposed: Objective = {
  ...base,
  id: "policy-gradient-proposed",
  title: "Policy gradient of the sampler, all candidates",
  equation: "E_prompt A sum_k sum_i log p(candidate_ki | state_k)",
  plan(request) {
    const { trajectories, maskId } = request;
    const tokensOf = (response: number, step: number) => {
      const { proposed, tokens: { length } } = trajectories[response]!;
      if (!proposed) throw new Error("the exact policy gradient needs the proposals recorded at rollout");
      return proposed.subarray(step * length, (step + 1) * length);
    };
    const states = pathStates(request, (masked, step, response) => {
      const tokens = tokensOf(response, step);
      return masked.filter((i) => tokens[i] !== maskId);
    });
    return states.map((state) => {
      const tokens = tokensOf(state.response, state.step!), { length } = trajectories[state.response]!.prompt;
      return { ...state, targets: state.positions.map((position) => tokens[position - length]!) };
    });
  },
};
