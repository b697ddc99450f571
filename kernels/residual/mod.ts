/**
 * The residual stream: sums of equally shaped vectors. The backward of `forward` is the identity, both inputs
 * receive `dy`, so there is no kernel for it: pass `dy` on, or add it to a gradient with `accumulate`.
 */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./residual.wgsl" with { type: "text" };

const LANES = 64;
/** Every invocation owns four elements. */
const grid = ({ length }: { readonly length: number }) => flatGrid(Math.ceil(length / (4 * LANES)));

const forwardKernel = defineKernel({
  name: "residual_forward",
  wgsl: [prelude, shader],
  entry: "forward",
  buffers: { a: "read", b: "read", y: "write" },
  scalars: { length: "u32" },
  grid,
});

const accumulateKernel = defineKernel({
  name: "residual_accumulate",
  wgsl: [prelude, shader],
  entry: "accumulate",
  buffers: { from: "read", into: "readwrite" },
  scalars: { length: "u32" },
  grid,
});

export interface Shape {
  /** Elements of each vector. */
  readonly length: number;
}

/** `y = a + b`, f32. `y` is another buffer than `a` and `b`; in place, use `accumulate`. */
export function forward(backend: Backend, views: { a: View; b: View; y: View }, shape: Shape): void {
  backend.run(forwardKernel, views, shape);
}

/** `into += from`, f32, two different buffers. */
export function accumulate(backend: Backend, views: { from: View; into: View }, shape: Shape): void {
  backend.run(accumulateKernel, views, shape);
}
