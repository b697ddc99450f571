import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { interquartileMeanOf } from "./aggregate.ts";
import {
  BOOTSTRAP,
  pairedBootstrap,
  percentileInterval,
  resampledRuns,
  stratifiedBootstrap,
} from "./bootstrap.ts";
import { mean, standardDeviation } from "./moments.ts";

Deno.test("equal seeds resample equally, others differently, and every run is drawn as often", () => {
  const settings = { seed: 7, replicates: 4000 };
  const indices = resampledRuns(5, 3, settings);
  assertEquals(indices.length, 4000 * 3 * 5);
  assertEquals(resampledRuns(5, 3, settings), indices);
  assert(resampledRuns(5, 3, { ...settings, seed: 8 }).some((index, i) => index !== indices[i]));
  const counts = new Array(5).fill(0);
  for (const index of indices) counts[index]++;
  // Binomial, standard deviation 98.
  for (const count of counts) assert(Math.abs(count - 12000) < 500, `${counts}`);
});

Deno.test("the first words of the leaderboard's bootstrap are pinned", () => {
  assertEquals([...resampledRuns(3, 6, BOOTSTRAP).slice(0, 18)], [
    0,
    1,
    1,
    2,
    0,
    0,
    0,
    0,
    1,
    0,
    1,
    0,
    0,
    2,
    1,
    0,
    1,
    2,
  ]);
});

Deno.test("a run stays in its task: scores that are constant per task do not vary", () => {
  const scores = [[0.1, 0.9], [0.1, 0.9], [0.1, 0.9]];
  const replicates = stratifiedBootstrap(scores, resampledRuns(3, 2, { seed: 1, replicates: 50 }), mean);
  assertEquals(new Set(replicates.map((value) => Math.round(value * 1e12))), new Set([5e11]));
});

Deno.test("by hand: two runs, every resample, the mean", () => {
  const indices = [0, 0, /**/ 0, 1, /**/ 1, 0, /**/ 1, 1];
  assertEquals([...stratifiedBootstrap([[0], [1]], indices, mean)], [0, 0.5, 0.5, 1]);
  assertEquals([...pairedBootstrap([1, 1], [0, 1], indices)], [1, 0.5, 0.5, 0]);
  assertThrows(() => pairedBootstrap([1], [1, 1], indices), RangeError, "paired");
  assertThrows(
    () => stratifiedBootstrap([[0], [1]], [0, 0, 1], mean),
    RangeError,
    "multiple of 2 runs x 1 tasks",
  );
});

Deno.test("the spread of bootstrapped means is the standard error of the mean", () => {
  const random = randomSequence({ seed: 3, stream: 1 });
  const values = Array.from({ length: 200 }, () => random.uniform());
  const replicates = stratifiedBootstrap(
    values.map((value) => [value]),
    resampledRuns(200, 1, { seed: 5, replicates: 2000 }),
    mean,
  );
  const error = standardDeviation(values) / Math.sqrt(200);
  assertAlmostEquals(standardDeviation(replicates), error, 0.1 * error);
  const [low, high] = percentileInterval(replicates);
  assertAlmostEquals(high - low, 2 * 1.96 * error, 0.15 * 4 * error);
});

Deno.test("2,000 replicates of 24 algorithms on 6 tasks with 3 seeds have intervals inside the range of scores", () => {
  const random = randomSequence({ seed: 4, stream: 1 });
  const algorithms = Array.from(
    { length: 24 },
    () => Array.from({ length: 3 }, () => Array.from({ length: 6 }, () => random.uniform())),
  );
  const indices = resampledRuns(3, 6, BOOTSTRAP);
  for (const scores of algorithms) {
    const [low, high] = percentileInterval(stratifiedBootstrap(scores, indices, interquartileMeanOf));
    assert(0 < low && low < high && high < 1);
  }
});
