import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Backend, readFloats, readWords, upload } from "../backend.ts";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, divergence, forward, klBackward, klForward, topK } from "./mod.ts";
import * as reference from "./reference.ts";

const SHAPES = [
  [1, 1],
  [1, 64],
  [2, 2],
  [63, 53],
  [64, 64],
  [65, 5],
  [131, 8],
  [33, 63],
  [9, 1000],
  [
    5,
    1001,
  ],
  [3, 4096],
  [2, 5003],
  [1, 131_072],
] as const;
/** Elements of the plan beside those of the micro-batch, not to be touched. */
const OTHERS = 5;
/** Place in the plan of each row: in no order, with gaps where the first and the last of the others are. */
const placesOf = (count: number) =>
  Uint32Array.from({ length: count }, (_, r) => OTHERS - 2 + (r % 2 ? r - 1 : Math.min(r + 1, count - 1)));
/** Spread of the logits, so that rows range from nearly uniform to peaked. */
const SCALE = 6;

/**
 * log p = z - lse is rounded at the size of lse (up to 20 here, so 2e-6 of spacing), and p = exp(log p) carries it as a
 * relative error: f32 storage of lse bounds every gradient, on any device.
 */
const LSE_ROUNDING = { absolute: 4e-6, relative: 4e-6 };

const row = (data: Float32Array, r: number, vocab: number) => data.subarray(r * vocab, (r + 1) * vocab);

/** One micro-batch in the middle of a plan, and what the f64 reference says about it. */
function example(count: number, vocab: number) {
  const plan = count + OTHERS, places = placesOf(count);
  const logits = testData(count * vocab, 1).map((z, i) => z * SCALE * ((Math.floor(i / vocab) % 3) + 0.2));
  const referenceLogits = testData(count * vocab, 2).map((z, i) => logits[i]! + z);
  const targets = Uint32Array.from(testData(plan, 3), (u) => Math.floor((u + 1) / 2 * vocab));
  /** Plan-wide contents: `before` outside the micro-batch, `value(i)` for its rows. */
  const planWide = (before: Float32Array, value: (r: number) => number) => {
    const whole = Float64Array.from(before);
    places.forEach((place, r) => whole[place] = value(r));
    return whole;
  };
  const rows = Array.from({ length: count }, (_, r) => ({
    z: row(logits, r, vocab),
    reference: row(referenceLogits, r, vocab),
    target: targets[places[r]!]!,
  }));
  const state = rows.map(({ z, target }) => reference.forward(z, target));
  const blank = testData(plan, 4);
  return {
    shape: { count, vocab },
    places,
    blank,
    plan,
    rows,
    logits,
    referenceLogits,
    targets,
    logp: planWide(blank, (r) => state[r]!.logp),
    lse: planWide(blank, (r) => state[r]!.lse),
    entropy: planWide(blank, (r) => state[r]!.entropy),
    referenceLse: planWide(blank, (r) => reference.forward(rows[r]!.reference, 0).lse),
    kl: planWide(blank, (r) => reference.kl(rows[r]!.z, rows[r]!.reference)),
  };
}

const concatenate = (rows: Float64Array[]) => Float64Array.from(rows.flatMap((r) => [...r]));

