/**
 * objectives/<id>.json: advantages, value, loss, gradient and intermediate values of every case, by the f64
 * TypeScript form; and the gradient by the kernels of the backend.
 */

import { deviceWeightsOf } from "../objectives/device.ts";
import { weightTolerance } from "../objectives/device_tolerance.ts";
import { evaluatedResponses, planTotals, valuesOf, weightsOf } from "../objectives/evaluate.ts";
import type { Objective } from "../objectives/objective.ts";
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
import { intermediates } from "./intermediates.ts";
import {
  caseAdvantages,
  caseFacts,
  caseHyper,
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
  const hyper = caseHyper(objective, json);
  const facts = caseFacts(objective, json);
  const anchor = objective.anchor === "rollout" ? "mu" : "old";
  const logProbs = caseLogProbs(json, anchor);
  const context = {
    objective,
    hyper,
    totals: planTotals(facts),
    responses: evaluatedResponses(facts, logProbs),
    whole: evaluatedResponses(caseFacts(objective, json, "all"), caseLogProbs(json, anchor, "all")),
    aux: expected.aux ?? {},
  };
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
    ...intermediates(context).map(({ name, actual, expected }) => exact(name, actual, expected)),
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
