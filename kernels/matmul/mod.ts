/**
 * Matrix product in f32, row-major and without padding, for any sizes:
 *   ab   C[M,N] (+)= A[M,K] B[K,N]    input gradient of a linear layer
 *   abt  C[M,N] (+)= A[M,K] B[N,K]'   linear layer: weights are [out, in]
 *   atb  C[M,N] (+)= A[K,M]' B[K,N]   weight gradient
 *
 * Three variants of the kernel; each sums k = 0 .. K-1 in order into one accumulator per element, so that the choice
 * among them changes speed and, on a compiler that does not contract mul and add, nothing else:
 *   subgroup  one subgroup per workgroup, no barrier: for drivers on the CPU (subgroup.ts)
 *   tile      tiles in workgroup memory: for GPUs (tile.wgsl)
 *   plain     neither, any size anywhere (plain.wgsl)
 */

import { type Backend, defineKernel, type DeviceTraits, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import plainShader from "./plain.wgsl" with { type: "text" };
import { type Layout, ROWS, subgroupSource } from "./subgroup.ts";
import tileShader from "./tile.wgsl" with { type: "text" };

export type { Layout };
export type Variant = "subgroup" | "tile" | "plain";

export type Accumulate = "after" | "before";

export interface Shape {
  /** Rows of C. */
  readonly m: number;
  /** Columns of C. */
  readonly n: number;
  /** Length of the sums. */
  readonly k: number;
  /**
   * Add to C instead of overwriting it: `after` adds the whole sum to C, `before` goes on from C, as a product over
   * more k's would, of which C holds the first.
   */
  readonly accumulate?: Accumulate;
}

export interface Operands {
  readonly a: View;
  readonly b: View;
  readonly c: View;
}

/** As kernels know it. */
const ACCUMULATE = { after: 1, before: 2 } as const;

const BUFFERS = { a: "read", b: "read", c: "readwrite" } as const;
const STRIDED = {
  m: "u32",
  n: "u32",
  k: "u32",
  a_row: "u32",
  a_inner: "u32",
  b_inner: "u32",
  b_col: "u32",
  accumulate: "u32",
} as const;

/** Elements of the CPU form's panels of B and A, and of its sums where C still holds what is added (matmul.as.ts). */
function cpuScratch({ m, n, k, accumulate }: Readonly<Record<keyof typeof STRIDED, number>>): number {
  return 256 * 256 + 256 * 64 + (accumulate === ACCUMULATE.after && k > 256 ? m * n : 0);
}

const plainKernel = defineKernel({
  name: "matmul_plain",
  cpu: { name: "matmul", scratch: cpuScratch },
  wgsl: [prelude, plainShader],
  entry: "plain",
  buffers: BUFFERS,
  scalars: STRIDED,
  grid: ({ m, n }) => flatGrid(Math.ceil(Math.ceil(m / 4) * Math.ceil(n / 4) / 64)),
});

const tileKernel = defineKernel({
  name: "matmul_tile",
  cpu: { name: "matmul", scratch: cpuScratch },
  wgsl: [prelude, tileShader],
  entry: "tile",
  buffers: BUFFERS,
  scalars: STRIDED,
  grid: ({ m, n }) => flatGrid(Math.ceil(m / 64) * Math.ceil(n / 64)),
});

function defineSubgroupKernel(layout: Layout, lanes: number) {
  return defineKernel({
    name: `matmul_subgroup${lanes}_${layout}`,
    wgsl: [prelude, subgroupSource(layout, lanes)],
    entry: "subgroup",
    buffers: BUFFERS,
    scalars: { m: "u32", n: "u32", k: "u32", accumulate: "u32" },
    grid: ({ m, n }) => flatGrid(Math.ceil(m / ROWS) * Math.ceil(n / (4 * lanes))),
  });
}

/** A backend knows a pipeline by its description: one object per layout and number of lanes. */
const subgroupKernels = new Map<string, ReturnType<typeof defineSubgroupKernel>>();

function subgroupKernel(layout: Layout, lanes: number): ReturnType<typeof defineSubgroupKernel> {
  const key = `${layout}${lanes}`;
  const known = subgroupKernels.get(key);
  if (known) return known;
  const kernel = defineSubgroupKernel(layout, lanes);
  subgroupKernels.set(key, kernel);
  return kernel;
}

/** Lanes for which the subgroup variant is generated: those of drivers on the CPU (128, 256 and 512 bits). */
const SUBGROUP_SIZES = [4, 8, 16];

/** What the choice of a variant depends on. */
export type Traits = Pick<DeviceTraits, "software" | "subgroupSize">;

/** Whether the subgroup variant can run: a supported subgroup, and whole vec4s along every contiguous axis. */
export function subgroupFits({ subgroupSize }: Traits, layout: Layout, { m, n, k }: Shape): boolean {
  const contiguous = { ab: [k, n], abt: [k, n], atb: [m, n] }[layout];
  return SUBGROUP_SIZES.includes(subgroupSize) && contiguous.every((size) => size % 4 === 0);
}

/** The variant that `ab`, `abt` and `atb` run: a function of the adapter and the shape alone. */
export function chooseVariant(traits: Traits, layout: Layout, shape: Shape): Variant {
  if (!traits.software) return "tile";
  return subgroupFits(traits, layout, shape) ? "subgroup" : "plain";
}

/**
 * Runs a given variant, as when a recorded choice is replayed.
 * @throws RangeError if a size is not a positive integer, an operand is too short for it, or the variant cannot run.
 */
export function multiply(
  backend: Backend,
  { variant, layout }: { readonly variant: Variant; readonly layout: Layout },
  views: Operands,
  shape: Shape,
): void {
  const { m, n, k } = shape;
  checkSizes(layout, views, shape);
  const accumulate = shape.accumulate ? ACCUMULATE[shape.accumulate] : 0;
  if (variant === "subgroup") {
    if (!subgroupFits(backend.traits, layout, shape)) {
      throw new RangeError(
        `matmul ${layout} ${m}x${n}x${k}: the subgroup variant needs a fixed subgroup of 4, 8 or 16 lanes ` +
          `(this adapter: ${backend.traits.subgroupSize}) and contiguous sizes divisible by 4; use "plain"`,
      );
    }
    const kernel = subgroupKernel(layout, backend.traits.subgroupSize);
    return backend.run(kernel, views, { m, n, k, accumulate });
  }
  const [a_row, a_inner] = layout === "atb" ? [1, m] : [k, 1];
  const [b_inner, b_col] = layout === "abt" ? [1, k] : [n, 1];
  const scalars = { m, n, k, a_row, a_inner, b_inner, b_col, accumulate };
  backend.run(variant === "tile" ? tileKernel : plainKernel, views, scalars);
}

function checkSizes(layout: Layout, views: Operands, { m, n, k }: Shape): void {
  for (const [name, size] of Object.entries({ m, n, k })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`matmul ${layout}: ${name} is ${size}, expected a positive integer`);
    }
  }
  const needed = { a: m * k, b: k * n, c: m * n };
  for (const name of ["a", "b", "c"] as const) {
    const { buffer, length } = views[name];
    if (length < needed[name]) {
      throw new RangeError(
        `matmul ${layout} ${m}x${n}x${k}: ${name} (${buffer.label}) has ${length} elements, expected ` +
          `${needed[name]}`,
      );
    }
  }
}

/** C[M,N] (+)= A[M,K] B[K,N]. C is written completely, or added to. @throws RangeError as `multiply`. */
export function ab(backend: Backend, views: Operands, shape: Shape): void {
  multiply(backend, { variant: chooseVariant(backend.traits, "ab", shape), layout: "ab" }, views, shape);
}

/** C[M,N] (+)= A[M,K] B[N,K]'. C is written completely, or added to. @throws RangeError as `multiply`. */
export function abt(backend: Backend, views: Operands, shape: Shape): void {
  multiply(backend, { variant: chooseVariant(backend.traits, "abt", shape), layout: "abt" }, views, shape);
}

/** C[M,N] (+)= A[K,M]' B[K,N]. C is written completely, or added to. @throws RangeError as `multiply`. */
export function atb(backend: Backend, views: Operands, shape: Shape): void {
  multiply(backend, { variant: chooseVariant(backend.traits, "atb", shape), layout: "atb" }, views, shape);
}
