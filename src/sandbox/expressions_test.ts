import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { EXPRESSION_LENGTH, expressionsJobs, expressionVerdicts } from "./expressions.ts";
import {
  assertSameVerdicts,
  COSTLY_EXPRESSIONS,
  HOSTILE_EXPRESSIONS,
  programOf,
  randomExpressions,
  testsFor,
} from "./expressions_testing.ts";
import type { Expression } from "./sandbox.ts";
import { withSandbox } from "./testing.ts";

const itemsOf = (expressions: readonly string[]): Expression[] =>
  expressions.map((expression, row) => ({ expression, tests: testsFor(row) }));

/** Expressions that would reach something, if they were run. */
const OUTSIDE = [
  ...[
    "__import__('os')",
    "print(x)",
    "x.real",
    "x if x else 1",
    "y",
    "lambda: 0",
    "[x]",
    "x,x",
    "x;x",
    "1e9",
    "1_0",
  ],
  ...[
    "x\n+1",
    "x\n",
    "x\t",
    "x#",
    "x\0",
    "x\\\n",
    "x:=1",
    "x=1",
    "x==1",
    "x<1",
    "~x",
    "x|1",
    "x@x",
    "'x'",
    "1.5",
  ],
  ...["٣", "１", "х", "ⅹ", "x\u00a0+1", "\ud800", "x\u200b", "😀", "X", "x)\n\nimport os\n(", "power(2,3)"],
];

Deno.test("expressions: verdicts in a shared interpreter", async (t) => {
  await withSandbox(async (sandbox) => {
    await t.step("tests are counted and the first failure is told", async () => {
      const tests = [1, 2, 3].map((x) => ({ x, expected: 2 * x }));
      const [right, wrong, half] = await sandbox.runExpressions([
        { expression: "x+x", tests },
        { expression: "x*x", tests },
        { expression: "4/x*2", tests: [{ x: 1, expected: 8 }, { x: 0, expected: 1 }] },
      ]);
      const common = { total: 3, reproducible: true };
      assertEquals(right, { ...common, status: "passed", passed: 3, reason: "passed 3 tests" });
      assertEquals(wrong, { ...common, status: "failed", passed: 1, reason: "f(1) is 1, not 2" });
      assertEquals([half!.passed, half!.reason], [1, "f(0) raises ZeroDivisionError: division by zero"]);
      assertEquals(await sandbox.runExpressions([]), []);
    });

    await t.step("hostile and random expressions get the verdict of the program they stand for", async () => {
      const items = itemsOf([...HOSTILE_EXPRESSIONS.slice(0, 12), ...randomExpressions(1, 12)]);
      const verdicts = await sandbox.runExpressions(items);
      await assertSameVerdicts(sandbox, items, verdicts);
      for (const status of ["passed", "failed"]) {
        assert(
          (await sandbox.runExpressions([{
            expression: "x",
            tests: [{ x: 1, expected: +(status === "passed") }],
          }]))
            .every((verdict) => verdict.status === status),
        );
      }
    });

    await t.step("what is outside the alphabet is refused, whatever it is", async () => {
      for (const { status, passed, reason } of await sandbox.runExpressions(itemsOf(OUTSIDE))) {
        assertEquals([status, passed], ["failed", 0]);
        assertStringIncludes(reason, "the expression is not run: it has characters other than");
      }
    });

    await t.step("long expressions run to a limit that does not depend on what they hold", async () => {
      const fits = "x" + "+0".repeat((EXPRESSION_LENGTH - 1) / 2);
      const texts = [fits, fits + " ".repeat(EXPRESSION_LENGTH - fits.length), fits + " +0", "x".repeat(3e6)];
      const verdicts = await sandbox.runExpressions(
        texts.map((expression) => ({ expression, tests: [{ x: 3, expected: 3 }] })),
      );
      assertEquals(verdicts.map(({ status }) => status), ["passed", "passed", "failed", "failed"]);
      for (const { reason } of verdicts.slice(2)) assertStringIncludes(reason, "more than 300 characters");
    });

    await t.step("powers are bounded by bits, not by time, and tests before the bound count", async () => {
      for (
        const { status, reproducible, reason } of await sandbox.runExpressions(itemsOf(COSTLY_EXPRESSIONS))
      ) {
        assertEquals([status, reproducible], ["timeout", true]);
        assertEquals(reason, "its powers have more than 10000 bits");
      }
      const [verdict] = await sandbox.runExpressions([{
        expression: "7**7**x",
        tests: [{ x: 0, expected: 7 }, { x: 1, expected: 823543 }, { x: 9, expected: 0 }, {
          x: 0,
          expected: 7,
        }],
      }]);
      assertEquals([verdict!.status, verdict!.passed, verdict!.total], ["timeout", 2, 4]);
    });

    await t.step("neighbours, their order and their number do not matter", async () => {
      const texts = [...HOSTILE_EXPRESSIONS, ...COSTLY_EXPRESSIONS, ...OUTSIDE, ...randomExpressions(2, 500)];
      const items = itemsOf(texts);
      const together = await sandbox.runExpressions(items);
      const backwards = await sandbox.runExpressions(items.toReversed());
      assertEquals(backwards.toReversed(), together);
      const alone = items.filter((_, i) => i % 25 === 0).map((item) => sandbox.runExpressions([item]));
      assertEquals((await Promise.all(alone)).flat(), together.filter((_, i) => i % 25 === 0));
    });

    await t.step("a program that follows finds its interpreter untouched", async () => {
      const program = {
        code: "import sys, gc, warnings\ndef f():\n" +
          "    return [sorted(sys.modules), len(gc.get_objects()), warnings.filters, hash(object()), id(object())]",
        tests: [
          "seen = f()\nassert seen is None, __import__('hashlib').sha256(repr(seen).encode()).hexdigest()",
        ],
      };
      await sandbox.run(program);
      const before = await sandbox.run(program);
      assertMatch(before.reason, /^AssertionError: [0-9a-f]{64} at/);
      await sandbox.runExpressions(itemsOf(HOSTILE_EXPRESSIONS));
      assertEquals(await sandbox.run(program), before);
    });

    await t.step("items that cannot be judged are the caller's mistake", async () => {
      const wrong = (tests: Expression["tests"]) => sandbox.runExpressions([{ expression: "x", tests }]);
      await assertRejects(() => wrong([]), TypeError, "expected an expression with tests, found none");
      await assertRejects(() => wrong([{ x: NaN, expected: 1 }]), RangeError, "finite numbers, found x NaN");
      await assertRejects(() => wrong([{ x: 1, expected: Infinity }]), RangeError, "expected Infinity");
    });

    await t.step("a closed sandbox judges nothing", async () => {
      await sandbox.close();
      const verdicts = await sandbox.runExpressions(itemsOf(["x", "x"]));
      assertEquals(verdicts.map(({ status }) => status), ["infra_error", "infra_error"]);
    });
  }, { programs: 1 });
});

