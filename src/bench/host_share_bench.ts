/**
 * What of a rollout and of its updates is spent outside kernels: `deno run -A src/bench/host_share_bench.ts` trains cells
 * of `mini` on the CPU and prints, for each, milliseconds of a rollout, of its updates, and of the kernel calls of these
 * updates made again alone, the best of some rounds for every step. The difference is planning, packing, gradings of trust
 * and the rest of the host.
 */

import { openCpu } from "../../kernels/cpu.ts";
import { instrumented } from "../../kernels/testing.ts";
import { taskById } from "../../tasks/registry.ts";
import { objectiveById } from "../objectives/registry.ts";
import { loadSuite, type Suite } from "../suite/suite.ts";
import { policyStep, type StepLog } from "../train/policy.ts";
import { baseModel } from "./base_models.ts";
import { createTrainer } from "./trainer.ts";

/** Cells with many and with few targets per state, and one that needs all states of a response. */
const CELLS = [
  ["sudoku/mini", "bgpo"],
  ["gsm8k/mini", "egspo"],
  ["math500/mini", "ppo-clip"],
  ["gsm8k/mini", "vrpo-ol"],
] as const;
const ROUNDS = 5, STEPS = 12, WARM_UP = 2;

/** A step is the same work in every round: what the machine does besides only adds to its time. */
class Best {
  readonly #milliseconds: number[] = [];

  add(step: number, milliseconds: number): void {
    this.#milliseconds[step] = Math.min(this.#milliseconds[step] ?? Infinity, milliseconds);
  }

  mean(): number {
    const known = this.#milliseconds.filter(Number.isFinite);
    return known.reduce((sum, each) => sum + each, 0) / known.length;
  }
}

async function measure(suite: Suite, taskId: string, objectiveId: string) {
  using backend = await openCpu({ build: "portable" });
  const task = taskById(taskId), objective = objectiveById(objectiveId), seed = 1;
  const quiet = { report() {}, warn() {}, signal: new AbortController().signal };
  const base = await baseModel(backend, { suite, task, seed }, ".cache/host_share", quiet);
  let calls: (() => void)[] | null = null;
  const recording = instrumented(backend, (kernel, buffers, scalars) => {
    calls?.push(() => backend.run(kernel, buffers, scalars));
    backend.run(kernel, buffers, scalars);
  });
  const best = { rollout: new Best(), update: new Best(), kernels: new Best() };
  let made = 0;
  for (let round = 0; round < 2 * ROUNDS; round++) {
    // Rounds take turns: in one the clock runs, in the other calls are noted and made again.
    const timed = round % 2 === 0, on = timed ? backend : recording;
    using trainer = createTrainer(on, { suite, task, objective, mode: "two-pass" }, base.tensors, []);
    const { sampler, engine, settings } = trainer, log: StepLog[] = [];
    for (let step = 0; step < STEPS; step++) {
      calls = null;
      const started = performance.now();
      let updating = started;
      const onRollout = () => {
        updating = performance.now();
        if (!timed) calls = [];
      };
      log.push(await policyStep({ task, seed, settings, engine, sampler, onRollout }, log));
      const ended = performance.now(), noted: (() => void)[] = calls ?? [];
      calls = null;
      for (const call of noted) call();
      if (step < WARM_UP) continue;
      if (timed) {
        best.rollout.add(step, updating - started);
        best.update.add(step, ended - updating);
      } else {
        best.kernels.add(step, performance.now() - ended);
        made += noted.length;
      }
    }
  }
  const { rollout, update, kernels } = best;
  return {
    rollout: rollout.mean(),
    update: update.mean(),
    kernels: kernels.mean(),
    calls: made / (ROUNDS * (STEPS - WARM_UP)),
  };
}

if (import.meta.main) {
  const suite = await loadSuite("mini");
  console.log("cell                       rollout ms  updates ms  kernels alone ms  outside  kernel calls");
  for (const [task, objective] of CELLS) {
    const { rollout, update, kernels, calls } = await measure(suite, task, objective);
    const figures = [
      rollout.toFixed(2).padStart(10),
      update.toFixed(2).padStart(10),
      kernels.toFixed(2).padStart(16),
      `${(100 * (1 - kernels / update)).toFixed(1)} %`.padStart(7),
      calls.toFixed(0).padStart(12),
    ];
    console.log(`${`${task} ${objective}`.padEnd(26)} ${figures.join("  ")}`);
  }
}
