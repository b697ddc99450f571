import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { backendTest } from "../../kernels/testing.ts";
import { taskById } from "../../tasks/registry.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { loadModelFolder } from "../model/checkpoint_files.ts";
import { objectiveById } from "../objectives/registry.ts";
import { baseModel, baseRecipe } from "./base_models.ts";
import { baseScores } from "./base_scores.ts";
import { runCell } from "./cell.ts";
import { cellOf } from "./cell_spec.ts";
import { trainingIdentity } from "../records/record.ts";
import { commonIdentity, type Suite } from "../suite/suite.ts";
import { cellForwards, objectiveSettings, taskForwardFlops } from "../suite/settings.ts";
import { loadTestSets } from "./test_sets.ts";
import { smallSuite } from "./testing.ts";

const task = taskById("sudoku/mini");

/** Everything that `runCell` needs, for cells of one suite. */
async function prepare(backend: Backend, suite: Suite, folder: string, objective = "bgpo") {
  const quiet = { report: () => {}, warn: () => {}, signal: new AbortController().signal };
  const cache = `${folder}/.cache`;
  const base = await baseModel(backend, { suite, task, seed: 1 }, cache, quiet);
  const sets = (await loadTestSets(suite, [task], () => {})).get(task.id)!;
  const before = await baseScores(backend, { suite, task, base, sets }, cache);
  const spec = { suite, task, objective: objectiveById(objective), seed: 1 };
  const cell = await cellOf(spec, backend, "two-pass", sets);
  const identity = trainingIdentity(cell);
  return { spec, identity, backend, base: base.tensors, sets, before, mode: "two-pass", folder } as const;
}

const watch = () => {
  const steps: number[] = [], warnings: string[] = [];
  const controller = new AbortController();
  const options = {
    onStep: ({ step }: { step: number }) => void steps.push(step),
    warn: (line: string) => void warnings.push(line),
    signal: controller.signal,
  };
  return { steps, warnings, controller, options };
};

backendTest(
  "a cell's record says what was asked, what it cost and what came out",
  (backend) =>
    withFolder(async (folder) => {
      const suite = await smallSuite();
      const prepared = await prepare(backend, suite, folder);
      const { base, before, spec, sets } = prepared;
      const cell = await cellOf(spec, backend, "two-pass", sets);
      const decoding = (temperature: number) => ({
        steps: 4,
        blockLength: 16,
        remasking: "low-confidence",
        temperature,
        topK: null,
        topP: null,
        threshold: null,
        endRule: "plain",
        orderTemperature: null,
      });
      assertEquals({ ...cell, source: "" }, {
        suite: { id: "small", version: suite.version, identity: commonIdentity(suite) },
        task: "sudoku/mini",
        objective: "bgpo",
        settings: objectiveSettings(suite, spec.objective),
        learningRate: suite.objectives[spec.objective.id]!.learningRate,
        updates: suite.objectives[spec.objective.id]!.updates,
        decoding: {
          rollout: decoding(1),
          evaluation: { greedy: { ...decoding(0), samples: 1 }, sampled: { ...decoding(1), samples: 1 } },
        },
        memory: "two-pass",
        setting: "natural",
        seed: 1,
        baseSeed: 1,
        data: {},
        backend: backend.description.backend,
        base: baseRecipe(backend, suite, task, 1),
        source: "",
      });
      const { bytes } = backend.memory();
      const { steps, warnings, options } = watch();
      const result = await runCell({ ...prepared, ...options });
      assertEquals(backend.memory().bytes, bytes, "everything on the device is freed");
      assertEquals([steps, warnings], [[1, 2, 3, 4], []]);
      const { outcome } = result, total = cellForwards(suite, task, spec.objective, "two-pass");
      assertEquals(outcome.budget, {
        steps: 4,
        updates: 4 * 2,
        responses: 4 * 2 * 4,
        tokens: 4 * 2 * 4 * 16,
        forwards: total,
        rolloutForwards: 4 * 2 * 4 * 4,
        flops: total * taskForwardFlops(suite, task),
        rewardCalls: 4 * 2 * 4,
      });
      assertEquals(outcome.status, "complete");
      const forwards = (steps: number) => steps / 4 * outcome.budget.forwards;
      assertEquals(outcome.curve.map(({ step, updates, forwards, n }) => [step, updates, forwards, n]), [
        [0, 0, 0, 4],
        [2, 4, forwards(2), 4],
        [4, 8, forwards(4), 4],
      ]);
      assertEquals(outcome.tests.map(({ set, decoding }) => [set, decoding]), [
        ["generated", "greedy"],
        ["generated", "sampled"],
      ]);
      assertEquals(outcome.tests.map((test) => test.before), before.map(({ score }) => score));
      assertEquals(outcome.diagnostics.reward.length, 4);
      assert(
        outcome.diagnostics.gradNorm.every((norm) => norm! > 0),
        "every update had something to learn from",
      );
      assert(result.cost.peakDeviceBytes > 0);
      assertEquals([outcome.validation, outcome.curve.map(({ puzzles }) => puzzles)], [
        [],
        ["test", "test", "test"],
      ]);
      for (const { after } of outcome.tests) {
        assertEquals([after.samples, after.tokens, after.forwards], [1, 8 * 16, 8 * 4]);
      }

      const { rollout, update, evaluation, ...rest } = result.seconds;
      assert([rollout, update, evaluation].every((seconds) => seconds > 0));
      assert(rollout + update + evaluation <= rest.total);

      assertEquals(outcome.texts, { samples: sha256(result.samples), steps: sha256(result.steps) });
      const lines = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));
      assertEquals(lines(result.steps).map(({ reward }) => reward), outcome.diagnostics.reward);
      const samples = lines(result.samples);
      assertEquals(samples.map(({ decoding, index }) => `${decoding} ${index}`), [
        ...Array.from({ length: 8 }, (_, i) => `greedy ${i}`),
        ...Array.from({ length: 8 }, (_, i) => `sampled ${i}`),
      ]);
      for (const { tokens, revealStep, confidence, entropy, response, strict, prompt, id } of samples) {
        assertEquals([tokens, revealStep, confidence, entropy].map(({ length }) => length), [16, 16, 16, 16]);
        assert(tokens.join("").startsWith(response) && Math.max(...revealStep) === 3);
        assert(confidence.every((p: number) => p > 0 && p <= 1) && entropy.every((h: number) => h >= 0));
        assert(typeof strict.correct === "boolean" && prompt.length > 0 && id.length > 0);
      }

      assertEquals(outcome.model, sha256(await Deno.readFile(`${folder}/model/model.safetensors`)));
      const { config, tensors } = await loadModelFolder(`${folder}/model`);
      assertEquals([config.vocab, config.dim], [suite.model.vocab, suite.model.dim]);
      const start = [...base.values()], end = [...tensors.values()];
      assertEquals(end.length, start.length);
      assertNotEquals(end.map(({ data }) => data), start.map(({ data }) => data));
    }),
);

