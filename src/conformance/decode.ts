/** models/<name>/decode.json: greedy block decoding with low-confidence remasking, step by step. */

import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type { ModelFiles } from "../model/checkpoint_files.ts";
import { createTransformer, freeTransformer } from "../model/transformer.ts";
import { allocateParameters, freeParameters, layoutParameters, loadParameters } from "../model/parameters.ts";
import {
  type CaseResult,
  type CheckContext,
  type Checker,
  compareCase,
  type Comparison,
  missingCases,
  readJson,
} from "./checker.ts";
import { loadFixtureModel, OUTPUT_TOLERANCE } from "./model.ts";

interface DecodeCase {
  readonly prompt: readonly number[];
  readonly gen_length: number;
  readonly block_length: number;
  readonly steps: number;
  readonly temperature: number;
  readonly trace: readonly {
    readonly step: number;
    readonly state_before: readonly number[];
    readonly positions: readonly number[];
    readonly tokens: readonly number[];
    readonly logp: readonly number[];
    readonly entropy: readonly number[];
    readonly mean_entropy: number;
    readonly greedy_completion: readonly number[];
  }[];
  readonly final: readonly number[];
}

export const decodeChecker: Checker = {
  matches: (path) => /^models\/[^/]+\/decode\.json$/.test(path),
  async check(path, folder, context) {
    const { cases } = await readJson(folder, path) as { cases: DecodeCase[] };
    const files = await loadFixtureModel(`${folder}/${path.slice(0, -"decode.json".length)}`);
    if (typeof files === "string") return missingCases(cases.map((_, i) => `case ${i}`), files);
    const results: CaseResult[] = [];
    for (const [index, json] of cases.entries()) {
      const trajectory = await decode(files, json, context);
      results.push(compareCase(`case ${index}`, traceComparisons(json, trajectory, files.config.maskId)));
    }
    return results;
  },
};

async function decode(
  { config, tensors }: ModelFiles,
  { prompt, gen_length, block_length, steps, temperature }: DecodeCase,
  { backend }: CheckContext,
): Promise<Trajectory> {
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const parameters = allocateParameters(backend, layout, "parameters");
  loadParameters(backend, parameters, tensors);
  const model = createTransformer(backend, config);
  const sequence = prompt.length + gen_length;
  const sampler = createSampler(model, { batch: 1, sequence, length: gen_length });
  try {
    const settings = {
      steps,
      blockLength: block_length,
      temperature,
      remasking: "low-confidence" as const,
      recordGreedy: true,
    };
    const random = { seed: 0, stream: 0 };
    const request = { prompts: [Uint32Array.from(prompt)], rowKeys: [0], length: gen_length, random };
    return (await sample(sampler, parameters.views, request, settings))[0]!;
  } finally {
    freeSampler(sampler);
    freeTransformer(model);
    freeParameters(backend, parameters);
  }
}

/** The trajectory holds every step: a position is masked in the states up to its reveal. */
function traceComparisons(
  { trace, final }: DecodeCase,
  trajectory: Trajectory,
  maskId: number,
): Comparison[] {
  const { tokens, revealStep, logp, entropy, greedy } = trajectory;
  const exact = (name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Comparison => ({
    name,
    actual,
    expected,
    tolerance: 0,
  });
  const close = (name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Comparison => ({
    name,
    actual,
    expected,
    tolerance: OUTPUT_TOLERANCE,
  });
  return [
    exact("final", tokens, final),
    ...trace.flatMap((step) => {
      const positions = Array.from(tokens.keys()).filter((at) => revealStep[at] === step.step);
      const before = Array.from(tokens, (token, at) => revealStep[at]! < step.step ? token : maskId);
      const entropies = positions.map((at) => entropy[at]!);
      const mean = entropies.reduce((sum, h) => sum + h, 0) / entropies.length;
      const completion = greedy!.subarray(step.step * tokens.length, (step.step + 1) * tokens.length);
      return [
        exact(`step ${step.step} state`, before, step.state_before),
        exact(`step ${step.step} positions`, positions, step.positions),
        exact(`step ${step.step} tokens`, positions.map((at) => tokens[at]!), step.tokens),
        close(`step ${step.step} logp`, positions.map((at) => logp[at]!), step.logp),
        close(`step ${step.step} entropy`, entropies, step.entropy),
        close(`step ${step.step} mean_entropy`, [mean], [step.mean_entropy]),
        exact(`step ${step.step} greedy_completion`, completion, step.greedy_completion),
      ];
    }),
  ];
}