Deno.test("expressions: batches cover all items in order, whatever their number", () => {
  for (const count of [0, 1, 249, 250, 251, 1999, 5000]) {
    for (const interpreters of [1, 2, 7]) {
      const items = itemsOf(Array.from({ length: count }, (_, i) => String(i)));
      assertEquals(expressionsJobs(items, interpreters).flatMap(({ items }) => items), items);
    }
  }
  assertEquals(expressionsJobs(itemsOf(Array(1000).fill("x")), 2).length, 2, "every interpreter gets some");
});

Deno.test("expressions: a batch that the clock ends is not reproducible, one that is lost is nobody's answer", () => {
  const [job] = expressionsJobs(itemsOf(["x", "x+1"]), 1);
  const worked = (stop: "clock" | "crash") => ({
    ...{ role: "candidate", result: null, stop, detail: "why", reusable: false } as const,
    usage: { steps: 0, output: 0, memoryRefused: false, exit: null },
  });
  for (const { status, reproducible, passed, total } of expressionVerdicts(job!, worked("clock"))) {
    assertEquals([status, reproducible, passed, total], ["timeout", false, 0, 4]);
  }
  for (const { status, reason } of expressionVerdicts(job!, worked("crash"))) {
    assertEquals(status, "infra_error");
    assertStringIncludes(reason, "crash");
  }
});

Deno.test("expressions: the program one stands for", () => {
  const { code, tests } = programOf({ expression: "x+1", tests: [{ x: -1, expected: 0 }] });
  assertEquals([code, tests], ["def f(x):\n    return x+1\n", ["assert f(-1) == 0"]]);
});
