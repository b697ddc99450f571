import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LINEAR_MS } from "../testing/real_task.ts";
import { isNear, type PythonNumber, pythonValue } from "./python_expression.ts";

const int = (value: bigint): PythonNumber => ({ kind: "int", value });
const float = (value: number): PythonNumber => ({ kind: "float", value });

/** Values as CPython 3.11 gives them. */
const real: readonly (readonly [string, PythonNumber])[] = [
  ["2**-1", float(0.5)],
  ["-2**2", int(-4n)],
  ["2**3**2", int(512n)],
  ["7//-2", int(-4n)],
  ["-7//2", int(-4n)],
  ["7.5//2", float(3)],
  ["-7.5//2", float(-4)],
  ["7.//.3", float(23)],
  ["-0.//5", float(-0)],
  ["1/3", float(0.3333333333333333)],
  ["10**20/10**19", float(10)],
  ["10**400/10**399", float(10)],
  ["9007199254740993/1", float(9007199254740992)],
  ["10**30//7", int(142857142857142857142857142857n)],
  ["5.", float(5)],
  ["0.5+.5", float(1)],
  ["010.+1", float(11)],
  ["00", int(0n)],
  ["0**0", int(1n)],
  ["0.**0", float(1)],
  ["2**.5", float(1.4142135623730951)],
  ["(-2)**3.", float(-8)],
  ["5.**400", float(3.872591914849318e279)],
  ["(1\n+2)", int(3n)],
  ["1\t+\f2", int(3n)],
  ["- -3", int(3n)],
  ["+-+4", int(-4n)],
  ["2--2", int(4n)],
  ["3*-2", int(-6n)],
  ["(-1)**(9**99)", int(-1n)],
  ["(".repeat(200) + "7" + ")".repeat(200), int(7n)],
  ["-".repeat(1900) + "7", int(7n)],
];

const complex: readonly (readonly [string, number, number])[] = [
  ["(-8)**(1/3)", 1.0000000000000002, 1.7320508075688772],
  ["((-4)**.5)**2", -4, 4.898587196589413e-16],
  ["(-1)**.5*2", 1.2246467991473532e-16, 2],
  ["1/(-1)**.5", 6.123233995736766e-17, -1],
  ["(-4)**.5+3", 3, 2],
  ["(-4)**.5-(3)", -3, 2],
  ["1-(-2)**.5**2", 0.1591035847462854, -0.8408964152537144],
  ["((-4)**.5)**-1", 3.061616997868383e-17, -0.5],
  ["((-4)**.5)**.5", 1.0000000000000002, 1],
];

const raising = [
  "",
  "010",
  "3 4",
  "1..2",
  "3.4.5",
  "1e5",
  "*3",
  "2**",
  "(3",
  "3)",
  ")(",
  "3\n+4",
  "3\r4",
  "3\v+4",
  "3\u00a0+4",
  "3+\u0664",
  "()",
  "()*3",
  "...",
  "3(4)",
  "3***4",
  "1/0",
  "1//0",
  "1.//0",
  "1./0",
  "0**-1",
  "0.**-1",
  "10**400/1.",
  "10.**400",
  "(-4)**.5//2",
  "(-4)**.5/0",
  "0_1",
  "3#4",
  "__import__('os')",
];

for (const [source, value] of real) {
  Deno.test(`python expression: ${JSON.stringify(source.slice(0, 40))}`, () => {
    assertEquals(pythonValue(source), value);
  });
}

Deno.test("python expression: complex numbers", () => {
  for (const [source, re, im] of complex) {
    const value = pythonValue(source);
    assert(typeof value !== "string" && value.kind === "complex", source);
    assert(Math.hypot(value.re - re, value.im - im) < 1e-14, `${source}: ${value.re}, ${value.im}`);
  }
});

Deno.test("python expression: what Python refuses has no value", () => {
  for (const source of raising) assertEquals(typeof pythonValue(source), "string", JSON.stringify(source));
});

Deno.test("python expression: the cost is bounded without a clock", () => {
  const costly = [
    "9**9**9",
    "9**9**9**9",
    "-9**9**9",
    "2**65537",
    "(2**60000)*(2**60000)",
    "9**9**7//9**9**7",
  ];
  for (const source of [...costly, "1+".repeat(100_000) + "1", "9".repeat(100_000)]) {
    const start = performance.now();
    assertStringIncludes(pythonValue(source) as string, "beyond the cost bound");
    assert(performance.now() - start < LINEAR_MS, source.slice(0, 40));
  }
  assertStringIncludes(pythonValue("(".repeat(201) + "7" + ")".repeat(201)) as string, "nested");
  assertEquals(pythonValue("2**65535//2**65534"), int(2n));
});

Deno.test("python expression: nearness", () => {
  assert(isNear(int(5n), 5, 1e-5) && !isNear(int(6n), 5, 1e-5));
  assert(
    isNear(float(5.000009), 5, 1e-5) && !isNear(float(5.00002), 5, 1e-5) && !isNear(float(NaN), 5, 1e-5),
  );
  assert(isNear({ kind: "complex", re: 5, im: 1e-9 }, 5, 1e-5));
  assert(!isNear({ kind: "complex", re: 5, im: 1 }, 5, 1e-5));
});
