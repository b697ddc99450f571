import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DeviceError } from "../../kernels/backend.ts";
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
