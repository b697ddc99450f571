import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Backend, defineKernel, readFloats, readWords, upload } from "../backend.ts";
import { randomSequence } from "../philox/random.ts";
import { backendTest, checkOp, testData } from "../testing.ts";
import {
  allocateProposal,
  ask,
  drawsOf,
  greedy,
  type Proposal,
  propose,
  reveal,
  type Shape,
  type Step,
  topK,
} from "./mod.ts";
import * as reference from "./reference.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import philox from "../philox/philox.wgsl" with { type: "text" };
import shader from "./denoise.wgsl" with { type: "text" };
import logShader from "./denoise_test.wgsl" with { type: "text" };

type Options = Omit<Parameters<typeof propose>[3], "first" | "count"> & { readonly temperature: number };

/** Half a unit in the last place of 1 in f32. */
const EPS = 2 ** -24;

/** A batch in the middle of a rollout: random prompts, about half of every response revealed, spread logits. */
function rollout(shape: Shape, salt: number, scale = 6) {
  const { batch, length, sequence, promptLength, vocab, maskId } = shape;
  const draw = randomSequence({ seed: salt, stream: 0 });
  const token = () => (maskId + 1 + draw.below(vocab - 1)) % vocab;
  const ids = Uint32Array.from({ length: batch * sequence }, token);
  for (let row = 0; row < batch; row++) {
    for (let i = 0; i < length; i++) {
      if (draw.uniform() < 0.6) ids[row * sequence + promptLength + i] = maskId;
    }
  }
  return {
    logits: testData(batch * length * vocab, salt).map((x) => x * scale),
    // Any permutation, as far as the kernels know: here the positions of a row from the back.
    slots: Uint32Array.from({ length: batch * length }, (_, at) => at + length - 1 - 2 * (at % length)),
    ids,
    rowKeys: Uint32Array.from({ length: batch }, () => draw.word()),
  };
}

const drawsAt = (temperature: number, rowKeys: Uint32Array) =>
  drawsOf(rowKeys, Array.from(rowKeys, () => temperature));

/** All rows of logits. */
const allOf = ({ logits }: { logits: Float32Array }, { vocab }: Pick<Shape, "vocab">) => ({
  first: 0,
  count: logits.length / vocab,
});

async function runPropose(backend: Backend, data: ReturnType<typeof rollout>, options: Options) {
  const views = {
    logits: upload(backend, "logits", data.logits),
    slots: upload(backend, "slots", data.slots),
    ids: upload(backend, "ids", data.ids),
    draws: upload(backend, "draws", drawsAt(options.temperature, data.rowKeys)),
  };
  const proposal = allocateProposal(backend, options.batch, options.blockLength);
  propose(backend, views, proposal, { ...options, ...allOf(data, options) });
  const names = ["token", "confidence", "logp", "entropy"] as const;
  const words = await backend.read(...names.map((name) => proposal[name]));
  for (const view of [...Object.values(views), ...Object.values(proposal)]) backend.free(view);
  return {
    token: new Uint32Array(words[0]!),
    confidence: new Float32Array(words[1]!),
    logp: new Float32Array(words[2]!),
    entropy: new Float32Array(words[3]!),
  };
}

/**
 * Error of a log-prob or an entropy in f32. WGSL's exp is right to (3 + 2|d|) units in the last place, d = z - max;
 * under p, |d| averages at most log V and d^2 at most about (1 + log V)^2; the sum over V terms adds V / 2 units.
 */
function logpTolerance(vocab: number, scale: number): number {
  const spread = 1 + Math.log(vocab);
  return EPS * (2 * (3 + 2 * spread * spread) + vocab + 32 * spread + 4 * scale);
}

