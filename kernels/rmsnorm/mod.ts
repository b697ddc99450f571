/** RMSNorm over the last axis (Zhang & Sennrich 2019), without bias; LLaDA uses eps 1e-5. */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./rmsnorm.wgsl" with { type: "text" };

const forwardKernel = defineKernel({
  name: "rmsnorm_forward",
  wgsl: [prelude, shader],
  entry: "forward",
  buffers: { x: "read", weight: "read", y: "write", rstd: "write" },
  scalars: { rows: "u32", dim: "u32", eps: "f32" },
  grid: ({ rows }) => flatGrid(Math.ceil(rows / 64)),
});

const backwardKernel = defineKernel({
  name: "rmsnorm_backward",
  wgsl: [prelude, shader],
  entry: "backward",
  buffers: { x: "read", weight: "read", rstd: "read", dy: "read", dx: "readwrite" },
  scalars: { rows: "u32", dim: "u32" },
  grid: ({ rows }) => flatGrid(Math.ceil(rows / 64)),
});

const weightKernel = defineKernel({
  name: "rmsnorm_backward_weight",
  wgsl: [prelude, shader],
  entry: "backward_weight",
  buffers: { x: "read", rstd: "read", dy: "read", dweight: "readwrite" },
  scalars: { rows: "u32", dim: "u32" },
  grid: ({ dim }) => flatGrid(Math.ceil(dim / 8)),
});

export interface Shape {
  readonly rows: number;
  readonly dim: number;
}

/** `y = x * rstd * weight`, `rstd = 1 / sqrt(mean(x^2) + eps)`. x, y: [rows, dim]; weight: [dim]; rstd: [rows]. */
export function forward(
  backend: Backend,
  views: { x: View; weight: View; y: View; rstd: View },
  shape: Shape & { eps: number },
): void {
  backend.run(forwardKernel, views, shape);
}

/**
 * Gradients of `forward`: `dx += ...` [rows, dim], `dweight += ...` [dim]. Both accumulate, since the residual
 * stream already carries a gradient and weights collect micro-batches.
 */
export function backward(
  backend: Backend,
  views: { x: View; weight: View; rstd: View; dy: View; dx: View; dweight: View },
  shape: Shape,
): void {
  const { x, weight, rstd, dy, dx, dweight } = views;
  backend.run(backwardKernel, { x, weight, rstd, dy, dx }, shape);
  backend.run(weightKernel, { x, rstd, dy, dweight }, shape);
}
