import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DeviceError } from "../../kernels/backend.ts";
import { withFolder } from "../files/testing.ts";
import { describeError, Interrupted, UsageError } from "./errors.ts";

Deno.test("a usage error is one line and status 2", () => {
  assertEquals(describeError(new UsageError("no such option")), {
    message: "error: no such option",
    exitCode: 2,
  });
});

Deno.test("an expected failure is its message and status 1, without a stack", () => {
  for (const error of [new Error("the disk is full"), new DeviceError("the disk is full")]) {
    assertEquals(describeError(error), { message: "error: the disk is full", exitCode: 1 });
  }
  assertEquals(describeError("text"), { message: "error: text", exitCode: 1 });
});

Deno.test("an interruption is no error, and has the status that shells give it", () => {
  const { message, exitCode } = describeError(new Interrupted());
  assertEquals(exitCode, 130);
  assert(message.startsWith("stopped; "), message);
});

Deno.test("a defect shows where it happened", () => {
  for (const error of [new TypeError("x is undefined"), new RangeError("slice leaves view")]) {
    const { message, exitCode } = describeError(error);
    assertEquals(exitCode, 1);
    assertStringIncludes(message, error.message);
    assertStringIncludes(message, "errors_test.ts");
  }
});

Deno.test("a refused folder is explained by what commands may use", async () => {
  const refused = await Deno.writeTextFile("/dllm-bench-refused", "x").then(() => null, (error) => error);
  const { message, exitCode } = describeError(refused);
  assertEquals(exitCode, 1);
  assertStringIncludes(message, '"/dllm-bench-refused"');
  assertStringIncludes(message, "DLLM_BENCH_OUT=FOLDER");
  assert(!message.includes("--allow"), message);
});

Deno.test("what the system refuses is one line with what to do, and never a stack", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const thrown = (call: () => Promise<unknown>) => call().then(() => null, (error) => error);
    const cases: [error: unknown, text: RegExp][] = [
      // As Deno throws it; a test has no full disk.
      [
        Object.assign(new Error("No space left on device (os error 28): write 'x'"), { code: "ENOSPC" }),
        /^error: No space left on device \(os error 28\): write 'x'; the disk is full: free some space, then the same/,
      ],
      [
        Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR" }),
        /^error: database or disk is full; the disk is full: free/,
      ],
      [await thrown(() => Deno.readTextFile("no/such.file")), /such\.file'; expected a path that exists/],
      [await thrown(() => Deno.readTextFile("src")), /'src'; expected a file, found a folder/],
      [await thrown(() => Deno.mkdir(`${folder}/file/x`)), /file\/x'; expected a folder, found a file/],
      [new Error("plain"), /^error: plain$/],
    ];
    for (const [error, text] of cases) {
      const { message, exitCode } = describeError(error);
      assertEquals(exitCode, 1);
      assertMatch(message, text);
      assert(!message.includes("\n"), message);
    }
  }));
