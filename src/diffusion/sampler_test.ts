import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { backendTest, instrumented } from "../../kernels/testing.ts";
import type { ModelConfig } from "../model/config.ts";
import {
  assertSameBits,
  logitsOf,
  openModel,
  smallConfig,
  smallTensors,
  testIntegers,
} from "../model/testing.ts";
import { createSampler, freeSampler, sample, type Sampler, type SamplerSettings } from "./sampler.ts";
import { denoisingSchedule } from "./schedule.ts";
import type { Trajectory } from "./trajectory.ts";

const LENGTH = 6;
const config = smallConfig({ maxSequence: 12 });
const SETTINGS: SamplerSettings = { steps: 6, blockLength: 3, temperature: 0.8, remasking: "low-confidence" };
const RANDOM = { seed: 11, stream: 5 };
/** Lengths mixed. */
const PROMPTS = [4, 2, 4, 6, 2, 4].map((length, i) =>
  testIntegers(length, config.vocab, 60 + i).map(unmasked)
);
const KEYS = [70, 71, 72, 73, 74, 75];

function unmasked(id: number): number {
  return id === config.maskId ? 2 : id;
}

/** Runs `fn` with a sampler and a function that samples from a model. */
async function withSampler<T>(
  backend: Backend,
  limits: Sampler["limits"],
  fn: (sampling: ReturnType<typeof samplingWith>, sampler: Sampler) => Promise<T>,
  of: ModelConfig = config,
): Promise<T> {
  using model = openModel(backend, of, smallTensors(of), { rows: 1, targets: 1 });
  const sampler = createSampler(model.transformer, limits);
  try {
    return await fn(samplingWith(sampler, model.parameters.views), sampler);
  } finally {
    freeSampler(sampler);
  }
}

const samplingWith =
  (sampler: Sampler, weights: Parameters<typeof sample>[1]) =>
  (changes: Partial<SamplerSettings> = {}, prompts = PROMPTS, rowKeys = KEYS, random = RANDOM) =>
    sample(sampler, weights, { prompts, rowKeys, length: LENGTH, random }, { ...SETTINGS, ...changes });

const LIMITS = { batch: 4, sequence: 12, length: LENGTH };

/** The state before `step`, or after the last one. */
function stateBefore({ prompt, tokens, revealStep }: Trajectory, step: number): Uint32Array {
  return Uint32Array.from([...prompt, ...tokens.map((id, i) => revealStep[i]! < step ? id : config.maskId)]);
}

/** log softmax of the logits of every response position in the state before each step. */
async function distributions(backend: Backend, trajectory: Trajectory, of: ModelConfig, steps: number) {
  const { vocab } = of, start = trajectory.prompt.length;
  using model = openModel(backend, of, smallTensors(of), { rows: 12, targets: LENGTH });
  const results: Float64Array[][] = [];
  for (let step = 0; step < steps; step++) {
    const ids = stateBefore(trajectory, step);
    const logits = await logitsOf(model, {
      ids,
      targetRows: Uint32Array.from({ length: LENGTH }, (_, i) => start + i),
      shape: { batch: 1, sequence: ids.length, targets: LENGTH },
    });
    results.push(Array.from({ length: LENGTH }, (_, i) => {
      const row = Float64Array.from(logits.subarray(i * vocab, (i + 1) * vocab));
      const largest = Math.max(...row);
      const lse = largest + Math.log(row.reduce((sum, z) => sum + Math.exp(z - largest), 0));
      return row.map((z) => z - lse);
    }));
  }
  return results;
}

for (const position of ["learned", "rope"] as const) {
  const of = smallConfig({ position });
  backendTest(
    `what a trajectory records is what a forward pass gives on the state before each reveal, ${position}`,
    async (backend) => {
      const recording = { temperature: 0.8, recordGreedy: true, recordTopK: 4, steps: 4 };
      const trajectories = await withSampler(backend, LIMITS, (sampling) => sampling(recording), of);
      for (const trajectory of trajectories.slice(0, 4)) {
        const { tokens, revealStep, logp, entropy, greedy, topTokens, topLogp } = trajectory;
        const steps = await distributions(backend, trajectory, of, recording.steps);
        tokens.forEach((token, i) => {
          const exact = steps[revealStep[i]!]![i]!;
          assertAlmostEquals(logp[i]!, exact[token]!, 1e-5);
          assertAlmostEquals(entropy[i]!, exact.reduce((sum, l) => sum - Math.exp(l) * l, 0), 1e-5);
          const ranked = Array.from(exact, (l, id) => ({ l, id })).sort((a, b) => b.l - a.l).slice(0, 4);
          assertEquals([...topTokens!.subarray(4 * i, 4 * i + 4)], ranked.map(({ id }) => id));
          ranked.forEach(({ l }, k) => assertAlmostEquals(topLogp![4 * i + k]!, l, 1e-5));
        });
        steps.forEach((rows, step) => {
          const expected = rows.map((row, i) => {
            if (revealStep[i]! < step) return tokens[i];
            return row.with(of.maskId, -Infinity).reduce((best, l, id, all) => l > all[best]! ? id : best, 0);
          });
          assertEquals([...greedy!.subarray(step * LENGTH, (step + 1) * LENGTH)], expected, `step ${step}`);
        });
      }
    },
  );
}

