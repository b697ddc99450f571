import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { backendTest, testData } from "../../kernels/testing.ts";
import { type HostBatch, targetStarts } from "./batch.ts";
import type { ModelConfig } from "./config.ts";
import { loadParameters, type NamedTensors } from "./parameters.ts";
import {
  assertSameBits,
  assertSameTensors,
  differenceAlong,
  type Direction,
  gradientAlong,
  gradientOf,
  logitsOf,
  logpOf,
  ODD_SIZES,
  openModel,
  smallConfig,
  smallTensors,
  testBatch,
  testDirection,
  testIntegers,
} from "./testing.ts";
import { forward } from "./transformer.ts";

const LIMITS = { rows: 24, targets: 24 };

const even: Record<string, ModelConfig> = {
  "learned positions": smallConfig(),
  "rope": smallConfig({ position: "rope", heads: 4, kvHeads: 2 }),
};
const odd: Record<string, ModelConfig> = {
  "learned positions, odd sizes": smallConfig({ ...ODD_SIZES, headDim: 5 }),
  "rope, odd sizes": smallConfig({ ...ODD_SIZES, position: "rope" }),
};
const all = Object.entries({ ...even, ...odd });

const directions: Record<string, (tensors: NamedTensors) => Direction[]> = {
  "for every tensor alone": (tensors) =>
    Array.from(tensors.keys(), (name, i) => testDirection(tensors, [name], 100 + i)),
  "for all tensors together": (tensors) =>
    [200, 300, 400].map((salt) => testDirection(tensors, tensors.keys(), salt)),
};

for (const [name, config] of all) {
  const which = name in odd ? "for every tensor alone" : "for all tensors together";
  backendTest(`the gradient is the derivative of the log-probs ${which}: ${name}`, async (backend) => {
    const tensors = smallTensors(config);
    using model = openModel(backend, config, tensors, LIMITS);
    const { batch, tokens } = testBatch(config, { batch: 3, sequence: 7, targets: 11 }, 1);
    const dlogp = testData(tokens.length, 4);
    const gradient = await gradientOf(model, batch, tokens, dlogp);
    const scalar = async (moved: NamedTensors) => {
      loadParameters(backend, model.parameters, moved);
      const logp = await logpOf(model, batch, tokens);
      return Array.from(logp).reduce((sum, value, k) => sum + dlogp[k]! * value, 0);
    };
    for (const direction of directions[which]!(tensors)) {
      const expected = await differenceAlong(scalar, tensors, direction, 2 ** -5);
      // The differences carry the rounding of f32 log-probs over the step: 3e-5 was measured, derivatives are 0.1 to 1.
      assertAlmostEquals(
        gradientAlong(gradient, direction),
        expected,
        2e-4,
        [...direction.keys()].join(", "),
      );
    }
  });

  backendTest(`logits of a sequence do not depend on its batch: ${name}`, async (backend) => {
    using model = openModel(backend, config, smallTensors(config), LIMITS);
    const sequence = 5, { batch: { ids } } = testBatch(config, { batch: 4, sequence, targets: 0 }, 8);
    const logitsOfRows = (...rows: number[]) => {
      const whole = rows.flatMap((row) => [...ids.slice(row * sequence, (row + 1) * sequence)]);
      return logitsOf(model, everyPosition(Uint32Array.from(whole), sequence));
    };
    const together = await logitsOfRows(0, 1, 2, 3);
    const size = sequence * config.vocab;
    for (let row = 0; row < 4; row++) {
      const own = together.slice(row * size, (row + 1) * size);
      assertSameBits(await logitsOfRows(row), own, `sequence ${row} alone`);
      const moved = await logitsOfRows((row + 2) % 4, row, (row + 1) % 4);
      assertSameBits(moved.slice(size, 2 * size), own, `sequence ${row} beside others`);
    }
    assertNotEquals(together.slice(0, size), together.slice(size, 2 * size));
  });
}

