import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Backend,
  defineKernel,
  DeviceError,
  DeviceMemoryError,
  readFloats,
  readWords,
  slice,
  upload,
} from "./backend.ts";
import { openCpu } from "./cpu.ts";
import * as residual from "./residual/mod.ts";
import { backendTest } from "./testing.ts";

const kernel = (name: string, buffers: Record<string, "read" | "write">, cpu = {}) =>
  defineKernel({
    name,
    cpu,
    wgsl: [],
    entry: "",
    buffers,
    scalars: { length: "u32" },
    grid: () => [1, 1, 1],
  });

// What the interface promises, on every backend.

backendTest("buffers start at zero, in reused memory too", async (backend) => {
  const first = upload(backend, "first", new Float32Array(200).fill(7));
  backend.free(first);
  const second = backend.allocate("second", 200);
  assert((await readWords(backend, second)).every((word) => word === 0));
  backend.free(second);
});

backendTest("write, copy and clear change what they name and nothing else", async (backend) => {
  const a = upload(backend, "a", Uint32Array.from({ length: 130 }, (_, i) => i + 1));
  const b = backend.allocate("b", 130);
  backend.copy(slice(a, 64, 3), slice(b, 64, 66));
  backend.clear(slice(a, 64, 2));
  backend.write(slice(a, 128, 2), Float32Array.of(1));
  const [wordsA, wordsB] = (await backend.read(a, b)).map((words) => [...new Uint32Array(words)]);
  assertEquals(wordsA!.slice(62, 68), [63, 64, 0, 0, 67, 68]);
  assertEquals(wordsA!.slice(127), [128, 0x3f800000, 130]);
  assertEquals(wordsB!.slice(63, 68), [0, 65, 66, 67, 0]);
  [a, b].forEach((view) => backend.free(view));
});

backendTest("what does not fit is refused", (backend) => {
  const small = backend.allocate("small", 3), large = backend.allocate("large", 70);
  assertThrows(() => backend.write(small, new Float32Array(4)), RangeError, "4 elements do not fit small");
  assertThrows(() => backend.copy(large, small), RangeError, "70 elements of large do not fit small (3)");
  assertThrows(
    () => backend.allocate("huge", backend.traits.maxBufferElements + 1),
    DeviceMemoryError,
    'buffer "huge" needs',
  );
  [small, large].forEach((view) => backend.free(view));
  return Promise.resolve();
});

backendTest("memory counts live buffers and the largest sum of them", (backend) => {
  backend.resetPeak();
  const before = backend.memory().bytes;
  const view = backend.allocate("view", 65);
  assertEquals(backend.memory(), { bytes: before + 512, peakBytes: before + 512 });
  backend.free(view);
  assertEquals(backend.memory(), { bytes: before, peakBytes: before + 512 });
  backend.resetPeak();
  assertEquals(backend.memory().peakBytes, before);
  return Promise.resolve();
});

backendTest("a freed buffer and one of another backend are refused", async (backend) => {
  using other = await openCpu();
  for (const owner of [backend, other] as Backend[]) {
    const view = owner.allocate("gone", 4);
    if (owner === backend) backend.free(view);
    assertThrows(() => backend.write(view, new Float32Array(1)), DeviceError, '"gone" was freed or belongs');
    await assertRejects(() => backend.read(view), DeviceError, '"gone" was freed or belongs');
  }
});

// What only this backend does.

Deno.test("a kernel that is not there, or has other parameters, is refused by name", async () => {
  using backend = await openCpu();
  const view = backend.allocate("view", 4);
  assertThrows(
    () => backend.run(kernel("nothing_forward", { a: "read" }), { a: view }, { length: 1 }),
    DeviceError,
    "the CPU backend has no kernel nothing_forward: export a function of that name",
  );
  assertThrows(
    () => backend.run(kernel("residual_forward", { a: "read" }), { a: view }, { length: 1 }),
    DeviceError,
    "the CPU kernel residual_forward takes 4 parameters, expected 2: a, length",
  );
});

Deno.test("views that leave their buffer or start unaligned never reach a kernel", async () => {
  using backend = await openCpu();
  const from = backend.allocate("from", 64), into = backend.allocate("into", 64);
  const run = (change: object) => () =>
    residual.accumulate(backend, { from: { ...from, ...change }, into }, { length: 64 });
  assertThrows(run({ length: 65 }), RangeError, "elements [0, 65) leave buffer");
  assertThrows(run({ offset: 64 }), RangeError, "elements [64, 128) leave buffer");
  assertThrows(run({ offset: 1, length: 3 }), RangeError, "starts at element 1");
});

Deno.test("scratch is shared by kernels, grows, and counts as memory", async () => {
  using backend = await openCpu();
  const view = backend.allocate("view", 64);
  let elements = 0;
  // Of 0 rows: the scratch stands where the kernel expects the dimension, which it then does not use.
  const withScratch = defineKernel({
    name: "scratch_test",
    cpu: { name: "gather_rows_forward", scratch: () => elements },
    wgsl: [],
    entry: "",
    buffers: { x: "read", index: "read", y: "read" },
    scalars: { count: "u32" },
    grid: () => [1, 1, 1],
  });
  const { bytes } = backend.memory();
  const sizes = [0, 0, 64, 10, 200, 64].map((next) => {
    elements = next;
    backend.run(withScratch, { x: view, index: view, y: view }, { count: 0 });
    return (backend.memory().bytes - bytes) / 4;
  });
  assertEquals(sizes, [64, 64, 64, 64, 256, 256]);
});

Deno.test("a host form gets the words of its buffers and the scalars as they are", async () => {
  using backend = await openCpu();
  const seen: unknown[] = [];
  const run = ({ a }: Record<string, Uint32Array>, scalars: Record<string, number>) => {
    seen.push([...a!], scalars);
    a![1] = 9;
  };
  const view = upload(backend, "a", Uint32Array.of(1, 2, 3));
  backend.run(kernel("host", { a: "read" }, { run }), { a: slice(view, 0, 2) }, { length: 0.1 });
  assertEquals(seen, [[1, 2], { length: 0.1 }]);
  assertEquals([...await readWords(backend, view)], [1, 9, 3]);
});

Deno.test("memory grows under buffers that keep their contents", async () => {
  using backend = await openCpu();
  const view = upload(backend, "view", Float32Array.of(1.5, 2.5));
  for (let i = 0; i < 4; i++) backend.allocate(`block ${i}`, 2 ** 20);
  assertEquals([...await readFloats(backend, view)], [1.5, 2.5]);
});

Deno.test("more than the address space is refused, and what was there stays usable", async () => {
  using backend = await openCpu();
  const view = upload(backend, "view", Float32Array.of(3));
  const blocks = [];
  const { bytes } = backend.memory();
  for (;;) {
    try {
      blocks.push(backend.allocate("block", backend.traits.maxBufferElements));
    } catch (error) {
      assert(error instanceof DeviceMemoryError);
      break;
    }
    assert(blocks.length < 4);
  }
  for (const block of blocks) backend.free(block);
  assertEquals(backend.memory().bytes, bytes);
  assertEquals([...await readFloats(backend, view)], [3]);
});