backendTest("the objectives cost what their states cost", async () => {
  const suite = await smallSuite();
  const cost = (objective: string) => cellForwards(suite, task, objectiveById(objective), "two-pass");
  // Per response: 4 decoding steps, and per update 2 states of a forward and a backward pass.
  assertEquals(cost("reinforce-elbo"), 4 * 8 * (4 + 2 * 2 * 3));
  // The second update needs log-probs of the policy that decoded.
  assertEquals(cost("bgpo"), 4 * 8 * (4 + 2 * 3 + 2 * 4));
  // The weight needs all states of the response first: one more forward pass each.
  assertEquals(cost("vrpo-ol"), 4 * 8 * (4 + 2 * 4 + 2 * 5));
  await Promise.resolve();
});

backendTest("a cell continues only from checkpoints of its own", (backend) =>
  withFolder(async (folder) => {
    const suite = await smallSuite();
    const bgpo = await prepare(backend, suite, folder);
    const stopped = watch();
    const stopAt2 = {
      ...stopped.options,
      onStep: ({ step }: { step: number }) => step === 2 && stopped.controller.abort(new Error("stop")),
    };
    await assertRejects(() => runCell({ ...bgpo, ...stopAt2 }), Error, "stop");

    const other = await prepare(backend, suite, folder, "reinforce-elbo");
    const fresh = watch();
    const record = await runCell({ ...other, ...fresh.options });
    assertEquals(fresh.steps, [1, 2, 3, 4]);
    assertStringIncludes(
      fresh.warnings.join("\n"),
      `${folder}/checkpoints are not of this cell as it is now`,
    );

    await withFolder(async (clean) => {
      const alone = await runCell({ ...other, folder: clean, ...watch().options });
      assertEquals(record.outcome, alone.outcome);
    });
  }));

backendTest(
  "a run that diverges ends early, graded and marked as such",
  (backend) =>
    withFolder(async (folder) => {
      const suite = await smallSuite(({ rl, optimizer, objectives }) => {
        // The first update makes every later forward pass overflow.
        Object.assign(rl, { budget: { rollouts: 8 }, warmup: 0 });
        objectives.bgpo!.learningRate = 3.4e38;
        optimizer.maxGradNorm = 0;
      });
      const prepared = await prepare(backend, suite, folder);
      const { steps, options } = watch();
      const { outcome } = await runCell({ ...prepared, ...options });
      assertEquals(outcome.status, "diverged");
      assert(steps.length < 8, `${steps}`);
      assertEquals([outcome.budget.steps, outcome.diagnostics.reward.length], [steps.length, steps.length]);
      assert(outcome.diagnostics.skippedUpdates >= 3);
      assertEquals([outcome.diagnostics.gradNorm.at(-1), outcome.diagnostics.entropy.at(-1)], [null, null]);
      assertEquals(outcome.events.length, outcome.diagnostics.skippedUpdates);
      assertEquals(outcome.events.at(-1)!.step, steps.length);
      assertStringIncludes(outcome.events.at(-1)!.detail, "non-finite gradient elements and was not applied");
      assertEquals(outcome.tests.length, 2);
    }),
);
