import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { predictionInterval, tInterval, wilsonInterval, Z95 } from "./intervals.ts";

const Z90 = 1.6448536269514722;

/** [correct, n, z, low, high], computed by an independent implementation. */
const WILSON: [number, number, number, number, number][] = [
  [0, 10, Z95, 0, 0.2775327998628892],
  [0, 10, Z90, 0, 0.21294197008340698],
  [10, 10, Z95, 0.7224672001371107, 1],
  [10, 10, Z90, 0.787058029916593, 1],
  [1, 256, Z95, 0.0006898821669617909, 0.021790975380582518],
  [1, 256, Z90, 0.000871936927075748, 0.01731686332540265],
  [37, 256, Z95, 0.10671067600593546, 0.1928622219218325],
  [37, 256, Z90, 0.11209811578166705, 0.1843993710134159],
  [128, 500, Z95, 0.21970770819171886, 0.2960129699535187],
  [128, 500, Z90, 0.22526955719462977, 0.289356841544733],
  [1031, 1319, Z95, 0.7585572903297327, 0.8031124358840044],
  [1031, 1319, Z90, 0.7623759810726547, 0.7997764617916401],
  [7, 9, Z95, 0.4525889691069889, 0.9367748928821533],
  [7, 9, Z90, 0.5036427823767539, 0.9235052624456036],
  [40, 164, Z95, 0.18453258200855882, 0.3149951235404162],
  [40, 164, Z90, 0.19319331333421963, 0.302924222654435],
];

Deno.test("wilsonInterval equals an independent implementation", () => {
  for (const [correct, n, z, low, high] of WILSON) {
    const interval = wilsonInterval(correct, n, z);
    assertAlmostEquals(interval[0], low, 1e-12);
    assertAlmostEquals(interval[1], high, 1e-12);
  }
});

Deno.test("wilsonInterval stays in [0, 1], is exact at its ends and refuses impossible counts", () => {
  for (let n = 1; n <= 300; n++) {
    assertEquals(wilsonInterval(0, n)[0], 0);
    assertEquals(wilsonInterval(n, n)[1], 1);
  }
  for (const [correct, n] of [[1, 0], [0, 0], [-1, 4], [5, 4], [NaN, 4]] as const) {
    assertThrows(() => wilsonInterval(correct, n), RangeError, "0 <= correct <= n");
  }
});

Deno.test("tInterval by hand: 1, 2, 3 has mean 2, deviation 1 and half width 4.3027 / sqrt 3", () => {
  const [low, high] = tInterval([1, 2, 3])!;
  assertAlmostEquals(high - 2, 4.30265272974946 / Math.sqrt(3), 1e-9);
  assertAlmostEquals(2 - low, high - 2, 1e-12);
  assertEquals(tInterval([0.5]), null);
  assertEquals(tInterval([0.5, 0.5]), [0.5, 0.5]);
});

Deno.test("predictionInterval by hand: one more value after 1, 2, 3 lies within 4.3027 sqrt(4/3) of 2", () => {
  const [low, high] = predictionInterval([1, 2, 3])!;
  assertAlmostEquals(high - 2, 4.30265272974946 * Math.sqrt(4 / 3), 1e-9);
  assertAlmostEquals(2 - low, high - 2, 1e-12);
  assertEquals(predictionInterval([1]), null);
});
