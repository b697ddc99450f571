import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRate, type LearningRateSchedule } from "./schedule.ts";

const rates = (schedule: LearningRateSchedule, total: number) =>
  Array.from({ length: total }, (_, index) => learningRate(schedule, index, total));

Deno.test("warm-up rises linearly from peak / warmup to the peak, whatever follows", () => {
  for (const decay of ["constant", "linear", "cosine"] as const) {
    const found = rates({ peak: 8, warmup: 4, decay, final: 0.25 }, 20);
    assertEquals(found.slice(0, 5), [2, 4, 6, 8, 8]);
  }
});

Deno.test("without decay the rate stays at its peak", () => {
  assertEquals(rates({ peak: 0.3, warmup: 0, decay: "constant", final: 0 }, 4), [0.3, 0.3, 0.3, 0.3]);
});

Deno.test("linear decay falls evenly from the peak to its final fraction", () => {
  assertEquals(rates({ peak: 8, warmup: 0, decay: "linear", final: 0 }, 5), [8, 6, 4, 2, 0]);
  assertEquals(rates({ peak: 8, warmup: 2, decay: "linear", final: 0.5 }, 7), [4, 8, 8, 7, 6, 5, 4]);
});

Deno.test("cosine decay falls from the peak over its mean to its final fraction", () => {
  const found = rates({ peak: 8, warmup: 1, decay: "cosine", final: 0.25 }, 6);
  [8, 8, 5 + 3 * Math.SQRT1_2, 5, 5 - 3 * Math.SQRT1_2, 2].forEach((rate, i) => {
    assertAlmostEquals(found[i]!, rate, 1e-10);
  });
  found.slice(1).forEach((rate, i) => assert(rate <= found[i]!));
});

Deno.test("the cosine is that of the formula within 1e-11 everywhere", () => {
  const total = 20_001, schedule = { peak: 2, warmup: 0, decay: "cosine", final: 0 } as const;
  const found = rates(schedule, total);
  found.forEach((rate, i) => assertAlmostEquals(rate, 1 + Math.cos(Math.PI * i / (total - 1)), 1e-11));
});

Deno.test("an only update after the warm-up has the final rate", () => {
  for (const decay of ["linear", "cosine"] as const) {
    assertEquals(rates({ peak: 8, warmup: 2, decay, final: 0.5 }, 3), [4, 8, 4]);
    assertEquals(rates({ peak: 8, warmup: 3, decay, final: 0.5 }, 2), [8 / 3, 16 / 3]);
  }
});
