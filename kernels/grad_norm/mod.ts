/** L2 norm of all gradients and the guard against an update with values that no update may use. */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./grad_norm.wgsl" with { type: "text" };

/** Invocations of a workgroup, vec4s per invocation, and slots that one invocation adds up: part of the result. */
const GROUP = 64, VECTORS = 32, FAN_IN = 128;
/** Words of a slot: sum of squares and count. */
const SLOT_WORDS = 2;

const partialKernel = defineKernel({
  name: "grad_norm_partial",
  wgsl: [prelude, shader],
  entry: "partial",
  buffers: { gradients: "read", partials: "readwrite" },
  scalars: { length: "u32", first: "u32" },
  grid: ({ length }) => flatGrid(blocks(length)),
});

const reduceKernel = defineKernel({
  name: "grad_norm_reduce",
  wgsl: [prelude, shader],
  entry: "reduce",
  buffers: { partials: "readwrite" },
  scalars: { slots: "u32", stride: "u32" },
  grid: ({ slots }) => flatGrid(Math.ceil(slots / FAN_IN / GROUP)),
});

const finishKernel = defineKernel({
  name: "grad_norm_finish",
  wgsl: [prelude, shader],
  entry: "finish",
  buffers: { partials: "read", stats: "write" },
  scalars: { slots: "u32", stride: "u32" },
  grid: () => [1, 1, 1],
});

const blocks = (length: number) => Math.ceil(length / (GROUP * VECTORS * 4));

/** An element beyond this is counted as non-finite: 2^50, so that sums of squares stay within f32. */
export const LARGEST_GRADIENT = 2 ** 50;

/** 32-bit elements of `partials` that a shard of `length` gradients fills. */
export function partialLength(length: number): number {
  return blocks(length) * GROUP * SLOT_WORDS;
}

/**
 * `forward` in two parts, for gradients in several buffers: `partial` per shard, then `finish` once. Writes the
 * elements `[first, first + partialLength(length))` of `partials`; `first` is the sum over the shards before it.
 * @throws RangeError if that range leaves `partials`.
 */
export function partial(
  backend: Backend,
  { gradients, partials }: { gradients: View; partials: View },
  { length, first }: { length: number; first: number },
): void {
  const end = first + partialLength(length);
  if (end > partials.length || first % SLOT_WORDS !== 0) {
    throw new RangeError(
      `grad_norm: elements [${first}, ${end}) of partials, which has ${partials.length}; ` +
        `start at the sum of partialLength over the shards before this one and allocate the sum over all`,
    );
  }
  backend.run(partialKernel, { gradients, partials }, { length, first: first / SLOT_WORDS });
}

/** The second part: `count` is the sum of `partialLength` over all shards. Uses up `partials`. See `forward`. */
export function finish(
  backend: Backend,
  { partials, stats }: { partials: View; stats: View },
  { count }: { count: number },
): void {
  let slots = count / SLOT_WORDS, stride = 1;
  for (; slots > FAN_IN; slots = Math.ceil(slots / FAN_IN), stride *= FAN_IN) {
    backend.run(reduceKernel, { partials }, { slots, stride });
  }
  backend.run(finishKernel, { partials, stats }, { slots, stride });
}

/**
 * stats[0] = `sqrt(sum of g^2)` as f32; stats[1], a u32, = number of elements that are NaN, infinite or larger than
 * `LARGEST_GRADIENT`. Those are left out of the norm, which is therefore always finite; a step whose count is not zero
 * must not be applied. Elements below 1e-19 vanish from it.
 * gradients: f32 [length]; partials: [partialLength(length)]; stats: 2 elements. The order of the sum depends on
 * `length` alone.
 */
export function forward(
  backend: Backend,
  { gradients, partials, stats }: { gradients: View; partials: View; stats: View },
  { length }: { length: number },
): void {
  partial(backend, { gradients, partials }, { length, first: 0 });
  finish(backend, { partials, stats }, { count: partialLength(length) });
}