backendTest(
  "blocks are revealed strictly from left to right, as many tokens per step as scheduled",
  async (backend) => {
    await withSampler(backend, LIMITS, async (sampling) => {
      for (const [steps, blockLength] of [[6, 3], [4, 3], [2, 3], [1, 6], [8, 3]] as const) {
        const schedule = denoisingSchedule({ responseLength: LENGTH, steps, blockLength });
        for (const trajectory of await sampling({ steps, blockLength })) {
          const { revealStep, tokens } = trajectory;
          for (const { step, blockStart, blockLength, reveal } of schedule) {
            const positions = [...revealStep.keys()].filter((i) => revealStep[i] === step);
            assertEquals(positions.length, reveal);
            assert(positions.every((i) => i >= blockStart && i < blockStart + blockLength));
          }
          assert(tokens.every((id) => id !== config.maskId && id < config.vocab));
        }
      }
    });
  },
);

/** Sequences that the model runs on, added up over forward passes. */
function countingSequences(backend: Backend): { counting: Backend; sequences: () => number } {
  let sequences = 0;
  const run: Backend["run"] = (kernel, buffers, scalars) => {
    const { rows, sequence } = scalars as Record<string, number>;
    if (kernel.name.startsWith("embed_forward")) sequences += rows! / sequence!;
    backend.run(kernel, buffers, scalars);
  };
  return { counting: instrumented(backend, run), sequences: () => sequences };
}

backendTest(
  "responses in the same state share what the model computes, and are those of each alone",
  async (backend) => {
    // Two prompts with four responses each, in one batch. At temperature 0.2 some agree on their first tokens.
    const prompts = [0, 0, 2, 0, 2, 2, 0, 2].map((i) => PROMPTS[i]!), keys = prompts.map((_, i) => 90 + i);
    const limits = { ...LIMITS, batch: 8 }, settings = { temperature: 0.2 };
    for (const recording of [{}, { recordGreedy: true, recordTopK: 3, recordProposals: true }]) {
      const changes = { ...settings, ...recording };
      const { counting, sequences } = countingSequences(backend);
      const together = await withSampler(counting, limits, (sampling) => sampling(changes, prompts, keys));
      const alone = await withSampler(
        backend,
        { ...limits, batch: 1 },
        (sampling) => sampling(changes, prompts, keys),
      );
      assertSame(together, alone);
      const states = Array.from(
        { length: SETTINGS.steps },
        (_, step) => new Set(together.map((trajectory) => stateBefore(trajectory, step).join())).size,
      );
      assert(states.some((count, step) => step > 0 && count < 8), "no state is shared after the first step");
      const computed = backend.traits.readsAreFree
        ? states
        : states.map((count, step) => step === 0 ? count : 8);
      assertEquals(sequences(), computed.reduce((sum, count) => sum + count, 0));
    }
  },
);

backendTest(
  "a trajectory does not depend on batch size, order of prompts or lengths beside it",
  async (backend) => {
    const recording = { recordGreedy: true, recordTopK: 3 };
    const expected = await withSampler(backend, LIMITS, (sampling) => sampling(recording));
    for (const batch of [1, 2, 6]) {
      assertSame(await withSampler(backend, { ...LIMITS, batch }, (s) => s(recording)), expected);
    }
    await withSampler(backend, { ...LIMITS, length: LENGTH + 1, sequence: 20 }, async (sampling) => {
      for (const order of [[5, 3, 1, 4, 2, 0], [2], [1, 4]]) {
        const pick = <T>(items: readonly T[]) => order.map((i) => items[i]!);
        assertSame(await sampling(recording, pick(PROMPTS), pick(KEYS)), pick(expected));
      }
    });
  },
);

backendTest("logits that do not fit at once are read in parts, and change nothing", async (backend) => {
  // 128 rows of logits at a time: those of 24 responses are more, those of four are not.
  const of = smallConfig({ vocab: 9000 });
  const prompts = Array.from({ length: 24 }, (_, i) => testIntegers(4, of.vocab, 90 + i).map(unmasked));
  const settings = {
    steps: 3,
    blockLength: LENGTH,
    temperature: prompts.map((_, i) => i % 2),
    ...{ recordGreedy: true, recordTopK: 3, recordProposals: true },
  };
  const sampled = (batch: number) =>
    withSampler(backend, { ...LIMITS, batch }, (sampling, { scratch: { logits } }) => {
      assert(logits.length === Math.min(128, batch * LENGTH) * of.vocab);
      return sampling(settings, prompts, prompts.map((_, i) => i));
    }, of);
  assertSame(await sampled(24), await sampled(4));
});

