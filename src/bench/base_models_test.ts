import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dirname } from "node:path";
import type { Backend } from "../../kernels/backend.ts";
import { backendTest } from "../../kernels/testing.ts";
import { taskById } from "../../tasks/registry.ts";
import { IDENTITY } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { assertSameTensors } from "../model/testing.ts";
import { baseForwards, baseIdentity, baseModel, baseRecipe, baseSteps } from "./base_models.ts";
import type { Suite } from "../suite/suite.ts";
import { damage, filesBelow, smallSuite } from "./testing.ts";

const sudoku = taskById("sudoku/mini");

/** A base model, the steps that training showed, and the warnings. */
async function obtain(backend: Backend, suite: Suite, cache: string, { interruptAt = 0, seed = 1 } = {}) {
  const steps: number[] = [], warnings: string[] = [];
  const controller = new AbortController();
  const model = await baseModel(backend, { suite, task: sudoku, seed }, cache, {
    report({ step }) {
      steps.push(step);
      if (step === interruptAt) controller.abort(new Error("interrupted"));
    },
    warn: (line) => warnings.push(line),
    signal: controller.signal,
  });
  return { ...model, steps, warnings };
}

/** Names in a folder, without its lock. */
const names = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => !name.startsWith("."));

async function copyFolder(from: string, to: string): Promise<void> {
  for (const path of filesBelow(from)) {
    const target = `${to}${path.slice(from.length)}`;
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(path, target);
  }
}

const recipe = (suite: Suite) => suite.tasks["sudoku/mini"]!.base[0]!;

backendTest(
  "a base model is trained once, then read from the cache",
  (backend) =>
    withFolder(async (cache) => {
      const suite = await smallSuite();
      const first = await obtain(backend, suite, cache);
      assertEquals(first.steps, [20]);
      assertMatch(first.identity, IDENTITY);
      const second = await obtain(backend, suite, cache);
      assertEquals([second.steps, second.warnings], [[], []]);
      assertEquals(second.identity, first.identity);
      assertSameTensors(second.tensors, first.tensors);
      assertEquals(names(cache), [first.identity]);
      assertEquals(names(`${cache}/${first.identity}`), [
        "step-000020",
      ]);
    }),
  { on: ["cpu"] },
);

backendTest(
  "a changed recipe is another base model, and both stay in the cache",
  (backend) =>
    withFolder(async (cache) => {
      const first = await obtain(backend, await smallSuite(), cache);
      const changed = await obtain(
        backend,
        await smallSuite((suite) => recipe(suite).schedule.peak *= 2),
        cache,
      );
      assertEquals(changed.steps, [20]);
      assertNotEquals(changed.identity, first.identity);
      assertNotEquals(changed.tensors, first.tensors);
      assertEquals((await obtain(backend, await smallSuite(), cache)).steps, []);
    }),
  { on: ["cpu"] },
);

backendTest(
  "any damaged byte in the cache is found, and training gives the same bytes again",
  (backend) =>
    withFolder(async (cache) => {
      const suite = await smallSuite();
      const first = await obtain(backend, suite, cache);
      for (const file of ["tensor-0.bin", "manifest.json", "DONE"]) {
        await damage(`${cache}/${first.identity}/step-000020/${file}`);
        const again = await obtain(backend, suite, cache);
        assertEquals(again.steps, [20], file);
        assertEquals(again.warnings.length, 1);
        assertStringIncludes(again.warnings[0]!, `${cache}/${first.identity}/step-000020 is damaged`);
        assertSameTensors(again.tensors, first.tensors);
        assertEquals((await obtain(backend, suite, cache)).steps, [], "the damaged files were replaced");
      }
    }),
  { on: ["cpu"] },
);