const SHAPES: readonly (Shape & Step)[] = [
  {
    batch: 1,
    length: 1,
    sequence: 1,
    promptLength: 0,
    vocab: 2,
    maskId: 0,
    step: 0,
    blockStart: 0,
    blockLength: 1,
  },
  {
    batch: 3,
    length: 6,
    sequence: 9,
    promptLength: 3,
    vocab: 5,
    maskId: 4,
    step: 3,
    blockStart: 2,
    blockLength: 3,
  },
  {
    batch: 5,
    length: 12,
    sequence: 19,
    promptLength: 5,
    vocab: 53,
    maskId: 52,
    step: 1,
    blockStart: 6,
    blockLength: 6,
  },
  {
    batch: 9,
    length: 8,
    sequence: 15,
    promptLength: 7,
    vocab: 64,
    maskId: 3,
    step: 0,
    blockStart: 0,
    blockLength: 8,
  },
  {
    batch: 2,
    length: 33,
    sequence: 34,
    promptLength: 1,
    vocab: 131,
    maskId: 0,
    step: 7,
    blockStart: 0,
    blockLength: 33,
  },
];
/** A workgroup per row of logits on a GPU: the smallest vocabulary, and one that no number of lanes divides. */
const WIDE: readonly (Shape & Step)[] = [
  { ...SHAPES[1]!, vocab: 4096, maskId: 4095 },
  { ...SHAPES[1]!, batch: 2, vocab: 5003, maskId: 0 },
];
const random = { seed: 11, stream: 5 };

for (const shape of [...SHAPES, ...WIDE]) {
  const name = `${shape.batch}x${shape.length}x${shape.vocab}`;
  const { batch, length, vocab, blockLength } = shape;
  const size = batch * blockLength;

  backendTest(`propose ${name} without temperature equals its f64 reference`, async (backend) => {
    const spread = rollout(shape, 1);
    // Whole numbers: many argmaxes are ties.
    const data = { ...spread, logits: spread.logits.map(Math.round) };
    const temperatures = new Float32Array(batch), draws = drawsOf(data.rowKeys, temperatures);
    const { rowKeys: _, ...inputs } = { ...data, draws };
    const tolerance = { absolute: logpTolerance(vocab, 6), relative: 0 };
    for (const remasking of ["low-confidence", "random"] as const) {
      const options = { ...shape, random, remasking, ...allOf(data, shape) };
      const rows = { rowKeys: data.rowKeys, temperatures };
      const { margin: _, ...expected } = reference.propose(data, data.ids, rows, options);
      await checkOp(backend, {
        inputs,
        outputs: { token: size, confidence: size, logp: size, entropy: size },
        run: (b, v) => propose(b, v, v as unknown as Proposal, options),
        expected: { ...expected, confidence: Float32Array.from(expected.confidence) },
        words: ["token"],
        // The sentinel sets the scale of the confidences, so they are compared with an absolute tolerance too.
        tolerance: { confidence: tolerance, logp: tolerance, entropy: tolerance },
      });
    }
  });

  backendTest(`greedy ${name} equals its reference`, async (backend) => {
    const { logits: spread, slots, ids } = rollout(shape, 2);
    const logits = spread.map(Math.round);
    await checkOp(backend, {
      inputs: { logits, slots, ids },
      outputs: { greedy: batch * length },
      run: (b, v) => greedy(b, v, { ...shape, ...allOf({ logits }, shape) }),
      expected: { greedy: reference.greedy({ logits, slots }, ids, shape) },
      words: ["greedy"],
    });
  });

  backendTest(`reveal ${name} keeps the most confident candidates and nothing else`, async (backend) => {
    const { sequence, promptLength, blockStart, step } = shape;
    const { ids } = rollout(shape, 3);
    // Few distinct confidences: most choices are ties.
    const confidence = testData(size, 4).map((x) => Math.round(x * 2) - 2);
    const proposal = {
      token: Uint32Array.from({ length: size }, (_, i) => (shape.maskId + 1 + i % (vocab - 1)) % vocab),
      confidence,
      logp: testData(size, 5),
      entropy: testData(size, 6),
    };
    for (const count of [1, 2, blockLength]) {
      const options = { ...shape, reveal: count };
      const before = {
        ids,
        revealStep: new Uint32Array(batch * length).fill(99),
        logpState: testData(batch * length, 7),
        entropyState: testData(batch * length, 8),
      };
      const after = {
        ids: before.ids.slice(),
        revealStep: before.revealStep.slice(),
        logpState: before.logpState.slice(),
        entropyState: before.entropyState.slice(),
      };
      reference.revealed(confidence, ids, options).forEach((positions, row) => {
        for (const i of positions) {
          const slot = row * blockLength + i, at = row * length + blockStart + i;
          after.ids[row * sequence + promptLength + blockStart + i] = proposal.token[slot]!;
          after.revealStep[at] = step;
          after.logpState[at] = proposal.logp[slot]!;
          after.entropyState[at] = proposal.entropy[slot]!;
        }
      });
      await checkOp(backend, {
        inputs: proposal,
        outputs: {},
        inout: before,
        run: (b, v) => {
          const state = {
            ids: v.ids!,
            revealStep: v.revealStep!,
            logp: v.logpState!,
            entropy: v.entropyState!,
          };
          reveal(b, v, state, options);
        },
        expected: after,
        words: ["ids", "revealStep"],
        tolerance: { logpState: { absolute: 0, relative: 0 }, entropyState: { absolute: 0, relative: 0 } },
      });
    }
  });

  backendTest(
    `topK ${name} is written where this step revealed, with ties to the lowest id`,
    async (backend) => {
      const { sequence, promptLength, blockStart, step, maskId } = shape;
      const { ids, slots, logits: spread } = rollout(shape, 9);
      const logits = spread.map(Math.round);
      const revealStep = Uint32Array.from(
        { length: batch * length },
        (_, i) => i % 3 === 0 ? step + 1 : step,
      );
      const k = Math.min(vocab, 4);
      const topTokens = new Uint32Array(batch * length * k).fill(7777);
      const topLogp = testData(batch * length * k, 10);
      const expected = { topTokens: topTokens.slice(), topLogp: topLogp.slice() };
      for (let slot = 0; slot < size; slot++) {
        const row = Math.floor(slot / blockLength), position = blockStart + slot % blockLength;
        const at = row * length + position;
        if (ids[row * sequence + promptLength + position] === maskId || revealStep[at] !== step) {
          continue;
        }
        const { tokens, logp } = reference.topK(logits, slots[at]!, vocab, k);
        expected.topTokens.set(tokens, at * k);
        expected.topLogp.set(logp, at * k);
      }
      await checkOp(backend, {
        inputs: { logits, slots, ids, revealStep },
        outputs: {},
        inout: { topTokens, topLogp },
        run: (b, v) =>
          topK(b, { ...v, topTokens: v.topTokens!, topLogp: v.topLogp! }, {
            ...shape,
            k,
            ...allOf({ logits }, shape),
          }),
        expected,
        words: ["topTokens"],
        tolerance: { topLogp: { absolute: logpTolerance(vocab, 6), relative: 0 } },
      });
    },
  );
}

