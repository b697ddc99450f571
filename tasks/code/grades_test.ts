import { assert, assertEquals, assertRejects } from "@std/assert";
import { gradeOf } from "../verdict.ts";
import { closeCodeSandbox, runExpressions, showCodeGrades } from "./grades.ts";

const tests = [{ x: 1, expected: 2 }, { x: 2, expected: 4 }];

Deno.test("code grades: verdicts of expressions come in order, from memory where they were asked for before", async () => {
  try {
    const items = ["x+x", "x", "x*2", "x+x", "2*x", "(", "x+x"].map((expression) => ({ expression, tests }));
    const verdicts = await runExpressions(items);
    assertEquals(verdicts.map(({ passed }) => passed), [2, 0, 2, 2, 2, 0, 2]);
    assert(verdicts[0] === verdicts[3] && verdicts[0] === verdicts[6], "the same expression is run once");
    const again = await runExpressions([items[2]!, { expression: "x-x", tests }, items[0]!]);
    assert(again[0] === verdicts[2] && again[2] === verdicts[0]);
    assertEquals(again[1]!.passed, 0);
    const other = await runExpressions([{ expression: "x+x", tests: [{ x: 1, expected: 3 }] }]);
    assertEquals(other[0]!.passed, 0, "other tests, other verdict");
    await assertRejects(() => runExpressions([{ expression: "x", tests: [] }]), TypeError);
  } finally {
    await closeCodeSandbox();
  }
});

Deno.test("code grades: the program is not shown again as its answer, nor a grader that there is not", () => {
  const strict = gradeOf(true, "x+1", "all tests"), d1 = gradeOf(false, null, "no block");
  const lines = ["x+1", "strict: correct (all tests)", "d1: wrong (no block)"];
  assertEquals(showCodeGrades("x+1", { strict, d1 }), lines.join("\n"));
  assertEquals(showCodeGrades("x+1", { strict }), lines.slice(0, 2).join("\n"));
});
