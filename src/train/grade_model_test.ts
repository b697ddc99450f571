import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { backendTest } from "../../kernels/testing.ts";
import type { Example } from "../../tasks/task.ts";
import type { Grade } from "../../tasks/verdict.ts";
import { createSampler, freeSampler } from "../diffusion/sampler.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import { openModel, smallTensors } from "../model/testing.ts";
import { gradeModel, scoreOf } from "./grade_model.ts";
import { echoConfig, echoTask } from "./testing.ts";

const trajectory: Trajectory = {
  prompt: new Uint32Array(),
  tokens: new Uint32Array(16),
  revealStep: new Uint32Array(),
  logp: new Float32Array(),
  entropy: new Float32Array(),
};

const graded = (tags: readonly string[], strict: boolean, d1: boolean, measures: Grade["measures"]) => ({
  example: { id: "", prompt: "", item: null, tags },
  trajectory,
  response: "",
  grades: {
    strict: { correct: strict, answer: null, reason: "", measures },
    d1: { correct: d1, answer: null, reason: "", measures: { other: { count: 1, total: 1 } } },
  },
});

Deno.test("a score keeps both verdicts on every item, pools strict measures, counts every tag, and what decoding took", () => {
  assertEquals(
    scoreOf([
      graded(["clean", "easy"], true, true, {
        cells: { count: 4, total: 4 },
        rows: { count: 1, total: 2 },
      }),
      graded(["clean"], false, true, { cells: { count: 1, total: 12 } }),
      graded([], true, false, {}),
      graded(["easy"], true, true, { rows: { count: 0, total: 3 } }),
    ], { steps: 3 }),
    {
      items: [
        { strict: true, d1: true },
        { strict: false, d1: true },
        { strict: true, d1: false },
        { strict: true, d1: true },
      ],
      measures: { cells: { count: 5, total: 16 }, rows: { count: 1, total: 5 } },
      tags: { clean: { n: 2, strict: 1, d1: 2 }, easy: { n: 2, strict: 2, d1: 2 } },
      tokens: 4 * 16,
      forwards: 4 * 3,
    },
  );
  assertEquals(scoreOf([], { steps: 3 }), { items: [], measures: {}, tags: {}, tokens: 0, forwards: 0 });
});

Deno.test("a task that the d1 papers never had has strict sums alone; a task with and without it is refused", () => {
  const { grades: { strict }, ...rest } = graded(["clean"], true, true, {});
  const alone = { ...rest, grades: { strict } };
  const { items, tags } = scoreOf([alone, alone], { steps: 3 });
  assertEquals(items, [{ strict: true }, { strict: true }]);
  assertEquals(tags, { clean: { n: 2, strict: 2 } });
  assertThrows(
    () => scoreOf([alone, graded([], true, true, {})], { steps: 3 }),
    TypeError,
    "expected a grade of d1 for every response of a task or for none",
  );
});

backendTest(
  "an example scores the same whatever is evaluated beside it and however many at once",
  async (backend) => {
    const examples = Array.from({ length: 7 }, (_, i) => echoTask.generate("test", 1, i));
    const decoding = { steps: 4, blockLength: 2 };
    const gradeAt = async (
      temperatures: readonly number[],
      batch: number,
      some: readonly Example[],
      seed = 3,
    ) => {
      using model = openModel(backend, echoConfig, smallTensors(echoConfig), { rows: 1, targets: 1 });
      const sampler = createSampler(model.transformer, { batch, sequence: 6, length: 4 });
      try {
        return await gradeModel({
          sampler,
          weights: model.parameters.views,
          task: echoTask,
          examples: some,
          responseLength: 4,
          decoding,
          temperatures,
          seed,
        });
      } finally {
        freeSampler(sampler);
      }
    };
    const grade = async (batch: number, some: readonly Example[], seed?: number) =>
      (await gradeAt([1], batch, some, seed))[0]!;
    const all = await grade(4, examples);
    assertEquals((await grade(7, examples)).graded, all.graded);
    assertEquals((await grade(2, examples.slice(0, 3))).graded, all.graded.slice(0, 3));
    assertNotEquals((await grade(4, examples, 4)).graded, all.graded);

    // Greedy and sampled responses of an example go through the model together, in batches that cut an example apart.
    const [sampled, greedy] = await gradeAt([1, 0], 3, examples);
    assertEquals(sampled, all);
    assertEquals(greedy, (await gradeAt([0], 7, examples))[0]);
    assertNotEquals(greedy!.graded, all.graded);

    assertEquals(all.score, scoreOf(all.graded, decoding));
    assertEquals([all.score.tokens, all.score.forwards], [7 * 4, 7 * 4]);
    const responses = all.graded.map(({ example, response }, i) => {
      assertEquals(example, examples[i]!);
      return { example: examples[i]!, text: response };
    });
    assertEquals(all.graded.map(({ grades }) => grades), await echoTask.grades(responses));
    // Responses that all read the same would show nothing.
    assert(new Set(all.graded.map(({ response }) => response)).size > 2);
  },
);