const logKernel = defineKernel({
  name: "denoise_test_log",
  cpu: { name: "math_log" },
  wgsl: [prelude, philox, shader, logShader],
  entry: "logs",
  buffers: { x: "read", y: "write" },
  scalars: { n: "u32" },
  grid: ({ n }) => [Math.ceil(n / 64), 1, 1],
});

backendTest("natural_log is right to 16 rounding errors of its value, also beside 1", async (backend) => {
  const values = [1, 2, 0.5, Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT2), 126_464, 1e30];
  for (let k = 0; k < 2000; k++) {
    values.push(
      1 - (k + 1) * EPS,
      1 + (k + 1) * 2 * EPS,
      (k + 0.5) / 2 ** 23,
      2 ** (k / 100 - 10),
      1 + k / 1000,
    );
  }
  const x = Float32Array.from(values);
  const views = { x: upload(backend, "x", x), y: backend.allocate("y", x.length) };
  backend.run(logKernel, views, { n: x.length });
  const y = await readFloats(backend, views.y);
  x.forEach((value, i) => {
    const expected = Math.log(value);
    assert(
      Math.abs(y[i]! - expected) <= 16 * EPS * Math.abs(expected),
      `log ${value} = ${expected}, not ${y[i]}`,
    );
  });
  for (const view of Object.values(views)) backend.free(view);
});

const DRAWN = [
  ...[0.2, 1, 3].map((temperature) => ({ temperature, shape: { ...SHAPES[3]!, batch: 64 }, atLeast: 200 })),
  { temperature: 1, shape: { ...WIDE[1]!, batch: 8 }, atLeast: 10 },
];

