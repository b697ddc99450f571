import { assertEquals, assertRejects } from "@std/assert";
import { openCpu } from "../../kernels/cpu.ts";
import { taskById } from "../../tasks/registry.ts";
import { withFolder } from "../files/testing.ts";
import { objectiveById } from "../objectives/registry.ts";
import { inlineExecutor } from "./executor.ts";
import { runSuite } from "./runner.ts";
import { outputsOf, smallSuite } from "./testing.ts";
import { workerExecutor } from "./worker_executor.ts";

const quiet = {
  progress: () => {},
  say: () => {},
  finished: () => {},
  seedFinished: () => Promise.resolve(),
};

async function optionsIn(folder: string, signal = new AbortController().signal) {
  return {
    suite: await smallSuite(),
    tasks: ["sudoku/mini", "countdown/mini"].map(taskById),
    objectives: ["bgpo", "vrpo-ol"].map(objectiveById),
    seeds: [1, 2],
    out: folder,
    work: `${folder}/.work`,
    cache: `${folder}/.cache`,
    mode: "two-pass" as const,
    signal,
  };
}

/** Files of a whole run by `width` workers, or in this process for 0. */
async function runWith(width: number): Promise<Record<string, string>> {
  return await withFolder(async (folder) => {
    using backend = await openCpu();
    await using executor = width ? await workerExecutor(width, "portable") : inlineExecutor(backend);
    const records = await runSuite({ ...await optionsIn(folder), executor }, quiet);
    assertEquals(records.map(({ cell }) => `${cell.task} ${cell.objective} ${cell.seed}`), [
      "sudoku/mini bgpo 1",
      "sudoku/mini vrpo-ol 1",
      "countdown/mini bgpo 1",
      "countdown/mini vrpo-ol 1",
      "sudoku/mini bgpo 2",
      "sudoku/mini vrpo-ol 2",
      "countdown/mini bgpo 2",
      "countdown/mini vrpo-ol 2",
    ]);
    return await outputsOf(folder);
  });
}

Deno.test("results do not depend on the number of workers: none, 1 and 3 give the same bytes", async () => {
  const alone = await runWith(0);
  assertEquals(Object.keys(alone).length > 8, true);
  for (const width of [1, 3]) assertEquals(await runWith(width), alone, `${width} workers`);
});

Deno.test("workers stop after the step in progress, and the next run ends in the same bytes", async () => {
  const whole = await runWith(0);
  const resumed = await withFolder(async (folder) => {
    const controller = new AbortController(), reason = new Error("asked to stop");
    await using executor = await workerExecutor(2, "portable");
    let steps = 0;
    await assertRejects(
      async () =>
        await runSuite({ ...await optionsIn(folder, controller.signal), executor }, {
          ...quiet,
          progress: () => {
            if (++steps === 8) controller.abort(reason);
          },
        }),
      Error,
      "asked to stop",
    );
    await runSuite({ ...await optionsIn(folder), executor }, quiet);
    return await outputsOf(folder);
  });
  assertEquals(resumed, whole);
});

Deno.test("a failure inside a worker ends the run with its message", () =>
  withFolder(async (folder) => {
    const options = await optionsIn(folder);
    options.suite.optimizer.maxGradNorm = 0;
    for (const task of Object.values(options.suite.tasks)) task.base[0]!.schedule.peak = 1e30;
    await using executor = await workerExecutor(2, "portable");
    await assertRejects(async () => await runSuite({ ...options, executor }, quiet), Error, "non-finite");
  }));

Deno.test("what a hook throws, such as for a full disk, ends the run as its own error", () =>
  withFolder(async (folder) => {
    const full = new Error("database or disk is full");
    await using executor = await workerExecutor(2, "portable");
    const broken = {
      ...quiet,
      progress() {
        throw full;
      },
    };
    await assertRejects(
      async () => await runSuite({ ...await optionsIn(folder), executor }, broken),
      Error,
      full.message,
    );
  }));
