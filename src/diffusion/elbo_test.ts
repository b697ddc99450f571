import { assert, assertEquals, assertThrows } from "@std/assert";
import fixture from "../conformance/fixtures/elbo.json" with { type: "json" };
import { randomSequence } from "../../kernels/philox/random.ts";
import { type Conditional, elboEstimate, exactElboBernoulli, exactElboByCount } from "./elbo.ts";
import {
  bernoulliState,
  complementPositions,
  countState,
  drawPositions,
  maskedState,
  systematicCounts,
  uniformCounts,
} from "./forward_process.ts";

const { L, logp, elbo } = fixture.enumeration;

/** The table of the fixture: "i|S" with S in ascending order. */
const tabulated: Conditional = (position, masked) => {
  const set = [...Array(L).keys()].filter((i) => masked >> i & 1).join();
  return (logp as Record<string, number>)[`${position}|${set}`]!;
};

/** An arbitrary, inconsistent table of conditionals for any length. */
function arbitrary(seed: number): Conditional {
  return (position, masked) => Math.log(randomSequence({ seed, stream: 0 }, 0, masked, position).uniform());
}

function near(actual: number, expected: number, tolerance = 1e-12): void {
  assert(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual}, expected ${expected}`);
}

Deno.test("both exact forms equal the fixture", () => {
  near(exactElboByCount(L, tabulated), elbo);
  near(exactElboBernoulli(L, tabulated), elbo);
});

Deno.test("the Bernoulli and the count form are the same number for any table, L to 8", () => {
  for (let length = 1; length <= 8; length++) {
    const table = arbitrary(length);
    near(exactElboBernoulli(length, table), exactElboByCount(length, table));
  }
});

Deno.test("the weight of a masked count is the integral over t, numerically and in the fixture", () => {
  for (const row of fixture.bernoulli_count_weight_equivalence) {
    const { L: length, l } = row;
    // A table that sees only states of l masked tokens: each contributes l, C(L, l) of them.
    const only: Conditional = (_, masked) => masked.toString(2).replaceAll("0", "").length === l ? 1 : 0;
    const states = exactElboByCount(length, only);
    near(states, l * row["integral_of_t^(l-1)(1-t)^(L-l)_times_binomial"]);
    near(exactElboBernoulli(length, only), states);
    const steps = 20_000;
    let integral = 0, choose = 1;
    for (let j = 1; j <= l; j++) choose *= (length - j + 1) / j;
    for (let s = 0; s < steps; s++) {
      const t = (s + 0.5) / steps;
      integral += choose * l * t ** (l - 1) * (1 - t) ** (length - l) / steps;
    }
    near(integral, states, 1e-6);
  }
});

/** Every order of the numbers below n. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)])
  );
}

Deno.test("the ELBO is the mean over all reveal orders of the path log-prob, and below its log-mean-exp", () => {
  for (const length of [1, 2, 3, 4, 5]) {
    const table = arbitrary(40 + length);
    const paths = orders(length).map((order) => {
      let masked = 2 ** length - 1, path = 0;
      for (const position of order) {
        path += table(position, masked);
        masked &= ~(1 << position);
      }
      return path;
    });
    const mean = paths.reduce((a, b) => a + b) / paths.length;
    near(exactElboByCount(length, table), mean);
    const averaged = Math.log(paths.reduce((sum, path) => sum + Math.exp(path), 0) / paths.length);
    assert(mean <= averaged + 1e-12);
    // Independent tokens: all orders agree, and the bound is tight.
    const independent: Conditional = (position) => table(position, 1 << position);
    const truth = Array.from({ length }, (_, i) => independent(i, 0)).reduce((a, b) => a + b);
    near(exactElboByCount(length, independent), truth);
  }
});

const MASK = 9;
const response = { prompt: Uint32Array.of(1, 2), tokens: Uint32Array.of(3, 4, 5) };

/** Log-probs of the targets of a state under the fixture's table. */
function score({ positions }: { positions: Uint32Array }): number[] {
  const indices = [...positions].map((at) => at - response.prompt.length);
  const masked = indices.reduce((set, i) => set | 1 << i, 0);
  return indices.map((i) => tabulated(i, masked));
}

Deno.test("sampled states estimate the exact ELBO without bias", () => {
  const draws = 30_000;
  const random = randomSequence({ seed: 21, stream: 6 });
  const samplers = {
    bernoulli: () => [bernoulliState({ index: 0, response, maskId: MASK }, random.uniform(), random)],
    uniform:
      () => [countState({ index: 0, response, maskId: MASK }, uniformCounts(L, 1, random)[0]!, random)],
    systematic: () =>
      systematicCounts(L, 4, 1 + random.below(L)).map((l) =>
        countState({ index: 0, response, maskId: MASK }, l, random)
      ),
    coupled: () => {
      const l = random.below(L + 1);
      const positions = drawPositions(L, l, random);
      const rest = complementPositions(L, positions);
      return [
        maskedState({ index: 0, response, maskId: MASK }, positions, (L + 1) / l),
        maskedState({ index: 0, response, maskId: MASK }, rest, (L + 1) / (L - l)),
      ];
    },
  };
  for (const [name, sampler] of Object.entries(samplers)) {
    let sum = 0, squares = 0;
    for (let i = 0; i < draws; i++) {
      const states = sampler();
      const estimate = elboEstimate(states, states.map(score));
      sum += estimate;
      squares += estimate * estimate;
    }
    const mean = sum / draws, error = Math.sqrt((squares / draws - mean * mean) / draws);
    assert(Math.abs(mean - elbo) < 4.5 * error, `${name}: ${mean} +- ${error}, exact ${elbo}`);
  }
});

Deno.test("an estimate is the mean over states, empty ones included", () => {
  const states = [{ units: Float64Array.of(2, 2) }, { units: new Float64Array(0) }, {
    units: Float64Array.of(3),
  }];
  assertEquals(elboEstimate(states, [[-1, -0.5], [], [-2]]), (-3 - 6) / 3);
  assertThrows(() => elboEstimate([], []), RangeError, "at least 1");
  assertThrows(
    () => elboEstimate(states, [[-1], [], [-2]]),
    RangeError,
    "state 0: 1 log-probs for 2 targets",
  );
  assertThrows(() => exactElboByCount(21, tabulated), RangeError, "enumeration expects 1 to 20");
});