for (const { temperature, shape, atLeast } of DRAWN) {
  backendTest(
    `propose at temperature ${temperature} draws the tokens of its f64 reference among ${shape.vocab}`,
    async (backend) => {
      const data = rollout(shape, 12);
      const options = { ...shape, temperature, random, remasking: "low-confidence" as const };
      const device = await runPropose(backend, data, options);
      const temperatures = Array.from(data.rowKeys, () => temperature);
      const expected = reference.propose(data, data.ids, { rowKeys: data.rowKeys, temperatures }, options);
      // natural_log is right to 16 EPS of its value, so -log(-log u) to 16 EPS (1 + |g|) with |g| <= 16.7, and the sum
      // z + T g rounds twice more; two tokens compete.
      const bound = 2 * EPS * (temperature * 16 * 17.7 + 2 * (6 + temperature * 16.7));
      const tolerance = logpTolerance(shape.vocab, 6);
      let drawn = 0, decided = 0;
      for (let slot = 0; slot < device.token.length; slot++) {
        if (expected.margin[slot] === Infinity) continue;
        drawn++;
        if (expected.margin[slot]! <= bound) continue;
        decided++;
        assertEquals(device.token[slot], expected.token[slot], `slot ${slot}`);
        assert(Math.abs(device.logp[slot]! - expected.logp[slot]!) <= tolerance);
        assert(Math.abs(device.entropy[slot]! - expected.entropy[slot]!) <= tolerance);
        assertEquals(device.confidence[slot], device.logp[slot]);
      }
      assert(
        drawn > atLeast && decided >= 0.99 * drawn,
        `${decided} of ${drawn} draws are decided by the bound`,
      );
    },
  );
}

backendTest(
  "frequencies at a temperature match softmax(z / T) without the mask token (chi-square)",
  async (backend) => {
    const vocab = 9, maskId = 2, temperature = 0.7, draws = 20_000;
    const shape = { batch: draws / 2, length: 2, sequence: 2, promptLength: 0, vocab, maskId };
    const row = testData(vocab, 13).map((x) => 2 * x);
    const data = {
      // One row of logits for all.
      logits: row,
      slots: new Uint32Array(draws),
      ids: new Uint32Array(draws).fill(maskId),
      rowKeys: Uint32Array.from({ length: draws / 2 }, (_, i) => i),
    };
    const options = {
      ...shape,
      ...{
        step: 4,
        blockStart: 0,
        blockLength: 2,
        temperature,
        random,
        remasking: "low-confidence" as const,
      },
    };
    const { token } = await runPropose(backend, data, options);
    const counts = new Uint32Array(vocab);
    for (const v of token) counts[v]!++;
    assertEquals(counts[maskId], 0);
    const weights = [...row].map((z, v) => v === maskId ? 0 : Math.exp(z / temperature));
    const total = weights.reduce((a, b) => a + b);
    let statistic = 0;
    weights.forEach((w, v) => {
      const expected = draws * w / total;
      if (v !== maskId) statistic += (counts[v]! - expected) ** 2 / expected;
    });
    assert(statistic < 29.9, `chi-square ${statistic}, 7 degrees of freedom, p = 1e-4 at 29.9`);
  },
);

backendTest("a row alone is the same row among six others at another place, bit for bit", async (backend) => {
  const shape = { ...SHAPES[2]!, batch: 7 };
  const { length, sequence, blockLength } = shape;
  const data = rollout(shape, 14);
  for (const remasking of ["low-confidence", "random"] as const) {
    const options = { ...shape, temperature: 1, random, remasking };
    const together = await runPropose(backend, data, options);
    for (const row of [0, 4, 6]) {
      const alone = await runPropose(backend, {
        logits: data.logits,
        slots: data.slots.slice(row * length, (row + 1) * length),
        ids: data.ids.slice(row * sequence, (row + 1) * sequence),
        rowKeys: data.rowKeys.slice(row, row + 1),
      }, { ...options, batch: 1 });
      for (const name of ["token", "confidence", "logp", "entropy"] as const) {
        assertEquals(alone[name], together[name].slice(row * blockLength, (row + 1) * blockLength), name);
      }
    }
  }
});

