import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { backendTest } from "../../kernels/testing.ts";
import { assertSameTensors } from "../model/testing.ts";
import { type BasePhase, type BaseProgress, type BaseRecipe, demonstrationBatch, trainBase } from "./base.ts";
import { ADAMW, echoConfig, echoTask } from "./testing.ts";

const { vocabulary, promptLength, responseLength } = echoTask;
const SEQUENCE = promptLength + responseLength;
const { maskId } = vocabulary;
const ROWS = 8;
const batchAt = (step: number, flaw = 0, seed = 1) =>
  demonstrationBatch(echoTask, maskId, { batch: ROWS, flaw }, { seed, step });

Deno.test("a batch is the next demonstrations, masked at its targets and nowhere else", () => {
  for (let step = 0; step < 50; step++) {
    const { ids, targetRows, targets, dlogp, shape } = batchAt(step);
    assertEquals(shape, { batch: ROWS, sequence: SEQUENCE, targets: targets.length });
    assertEquals([targetRows.length, dlogp.length], [targets.length, targets.length]);
    const masked = [...ids.keys()].filter((at) => ids[at] === maskId);
    assertEquals([...targetRows], masked);
    assert(masked.every((at) => at % SEQUENCE >= promptLength));
    const filled = ids.slice();
    targetRows.forEach((at, k) => filled[at] = targets[k]!);
    for (let row = 0; row < ROWS; row++) {
      const index = step * ROWS + row;
      const example = echoTask.generate("train", 1, index);
      const response = echoTask.demonstrate(example, 0, 1, index);
      const expected = [
        ...vocabulary.encode(example.prompt),
        ...vocabulary.encodePadded(response, responseLength),
      ];
      assertEquals([...filled.subarray(row * SEQUENCE, (row + 1) * SEQUENCE)], expected);
    }
  }
});

Deno.test("every row of a batch weighs the same: its weights sum to -1 / rows, all to -1", () => {
  for (let step = 0; step < 20; step++) {
    const { targetRows, dlogp } = batchAt(step);
    const sums = new Float64Array(ROWS);
    targetRows.forEach((at, k) => sums[Math.floor(at / SEQUENCE)]! += dlogp[k]!);
    sums.forEach((sum) => assertAlmostEquals(sum, -1 / ROWS, 1e-7));
    assertAlmostEquals(sums.reduce((a, b) => a + b), -1, 1e-6);
  }
});

Deno.test("mask counts are uniform on 1..L, and so are the masked positions", () => {
  const counts = new Float64Array(responseLength + 1), positions = new Float64Array(responseLength);
  const steps = 500, rows = steps * ROWS;
  for (let step = 0; step < steps; step++) {
    const perRow = new Uint32Array(ROWS);
    for (const at of batchAt(step).targetRows) {
      perRow[Math.floor(at / SEQUENCE)]!++;
      positions[at % SEQUENCE - promptLength]!++;
    }
    for (const count of perRow) counts[count]!++;
  }
  assertEquals(counts[0], 0);
  // Four standard errors. A position is masked with probability (L + 1) / 2L.
  const close = (found: number, p: number) =>
    assertAlmostEquals(found / rows, p, 4 * Math.sqrt(p * (1 - p) / rows));
  counts.slice(1).forEach((count) => close(count, 1 / responseLength));
  positions.forEach((count) => close(count, (responseLength + 1) / (2 * responseLength)));
});

Deno.test("a batch is a function of seed and step; flaws change demonstrations but no mask", () => {
  assertEquals(batchAt(3), batchAt(3));
  assertNotEquals(batchAt(3).ids, batchAt(4).ids);
  assertNotEquals(batchAt(3).ids, batchAt(3, 0, 2).ids);
  const flawed = batchAt(3, 1);
  assertEquals(flawed.targetRows, batchAt(3).targetRows);
  assertNotEquals(flawed.targets, batchAt(3).targets);
});

const phase = (steps: number, changes: Partial<BasePhase> = {}): BasePhase => ({
  steps,
  batch: 16,
  schedule: { peak: 0.03, warmup: 2, decay: "cosine", final: 0.1 },
  flaw: 0,
  ...changes,
});
const recipe = (...phases: BasePhase[]): BaseRecipe => ({
  initialisation: { embeddingStd: 0.5, linearGain: 1 },
  optimizer: { ...ADAMW, maxGradNorm: 1 },
  phases,
});

backendTest("base training lowers the loss, and two runs give the same bytes", async (backend) => {
  const run = async (recipe: BaseRecipe, seed = 1) => {
    const progress: BaseProgress[] = [];
    const report = (line: BaseProgress) => progress.push(line);
    return {
      tensors: await trainBase(backend, { config: echoConfig, task: echoTask, recipe, seed }, report),
      progress,
    };
  };
  await run(recipe(phase(1)));
  const { bytes } = backend.memory();
  const first = await run(recipe(phase(60)));
  assertEquals(backend.memory().bytes, bytes);
  assertEquals(first.progress.map(({ step, steps }) => [step, steps]), [[25, 60], [50, 60], [60, 60]]);
  const start = (await run(recipe(phase(1)))).progress[0]!.loss, end = first.progress.at(-1)!.loss;
  // Untrained: about log 64. Half of the four tokens are padding, which is soon known.
  assert(start > 3.5, `loss ${start} at the start`);
  assert(end < 1.5, `loss ${end} at the end`);

  const second = await run(recipe(phase(60)));
  assertEquals(second.progress, first.progress);
  assertSameTensors(second.tensors, first.tensors);
  assertNotEquals((await run(recipe(phase(2)), 2)).tensors, (await run(recipe(phase(2)), 1)).tensors);
});

backendTest(
  "phases follow each other in one run of steps, each with its own schedule and flaw",
  async (backend) => {
    const constant = { schedule: { peak: 0.01, warmup: 0, decay: "constant", final: 1 } } as const;
    const train = (...phases: BasePhase[]) =>
      trainBase(
        backend,
        { config: echoConfig, task: echoTask, recipe: recipe(...phases), seed: 1 },
        () => {},
      );
    const once = await train(phase(4, constant));
    assertSameTensors(await train(phase(3, constant), phase(1, constant)), once);
    assertNotEquals(await train(phase(3, constant), phase(1, { ...constant, flaw: 1 })), once);
    // The only step of a phase that decays to 0 has rate 0.
    const ended = { ...constant, schedule: { ...constant.schedule, decay: "linear", final: 0 } } as const;
    assertSameTensors(await train(phase(4, constant), phase(1, ended)), once);
    const slower = { ...constant, schedule: { ...constant.schedule, peak: 0.005 } };
    assertNotEquals(await train(phase(3, constant), phase(1, slower)), once);
  },
);

backendTest("a broken run makes no model and leaves no memory behind", async (backend) => {
  const { bytes } = backend.memory();
  const broken = { ...recipe(phase(3)), initialisation: { embeddingStd: 1e30, linearGain: 1e30 } };
  await assertRejects(
    () => trainBase(backend, { config: echoConfig, task: echoTask, recipe: broken, seed: 1 }, () => {}),
    Error,
    "non-finite gradients at step 3; lower the learning rate of its recipe",
  );
  assertEquals(backend.memory().bytes, bytes);
});
