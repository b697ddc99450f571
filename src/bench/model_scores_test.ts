import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { backendTest } from "../../kernels/testing.ts";
import { taskById } from "../../tasks/registry.ts";
import { createSampler, freeSampler } from "../diffusion/sampler.ts";
import { initialTensors, layoutParameters } from "../model/parameters.ts";
import { createLearner, freeLearner } from "../train/learner.ts";
import { heldOutExamples } from "../train/grade_model.ts";
import { evaluateAll, samplerLimits } from "./model_scores.ts";
import { decodingFor, modelConfig } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";
import { smallSuite } from "./testing.ts";

const suite = await smallSuite();
const task = taskById("sudoku/mini");

Deno.test("greedy decoding has no temperature, sampling that of training", () => {
  assertEquals(decodingFor(suite, task, 16, "greedy"), { steps: 4, blockLength: 16, temperature: 0 });
  assertEquals(decodingFor(suite, task, 16, "sampled").temperature, suite.rl.temperature);
});

Deno.test("other lengths are decoded with as many tokens per step as in training, in one block", () => {
  assertEquals(decodingFor(suite, task, 32, "greedy"), { steps: 8, blockLength: 32, temperature: 0 });
  assertEquals(decodingFor(suite, task, 17, "greedy"), { steps: 5, blockLength: 17, temperature: 0 });
  assertEquals(decodingFor(suite, task, 3, "greedy"), { steps: 1, blockLength: 3, temperature: 0 });
});

const set = (id: string, responseLength: number, count = 3): TestSet => ({
  id,
  examples: heldOutExamples(task, 5, count),
  responseLength,
});

Deno.test("a sampler has room for rollouts and for every test set", () => {
  assertEquals(samplerLimits(suite, task, []), { batch: 8, sequence: 32, length: 16 });
  assertEquals(samplerLimits(suite, task, [set("short", 4)]), { batch: 8, sequence: 32, length: 16 });
  assertEquals(samplerLimits(suite, task, [set("short", 4), set("long", 20)]), {
    batch: 8,
    sequence: 16 + 20,
    length: 20,
  });
});

backendTest("scores come per set and decoding, and do not depend on what else is graded", async (backend) => {
  const config = modelConfig(suite, task.vocabulary);
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const tensors = initialTensors(layout, suite.initialisation, { seed: 3, stream: 7 });
  const learner = createLearner(backend, config, tensors, { rows: 1, targets: 1 });
  const sets = [set("many", 16, 11), set("few", 8, 2)];
  const sampler = createSampler(learner.model, samplerLimits(suite, task, sets));
  const grade = (some: readonly TestSet[], decodings: readonly ("greedy" | "sampled")[]) => {
    const counts: number[] = [];
    return evaluateAll(
      sampler,
      learner.parameters.views,
      { suite, task, sets: some, decodings },
      (n) => counts.push(n),
    )
      .then((scores) => ({ scores, counts }));
  };
  try {
    const { scores, counts } = await grade(sets, ["greedy", "sampled"]);
    assertEquals(scores.map(({ set, decoding, score }) => [set, decoding, score.items.length]), [
      ["many", "greedy", 11],
      ["many", "sampled", 11],
      ["few", "greedy", 2],
      ["few", "sampled", 2],
    ]);
    assertEquals(counts, [22, 4]);
    for (const { score, graded } of scores) {
      assertEquals(
        score.items.map(({ strict }) => strict),
        graded.map(({ grades }) => grades.strict.correct),
      );
      const cells = graded.reduce((sum, { grades }) => sum + grades.strict.measures.cells!.total, 0);
      assertEquals(score.measures.cells!.total, cells);
    }
    assertNotEquals(scores[0]!.graded, scores[1]!.graded, "samples differ from the greedy responses");

    assertEquals((await grade([sets[1]!], ["sampled"])).scores, [scores[3]!]);
    // The first responses of a longer list are those of a shorter one: no row depends on the others.
    const shorter = (await grade([set("many", 16, 5)], ["sampled"])).scores[0]!;
    assertEquals(shorter.graded, scores[1]!.graded.slice(0, 5));
    assert(shorter.score.items.length === 5);
  } finally {
    freeSampler(sampler);
    freeLearner(learner);
  }
});
