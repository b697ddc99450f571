/**
 * objectives/<id>.json: advantages, value, loss, gradient and intermediate values of every case, by the f64
 * TypeScript form; and the gradient by the kernels of the backend.
 */

import { deviceWeightsOf } from "../objectives/device.ts";
import { weightTolerance } from "../objectives/device_tolerance.ts";
import { difference, estimate, mean } from "../objectives/elbo_samples.ts";
import {
  evaluatedResponses,
  hyperOf,
  type LogProbs,
  type PlanFacts,
  planTotals,
  valuesOf,
  weightsOf,
} from "../objectives/evaluate.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import {
  type CaseResult,
  type CheckContext,
  type Checker,
  compareCase,
  type Comparison,
  F64_TOLERANCE,
  missingCases,
  type Numbers,
  readJson,
} from "./checker.ts";
import {
  caseAdvantages,
  caseFacts,
  caseLogProbs,
  nestTargets,
  type ObjectiveCaseJson,
} from "./objective_case.ts";

/** States per call of the streaming objectives: small, so that ranges that start inside the update are checked. */
const STATES_PER_CALL = 2;

export const objectiveChecker: Checker = {
  matches: (path) => /^objectives\/[^/]+\.json$/.test(path),
  async check(path, folder, context) {
    const { objective: id, cases } = await readJson(folder, path) as {
      objective: string;
      cases: ObjectiveCaseJson[];
    };
    const objective = OBJECTIVES.find((known) => known.id === id);
    if (!objective) {
      return missingCases(cases.map(({ name }) => name), `the objective ${id} is not implemented`);
    }
    const results: CaseResult[] = [];
    for (const json of cases) results.push(...await checkObjectiveCase(objective, json, context));
    return results;
  },
};

/** Both forms of an objective on one case. */
export async function checkObjectiveCase(
  objective: Objective,
  json: ObjectiveCaseJson,
  { backend }: CheckContext,
): Promise<CaseResult[]> {
  const { expected } = json;
  const hyper = hyperOf(objective, json.hyper as Hyper);
  const facts = caseFacts(json);
  const logProbs = caseLogProbs(json, objective.anchor === "rollout" ? "mu" : "old");
  const gradientOf = (weights: ArrayLike<number>) =>
    nestTargets(json, Array.from(weights, (weight) => -weight));

  const values = valuesOf(objective, hyper, facts, logProbs);
  const value = values.reduce((a, b) => a + b, 0);
  const exact = (name: string, actual: Numbers, expected: Numbers, floor?: number): Comparison => ({
    name,
    actual,
    expected,
    tolerance: F64_TOLERANCE,
    ...(floor !== undefined && { floor }),
  });
  const typescript = compareCase(json.name, [
    exact("advantages", caseAdvantages(json), expected.advantages),
    exact("objective", value, expected.objective, 1),
    exact("loss", -value, expected.loss, 1),
    exact("dloss_dlogp", gradientOf(weightsOf(objective, hyper, facts, logProbs)), expected.dloss_dlogp),
    ...Object.entries(expected.aux ?? {}).map(([name, want]) =>
      exact(name, intermediate(name, objective, hyper, facts, logProbs), want)
    ),
  ], "typescript");

  const weights = await deviceWeightsOf(backend, objective, hyper, facts, logProbs, STATES_PER_CALL);
  const device = compareCase(json.name, [{
    name: "dloss_dlogp",
    actual: gradientOf(weights),
    expected: expected.dloss_dlogp,
    tolerance: weightTolerance(facts, logProbs),
  }], backend.description.backend);
  return [typescript, device];
}

/** An entry of `expected.aux`, by its name there. @throws Error for a name without a definition here */
function intermediate(
  name: string,
  objective: Objective,
  hyper: Hyper,
  facts: PlanFacts,
  logProbs: LogProbs,
): Numbers {
  const responses = evaluatedResponses(facts, logProbs);
  const totals = planTotals(facts);
  switch (name) {
    case "l":
      return responses.map(({ states }) => states.map(estimate));
    case "d":
      return responses.map(({ states }) => states.map(difference));
    case "rho":
      return responses.map(({ states }) => Math.exp(mean(states.map(difference))));
    case "R_hat":
      return responses.map(({ states }) => states[0]!.advantage * Math.exp(mean(states.map(difference))));
    case "R_lb":
      return responses.map((response) => objective.value({ ...response, share: 1 }, hyper, totals));
    case "g": // what one of n samples adds: the value of a response with that sample alone, over n
      return responses.map((response) =>
        response.states.map((state) =>
          objective.value({ ...response, share: 1, states: [state] }, hyper, totals) / response.states.length
        )
      );
    default:
      throw new Error(`no definition of the intermediate value "${name}"`);
  }
}