for (const shape of [SHAPES[2]!, WIDE[1]!]) {
  backendTest(`logits in parts give what all at once give, ${shape.vocab} tokens`, async (backend) => {
    const { batch, length, vocab, blockLength, maskId } = shape,
      data = rollout(shape, 19),
      size = batch * length;
    // Rows of one half are greedy.
    const temperatures = Array.from(data.rowKeys, (_, row) => row % 2 ? 0 : 1.5);
    const views = {
      slots: upload(backend, "slots", data.slots),
      ids: upload(backend, "ids", data.ids),
      draws: upload(backend, "draws", drawsOf(data.rowKeys, temperatures)),
      revealStep: upload(backend, "reveal step", new Uint32Array(size).fill(shape.step)),
    };
    const run = async (cuts: readonly number[]) => {
      const proposal = allocateProposal(backend, batch, blockLength);
      const own = {
        greedy: backend.allocate("greedy", size),
        topTokens: backend.allocate("top tokens", size * 3),
        topLogp: backend.allocate("top logp", size * 3),
      };
      for (let i = 1; i < cuts.length; i++) {
        const first = cuts[i - 1]!, count = cuts[i]! - first;
        const logits = upload(backend, "logits", data.logits.slice(first * vocab, (first + count) * vocab));
        const all = { ...views, ...own, logits }, options = { ...shape, first, count };
        propose(backend, all, proposal, { ...options, random, remasking: "low-confidence" });
        greedy(backend, all, options);
        topK(backend, all, { ...options, k: 3 });
        await backend.read(own.greedy);
        backend.free(logits);
      }
      const found = (await backend.read(...Object.values(proposal), ...Object.values(own)))
        .map((words) => new Uint32Array(words));
      for (const view of [...Object.values(proposal), ...Object.values(own)]) backend.free(view);
      return found;
    };
    const whole = await run([0, size]);
    assert(whole[4]!.every((id) => id !== maskId), "greedy leaves no mask");
    assertEquals(await run([0, 5, 6, size]), whole);
    for (const view of Object.values(views)) backend.free(view);
  });
}

backendTest("a row has the temperature that it has alone", async (backend) => {
  const shape = { ...SHAPES[3]!, batch: 8 }, data = rollout(shape, 20);
  const [cold, warm] = [0, 2].map((temperature) =>
    runPropose(backend, data, { ...shape, temperature, random, remasking: "low-confidence" })
  );
  const proposal = allocateProposal(backend, shape.batch, shape.blockLength);
  const views = {
    logits: upload(backend, "logits", data.logits),
    slots: upload(backend, "slots", data.slots),
    ids: upload(backend, "ids", data.ids),
    draws: upload(backend, "draws", drawsOf(data.rowKeys, [0, 2, 2, 0, 2, 0, 0, 2])),
  };
  propose(backend, views, proposal, { ...shape, ...allOf(data, shape), random, remasking: "low-confidence" });
  const tokens = await readWords(backend, proposal.token), alike = [await cold!, await warm!] as const;
  [0, 1, 1, 0, 1, 0, 0, 1].forEach((of, row) => {
    const own = (all: Uint32Array) => all.slice(row * shape.blockLength, (row + 1) * shape.blockLength);
    assertEquals(own(tokens), own(alike[of]!.token));
  });
  assert(alike[0].token.join() !== alike[1].token.join());
  for (const view of [...Object.values(views), ...Object.values(proposal)]) backend.free(view);
});

backendTest("draws change with the seed, the stream, the step and the row key", async (backend) => {
  const shape = { ...SHAPES[3]!, batch: 8 };
  const data = rollout(shape, 15, 0);
  const options = { ...shape, temperature: 1, random, remasking: "low-confidence" as const };
  const base = (await runPropose(backend, data, options)).token.join();
  const others = [
    await runPropose(backend, data, { ...options, random: { ...random, seed: 12 } }),
    await runPropose(backend, data, { ...options, random: { ...random, stream: 10 } }),
    await runPropose(backend, data, { ...options, step: 1 }),
    await runPropose(backend, { ...data, rowKeys: data.rowKeys.map((key) => key ^ 1) }, options),
  ];
  for (const { token } of others) assert(token.join() !== base);
});

