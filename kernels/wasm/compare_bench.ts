/**
 * What the comparisons share: time by CPU, PyTorch as a process that answers requests, and the peak of a core.
 * Neighbours on a shared machine slow whoever runs at the time, so contenders take turns and the best round counts.
 */

import process from "node:process";
import type { Build } from "./build.ts";

/** Best CPU milliseconds per call, all threads of this process, of a few rounds. */
export async function cpuMilliseconds(
  call: () => void | Promise<unknown>,
  { budget = 100, rounds = 3 } = {},
): Promise<number> {
  const time = async (calls: number) => {
    const from = process.cpuUsage();
    for (let i = 0; i < calls; i++) await call();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1e3 / calls;
  };
  const calls = Math.max(1, Math.round(budget / Math.max(1e-4, await time(2))));
  let best = Infinity;
  for (let round = 0; round < rounds; round++) best = Math.min(best, await time(calls));
  return best;
}

/** Keeps the best of what `cpuMilliseconds` and its like return, by name. */
export class Best {
  readonly #milliseconds = new Map<string, number>();

  add(name: string, milliseconds: number): void {
    this.#milliseconds.set(name, Math.min(milliseconds, this.get(name)));
  }

  /** Infinity for what was never measured. */
  get(name: string): number {
    return this.#milliseconds.get(name) ?? Infinity;
  }
}

/** PyTorch with its widest vectors, with those of most machines, and with the 128 bits that WASM has. */
export const PYTORCH: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "PyTorch": {},
  "PyTorch AVX2": { OPENBLAS_CORETYPE: "Haswell", ATEN_CPU_CAPABILITY: "avx2" },
  "PyTorch SSE": { OPENBLAS_CORETYPE: "Nehalem", ATEN_CPU_CAPABILITY: "default" },
};

/** One running pytorch_bench.py. */
export class PyTorch implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: AsyncIterator<string>;

  constructor(python: string, env: Readonly<Record<string, string>>) {
    const script = new URL("pytorch_bench.py", import.meta.url);
    this.#child = new Deno.Command(python, {
      args: [decodeURIComponent(script.pathname)],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = lines(this.#child.stdout);
  }

  /** @throws Error if the process ended, as where PyTorch is not installed */
  async ask<T>(request: unknown): Promise<T> {
    await this.#requests.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    const { value, done } = await this.#answers.next();
    if (done) {
      throw new Error(
        "pytorch_bench.py ended; install python3-torch and libopenblas0-pthread, or leave --python out",
      );
    }
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close();
    await this.#child.status;
  }
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

/**
 * Ten independent sums of products that change in every step: no kernel can exceed its rate. Returns `flops` per
 * call of `run`.
 */
export async function peakLoop(build: Build): Promise<{ flops: number; run: () => void }> {
  const { default: asc } = await import("assemblyscript/asc");
  const sums = Array.from({ length: 10 }, (_, i) => `c${i}`);
  const source = `
    export function peak(at: usize, steps: i32): void {
      const y0 = v128.load(at), y1 = v128.load(at, 16);
      let x: v128, ${sums.map((c, i) => `${c} = f32x4.splat(${i})`).join(", ")};
      for (let i = 0; i < steps; i++) {
        const next = at + 1024 + ((i & 63) << 7);
        ${Array.from({ length: 20 }, (_, i) => `x = v128.load32_splat(next, ${4 * i});` + step(i)).join("\n")}
      }
      ${sums.map((c, i) => `v128.store(at, ${c}, ${32 + 16 * i});`).join(" ")}
    }`;
  function step(i: number): string {
    return [2 * i % 10, 2 * i % 10 + 1].map((c, j) =>
      build === "fast"
        ? `c${c} = v128.relaxed_madd<f32>(x, y${j}, c${c});`
        : `c${c} = f32x4.add(c${c}, f32x4.mul(x, y${j}));`
    ).join(" ");
  }
  let binary: Uint8Array<ArrayBuffer> | null = null;
  const options = ["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd", "--initialMemory", "2"];
  if (build === "fast") options.push("--enable", "relaxed-simd");
  const { stderr } = await asc.main(["peak.ts", ...options, "--outFile", "peak.wasm"], {
    readFile: (name) => name === "peak.ts" ? source : null,
    writeFile: (_name, contents) => void (binary = new Uint8Array(contents as Uint8Array)),
    listFiles: () => [],
  });
  if (!binary) throw new Error(`the peak loop does not compile:\n${stderr.toString()}`);
  const { instance } = await WebAssembly.instantiate(binary, {});
  const peak = instance.exports.peak as (at: number, steps: number) => void;
  const steps = 1e5;
  return { flops: steps * 40 * 8, run: () => peak(65536, steps) };
}
