/**
 * Rotary position embedding (Su et al. 2021, "RoFormer", equation 34), in place on the leading heads of
 * rows. Pairs are (x[j], x[j + headDim/2]), as in LLaMA and LLaDA checkpoints.
 */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import { cos, exp, log, sin } from "../math/elementary.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./rope.wgsl" with { type: "text" };

const LANES = 64;

function kernel(entry: "rotate" | "rotate_by_four", pairs: number) {
  return defineKernel({
    name: `rope_${entry}`,
    cpu: { name: "rope_rotate" },
    wgsl: [prelude, shader],
    entry,
    buffers: { x: "readwrite", table: "read", numbers: "read" },
    scalars: { rows: "u32", sequence: "u32", heads: "u32", half: "u32", stride: "u32", direction: "f32" },
    grid: ({ rows, heads, half }) => flatGrid(Math.ceil(rows * heads * half / pairs / LANES)),
  });
}

const byOne = kernel("rotate", 1), byFour = kernel("rotate_by_four", 4);

export interface Shape {
  readonly rows: number;
  readonly sequence: number;
  /** Leading heads of a row that are rotated. */
  readonly heads: number;
  /** Columns of a head, even. */
  readonly headDim: number;
  /** Elements of a row of x. */
  readonly stride: number;
}

/**
 * The table that `forward` and `backward` read, [sequence, headDim]: for every position headDim/2 cosines, then
 * headDim/2 sines of `position * theta^(-2j/headDim)`, positions from 0. It also serves shorter sequences.
 * @throws RangeError if headDim is odd.
 */
export function tables(sequence: number, headDim: number, theta: number): Float32Array {
  checkHeadDim(headDim);
  const half = headDim / 2;
  const table = new Float32Array(sequence * headDim);
  for (let position = 0; position < sequence; position++) {
    for (let j = 0; j < half; j++) {
      const angle = position * exp(-j / half * log(theta));
      table[position * headDim + j] = cos(angle);
      table[position * headDim + half + j] = sin(angle);
    }
  }
  return table;
}

export interface Views {
  /** f32 [rows, stride] */
  readonly x: View;
  /** From `tables`. */
  readonly table: View;
  /** u32 [rows], the number of each row in its batch of whole sequences: its position is that, mod sequence. */
  readonly numbers: View;
}

/** Turns the leading heads of x by their positions, in place. */
export function forward(backend: Backend, views: Views, shape: Shape): void {
  rotate(backend, views, shape, 1);
}

/** The inverse rotation, in place: turns the gradient of `forward`'s result into that of its input. */
export function backward(backend: Backend, views: Views, shape: Shape): void {
  rotate(backend, views, shape, -1);
}

function rotate(backend: Backend, views: Views, shape: Shape, direction: 1 | -1): void {
  const { rows, sequence, heads, headDim, stride } = shape;
  checkHeadDim(headDim);
  if (heads * headDim > stride) {
    throw new RangeError(
      `RoPE of ${heads} heads of ${headDim} columns needs rows of at least ${heads * headDim} elements, ` +
        `found a stride of ${stride}`,
    );
  }
  if (views.table.length < sequence * headDim) {
    throw new RangeError(
      `the RoPE table has ${views.table.length} elements, a sequence of ${sequence} needs ` +
        `${sequence * headDim}; build it with tables(${sequence}, ${headDim}, theta)`,
    );
  }
  const aligned = headDim % 8 === 0 && stride % 4 === 0;
  backend.run(aligned ? byFour : byOne, views, {
    rows,
    sequence,
    heads,
    half: headDim / 2,
    stride,
    direction,
  });
}

function checkHeadDim(headDim: number): void {
  if (headDim % 2 !== 0 || headDim < 2) {
    throw new RangeError(
      `RoPE rotates pairs of columns: expected an even head dimension, found ${headDim}`,
    );
  }
}
