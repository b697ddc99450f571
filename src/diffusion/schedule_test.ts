import { assertEquals, assertThrows } from "@std/assert";
import selection from "../conformance/fixtures/selection.json" with { type: "json" };
import decode from "../conformance/fixtures/models/llada/decode.json" with { type: "json" };
import { denoisingSchedule, revealCounts } from "./schedule.ts";

Deno.test("reveal counts equal the fixtures", () => {
  for (const { masked_in_block, steps_per_block, counts } of selection.reveal_counts) {
    assertEquals(revealCounts(masked_in_block, steps_per_block), counts);
  }
});

Deno.test("reveal counts sum to the masked tokens, differ by at most 1 and never grow", () => {
  for (let masked = 0; masked <= 40; masked++) {
    for (let steps = 1; steps <= 45; steps++) {
      const counts = revealCounts(masked, steps);
      assertEquals(counts.length, steps);
      assertEquals(counts.reduce((a, b) => a + b), masked);
      assertEquals(counts, counts.toSorted((a, b) => b - a));
      assertEquals(counts[0]! - counts.at(-1)! <= 1, true);
    }
  }
});

Deno.test("the schedule visits blocks and reveals as the decoding fixtures do", () => {
  for (const { gen_length, steps, block_length, trace } of decode.cases) {
    const schedule = denoisingSchedule({ responseLength: gen_length, steps, blockLength: block_length });
    assertEquals(
      schedule,
      trace.map(({ step, block, positions }, at) => ({
        step,
        blockStart: block * block_length,
        blockLength: block_length,
        masked: trace.slice(at).filter((later) => later.block === block)
          .reduce((sum, later) => sum + later.positions.length, 0),
        reveal: positions.length,
      })),
    );
  }
});

Deno.test("more steps than tokens give steps that reveal nothing, and still every step", () => {
  const schedule = denoisingSchedule({ responseLength: 4, steps: 6, blockLength: 2 });
  assertEquals(schedule.map(({ reveal }) => reveal), [1, 1, 0, 1, 1, 0]);
  assertEquals(schedule.map(({ masked }) => masked), [2, 1, 0, 2, 1, 0]);
  assertEquals(schedule.map(({ blockStart }) => blockStart), [0, 0, 0, 2, 2, 2]);
  assertEquals(schedule.map(({ step }) => step), [0, 1, 2, 3, 4, 5]);
});

Deno.test("settings that do not divide are refused with what would", () => {
  const refused = (settings: Parameters<typeof denoisingSchedule>[0], message: string) =>
    assertThrows(() => denoisingSchedule(settings), RangeError, message);
  refused(
    { responseLength: 10, steps: 4, blockLength: 4 },
    "block length 4 does not divide the response length 10",
  );
  refused(
    { responseLength: 12, steps: 4, blockLength: 4 },
    "4 denoising steps do not split evenly over 3 blocks",
  );
  refused({ responseLength: 12, steps: 0, blockLength: 4 }, "denoising steps: found 0");
  refused({ responseLength: 12, steps: 3, blockLength: 1.5 }, "block length: found 1.5");
  assertThrows(() => revealCounts(-1, 2), RangeError, "masked tokens of a block: found -1");
});
