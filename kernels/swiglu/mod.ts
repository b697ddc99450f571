/** SwiGLU (Shazeer 2020, "GLU Variants Improve Transformer", equation 6), the projections left to the caller. */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./swiglu.wgsl" with { type: "text" };

const LANES = 64;

function kernels(suffix: "" | "_by_four", elements: number) {
  const grid = ({ rows, hidden }: Shape) => flatGrid(Math.ceil(rows * hidden / elements / LANES));
  const wgsl = [prelude, shader], scalars = { rows: "u32", hidden: "u32" } as const;
  return {
    forward: defineKernel({
      name: `swiglu_forward${suffix}`,
      cpu: { name: "swiglu_forward" },
      wgsl,
      entry: `forward${suffix}`,
      buffers: { gateUp: "read", y: "write" },
      scalars,
      grid,
    }),
    backward: defineKernel({
      name: `swiglu_backward${suffix}`,
      cpu: { name: "swiglu_backward" },
      wgsl,
      entry: `backward${suffix}`,
      buffers: { gateUp: "readwrite", dy: "readwrite" },
      scalars,
      grid,
    }),
  };
}

const byOne = kernels("", 1), byFour = kernels("_by_four", 4);

export interface Shape {
  readonly rows: number;
  readonly hidden: number;
}

/** `y = silu(gate) * up`, f32. gateUp: [rows, 2 * hidden], gate columns first; y: [rows, hidden]. */
export function forward(backend: Backend, views: { gateUp: View; y: View }, shape: Shape): void {
  backend.run((shape.hidden % 4 === 0 ? byFour : byOne).forward, views, shape);
}

/**
 * Gradient of `forward`, in place: `gateUp` becomes its gradient, and `dy` [rows, hidden] becomes the `y` that `forward`
 * gave, to the bit, so that nobody needs to keep it.
 */
export function backward(backend: Backend, views: { gateUp: View; dy: View }, shape: Shape): void {
  backend.run((shape.hidden % 4 === 0 ? byFour : byOne).backward, views, shape);
}
