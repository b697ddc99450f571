/**
 * The checks that every op passes, on every backend: equal to its f64 reference within a derived tolerance,
 * bit-equal when dispatched twice, every output element written, nothing written outside; and the reference's
 * backward equal to central differences of its forward.
 */

import { assert } from "@std/assert";
import { type Backend, type DeviceDescription, type HostArray, slice, upload, type View } from "./backend.ts";
import { openCpu } from "./cpu.ts";
import { openWebGpu } from "./webgpu.ts";

const GUARD_ELEMENTS = 64;
const GUARD_WORD = 0x5ca1ab1e;
/** A quiet NaN with a payload: an output element that still holds it was never written. */
const POISON_WORD = 0x7fc0dead;

/** The implementations of `Backend`. */
export type BackendName = DeviceDescription["backend"];

const opened = new Map<BackendName, Promise<Backend>>();

/** A backend under test, one of each per process. @throws Error naming what to install when there is no adapter. */
export function testBackend(name: BackendName = "webgpu"): Promise<Backend> {
  let backend = opened.get(name);
  if (!backend) opened.set(name, backend = name === "cpu" ? openCpu() : openAdapter());
  return backend;
}

async function openAdapter(): Promise<Backend> {
  const backend = await openWebGpu();
  if (backend) return backend;
  throw new Error(
    "no WebGPU adapter: run the tests with `deno task test`, which fetches a software driver, or install " +
      "Debian's mesa-vulkan-drivers and libvulkan1",
  );
}

/**
 * One test on each backend, or on those of `on`. Where there is no adapter, tests on WebGPU fail: it is expected on
 * every machine that runs them. The devices outlive single tests, hence the sanitizers are off.
 */
export function backendTest(
  name: string,
  fn: (backend: Backend) => Promise<void>,
  { on = ["cpu", "webgpu"] }: { on?: readonly BackendName[] } = {},
): void {
  for (const backend of on) {
    Deno.test({
      name: `${name} (${backend})`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => await fn(await testBackend(backend)),
    });
  }
}

