/**
 * objectives/<id>.json: advantages, value, loss, gradient and intermediate values of every case, by the f64
 * TypeScript form; and the gradient by the kernels of the backend.
 */

import { deviceWeightsOf } from "../objectives/device.ts";
import { weightTolerance } from "../objectives/device_tolerance.ts";
import { type PlanFacts, planTotals } from "../../kernels/objectives/facts.ts";
import { evaluatedResponses, valuesOf, weightsOf } from "../objectives/value.ts";
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
import { type IntermediateContext, intermediates } from "./intermediates.ts";
import {
  caseAdvantages,
  caseFacts,
  caseHyper,
  caseLogProbs,
  type ExpectedJson,
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
  const logProbs = caseLogProbs(objective, json);
  const weights = weightsOf(objective, hyper, facts, logProbs);
  const context = {
    objective,
    hyper,
    totals: planTotals(facts),
    responses: evaluatedResponses(facts, logProbs),
    whole: evaluatedResponses(caseFacts(objective, json, "all"), caseLogProbs(objective, json, "all")),
    weights: nestTargets(json, weights),
    aux: expected.aux ?? {},
  };
  const gradientOf = (weights: ArrayLike<number>) =>
    nestTargets(json, Array.from(weights, (weight) => -weight));

  const values = valuesOf(objective, hyper, facts, logProbs);
  const value = values.reduce((a, b) => a + b, 0);
  const ranks = rankValues(context, expected);
  const exact = (name: string, actual: Numbers, expected: Numbers, floor?: number): Comparison => ({
    name,
    actual,
    expected,
    tolerance: F64_TOLERANCE,
    ...(floor !== undefined && { floor }),
  });
  const typescript = compareCase(json.name, [
    exact("advantages", advantagesLike(expected.advantages, json, facts), expected.advantages),
    exact("objective", value, expected.objective, 1),
    exact("loss", -value, expected.loss, 1),
    exact("dloss_dlogp", gradientOf(weights), expected.dloss_dlogp),
    ...ranks.flatMap(({ name, actual, expected }) => exact(name, actual, expected, 1)),
    ...(expected.ratio_form_objective === undefined
      ? []
      : [exact("ratio form", ratioForm(objective, value, weights), expected.ratio_form_objective, 1)]),
    ...intermediates(context).map(({ name, actual, expected }) => exact(name, actual, expected)),
  ], "typescript");

  const onDevice = await deviceWeightsOf(
    backend,
    { objective, hyper, chunk: STATES_PER_CALL },
    facts,
    logProbs,
  );
  const device = compareCase(json.name, [{
    name: "dloss_dlogp",
    actual: gradientOf(onDevice),
    expected: expected.dloss_dlogp,
    tolerance: weightTolerance(facts, logProbs),
  }], backend.description.backend);
  return [typescript, device];
}

/** Advantages of the responses, or of their states where the file has those. */
function advantagesLike(expected: Numbers, json: ObjectiveCaseJson, { states }: PlanFacts): Numbers {
  const perState = Array.isArray(expected) && typeof expected[0] !== "number";
  if (!perState) return caseAdvantages(json);
  return json.responses.map((_, g) =>
    states.filter(({ response }) => response === g).map(({ advantage }) => advantage)
  );
}

/** What the states of each rank add to the objective, where the file has it. */
function rankValues(
  { objective, hyper, totals, responses }: IntermediateContext,
  { objective_per_rank: objectives, loss_per_rank: losses }: ExpectedJson,
): { name: string; actual: number[]; expected: readonly number[] }[] {
  if (!objectives || !losses) return [];
  const values = objectives.map((_, rank) =>
    responses.reduce(
      (sum, response) =>
        sum + objective.value({ ...response, states: [response.states[rank]!] }, hyper, totals),
      0,
    )
  );
  return [
    { name: "objective per rank", actual: values, expected: objectives },
    { name: "loss per rank", actual: values.map((value) => -value), expected: losses },
  ];
}

/** The objective with its ratios differentiated: for those that are linear in the ratio, the sum of their weights. */
function ratioForm({ id }: Objective, value: number, weights: Float64Array): number {
  return id === "ppo-clip" || id === "clip-higher" ? value : weights.reduce((a, b) => a + b, 0);
}