backendTest(
  "a whole rollout reveals every position once, block after block, without a readback",
  async (backend) => {
    const shape = { batch: 6, length: 12, sequence: 16, promptLength: 4, vocab: 20, maskId: 19 };
    const { batch, length, sequence, promptLength, vocab, maskId } = shape;
    const prompt = rollout(shape, 16).ids;
    for (let row = 0; row < batch; row++) {
      prompt.fill(maskId, row * sequence + promptLength, (row + 1) * sequence);
    }
    const draws = upload(
      backend,
      "draws",
      drawsAt(1, Uint32Array.from({ length: batch }, (_, i) => 100 + i)),
    );
    const slots = upload(backend, "slots", Uint32Array.from({ length: batch * length }, (_, at) => at));
    const state = {
      ids: upload(backend, "ids", prompt),
      revealStep: backend.allocate("reveal step", batch * length),
      logp: backend.allocate("logp", batch * length),
      entropy: backend.allocate("entropy", batch * length),
    };
    const proposal = allocateProposal(backend, batch, 6);
    const steps = [3, 2, 1, 0, 2, 2, 1, 1].map((count, step) => ({
      step,
      blockStart: step < 4 ? 0 : 6,
      blockLength: 6,
      reveal: count,
    }));
    const logits = steps.map((_, i) => upload(backend, "logits", testData(batch * length * vocab, 20 + i)));
    for (const step of steps) {
      const all = { first: 0, count: batch * length };
      const options = { ...shape, ...step, ...all, random, remasking: "low-confidence" as const };
      propose(backend, { logits: logits[step.step]!, slots, ids: state.ids, draws }, proposal, options);
      reveal(backend, proposal, state, options);
    }
    const ids = await readWords(backend, state.ids);
    const revealStep = await readWords(backend, state.revealStep);
    const logp = await readFloats(backend, state.logp);
    for (let row = 0; row < batch; row++) {
      assertEquals(
        ids.slice(row * sequence, row * sequence + promptLength),
        prompt.slice(row * sequence, row * sequence + promptLength),
      );
      for (let i = 0; i < length; i++) {
        const at = row * length + i;
        const token = ids[row * sequence + promptLength + i]!;
        assert(token < maskId, `row ${row} position ${i} is still masked`);
        const z = testData(batch * length * vocab, 20 + revealStep[at]!).subarray(
          at * vocab,
          (at + 1) * vocab,
        );
        const expected = z[token]! - Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0));
        assert(Math.abs(logp[at]! - expected) <= 2 * logpTolerance(vocab, 1), `${logp[at]} for ${expected}`);
      }
      for (const { step, reveal: count, blockStart } of steps) {
        const own = [...revealStep.subarray(row * length, (row + 1) * length)];
        assertEquals(own.filter((s) => s === step).length, count);
        own.forEach((s, i) => assert(s !== step || (i >= blockStart && i < blockStart + 6)));
      }
    }
    for (const view of [draws, slots, ...Object.values(state), ...Object.values(proposal), ...logits]) {
      backend
        .free(view);
    }
  },
);

backendTest("logits that are not finite show in the log-prob and leave no mask behind", async (backend) => {
  const shape = { ...SHAPES[1]!, batch: 1, length: 3, sequence: 3, promptLength: 0, blockStart: 0 };
  const size = 3;
  const ids = upload(backend, "ids", new Uint32Array(size).fill(shape.maskId));
  const logits = upload(backend, "logits", new Float32Array(size * shape.vocab).fill(NaN));
  const draws = upload(backend, "draws", drawsAt(1, new Uint32Array(1)));
  const slots = upload(backend, "slots", Uint32Array.of(0, 1, 2));
  const state = {
    ids,
    revealStep: backend.allocate("reveal step", size),
    logp: backend.allocate("logp", size),
    entropy: backend.allocate("entropy", size),
  };
  const proposal = allocateProposal(backend, 1, size);
  const all = { first: 0, count: size };
  const options = { ...shape, ...all, random, remasking: "low-confidence" as const, reveal: 3 };
  propose(backend, { logits, slots, ids, draws }, proposal, options);
  reveal(backend, proposal, state, options);
  assert((await readWords(backend, ids)).every((id) => id !== shape.maskId));
  assert((await readFloats(backend, state.logp)).every((x) => !Number.isFinite(x)));
  for (const view of [logits, slots, draws, ...Object.values(state), ...Object.values(proposal)]) {
    backend.free(view);
  }
});