for (const [count, vocab] of SHAPES) {
  backendTest(`token_logprob forward ${count}x${vocab} equals its f64 reference`, async (backend) => {
    const { shape, places, blank, logits, targets, logp, lse, entropy } = example(count, vocab);
    await checkOp(backend, {
      inputs: { logits, targets, places },
      outputs: {},
      inout: { logp: blank, lse: blank, entropy: blank },
      run: (b, v) => forward(b, v as never, shape),
      expected: { logp, lse, entropy },
    });
  });

  for (const entropyTerm of [false, true]) {
    const name = `token_logprob backward ${count}x${vocab} ${
      entropyTerm ? "with" : "without"
    } an entropy gradient`;
    backendTest(name, async (backend) => {
      const { shape, places, plan, rows, logits, targets, lse, entropy } = example(count, vocab);
      const dlogp = testData(plan, 5), dentropy = testData(plan, 6);
      await checkOp(backend, {
        inputs: {
          logits,
          targets,
          places,
          lse: Float32Array.from(lse),
          entropy: Float32Array.from(entropy),
          dlogp,
          dentropy,
        },
        outputs: { dlogits: count * vocab },
        run: (b, v) => backward(b, entropyTerm ? v : { ...v, dentropy: v.dlogp }, { ...shape, entropyTerm }),
        expected: {
          dlogits: concatenate(
            rows.map(({ z, target }, r) =>
              reference.backward(z, target, dlogp[places[r]!]!, entropyTerm ? dentropy[places[r]!]! : 0)
            ),
          ),
        },
        tolerance: { dlogits: LSE_ROUNDING },
      });
    });
  }

  backendTest(`token_logprob KL ${count}x${vocab} equals its f64 reference`, async (backend) => {
    const { shape, places, blank, plan, rows, logits, referenceLogits, lse, referenceLse, kl } = example(
      count,
      vocab,
    );
    const inputs = {
      logits,
      places,
      lse: Float32Array.from(lse),
      referenceLogits,
      referenceLse: Float32Array.from(referenceLse),
    };
    await checkOp(backend, {
      inputs,
      outputs: {},
      inout: { kl: blank },
      run: (b, v) => klForward(b, v as never, shape),
      expected: { kl },
      tolerance: { kl: LSE_ROUNDING },
    });
    const dkl = testData(plan, 7), before = testData(count * vocab, 8);
    const gradient = concatenate(
      rows.map(({ z, reference: q }, r) => reference.klBackward(z, q, dkl[places[r]!]!)),
    );
    await checkOp(backend, {
      inputs: { ...inputs, kl: Float32Array.from(kl), dkl },
      outputs: {},
      inout: { dlogits: before },
      run: (b, v) => klBackward(b, v as never, shape),
      expected: { dlogits: gradient.map((g, i) => g + before[i]!) },
      tolerance: { dlogits: LSE_ROUNDING },
    });
  });

  backendTest(`token_logprob divergence ${count}x${vocab} equals its f64 reference`, async (backend) => {
    const { shape, places, blank, plan, rows, logits, lse } = example(count, vocab);
    for (const k of new Set([1, Math.min(4, vocab), Math.min(vocab, 20)])) {
      // The first category is the target of the row; it is also among the k likeliest in some rows.
      const lists = rows.map(({ reference: z, target }) => {
        const tokens = [target, ...reference.topK(z, k)], logp = reference.logSoftmax(z);
        return { tokens, logp: tokens.map((token) => Math.fround(logp[token]!)) };
      });
      const planWide = (name: "tokens" | "logp") => {
        const whole = new Array<number>(plan * (k + 1)).fill(0);
        lists.forEach((list, r) => list[name].forEach((value, c) => whole[places[r]! * (k + 1) + c] = value));
        return whole;
      };
      for (const kind of ["tv", "kl"] as const) {
        const expected = Float64Array.from(blank);
        lists.forEach(({ tokens, logp }, r) =>
          expected[places[r]!] = reference.divergence(rows[r]!.z, tokens, logp, kind)
        );
        await checkOp(backend, {
          inputs: {
            logits,
            places,
            lse: Float32Array.from(lse),
            tokens: Uint32Array.from(planWide("tokens")),
            logp: Float32Array.from(planWide("logp")),
          },
          outputs: {},
          inout: { divergence: blank },
          run: (b, v) => divergence(b, v as never, { ...shape, categories: k + 1, kind }),
          expected: { divergence: expected },
          tolerance: { divergence: LSE_ROUNDING },
        });
      }
    }
  });

  backendTest(`token_logprob top-k ${count}x${vocab} equals its f64 reference`, async (backend) => {
    const { rows, places, lse } = example(count, vocab);
    // Rounded logits have ties in every row.
    const logits = Float32Array.from(rows.flatMap(({ z }) => [...z].map(Math.round)));
    for (const k of new Set([1, Math.min(5, vocab), Math.min(vocab, 70)])) {
      const ids = rows.flatMap((_, r) => reference.topK(row(logits, r, vocab), k));
      const rowLse = Float32Array.from(places, (place) => lse[place]!);
      await checkOp(backend, {
        inputs: { logits, lse: rowLse },
        outputs: { ids: count * k, logp: count * k },
        run: (b, v) => topK(b, v, { count, vocab, k }),
        expected: {
          ids,
          logp: ids.map((v, i) => logits[Math.floor(i / k) * vocab + v]! - rowLse[Math.floor(i / k)]!),
        },
        words: ["ids"],
      });
    }
  });
}

