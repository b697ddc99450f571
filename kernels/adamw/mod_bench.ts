/**
 * Cost of the optimiser: the gradient norm and the AdamW step. `deno run kernels/adamw/mod_bench.ts` prints
 * nanoseconds per parameter, as CPU time of all threads (what counts on a software driver) and as wall time.
 *
 * A wait for the device costs about 11 ms whatever the work, so many dispatches share one wait.
 */

import process from "node:process";
import { type Backend, upload } from "../backend.ts";
import * as gradNorm from "../grad_norm/mod.ts";
import { testBackend, testData } from "../testing.ts";
import { step } from "./mod.ts";

/** Parameters of the default suite's model and of a larger one. */
const LENGTHS = [30_000, 5_000_000];
const ELEMENTS_PER_WAIT = 2e7;
const REPEATS = 5;

function prepare(backend: Backend, length: number): Record<string, () => void> {
  const gradients = upload(backend, "gradients", testData(length, 1));
  const parameters = upload(backend, "parameters", testData(length, 2));
  const m = backend.allocate("m", length),
    v = backend.allocate("v", length),
    stats = backend.allocate("stats", 2);
  const partials = backend.allocate("partials", gradNorm.partialLength(length));
  const options = {
    length,
    decayLength: length - 100,
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.1,
    weightDecay1d: 0,
    biasCorrection1: 0.1,
    biasCorrection2: 0.001,
    maxGradNorm: 1,
  };
  return {
    grad_norm: () => gradNorm.forward(backend, { gradients, partials, stats }, { length }),
    adamw: () => step(backend, { parameters, gradients, m, v, stats }, options),
  };
}

/** Best of several batches, in nanoseconds per element. */
async function measure(
  backend: Backend,
  dispatch: () => void,
  elements: number,
): Promise<{ cpu: number; wall: number }> {
  const probe = backend.allocate("probe", 1);
  const dispatches = Math.max(1, Math.round(ELEMENTS_PER_WAIT / elements));
  dispatch();
  await backend.read(probe);
  let cpu = Infinity, wall = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const from = process.cpuUsage(), at = performance.now();
    for (let i = 0; i < dispatches; i++) dispatch();
    await backend.read(probe);
    const { user, system } = process.cpuUsage(from);
    cpu = Math.min(cpu, (user + system) * 1e3 / dispatches / elements);
    wall = Math.min(wall, (performance.now() - at) * 1e6 / dispatches / elements);
  }
  backend.free(probe);
  return { cpu, wall };
}

if (import.meta.main) {
  const backend = await testBackend();
  console.log(`${backend.description.adapter}\nkernel     parameters  ns CPU  ns wall`);
  for (const length of LENGTHS) {
    for (const [name, dispatch] of Object.entries(prepare(backend, length))) {
      const { cpu, wall } = await measure(backend, dispatch, length);
      const figures = [cpu.toFixed(2).padStart(7), wall.toFixed(2).padStart(8)];
      console.log(`${name.padEnd(10)} ${String(length).padStart(10)} ${figures.join(" ")}`);
    }
  }
}
