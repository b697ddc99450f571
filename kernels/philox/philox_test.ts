import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Backend, defineKernel, upload } from "../backend.ts";
import { backendTest } from "../testing.ts";
import { philox4x32 } from "./philox.ts";
import { randomSequence, Stream, uniformFromWord } from "./random.ts";
import library from "./philox.wgsl" with { type: "text" };
import entry from "./philox_test.wgsl" with { type: "text" };

/** Random123's published answers: counter and key -> words. */
const KNOWN_ANSWERS = [
  {
    input: [0, 0, 0, 0, 0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    input: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    input: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

const generate = defineKernel({
  name: "philox_test",
  wgsl: [library, entry],
  entry: "generate",
  buffers: { counters: "read", keys: "read", words: "write", uniforms: "write" },
  scalars: { n: "u32" },
  grid: ({ n }) => [Math.ceil(n / 64), 1, 1],
});

/** Words and uniforms of `n` blocks on the device. */
async function onDevice(backend: Backend, counters: Uint32Array, keys: Uint32Array) {
  const n = counters.length / 4;
  const views = {
    counters: upload(backend, "counters", counters),
    keys: upload(backend, "keys", keys),
    words: backend.allocate("words", 4 * n),
    uniforms: backend.allocate("uniforms", 4 * n),
  };
  backend.run(generate, views, { n });
  const [words, uniforms] = await backend.read(views.words, views.uniforms);
  for (const view of Object.values(views)) backend.free(view);
  return { words: new Uint32Array(words!), uniforms: new Float32Array(uniforms!) };
}

function host(input: ArrayLike<number>): number[] {
  return [...philox4x32(input[0]!, input[1]!, input[2]!, input[3]!, input[4]!, input[5]!)];
}

Deno.test("philox gives Random123's known answers", () => {
  for (const { input, words } of KNOWN_ANSWERS) assertEquals(host(input), [...words]);
});

backendTest("philox on the device gives Random123's known answers", async (backend) => {
  const counters = Uint32Array.from(KNOWN_ANSWERS.flatMap(({ input }) => input.slice(0, 4)));
  const keys = Uint32Array.from(KNOWN_ANSWERS.flatMap(({ input }) => input.slice(4)));
  const { words } = await onDevice(backend, counters, keys);
  assertEquals([...words], KNOWN_ANSWERS.flatMap((answer) => [...answer.words]));
});

backendTest("philox on the device equals the host bit for bit at 10000 random counters", async (backend) => {
  const n = 10_000;
  const source = randomSequence({ seed: 123, stream: 0 });
  const counters = Uint32Array.from({ length: 4 * n }, () => source.word());
  const keys = Uint32Array.from({ length: 2 * n }, () => source.word());
  const { words, uniforms } = await onDevice(backend, counters, keys);
  for (let i = 0; i < n; i++) {
    const expected = host([...counters.subarray(4 * i, 4 * i + 4), ...keys.subarray(2 * i, 2 * i + 2)]);
    for (let lane = 0; lane < 4; lane++) {
      assertEquals(words[4 * i + lane], expected[lane]);
      assertEquals(uniforms[4 * i + lane], uniformFromWord(expected[lane]!));
    }
  }
});

Deno.test("a uniform is exact in f32 and strictly inside (0, 1) for every word", () => {
  for (const word of [0, 1, 0x1ff, 0x200, 0x7fffffff, 0x80000000, 0xfffffdff, 0xfffffe00, 0xffffffff]) {
    const u = uniformFromWord(word);
    assertEquals(Math.fround(u), u);
    assert(Math.fround(u) > 0 && Math.fround(u) < 1, `${word} gives ${u}`);
  }
});

Deno.test("a sequence is a function of its key and place, whatever was drawn before", () => {
  const key = { seed: 7, stream: Stream.rolloutTokens };
  const take = (n: number, ...place: number[]) => {
    const sequence = randomSequence(key, ...place);
    return Array.from({ length: n }, () => sequence.word());
  };
  const first = take(9, 3, 4, 5);
  take(100, 3, 4, 6);
  const other = randomSequence(key, 3, 4, 6);
  const again = randomSequence(key, 3, 4, 5);
  const interleaved = first.map(() => {
    other.word();
    return again.word();
  });
  assertEquals(interleaved, first);
  assertEquals(first.slice(4, 8), host([1, 5, 4, 3, 7, Stream.rolloutTokens]));
  const places = [[0, 4, 5], [3, 0, 5], [3, 4, 0]].map((place) => take(4, ...place).join());
  const streams = [randomSequence({ seed: 8, stream: 5 }), randomSequence({ seed: 7, stream: 6 })]
    .map((sequence) => [0, 1, 2, 3].map(() => sequence.word()).join());
  assertEquals(new Set([first.slice(0, 4).join(), ...places, ...streams]).size, 6);
});

/** Pearson's statistic for equal probabilities. */
function chiSquare(counts: ArrayLike<number>, total: number): number {
  const expected = total / counts.length;
  let statistic = 0;
  for (let i = 0; i < counts.length; i++) statistic += (counts[i]! - expected) ** 2 / expected;
  return statistic;
}

Deno.test("uniforms are uniform (chi-square, 63 degrees of freedom, p > 1e-4)", () => {
  const draws = 64_000;
  const counts = new Uint32Array(64);
  const sequence = randomSequence({ seed: 1, stream: 1 });
  for (let i = 0; i < draws; i++) counts[Math.floor(sequence.uniform() * 64)]!++;
  assert(chiSquare(counts, draws) < 111.1, `chi-square ${chiSquare(counts, draws)}`);
});

Deno.test("uniforms at consecutive rows, steps and positions are uniform", () => {
  for (const axis of [0, 1, 2]) {
    const counts = new Uint32Array(64);
    for (let i = 0; i < 64_000; i++) {
      const place = [0, 0, 0];
      place[axis] = i;
      counts[Math.floor(randomSequence({ seed: 2, stream: 1 }, ...place).uniform() * 64)]!++;
    }
    assert(chiSquare(counts, 64_000) < 111.1, `axis ${axis}: chi-square ${chiSquare(counts, 64_000)}`);
  }
});

Deno.test("below is unbiased and stays in range", () => {
  const sequence = randomSequence({ seed: 3, stream: 1 });
  const counts = new Uint32Array(7);
  for (let i = 0; i < 70_000; i++) counts[sequence.below(7)]!++;
  assert(chiSquare(counts, 70_000) < 27.9, `chi-square ${chiSquare(counts, 70_000)}`);
  // 3 * 2^30: a plain remainder would put half of all draws, not a third, below 2^30.
  let low = 0;
  for (let i = 0; i < 30_000; i++) if (sequence.below(3 * 2 ** 30) < 2 ** 30) low++;
  assert(Math.abs(low - 10_000) < 4 * Math.sqrt(30_000 * 2 / 9), `${low} of 30000 in the lowest third`);
  assertEquals(sequence.below(1), 0);
  for (const n of [0, -1, 1.5, 2 ** 32 + 1, NaN]) assertThrows(() => sequence.below(n), RangeError, "below");
});

Deno.test("shuffle gives every order equally often (chi-square, 23 degrees of freedom, p > 1e-4)", () => {
  const counts = new Map<string, number>();
  const sequence = randomSequence({ seed: 4, stream: 1 });
  for (let i = 0; i < 24_000; i++) {
    const order = sequence.shuffle([0, 1, 2, 3]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  assert(chiSquare([...counts.values()], 24_000) < 54.6);
});