/** A backend that runs kernels by `run`, for whoever counts or changes what is run. */
export function instrumented(backend: Backend, run: Backend["run"]): Backend {
  return new Proxy(backend, {
    get(target, name) {
      if (name === "run") return run;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Deterministic test data in [-1, 1), different for every `salt`. Independent of the product's generator. */
export function testData(length: number, salt: number): Float32Array {
  let state = (salt * 0x9e3779b9 + 1) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

export interface OpCheck<I extends string, O extends string> {
  /** Buffers that the op only reads. */
  readonly inputs: Readonly<Record<I, HostArray>>;
  /** Outputs by length: poisoned with NaN before the op runs. */
  readonly outputs: Readonly<Record<O, number>>;
  /** Outputs that the op updates in place: their contents before it. */
  readonly inout?: Readonly<Record<string, HostArray>>;
  readonly run: (backend: Backend, views: Record<I | O, View> & Record<string, View>) => void;
  /** Expected contents of `outputs` and `inout` afterwards. Integer outputs are compared exactly. */
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
  /** Names of outputs that hold u32 words. */
  readonly words?: readonly string[];
  /** Allowed error per output: `absolute + relative * max |expected|`. Default: relative 1e-6, absolute 1e-6. */
  readonly tolerance?: Readonly<Record<string, { absolute?: number; relative?: number }>>;
}

interface Guarded {
  readonly whole: View;
  readonly view: View;
}

function guarded(backend: Backend, name: string, data: HostArray): Guarded {
  const padded = Math.ceil(data.length / 64) * 64;
  const words = new Uint32Array(padded + GUARD_ELEMENTS).fill(GUARD_WORD);
  words.set(new Uint32Array(data.buffer, data.byteOffset, data.length));
  const whole = upload(backend, name, words);
  return { whole, view: slice(whole, 0, data.length) };
}

/** Runs one op twice and checks what the head of this file lists; returns the largest error per output. */
export async function checkOp<I extends string, O extends string>(
  backend: Backend,
  check: OpCheck<I, O>,
): Promise<Record<string, number>> {
  const runs = [await runOnce(backend, check), await runOnce(backend, check)] as const;
  const errors: Record<string, number> = {};
  for (const name of [...Object.keys(check.outputs), ...Object.keys(check.inout ?? {})]) {
    const first = runs[0][name]!, second = runs[1][name]!;
    for (let i = 0; i < first.length; i++) {
      assert(first[i] === second[i], `${name}[${i}] differs between two dispatches`);
    }
    const expected = check.expected[name];
    assert(expected, `no expected values for output ${name}`);
    errors[name] = compare(name, first, expected, check);
  }
  return errors;
}

function compare(
  name: string,
  words: Uint32Array,
  expected: ArrayLike<number>,
  check: OpCheck<string, string>,
): number {
  assert(words.length === expected.length, `${name}: ${words.length} values, expected ${expected.length}`);
  const exact = check.words?.includes(name) ?? false;
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const { absolute = 1e-6, relative = 1e-6 } = check.tolerance?.[name] ?? {};
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  const allowed = exact ? 0 : absolute + relative * scale;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    assert(exact || words[i] !== POISON_WORD, `${name}[${i}] was never written`);
    const error = Math.abs((exact ? words[i]! : floats[i]!) - expected[i]!);
    assert(
      error <= allowed,
      `${name}[${i}] = ${exact ? words[i] : floats[i]}, expected ${
        expected[i]
      } (error ${error} > ${allowed})`,
    );
    worst = Math.max(worst, error);
  }
  return worst;
}

async function runOnce(
  backend: Backend,
  check: OpCheck<string, string>,
): Promise<Record<string, Uint32Array>> {
  const buffers: Record<string, Guarded> = {};
  for (const [name, data] of Object.entries(check.inputs)) buffers[name] = guarded(backend, name, data);
  for (const [name, length] of Object.entries(check.outputs)) {
    buffers[name] = guarded(backend, name, new Uint32Array(length).fill(POISON_WORD));
  }
  for (const [name, data] of Object.entries(check.inout ?? {})) buffers[name] = guarded(backend, name, data);
  const views = Object.fromEntries(Object.entries(buffers).map(([name, { view }]) => [name, view]));
  try {
    check.run(backend, views as Record<string, View>);
    const names = Object.keys(buffers);
    const contents = await backend.read(...names.map((name) => buffers[name]!.whole));
    const results: Record<string, Uint32Array> = {};
    names.forEach((name, i) => {
      const words = new Uint32Array(contents[i]!);
      const length = buffers[name]!.view.length;
      for (let at = Math.ceil(length / 4) * 4; at < words.length; at++) {
        assert(words[at] === GUARD_WORD, `${name}: wrote outside, at element ${at} of ${length}`);
      }
      results[name] = words.slice(0, length);
    });
    for (const [name, data] of Object.entries(check.inputs)) {
      const before = new Uint32Array(data.buffer, data.byteOffset, data.length);
      const after = results[name]!;
      for (let i = 0; i < before.length; i++) {
        assert(before[i] === after[i], `input ${name} was changed at ${i}`);
      }
    }
    return results;
  } finally {
    for (const { whole } of Object.values(buffers)) backend.free(whole);
  }
}

/**
 * Checks a hand-written gradient against central differences in f64.
 * @param forward x -> y, any length
 * @param gradient x, dy -> d(sum(y * dy)) / dx
 */
export function checkGradient(
  forward: (x: Float64Array) => Float64Array,
  gradient: (x: Float64Array, dy: Float64Array) => Float64Array,
  x: Float64Array,
  { step = 1e-5, tolerance = 1e-7 } = {},
): void {
  const dy = Float64Array.from(testData(forward(x).length, 77));
  const analytic = gradient(x, dy);
  const objective = (at: Float64Array) => forward(at).reduce((sum, y, i) => sum + y * dy[i]!, 0);
  let scale = 1;
  for (const g of analytic) scale = Math.max(scale, Math.abs(g));
  for (let i = 0; i < x.length; i++) {
    const plus = Float64Array.from(x), minus = Float64Array.from(x);
    plus[i]! += step;
    minus[i]! -= step;
    const numeric = (objective(plus) - objective(minus)) / (2 * step);
    const error = Math.abs(numeric - analytic[i]!);
    assert(
      error <= tolerance * scale,
      `gradient[${i}] = ${analytic[i]}, central difference ${numeric} (error ${error})`,
    );
  }
}
