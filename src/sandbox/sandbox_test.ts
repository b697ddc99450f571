import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createSandbox } from "./sandbox.ts";
import { withSandbox } from "./testing.ts";

const ADD = "def add(a, b):\n    return a + b\n";

Deno.test("sandbox: programs and what becomes of them", async (t) => {
  await withSandbox(async (sandbox) => {
    const run = (code: string, ...tests: string[]) => sandbox.run({ code, tests });

    await t.step("passes exactly if control passes the last assert of every test", async () => {
      const passed = await run(ADD, "assert add(1, 2) == 3", "assert add([1], [2]) == [1, 2]");
      assertEquals([passed.status, passed.passed, passed.total], ["passed", 2, 2]);
      const failed = await run(
        ADD,
        "assert add(1, 2) == 3",
        "assert add(1, 2) == 4",
        "assert add('a', 'b') == 'ab'",
      );
      assertEquals([failed.status, failed.passed, failed.total], ["failed", 2, 3]);
      assertEquals(failed.reason, "AssertionError at assert add(1, 2) == 4");
    });

    await t.step("says why a program fails", async () => {
      const cases: [string, string][] = [
        ["def f(:", "the program does not run: SyntaxError"],
        ["x = 1 / 0", "the program does not run: ZeroDivisionError"],
        ["raise SystemExit(0)", "the program does not run: Raised: SystemExit"],
        ["", "AttributeError"],
        ["def f(x):\n    return x.y", "AttributeError: 'int' object has no attribute 'y'"],
        ["def f(x):\n    return f(x)", "RecursionError"],
        ["import js", "the program imports js"],
      ];
      for (const [code, reason] of cases) {
        const verdict = await run(code, "assert f(1) == 2");
        assertEquals(verdict.status, "failed");
        assertStringIncludes(verdict.reason, reason);
        assert(verdict.reproducible);
      }
    });

    await t.step("data of every kind crosses with its value and type", async () => {
      const code = "from collections import *\nfrom datetime import *\nfrom decimal import Decimal\n" +
        "from fractions import Fraction\nimport array, math\ndef same(x): return x\n" +
        "def kinds():\n    P = namedtuple('P', 'a b')\n    yield from (P(1, 2), Counter('aab'), {}.keys())\n";
      const values = [
        "None, True, 1, -(1 << 200), 1.5, math.inf, 'a\\ud800\\n', b'\\x00', bytearray(b'x'), 2j, ...",
        "[], (), {}, set(), frozenset({1}), [[1, (2, {3: [4]})]], range(3), deque([1]), {(1, 2): {3}}",
        "Counter('ab'), OrderedDict([(1, 2)]), Decimal('1.10'), Fraction(1, 3), array.array('i', [1])",
        "date(2020, 2, 29), datetime(2020, 1, 1, 5), time(1, 2), timedelta(days=1), slice(1, 2), int, list",
      ].join(", ").replace(", ...", "");
      const { status, reason } = await sandbox.run({
        code,
        context: code.split("\n").filter((line) => /^(from|import)/.test(line)).join("\n"),
        tests: [
          `for value in (${values}):\n    got = same(value)\n    assert got == value and type(got) is type(value)`,
          "assert math.isnan(same(math.nan))",
          "assert [type(part).__name__ for part in kinds()] == ['tuple', 'Counter', 'dict_keys']",
          "assert next(kinds()) == (1, 2)",
        ],
      });
      assertEquals([status, reason], ["passed", "passed 4 tests"]);
    });

    await t.step("arguments are copies, objects are references, names may shadow Python's own", async () => {
      const code = "class Node:\n    def __init__(self, value): self.value = value\n" +
        "def value(node): return node.value\ndef clear(items): items.clear()\ndef sum(a, b): return a - b\n";
      const verdict = await sandbox.run({
        code,
        setup: "root = Node(7)",
        entries: ["sum"],
        tests: [
          "assert value(root) == 7 and value(Node(8)) == 8",
          "items = [1]; clear(items); assert items == [1]",
          "assert sum(5, 3) == 2",
          "assert Node(1) != Node(1)",
          "try:\n    value(1)\n    assert False\nexcept AttributeError: pass",
        ],
      });
      assertEquals([verdict.status, verdict.reason], ["passed", "passed 5 tests"]);
    });

    await t.step(
      "of several readings the first that compiles runs, else the longest part of one",
      async () => {
        const half = ADD + "\ndef half(";
        const cases: readonly (readonly [string[], string, object | undefined])[] = [
          [[ADD, "def add(a, b): return 0"], "passed", undefined],
          [[half, ADD], "passed", { reading: 1, code: ADD }],
          [[half, "def add(a, b): return 0"], "failed", { reading: 1, code: "def add(a, b): return 0" }],
          [[half], "passed", { reading: 0, code: ADD }],
          [["so (", half], "passed", { reading: 1, code: ADD }],
          [["def add(a, b):\n    return (a"], "failed", undefined],
          [["def add(a, b):\n    return (a", half], "passed", { reading: 1, code: ADD }],
          [["with that:\n" + ADD], "passed", { reading: 0, code: ADD }],
          [["import math\nsum (\n" + ADD], "passed", { reading: 0, code: "import math\n" + ADD }],
          [["def sub(a, b):\n    return a - b\n("], "failed", undefined],
        ];
        for (const [[code, ...fallbacks], status, ran] of cases) {
          const tests = ["assert add(1, 2) == 3"];
          const verdict = await sandbox.run({ code: code!, fallbacks, entries: ["add"], tests });
          assertEquals([verdict.status, verdict.ran], [status, ran], `${code} ${verdict.reason}`);
        }
        const alone = await run(half, "assert add(1, 2) == 3");
        assertStringIncludes(alone.reason, "SyntaxError", "without readings nothing is mended");
      },
    );

    await t.step("looking for a part of a program ends soon, whatever it is", async () => {
      const units = [
        ..."if x:\n|def add(\n|add = (\n|try:\n    x\n|add = 1\n'''| add = 1\n|((|@add\n".split("|"),
      ];
      for (const unit of units) {
        const code = unit.repeat(100_000 / unit.length) + "\n(";
        const program = { code, fallbacks: [code + " ", ADD.replace("+", "-") + code], entries: ["add"] };
        const verdict = await sandbox.run({ ...program, seconds: 60, tests: ["assert add(1, 2) == 3"] });
        assertEquals([verdict.status, verdict.reproducible], ["failed", true], `${unit} ${verdict.reason}`);
      }
    });

    await t.step("limits", async () => {
      const cases: [string, string, string][] = [
        ["while True: pass", "timeout", "steps"],
        [
          "def f(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
          "timeout",
          "steps",
        ],
        ["f = lambda x: 9**9**9", "timeout", "steps"],
        ["def f(x):\n    x = []\n    while True: x.append('a' * 10**7)", "memory", "MemoryError"],
        ["def f(x):\n    while True: print('x' * 1000)", "timeout", "steps"],
        ["import sys\ndef f(x):\n    while True: sys.stderr.write('x' * 10**6)", "timeout", "steps"],
        ["def f(x):\n    yield from iter(int, 1)", "failed", "more than 1000000 parts"],
        ["def f(x):\n    return ['x' * 1000] * 4000", "failed", "more than 3000000 characters"],
        [
          "def f(x):\n    x = []\n    for _ in range(500): x = [x]\n    return x",
          "failed",
          "nested more than 100 deep",
        ],
      ];
      for (const [code, status, reason] of cases) {
        const verdict = await sandbox.run({ code, tests: ["assert f(1) == 2"], steps: 3e6, seconds: 60 });
        assertEquals(verdict.status, status, code);
        assertStringIncludes(verdict.reason, reason);
        assert(verdict.reproducible, code);
      }
    });

    await t.step("the clock ends what takes no steps, and the verdict says that time decided", async () => {
      const start = performance.now();
      const verdict = await sandbox.run({
        code: "f = lambda x: sum(range(10**15))",
        tests: ["assert f(1) == 2"],
        seconds: 0.5,
      });
      assertEquals([verdict.status, verdict.reproducible], ["timeout", false]);
      assert(performance.now() - start < 10_000);
    });

    await t.step("verdicts are equal every time, clocks, random numbers and steps included", async () => {
      const code = "import random, time, uuid, os\ndef f():\n    items = {object() for _ in range(9)}\n" +
        "    return [random.random(), time.time(), str(uuid.uuid4()), os.urandom(4), hash('x'), len(items)]";
      const tests = ["result = f()\nassert result is None, result"];
      const [first, second] = await Promise.all([sandbox.run({ code, tests }), sandbox.run({ code, tests })]);
      assertEquals(first, second);
      assertStringIncludes(first!.reason, "[0.8444218515250481");
    });

    await t.step("tests that cannot be run are no fault of the program", async () => {
      for (const test of ["assert (", "assert add(lambda: 1, 2)"]) {
        const { status, reason } = await run(ADD, test);
        assertEquals(status, "infra_error");
        assertStringIncludes(reason, "the tests cannot be run");
      }
      assertThrows(() => sandbox.run({ code: ADD, tests: [] }), TypeError, "expected a program with tests");
      assertThrows(
        () => sandbox.run({ code: ADD, tests: ["1"], seconds: -1 }),
        RangeError,
        "expected seconds",
      );
    });

    await t.step("scripts report the exit code that the program chooses", async () => {
      const cases: [string, number][] = [
        ["print(1)", 0],
        ["assert False", 1],
        ["import sys\nsys.exit()", 0],
        ["raise SystemExit(3)", 3],
        ["raise SystemExit('no')", 1],
        ["import os\nos._exit(4)", 4],
        ["import os\nos.abort()", 1],
        ["if __name__ == '__main__': raise SystemExit(5)", 5],
        ["def f(:", 1],
      ];
      for (const [code, expected] of cases) {
        assertEquals((await sandbox.script({ code, seconds: 60 })).code, expected, code);
      }
      const endless = await sandbox.script({ code: "while True: pass", steps: 3e6, seconds: 60 });
      assertEquals([endless.status, endless.code], ["timeout", null]);
    });

    await t.step("a process that is killed is replaced, and its programs run again", async () => {
      const before = sandbox.process!;
      const running = Promise.all(Array.from({ length: 8 }, () => run(ADD, "assert add(1, 2) == 3")));
      before.kill("SIGKILL");
      for (const { status } of await running) assertEquals(status, "passed");
      assert(sandbox.process !== null && sandbox.process !== before);
    });
  }, { programs: 1 });
});

Deno.test("sandbox: a process that ends twice under a program is an infrastructure error", async () => {
  await withSandbox(async (sandbox) => {
    const running = sandbox.run({ code: "while True: pass", tests: ["f()"], steps: 1e15, seconds: 60 });
    const first = sandbox.process!;
    first.kill("SIGKILL");
    while (sandbox.process === null || sandbox.process === first) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    sandbox.process.kill("SIGKILL");
    const { status, reason } = await running;
    assertEquals(status, "infra_error");
    assertStringIncludes(reason, "the sandbox's process ended");
    assertEquals((await sandbox.run({ code: ADD, tests: ["assert add(1, 2) == 3"] })).status, "passed");
  }, { programs: 1 });
});

Deno.test("sandbox: closing ends the process and what still runs, and is final", async () => {
  const sandbox = await createSandbox({ programs: 1 });
  const process = sandbox.process!;
  const running = sandbox.run({ code: "while True: pass", tests: ["f()"], steps: 1e15 });
  await sandbox.close();
  assertEquals((await running).status, "infra_error");
  assertEquals((await sandbox.run({ code: ADD, tests: ["1"] })).status, "infra_error");
  assertEquals(sandbox.process, null);
  assertEquals((await process.status).signal, "SIGKILL");
});
