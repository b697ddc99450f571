import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  assertSameVerdicts,
  COSTLY_EXPRESSIONS,
  HOSTILE_EXPRESSIONS,
  programOf,
  randomExpressions,
  testsFor,
} from "./expressions_testing.ts";
import { withSandbox } from "./testing.ts";

Deno.test("expressions: a thousand get the verdict of the program they stand for", () =>
  withSandbox(async (sandbox) => {
    const items = [...HOSTILE_EXPRESSIONS, ...randomExpressions(3, 1000)]
      .map((expression, row) => ({ expression, tests: testsFor(row % 9) }));
    const verdicts = await sandbox.runExpressions(items);
    // What the bound on powers ends, a program computes or does not; that is compared below.
    const decided = items.filter((_, i) => verdicts[i]!.status !== "timeout");
    assert(decided.length > 900);
    await assertSameVerdicts(sandbox, decided, verdicts.filter(({ status }) => status !== "timeout"));
    for (const expression of COSTLY_EXPRESSIONS) {
      const item = { expression, tests: testsFor(0) };
      const [verdict] = await sandbox.runExpressions([item]);
      assertEquals(verdict!.status, "timeout");
      assertNotEquals((await sandbox.run(programOf(item))).status, "passed", expression);
    }
  }));