const logSoftmax = reference.logSoftmax;
const PAIRS = Array.from({ length: 8 }, (_, i) => ({
  p: logSoftmax(testData(9, 20 + i).map((x) => 3 * x)),
  q: Float64Array.from(testData(9, 40 + i), (x) => 3 * x),
  action: i,
}));

for (const kind of ["tv", "kl"] as const) {
  Deno.test(`divergence ${kind}: binary <= top-K <= full, monotone in K, and K = V is the full one`, () => {
    for (const { p, q, action } of PAIRS) {
      const over = (k: number) => {
        const tokens = [action, ...reference.topK(p, k)];
        return reference.divergence(q, tokens, tokens.map((token) => p[token]!), kind);
      };
      const logq = logSoftmax(q);
      const full = p.reduce((sum, l, v) => {
        const [a, b] = [Math.exp(l), Math.exp(logq[v]!)];
        return sum + (kind === "tv" ? Math.abs(a - b) / 2 : a * Math.log(a / b));
      }, 0);
      const chain = [0, 1, 2, 3, 5, 8, 9].map(over);
      chain.forEach((d, i) => assert(i === 0 || d >= chain[i - 1]! - 1e-15, `${chain}`));
      assertAlmostEquals(chain.at(-1)!, full, 1e-14);
    }
  });
}

Deno.test("TV is half the mean of |ratio - 1| under P, Pinsker: TV <= sqrt(KL / 2), two tokens are binary", () => {
  for (const { p, q } of PAIRS) {
    const all = Array.from(p, (_, v) => v), logq = logSoftmax(q);
    const tv = reference.divergence(q, all, p, "tv"), kl = reference.divergence(q, all, p, "kl");
    const ratios = p.reduce((sum, l, v) => sum + Math.exp(l) * Math.abs(Math.exp(logq[v]! - l) - 1), 0);
    assertAlmostEquals(tv, ratios / 2, 1e-14);
    assert(tv <= Math.sqrt(kl / 2));
    const pair = logSoftmax(p.subarray(0, 2)), other = q.subarray(0, 2);
    for (const kind of ["tv", "kl"] as const) {
      const binary = reference.divergence(other, [0], [pair[0]!], kind);
      assertAlmostEquals(binary, reference.divergence(other, [0, 1], pair, kind), 1e-14);
    }
  }
});

Deno.test("token_logprob gradients equal central differences", () => {
  const z = Float64Array.from(testData(7, 9)).map((x) => 3 * x), q = testData(7, 10);
  checkGradient(
    (at) => Float64Array.of(reference.forward(at, 2).logp, reference.forward(at, 2).entropy),
    (at, dy) => reference.backward(at, 2, dy[0]!, dy[1]!),
    z,
  );
  checkGradient(
    (at) => Float64Array.of(reference.kl(at, q)),
    (at, dy) => reference.klBackward(at, q, dy[0]!),
    z,
  );
});