backendTest(
  "interrupted training continues from where it was, to the same bytes",
  (backend) =>
    withFolder(async (root) => {
      const suite = await smallSuite((suite) => {
        // Two phases, interrupted in both: the schedule of each goes by its own steps.
        suite.tasks["sudoku/mini"]!.base = [{ ...recipe(suite), steps: 30 }, {
          ...recipe(suite),
          steps: 40,
          flaw: 0.5,
        }];
      });
      const whole = await obtain(backend, suite, `${root}/whole`);
      assertEquals(whole.steps, [25, 50, 70]);
      const cache = `${root}/interrupted`;
      for (const at of [25, 50]) {
        await assertRejects(() => obtain(backend, suite, cache, { interruptAt: at }), Error, "interrupted");
        assertEquals(names(`${cache}/${whole.identity}`), [
          "training",
        ]);
      }
      // A process may end after the model is cached and before its checkpoints are removed.
      await copyFolder(`${cache}/${whole.identity}/training`, `${root}/whole/${whole.identity}/training`);
      assertEquals((await obtain(backend, suite, `${root}/whole`)).steps, []);
      assert(!names(`${root}/whole/${whole.identity}`).includes("training"));

      const last = await obtain(backend, suite, cache);
      assertEquals(last.steps, [70]);
      assertSameTensors(last.tensors, whole.tensors);
      assertEquals(names(`${cache}/${whole.identity}`), [
        "step-000070",
      ]);
    }),
);

backendTest("the recipe covers what determines a base model, and nothing else", async (backend) => {
  const identity = async (change: (suite: Suite) => void = () => {}, device = backend, seed = 1) =>
    baseRecipe(device, await smallSuite(change), sudoku, seed);
  const plain = await identity();
  const same: ((suite: Suite) => void)[] = [
    (suite) => suite.rl.budget = { rollouts: 9 },
    (suite) => suite.objectives.bgpo!.settings.samples = 5,
    (suite) => suite.tasks["countdown/mini"]!.base[0]!.steps = 9,
    (suite) => suite.tasks["sudoku/mini"]!.decoding.steps = 8,
    (suite) => suite.evaluation.final.prompts = 9,
    (suite) => suite.id = "other",
  ];
  for (const change of same) assertEquals(await identity(change), plain, String(change));
  const other: ((suite: Suite) => void)[] = [
    (suite) => suite.model.hidden = 40,
    (suite) => suite.initialisation.embeddingStd = 0.2,
    (suite) => suite.optimizer.beta2 = 0.999,
    (suite) => recipe(suite).steps = 21,
    (suite) => recipe(suite).batch = 5,
    (suite) => recipe(suite).flaw = 0.1,
    (suite) => recipe(suite).schedule.final = 0.5,
  ];
  const others = await Promise.all(other.map((change) => identity(change)));
  assertEquals(new Set([plain, ...others]).size, other.length + 1);
  assertNotEquals(baseRecipe(backend, await smallSuite(), taskById("countdown/mini"), 1), plain);
  assertNotEquals(await identity(undefined, backend, 2), plain);
  const elsewhere = { description: { ...backend.description, adapter: "another adapter" } } as Backend;
  assertNotEquals(await identity(undefined, elsewhere), plain);
});

backendTest(
  "the folder of a base model is named after its recipe, its task and the code of its backend",
  (backend) =>
    withFolder(async (cache) => {
      const suite = await smallSuite(),
        made = baseRecipe(backend, suite, sudoku, 1),
        { description } = backend;
      const identity = await baseIdentity(made, sudoku, description);
      assertEquals((await obtain(backend, suite, cache)).identity, identity);
      assertEquals(names(cache), [identity]);
      const other = description.backend === "cpu" ? "webgpu" : "cpu";
      const others = await Promise.all([
        baseIdentity(baseRecipe(backend, suite, sudoku, 2), sudoku, description),
        baseIdentity(made, { id: "countdown/mini" }, description),
        baseIdentity(made, sudoku, { backend: other }),
      ]);
      assertEquals(new Set([made, identity, ...others]).size, 5);
    }),
  { on: ["cpu"] },
);

Deno.test("the cost of a base model is the sum over its phases, a backward pass counted as two", async () => {
  const suite = await smallSuite((suite) =>
    suite.tasks["sudoku/mini"]!.base = [{ ...recipe(suite), steps: 5, batch: 4 }, {
      ...recipe(suite),
      steps: 2,
      batch: 8,
    }]
  );
  assertEquals(baseSteps(suite, sudoku), 7);
  assertEquals(baseForwards(suite, sudoku), 3 * (5 * 4 + 2 * 8));
  assert(baseSteps(suite, taskById("countdown/mini")) === 20);
});
