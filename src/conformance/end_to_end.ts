/** e2e/<name>.json: masked states -> log-probs -> loss -> gradient of every parameter of models/llada. */

import { readParameters } from "../model/parameters.ts";
import type { Objective } from "../objectives/objective.ts";
import type { State } from "../diffusion/state.ts";
import { objectiveById, OBJECTIVES } from "../objectives/registry.ts";
import { planTotals } from "../../kernels/objectives/facts.ts";
import { createLearner, freeLearner } from "../train/learner.ts";
import { beginUpdate, collectGradients, finishUpdate } from "../train/update.ts";
import { createUpdateEngine, freeUpdateEngine, type MemoryMode } from "../train/update_engine.ts";
import {
  type CaseResult,
  type CheckContext,
  type Checker,
  compareCase,
  missingCases,
  readJson,
} from "./checker.ts";
import { gradientComparisons, loadFixtureModel, OUTPUT_TOLERANCE, readTensors } from "./model.ts";
import { caseFacts, caseHyper, caseLogProbs, type ObjectiveCaseJson } from "./objective_case.ts";

interface EndToEndState {
  readonly input_ids: readonly number[];
  readonly targets: readonly number[];
  readonly positions: readonly number[];
}

interface EndToEndJson extends Omit<ObjectiveCaseJson, "expected"> {
  readonly objective: string;
  readonly prompts: readonly (readonly number[])[];
  readonly expected: ObjectiveCaseJson["expected"] & {
    readonly grad_norm: number;
    readonly tensor_norms: Readonly<Record<string, number>>;
    readonly grads_file: string;
  };
}

/** On-policy, these objectives have the gradient of BGPO. */
const EQUAL_ON_POLICY = ["bgpo", "vrpo-ol", "reinforce-elbo"];

export const endToEndChecker: Checker = {
  matches: (path) => /^e2e\/[^/]+\.json$/.test(path),
  async check(path, folder, context) {
    const json = await readJson(folder, path) as EndToEndJson;
    const known = OBJECTIVES.some(({ id }) => id === json.objective);
    if (!known) return missingCases([json.name], `the objective ${json.objective} is not implemented`);
    if (json.name.includes("lora")) return missingCases([json.name], "LoRA is not implemented");
    const ids = json.name === "on_policy" ? EQUAL_ON_POLICY : [json.objective];
    const results: CaseResult[] = [];
    for (const id of ids) {
      const objective = objectiveById(id);
      const modes: MemoryMode[] = objective.scope === "response" ? ["two-pass", "retain"] : ["two-pass"];
      for (const mode of modes) results.push(await checkCase(objective, mode, { json, folder }, context));
    }
    return results;
  },
};

function statesOf({ group, prompts, responses }: EndToEndJson): State[] {
  return responses.flatMap(({ states }, response) =>
    (states as unknown as (EndToEndState & { u?: number })[]).map((state) => {
      const start = prompts[group[response]!]!.length;
      return {
        response,
        inputIds: Uint32Array.from(state.input_ids),
        positions: Uint32Array.from(state.positions, (position) => start + position),
        targets: Uint32Array.from(state.targets),
        units: new Float64Array(state.positions.length).fill(state.u ?? 1),
      };
    })
  );
}

async function checkCase(
  objective: Objective,
  mode: MemoryMode,
  { json, folder }: { readonly json: EndToEndJson; readonly folder: string },
  { backend }: CheckContext,
): Promise<CaseResult> {
  const name = objective.scope === "response"
    ? `${json.name}, ${objective.id}, ${mode}`
    : `${json.name}, ${objective.id}`;
  const files = await loadFixtureModel(`${folder}/models/llada`);
  if (typeof files === "string") return missingCases([name], files)[0]!;
  const states = statesOf(json);
  const longest = Math.max(...states.map(({ inputIds }) => inputIds.length));
  const learner = createLearner(backend, files.config, files.tensors, {
    rows: 2 * longest,
    targets: 2 * longest,
  });
  const facts = caseFacts(objective, json);
  const hyper = caseHyper(objective, json);
  const logProbs = caseLogProbs(objective, json);
  const anchor = objective.anchor === "none" ? null : Float32Array.from(logProbs.anchor!);
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    updates: 1,
    capacity: planTotals(facts),
    reference: files.tensors,
  });
  try {
    const update = beginUpdate(engine, { states, facts, anchor, recordedTop: null, finite: true }, 0);
    // The reference is known by its log-probs alone; they take the place of those of the model that stood in for it.
    const { reference } = update.buffers;
    if (reference) backend.write(reference, Float32Array.from(logProbs.reference!));
    collectGradients(update);
    const gradient = await readParameters(backend, learner.optimizer.gradients);
    const settings = {
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      decay1d: false,
      maxGradNorm: 0,
    };
    const { logp, value } = await finishUpdate(update, { settings, learningRate: 0, number: 1 });
    const { expected } = json;
    const expectedGradient = await readTensors(`${folder}/e2e/${expected.grads_file.replace(/^.*\//, "")}`);
    const same = objective.id === json.objective;
    return compareCase(name, [
      { name: "logp", actual: logp, expected: Array.from(logProbs.logp), tolerance: OUTPUT_TOLERANCE },
      ...(same
        ? [{ name: "loss", actual: -value, expected: expected.loss, tolerance: OUTPUT_TOLERANCE, floor: 1 }]
        : []),
      ...gradientComparisons(gradient, expectedGradient, expected.grad_norm, expected.tensor_norms),
    ]);
  } finally {
    freeUpdateEngine(engine);
    freeLearner(learner);
  }
}
