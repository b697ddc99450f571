import { assertEquals } from "@std/assert";
import { gradeOf, perMode, showGrades } from "./verdict.ts";

const strict = gradeOf(true, "4", "box: equal"), d1 = gradeOf(false, null, "no box");

Deno.test("grades: what is made of each grader's, and shown of it, leaves out a grader that there is not", () => {
  const both = { strict, d1, beside: 1 };
  assertEquals(perMode(both, ({ correct }) => correct), { strict: true, d1: false });
  assertEquals(perMode({ strict }, ({ correct }) => correct), { strict: true });
  assertEquals(Object.keys(perMode({ strict, d1: undefined }, () => 0)), ["strict"]);
  const lines = ["4", "strict: correct, answer 4 (box: equal)", "d1: wrong, answer none (no box)"];
  assertEquals(showGrades("4<eos>", both), lines.join("\n"));
  assertEquals(showGrades("4", { strict }), lines.slice(0, 2).join("\n"));
});
