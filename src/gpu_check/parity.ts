/** Whether a GPU gives what the CPU gives: the same call on both, output by output. */

import { type Backend, type HostArray, upload, type View } from "../../kernels/backend.ts";

/** Buffers of one call. */
export interface Bench {
  readonly backend: Backend;
  /** A buffer with these contents. */
  given(data: HostArray): View;
  /** A buffer of so many elements. */
  room(length: number): View;
}

/** What a call leaves to be compared: numbers, or words that must be equal. */
export interface Outputs {
  readonly floats?: Readonly<Record<string, View | ArrayLike<number>>>;
  readonly words?: Readonly<Record<string, View | ArrayLike<number>>>;
}

/** A call that both devices make. */
export interface ParityCase {
  readonly name: string;
  /** Largest error that passes, relative to the largest number of the output; default `TOLERANCE`. */
  readonly tolerance?: number;
  /** Largest share of words that may differ; default 0. */
  readonly wordTolerance?: number;
  run(bench: Bench): Outputs | Promise<Outputs>;
}

/**
 * Sums of up to some hundred products, and WGSL's exp and log, which may be wrong by some units in the last place and
 * more for large arguments.
 */
const TOLERANCE = 5e-5;

/** One output of a case. */
export interface Comparison {
  readonly output: string;
  /** Largest difference relative to the largest number on the CPU; of words the share that differs. */
  readonly error: number;
  readonly tolerance: number;
}

export interface ParityResult {
  readonly name: string;
  readonly passed: boolean;
  readonly comparisons: readonly Comparison[];
  /** What the GPU answered instead, where the call failed there. */
  readonly failure: string | null;
}

type Values = Readonly<Record<"floats" | "words", Readonly<Record<string, ArrayLike<number>>>>>;

/** A typed array has a buffer, too. */
const isView = (output: View | ArrayLike<number>): output is View =>
  "buffer" in output && !ArrayBuffer.isView(output);

/** Makes the call on one device. */
async function valuesOf(backend: Backend, { run }: ParityCase): Promise<Values> {
  const views: View[] = [];
  const own = (view: View) => {
    views.push(view);
    return view;
  };
  const bench: Bench = {
    backend,
    given: (data) => own(upload(backend, "given", data)),
    room: (length) => own(backend.allocate("room", length)),
  };
  try {
    const { floats = {}, words = {} } = await run(bench);
    const read = async <T>(outputs: NonNullable<Outputs["floats"]>, as: (words: ArrayBuffer) => T) => {
      const entries = Object.entries(outputs).map(async ([name, output]) =>
        [name, isView(output) ? as((await backend.read(output))[0]!) : output] as const
      );
      return Object.fromEntries(await Promise.all(entries)) as Record<string, ArrayLike<number>>;
    };
    return {
      floats: await read(floats, (words) => new Float32Array(words)),
      words: await read(words, (words) => new Uint32Array(words)),
    };
  } finally {
    for (const view of views) backend.free(view);
  }
}

/** Largest difference relative to the largest expected number; infinite where a length or a NaN differs. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0, error = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (Object.is(actual[i], expected[i]) || difference === 0) continue;
    if (!Number.isFinite(difference)) return Infinity;
    error = Math.max(error, difference);
  }
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i]!)) largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return error === 0 ? 0 : error / largest;
}

/** Share of the words that differ. */
export function differingShare(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return 1;
  let different = 0;
  for (let i = 0; i < expected.length; i++) if (actual[i] !== expected[i]) different++;
  return expected.length === 0 ? 0 : different / expected.length;
}

/** Makes the call on both devices and compares. What throws on the GPU is a failed case; on the CPU it is an error. */
export async function checkParity(gpu: Backend, cpu: Backend, parity: ParityCase): Promise<ParityResult> {
  const expected = await valuesOf(cpu, parity), { name, tolerance = TOLERANCE, wordTolerance = 0 } = parity;
  try {
    const actual = await valuesOf(gpu, parity);
    const comparisons = [
      ...Object.entries(expected.floats).map(([output, values]) => ({
        output,
        error: relativeError(actual.floats[output] ?? [], values),
        tolerance,
      })),
      ...Object.entries(expected.words).map(([output, values]) => ({
        output,
        error: differingShare(actual.words[output] ?? [], values),
        tolerance: wordTolerance,
      })),
    ];
    return {
      name,
      passed: comparisons.every(({ error, tolerance }) => error <= tolerance),
      comparisons,
      failure: null,
    };
  } catch (error) {
    return { name, passed: false, comparisons: [], failure: (error as Error).message };
  }
}