backendTest("logits at some targets are those of all positions", async (backend) => {
  const config = even.rope!;
  using model = openModel(backend, config, smallTensors(config), LIMITS);
  const { batch } = testBatch(config, { batch: 2, sequence: 6, targets: 5 }, 9);
  const whole = await logitsOf(model, everyPosition(batch.ids, 6));
  const some = await logitsOf(model, batch);
  const row = (logits: Float32Array, i: number) => logits.slice(i * config.vocab, (i + 1) * config.vocab);
  batch.targetRows.forEach((at, k) => assertSameBits(row(some, k), row(whole, at), `target ${k}`));
});

/** Targets of each sequence: all, some, one and none of its positions. */
const PICKED: readonly (readonly number[])[] = [[0, 1, 2, 3, 4, 5], [1, 4, 5], [], [3]];

backendTest(
  "the gradient from some targets is that from all positions with 0 upstream of the others, bit for bit",
  async (backend) => {
    const sequence = 6, count = PICKED.length * sequence;
    for (const [name, sizes] of [...all, ["one layer", smallConfig({ layers: 1 })] as const]) {
      using model = openModel(backend, sizes, smallTensors(sizes), { rows: count, targets: count });
      const { batch: { ids } } = testBatch(sizes, { batch: PICKED.length, sequence, targets: 0 }, 60);
      const whole = everyPosition(ids, sequence), tokens = testIntegers(count, sizes.vocab, 61);
      const targetRows = Uint32Array.from(PICKED.flatMap((at, b) => at.map((i) => b * sequence + i)));
      const some = { ids, targetRows, shape: { ...whole.shape, targets: targetRows.length } };
      const dlogp = testData(count, 62), upstream = dlogp.map((d, row) => targetRows.includes(row) ? d : 0);
      const pick = <T extends Float32Array | Uint32Array>(values: T): T =>
        values.filter((_, row) => targetRows.includes(row)) as T;
      assertSameBits(
        await logpOf(model, some, pick(tokens)),
        pick(await logpOf(model, whole, tokens)),
        `log-probs, ${name}`,
      );
      assertSameTensors(
        await gradientOf(model, some, pick(tokens), pick(dlogp)),
        await gradientOf(model, whole, tokens, upstream),
      );
    }
  },
);

backendTest(
  "a backward pass over the first sequences is one over all with 0 upstream of the others, bit for bit",
  async (backend) => {
    for (const [name, sizes] of all) {
      using model = openModel(backend, sizes, smallTensors(sizes), LIMITS);
      const { batch, tokens } = testBatch(sizes, { batch: 4, sequence: 6, targets: 15 }, 70);
      for (const sequences of [1, 3]) {
        const targets = batch.targetRows.filter((row) => row < sequences * 6).length;
        assert(targets > 0 && targets < 15);
        const dlogp = testData(15, 72), upstream = dlogp.map((d, k) => k < targets ? d : 0);
        const signal = { batch: sequences, sequence: 6, targets };
        // What an earlier pass left behind is seen by none.
        await gradientOf(model, batch, tokens, testData(15, 73));
        const some = await gradientOf(model, { ...batch, signal }, tokens, dlogp);
        const whole = await gradientOf(model, batch, tokens, upstream);
        for (const [tensor, { data }] of whole) {
          assertSameBits(some.get(tensor)!.data, data, `${name}: ${tensor}`);
        }
      }
    }
  },
);

Deno.test("targets must ascend within the batch", () => {
  const shape = { batch: 3, sequence: 4 };
  assertEquals([...targetStarts(Uint32Array.of(1, 3, 9), shape)], [0, 2, 2, 3]);
  assertEquals([...targetStarts(new Uint32Array(), shape)], [0, 0, 0, 0]);
  for (
    const [rows, message] of [[[3, 1], "row 1 after row 3"], [[2, 2], "row 2 after row 2"], [
      [12],
      "below 12",
    ]] as const
  ) {
    assertThrows(() => targetStarts(Uint32Array.from(rows), shape), RangeError, message);
  }
});

