import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type BackendChoice, chooseBackend, openBackend } from "./open.ts";

const hardware = { description: "a graphics card", isFallbackAdapter: false };
const software = { description: "llvmpipe", isFallbackAdapter: true };

Deno.test("auto takes hardware, and the CPU backend rather than software or nothing", () => {
  const choices = [hardware, software, null].map((adapter) => chooseBackend("auto", adapter));
  assertEquals(choices.map(({ name }) => name), ["webgpu", "cpu", "cpu"]);
  assertStringIncludes(choices[0]!.reason, "a graphics card");
  assertStringIncludes(choices[1]!.reason, "llvmpipe, is software");
  assertStringIncludes(choices[2]!.reason, "finds no adapter");
});

Deno.test("what is asked for is taken, software too", () => {
  const name = (choice: BackendChoice, adapter: typeof hardware | null) =>
    chooseBackend(choice, adapter).name;
  assertEquals([name("cpu", hardware), name("cpu", null)], ["cpu", "cpu"]);
  assertEquals([name("webgpu", hardware), name("webgpu", software)], ["webgpu", "webgpu"]);
  assertThrows(() => chooseBackend("webgpu", null), Error, "or choose the backend cpu");
});

Deno.test("each choice opens its backend", async () => {
  using cpu = (await openBackend("cpu")).backend;
  assertEquals(cpu.description.backend, "cpu");
  assertEquals(cpu.description.adapter, "WASM SIMD, portable");
  using fast = (await openBackend("cpu", { build: "fast" })).backend;
  assertEquals(fast.description.adapter, "WASM SIMD, fast");
  const { backend: webgpu, reason } = await openBackend("webgpu");
  using _ = webgpu;
  assertEquals(webgpu.description.backend, "webgpu");
  assertStringIncludes(reason, webgpu.description.adapter);
  const { backend: auto } = await openBackend("auto");
  using __ = auto;
  assertEquals(auto.description.backend, webgpu.description.software ? "cpu" : "webgpu");
});