backendTest(
  "a prompt's draws follow its key and the seed; at temperature 0 nothing is drawn",
  async (backend) => {
    await withSampler(backend, LIMITS, async (sampling) => {
      const others = KEYS.map((key) => key + 100), seed = { ...RANDOM, seed: 12 };
      const first = await sampling();
      assertSame(await sampling(), first);
      for (const other of [await sampling({}, PROMPTS, others), await sampling({}, PROMPTS, KEYS, seed)]) {
        assertNotEquals(other.map(({ tokens }) => tokens), first.map(({ tokens }) => tokens));
      }
      const same = [PROMPTS[0]!, PROMPTS[0]!, PROMPTS[0]!];
      const [a, b, c] = await sampling({ temperature: 2 }, same, [5, 5, 6]);
      assertSame([b!], [a!]);
      assertNotEquals(c!.tokens, a!.tokens);
      const greedy = await sampling({ temperature: 0 });
      assertSame(await sampling({ temperature: 0 }, PROMPTS, others, seed), greedy);
    });
  },
);

backendTest(
  "recorded proposals are the tokens drawn at masked positions of the block; those of the reveal step are kept",
  async (backend) => {
    await withSampler(backend, LIMITS, async (sampling) => {
      const settings = { steps: 4, blockLength: 3 };
      const plain = await sampling(settings);
      const schedule = denoisingSchedule({ responseLength: LENGTH, ...settings });
      const recorded = await sampling({
        ...settings,
        recordProposals: true,
        recordGreedy: true,
        recordTopK: 2,
      });
      recorded.forEach(({ proposed, ...rest }, row) => {
        const { greedy: _, topTokens: __, topLogp: ___, ...same } = rest;
        assertSame([same], [plain[row]!]);
        for (const { step, blockStart, blockLength } of schedule) {
          for (let i = 0; i < LENGTH; i++) {
            const token = proposed![step * LENGTH + i]!, revealed = rest.revealStep[i]!;
            const drawn = revealed >= step && i >= blockStart && i < blockStart + blockLength;
            assertEquals(token !== config.maskId, drawn, `step ${step}, position ${i}`);
            if (revealed === step) assertEquals(token, rest.tokens[i]);
          }
        }
      });
      // At temperature 0 the candidates are the argmax of every position.
      const [first] = await sampling({
        ...settings,
        temperature: 0,
        recordProposals: true,
        recordGreedy: true,
      });
      first!.proposed!.forEach((token, at) => {
        if (token !== config.maskId) assertEquals(token, first!.greedy![at]);
      });
    });
  },
);

backendTest("a prompt or response that does not fit is refused", async (backend) => {
  await withSampler(backend, LIMITS, async (sampling) => {
    const long = testIntegers(7, config.vocab, 1).map(unmasked);
    await assertRejects(
      () => sampling({}, [PROMPTS[0]!, long], [1, 2]),
      RangeError,
      "a prompt of 7 tokens and a response of 6 exceed the sampler's 12 tokens with responses of at most 6",
    );
    await assertRejects(() => sampling({ blockLength: 4 }), RangeError, "block length 4 does not divide");
  });
  await withSampler(backend, { ...LIMITS, length: 5 }, async (sampling) => {
    await assertRejects(() => sampling(), RangeError, "responses of at most 5");
  });
});

backendTest("sampling leaves no memory behind, also when it fails", async (backend) => {
  const before = backend.memory().bytes;
  await withSampler(backend, LIMITS, async (sampling) => {
    const planned = backend.memory().bytes;
    for (let i = 0; i < 20; i++) {
      await sampling({ steps: 2, ...(i % 2 && { recordGreedy: true, recordTopK: 2 }) }, [PROMPTS[i % 6]!], [
        i,
      ]);
      assertEquals(backend.memory().bytes, planned);
    }
    const failing = { recordGreedy: true, recordTopK: config.vocab + 1 };
    await assertRejects(() => sampling(failing), RangeError, "k is 21");
    assertEquals(backend.memory().bytes, planned);
    assertEquals((await sampling({ steps: 2 })).length, PROMPTS.length);
  });
  assertEquals(backend.memory().bytes, before);
  await withSampler(backend, LIMITS, () => Promise.resolve(), smallConfig({ layers: 1 }));
  assertEquals(backend.memory().bytes, before);
});

/** Throws unless all fields have the same bits. */
function assertSame(actual: readonly Trajectory[], expected: readonly Trajectory[]): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((trajectory, i) => {
    const other = expected[i]!;
    assertEquals(Object.keys(trajectory), Object.keys(other));
    for (const name of Object.keys(other) as (keyof Trajectory)[]) {
      const found = trajectory[name]!, wanted = other[name]!;
      if (wanted instanceof Float32Array) assertSameBits(found as Float32Array, wanted, `${name} of ${i}`);
      else assertEquals(found, wanted, `${name} of ${i}`);
    }
  });
}
