/**
 * Cost of the log-prob op. `deno run kernels/token_logprob/mod_bench.ts` prints nanoseconds per logit, as CPU time of
 * all threads (what counts on a software driver) and as wall time.
 *
 * A wait for the device costs about 11 ms whatever the work, so many dispatches share one wait.
 */

import process from "node:process";
import { type Backend, upload } from "../backend.ts";
import { testBackend, testData } from "../testing.ts";
import { backward, forward, klBackward, klForward, topK } from "./mod.ts";

/** Rows and vocabulary of the default suite, of a larger model, one without whole vec4s, and one of a workgroup per row. */
const SHAPES = [[1024, 64], [1024, 512], [1024, 63], [64, 32_768]] as const;
const ELEMENTS_PER_WAIT = 1e7;
const REPEATS = 5;

function prepare(backend: Backend, count: number, vocab: number): Record<string, () => void> {
  const row = () => backend.allocate("row", count);
  const logits = upload(backend, "logits", testData(count * vocab, 1));
  const referenceLogits = upload(backend, "reference logits", testData(count * vocab, 2));
  const dlogits = backend.allocate("dlogits", count * vocab);
  const targets = row(), logp = row(), lse = row(), entropy = row(), referenceLse = row(), kl = row();
  const dlogp = row(), dentropy = row();
  const ids = backend.allocate("ids", count * 8), topLogp = backend.allocate("top logp", count * 8);
  const shape = { count, vocab };
  const places = upload(backend, "places", Uint32Array.from({ length: count }, (_, row) => row));
  const gradient = { logits, targets, lse, entropy, dlogp, dentropy, places, dlogits };
  return {
    forward: () => forward(backend, { logits, targets, logp, lse, entropy, places }, shape),
    backward: () => backward(backend, gradient, { ...shape, entropyTerm: false }),
    "backward with entropy": () => backward(backend, gradient, { ...shape, entropyTerm: true }),
    "KL forward": () => klForward(backend, { logits, lse, referenceLogits, referenceLse, kl, places }, shape),
    "KL backward": () =>
      klBackward(
        backend,
        { logits, lse, referenceLogits, referenceLse, kl, dkl: dlogp, places, dlogits },
        shape,
      ),
    "top 8": () => topK(backend, { logits, lse, ids, logp: topLogp }, { count, vocab, k: 8 }),
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
  console.log(`${backend.description.adapter}\nkernel                 rows x vocab  ns CPU  ns wall`);
  for (const [count, vocab] of SHAPES) {
    for (const [name, dispatch] of Object.entries(prepare(backend, count, vocab))) {
      const { cpu, wall } = await measure(backend, dispatch, count * vocab);
      const figures = [cpu.toFixed(2).padStart(7), wall.toFixed(2).padStart(8)];
      console.log(`${name.padEnd(22)} ${`${count}x${vocab}`.padStart(12)} ${figures.join(" ")}`);
    }
  }
}