/** Runs `forward` on rows of one vocabulary and returns logp, lse and entropy. */
async function evaluate(backend: Backend, logits: Float32Array, targets: Uint32Array) {
  const count = targets.length, vocab = logits.length / count;
  const views = {
    logits: upload(backend, "logits", logits),
    targets: upload(backend, "targets", targets),
    logp: backend.allocate("logp", count),
    lse: backend.allocate("lse", count),
    entropy: backend.allocate("entropy", count),
    places: upload(backend, "places", Uint32Array.from({ length: count }, (_, r) => r)),
  };
  forward(backend, views, { count, vocab });
  const { logp, lse, entropy } = views;
  const results = await Promise.all([logp, lse, entropy].map((view) => readFloats(backend, view)));
  for (const view of Object.values(views)) backend.free(view);
  return { logp: results[0]!, lse: results[1]!, entropy: results[2]! };
}

for (const vocab of [4, 5, 4100]) {
  backendTest(`token_logprob stays finite for huge logits, vocabulary ${vocab}`, async (backend) => {
    const logits = new Float32Array(3 * vocab);
    logits.fill(1e30, 0, vocab);
    logits.fill(-1e30, vocab, 2 * vocab);
    logits.fill(-1e30, 2 * vocab + 1);
    logits[2 * vocab] = 500;
    const { logp, lse, entropy } = await evaluate(backend, logits, Uint32Array.of(1, 2, 0));
    const uniform = Math.log(vocab);
    for (const [i, expected] of [-uniform, -uniform, 0].entries()) {
      assert(Math.abs(logp[i]! - expected) < 1e-6, `logp[${i}] = ${logp[i]}`);
    }
    for (const [i, expected] of [uniform, uniform, 0].entries()) {
      assert(Math.abs(entropy[i]! - expected) < 1e-6, `entropy[${i}] = ${entropy[i]}`);
    }
    assertEquals([...lse].map((x) => x / 1e30).map(Math.round), [1, -1, 0]);
    assertEquals(lse[2], 500);
  });
}

for (const vocab of [12, 4100]) {
  backendTest(
    `token_logprob of a row does not depend on the rows beside it, vocabulary ${vocab}`,
    async (backend) => {
      const logits = testData(20 * vocab, 11), targets = new Uint32Array(20).fill(7);
      const together = await evaluate(backend, logits, targets);
      const alone = await evaluate(backend, logits.slice(13 * vocab, 14 * vocab), targets.slice(0, 1));
      for (const name of ["logp", "lse", "entropy"] as const) {
        assertEquals(alone[name][0], together[name][13]);
      }
    },
  );
}

backendTest("token_logprob KL of a model to itself is exactly zero", async (backend) => {
  for (const vocab of [53, 64, 4096]) {
    const logits = testData(3 * vocab, 12);
    const { lse } = await evaluate(backend, logits, new Uint32Array(3));
    const views = {
      logits: upload(backend, "logits", logits),
      lse: upload(backend, "lse", lse),
      referenceLogits: upload(backend, "reference", logits),
      referenceLse: upload(backend, "reference lse", lse),
      kl: upload(backend, "kl", testData(3, 13)),
      places: upload(backend, "places", Uint32Array.of(0, 1, 2)),
    };
    klForward(backend, views, { count: 3, vocab });
    assertEquals([...await readWords(backend, views.kl)], [0, 0, 0]);
    for (const view of Object.values(views)) backend.free(view);
  }
});

backendTest(
  "token_logprob refuses k outside the vocabulary, and arrays too short for the rows",
  (backend) => {
    const view = backend.allocate("x", 12);
    const views = { logits: view, lse: view, ids: view, logp: view };
    for (const k of [0, 5]) {
      assertThrows(() => topK(backend, views, { count: 3, vocab: 4, k }), RangeError, `k is ${k}`);
    }
    const pair = { ...views, referenceLogits: view, referenceLse: view, kl: view, places: view };
    const refused = (count: number, message: string) =>
      assertThrows(() => klForward(backend, pair, { count, vocab: 1 }), RangeError, message);
    refused(13, "logits has 12 elements, the micro-batch needs 13");
    pair.places = { ...view, length: 2 };
    refused(3, "places has 2 elements, the micro-batch needs 3");
    backend.free(view);
    return Promise.resolve();
  },
);
