import { assertEquals } from "@std/assert";
import { OBJECTIVES } from "./registry.ts";
import { outOfRange } from "./setting_ranges.ts";

Deno.test("the defaults of every objective lie in the ranges", () => {
  for (const { id, defaults } of OBJECTIVES) {
    for (const [name, value] of Object.entries(defaults)) {
      assertEquals(outOfRange(name, value), null, `${id}.${name}`);
    }
  }
});

Deno.test("values out of their range are told what is expected, names without a range are free", () => {
  const cases: [name: string, value: number, expected: string | null][] = [
    ["samples", 0, "a whole number from 1 to 65535"],
    ["samples", 2.5, "a whole number from 1 to 65535"],
    ["samples", 1, null],
    ["steps", 0, null],
    ["steps", -1, "a whole number from 0 to 65535"],
    ["normalize", 2, "a whole number from 0 to 1"],
    ["returns", 3, "a whole number from 0 to 2"],
    ["lightMaskRatio", 1.1, "a number from 0 to 1"],
    ["clipLow", -0.1, "a number of at least 0"],
    ["truncation", 0, "a number above 0"],
    ["truncation", 1e30, null],
    ["ofTheUser", -7, null],
  ];
  for (const [name, value, expected] of cases) {
    assertEquals(outOfRange(name, value), expected, `${name} ${value}`);
  }
});