backendTest(
  "attention sees both sides: every token changes the logits of every position",
  async (backend) => {
    const config = smallConfig({ layers: 1 }), sequence = 4;
    using model = openModel(backend, config, smallTensors(config), LIMITS);
    const ids = Uint32Array.of(5, 6, 7, 8);
    const before = await logitsOf(model, everyPosition(ids, sequence));
    for (let changed = 0; changed < sequence; changed++) {
      const after = await logitsOf(model, everyPosition(ids.with(changed, 9), sequence));
      for (let at = 0; at < sequence; at++) {
        const row = (logits: Float32Array) => logits.slice(at * config.vocab, (at + 1) * config.vocab);
        assertNotEquals(row(after), row(before), `position ${at} ignores position ${changed}`);
      }
    }
  },
);

backendTest("without targets there are no logits and no gradient", async (backend) => {
  const config = even["learned positions"]!;
  using model = openModel(backend, config, smallTensors(config), LIMITS);
  const shape = { batch: 2, sequence: 6 };
  const some = testBatch(config, { ...shape, targets: 4 }, 10),
    none = testBatch(config, { ...shape, targets: 0 }, 11);
  // The buffers hold the gradients of another pass.
  await gradientOf(model, some.batch, some.tokens, testData(4, 12));
  assertEquals(await logitsOf(model, none.batch), new Float32Array());
  const gradient = await gradientOf(model, none.batch, none.tokens, new Float32Array());
  for (const [name, { data }] of gradient) assert(data.every((g) => g === 0), name);
});

backendTest("sequences of different lengths share buffers without a trace", async (backend) => {
  for (const config of Object.values(even)) {
    const tensors = smallTensors(config), lengths = [12, 5, 1, 8];
    using shared = openModel(backend, config, tensors, LIMITS);
    const cases = lengths.map((sequence, i) => {
      const { batch, tokens } = testBatch(config, { batch: 2, sequence, targets: sequence }, 20 + 10 * i);
      return { batch, tokens, dlogp: testData(tokens.length, 30 + i) };
    });
    const results = [];
    for (const { batch, tokens, dlogp } of cases) {
      results.push(await gradientOf(shared, batch, tokens, dlogp));
    }
    const { bytes } = backend.memory();
    for (const [i, { batch, tokens, dlogp }] of cases.entries()) {
      assertSameTensors(await gradientOf(shared, batch, tokens, dlogp), results[i]!);
    }
    assertEquals(backend.memory().bytes, bytes);
    for (const [i, { batch, tokens, dlogp }] of cases.entries()) {
      using own = openModel(backend, config, tensors, LIMITS);
      assertSameTensors(results[i]!, await gradientOf(own, batch, tokens, dlogp));
    }
  }
});

backendTest("a sequence longer than the model's positions is refused", async (backend) => {
  for (const position of ["learned", "rope"] as const) {
    const config = smallConfig({ position, maxSequence: 6 });
    using model = openModel(backend, config, smallTensors(config), LIMITS);
    const { batch, saved, scratch, parameters, transformer } = model;
    assertThrows(
      () =>
        forward(
          transformer,
          parameters.views,
          { input: batch, shape: { batch: 1, sequence: 7, targets: 1 } },
          { saved, scratch },
        ),
      RangeError,
      "a sequence of 7 tokens, the model has 6 positions",
    );
    const longest = testBatch(config, { batch: 1, sequence: 6, targets: 6 }, 40);
    const logits = await logitsOf(model, longest.batch);
    assert(logits.every(Number.isFinite));
  }
});

backendTest("a model returns its memory, rotation tables included", async (backend) => {
  const { bytes } = backend.memory();
  {
    using model = openModel(backend, even.rope!, smallTensors(even.rope!), LIMITS);
    for (const sequence of [3, 6]) {
      await logitsOf(model, testBatch(model.config, { batch: 1, sequence, targets: 1 }, 50).batch);
    }
    assertEquals([...model.transformer.ropeTables.keys()], [3, 6]);
  }
  assertEquals(backend.memory().bytes, bytes);
});

function everyPosition(ids: Uint32Array, sequence: number): HostBatch {
  return {
    ids,
    targetRows: Uint32Array.from(ids, (_, row) => row),
    shape: { batch: ids.length / sequence, sequence, targets: ids.length },
  };
}