/** Masked positions of each row, of a response of 7 tokens after a prompt of 2; rows 0, 2 and 3 are in one state. */
const MASKED = [[1, 3, 4, 6], [0, 2, 3, 5], [1, 3, 4, 6], [1, 3, 4, 6], [2, 4, 5, 6]];

for (
  const { blockStart, asked } of [{ blockStart: 0, asked: 4 }, { blockStart: 2, asked: 2 }, {
    blockStart: 3,
    asked: 0,
  }]
) {
  backendTest(
    `ask lists ${asked} masked positions from ${blockStart} on, once per state`,
    async (backend) => {
      const shape = { batch: 5, length: 7, sequence: 9, promptLength: 2, maskId: 3, blockStart, asked };
      const states = Uint32Array.of(0, 1, 0, 0, 2), leaders = Uint32Array.of(0, 1, 4);
      const ids = new Uint32Array(5 * 9).fill(8);
      // A mask token in the prompt is none of the response.
      MASKED.forEach((at, row) => [-1, ...at].forEach((i) => ids[row * 9 + 2 + i] = 3));
      const slots = new Uint32Array(5 * 7).fill(77), rows: number[] = [];
      MASKED.forEach((at, row) => {
        const listed = at.filter((i) => i >= blockStart).slice(0, asked);
        listed.forEach((i, rank) => slots[row * 7 + i] = states[row]! * asked + rank);
        if (leaders[states[row]!] === row) rows.push(...listed.map((i) => states[row]! * 9 + 2 + i));
      });
      await checkOp(backend, {
        inputs: { ids, states, leaders },
        outputs: {},
        inout: {
          slots: new Uint32Array(5 * 7).fill(77),
          rows: new Uint32Array(12).fill(78),
          starts: new Uint32Array(4).fill(79),
        },
        run: (b, v) => ask(b, v as never, shape),
        expected: {
          slots,
          rows: [...rows, ...new Array(12 - rows.length).fill(78)],
          starts: [0, asked, 2 * asked, 3 * asked],
        },
        words: ["slots", "rows", "starts"],
      });
    },
  );
}

backendTest("shapes that do not fit are refused by name", (backend) => {
  const shape = SHAPES[1]!;
  const data = rollout(shape, 17);
  const views = {
    logits: upload(backend, "logits", data.logits),
    slots: upload(backend, "slots", data.slots),
    ids: upload(backend, "ids", data.ids),
    draws: upload(backend, "draws", drawsAt(0, data.rowKeys)),
  };
  const proposal = allocateProposal(backend, shape.batch, shape.blockLength);
  const options = { ...shape, ...allOf(data, shape), random, remasking: "low-confidence" as const };
  const refused = (change: Partial<typeof options>, message: string) =>
    assertThrows(() => propose(backend, views, proposal, { ...options, ...change }), RangeError, message);
  refused({ blockStart: 4 }, "block [4, 7) leaves the response of 6 tokens");
  refused({ batch: 4 }, "slots has 18 elements, expected at least 24");
  refused({ promptLength: 4 }, "exceed the sequence of 9");
  refused({ maskId: 5 }, "mask token 5 in a vocabulary of 5");
  refused({ count: 19 }, "logits has 90 elements, expected at least 95");
  assertThrows(() => drawsOf([1, 2], [0, -1]), RangeError, "temperature is -1");
  assertThrows(() => drawsOf([1], [NaN]), RangeError, "temperature is NaN");
  refused({ blockStart: 0, blockLength: 6 }, "token has 9 elements, expected at least 18");
  for (const view of [...Object.values(views), ...Object.values(proposal)]) backend.free(view);
  return Promise.resolve();
});
