import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { openCpu } from "../../kernels/cpu.ts";
import { instrumented } from "../../kernels/testing.ts";
import { withFolder } from "../files/testing.ts";
import { terminalPart } from "../tables/terminal.ts";
import { failuresOf, parityCases } from "./check.ts";
import { checkParity, differingShare, relativeError } from "./parity.ts";
import { type GpuReport, readReports, slugOf, validateReport, writeReport } from "./report.ts";
import { reportsTable, reportTables } from "./tables.ts";

const REPORT: GpuReport = {
  schema: 1,
  startedAt: "2026-12-01T00:00:00.000Z",
  seconds: 170.5,
  deno: "2.9.6",
  commit: "unknown",
  dirty: false,
  adapter: {
    description: "A <GPU>\u001b[31m",
    vendor: "a vendor",
    device: "7",
    software: false,
    subgroupSize: 32,
    maxBufferBytes: 2 ** 31,
    features: ["f16"],
    cooperativeMatrix: { listed: false, granted: false, answer: "no such feature" },
  },
  parity: [
    {
      name: "rope",
      passed: true,
      failure: null,
      comparisons: [{ output: "x", error: 1e-6, tolerance: 5e-5 }],
    },
    {
      name: "swiglu",
      passed: false,
      failure: null,
      comparisons: [{ output: "y", error: null, tolerance: 5e-5 }],
    },
    { name: "embed", passed: false, failure: "the device was lost", comparisons: [] },
  ],
  products: [{ variant: "tile8", layout: "abt", m: 1024, n: 1024, k: 1024, gflops: 1234.5678, chosen: true }],
  attention: [
    {
      ...{ variant: "tiled", direction: "forward", batch: 2, sequence: 64, heads: 4, headDim: 8 } as const,
      gflops: null,
      chosen: true,
    },
  ],
  bandwidth: [{ name: "copy", bytes: 8, gigabytesPerSecond: 400 }],
  models: [
    {
      name: "0.1 B",
      parameters: 1e8,
      trainingTokensPerSecond: 5000,
      sampledTokensPerSecond: null,
      note: "no room",
    },
  ],
};

Deno.test("errors are relative to the largest number, and what is not finite or has another length never passes", () => {
  assertEquals(relativeError([1, -4.5], [1, -4]), 0.125);
  assertEquals(relativeError([NaN, 1], [NaN, 1]), 0);
  assertEquals(relativeError([NaN, 1], [2, 1]), Infinity);
  assertEquals(relativeError([1], [1, 2]), Infinity);
  assertEquals(relativeError([1, 0], [0, 0]), Infinity);
  assertEquals(differingShare([1, 2, 3, 4], [1, 2, 0, 4]), 0.25);
  assertEquals([differingShare([], []), differingShare([1], [])], [0, 1]);
});

/** A device that leaves out kernels of a name, as one that computes nothing there. */
function without(backend: Backend, name: RegExp): Backend {
  return instrumented(backend, (kernel, buffers, scalars) => {
    if (!name.test(kernel.name)) backend.run(kernel, buffers, scalars);
  });
}

Deno.test("a kernel that computes something else is found by the cases that use it, and by no other", async () => {
  using cpu = await openCpu({ build: "portable" });
  const cases = parityCases(cpu);
  const names = [
    "rmsnorm 70x30",
    "rope",
    "token_logprob 53",
    "denoise 53",
    "weights of bgpo",
    "a rollout of a model",
  ];
  const some = cases.filter(({ name }) => names.includes(name) || name.startsWith("attention"));
  assert(some.length > names.length);
  const failed = async (gpu: Backend) => {
    const results = [];
    for (const parityCase of some) results.push(await checkParity(gpu, cpu, parityCase));
    return results.filter(({ passed }) => !passed).map(({ name }) => name);
  };
  assertEquals(await failed(cpu), []);
  assertEquals(await failed(without(cpu, /^rmsnorm_backward/)), ["rmsnorm 70x30"]);
  assertEquals(await failed(without(cpu, /kl_backward/)), ["token_logprob 53"]);
  assertEquals(await failed(without(cpu, /^denoise_reveal/)), ["denoise 53", "a rollout of a model"]);
  assertEquals(await failed(without(cpu, /^objectives_weigh/)), ["weights of bgpo"]);
  const broken = instrumented(cpu, () => {
    throw new Error("the device was lost");
  });
  const { passed, failure } = await checkParity(broken, cpu, some[0]!);
  assertEquals([passed, failure], [false, "the device was lost"]);
});

Deno.test("failures are named with what is wrong", () => {
  assertEquals(failuresOf(REPORT), [
    "swiglu: y is off by something not finite, allowed 0.00005",
    "embed: the device was lost",
  ]);
});

Deno.test("an adapter's name becomes a file name, whatever it is", () => {
  assertEquals(slugOf("NVIDIA GeForce RTX 4090"), "nvidia-geforce-rtx-4090");
  assertEquals(slugOf("llvmpipe (LLVM 15.0.6, 256 bits)"), "llvmpipe-llvm-15-0-6-256-bits");
  assertEquals(slugOf("../../etc/passwd\0"), "etc-passwd");
  assertEquals([slugOf(""), slugOf("日本"), slugOf("a".repeat(90)).length], ["unnamed", "unnamed", 60]);
});

Deno.test("a report is what was written; what is none is refused by name", async () => {
  await withFolder(async (folder) => {
    assertEquals(await readReports(`${folder}/none`), []);
    await writeReport(`${folder}/b.json`, REPORT);
    await writeReport(`${folder}/a.json`, { ...REPORT, commit: "other" });
    await Deno.writeTextFile(`${folder}/README.md`, "not a report");
    assertEquals(await readReports(folder), [["a.json", { ...REPORT, commit: "other" }], ["b.json", REPORT]]);
    await Deno.writeTextFile(`${folder}/c.json`, "{");
    await assertRejects(
      () => readReports(folder),
      TypeError,
      "c.json is no report of gpu-check: it is not JSON",
    );
  });
  const { seconds: _, ...short } = REPORT;
  assertThrows(
    () => validateReport(short, "x.json"),
    TypeError,
    "x.json is no report of gpu-check: seconds: ",
  );
  assertThrows(() => validateReport({ ...REPORT, extra: 1 }, "x.json"), TypeError, "the file: ");
});

Deno.test("the tables say what the report says, on a terminal that no name of an adapter controls", () => {
  const text = reportTables(REPORT).map(terminalPart).join("\n");
  for (
    const part of ["1024 x 1024 x 1024", "tile8", "1235", "0.1 B", "no room", "not granted: no such feature"]
  ) {
    assert(text.includes(part), `${part} is not in\n${text}`);
  }
  const list = terminalPart(reportsTable([["a.json", REPORT]]));
  assert(list.includes("1 of 3") && list.includes("GPU"), list);
  assert(!text.includes("\u001b") && !list.includes("\u001b"));
});
