/**
 * The variants of the matrix product on a GPU: their kernels, what each needs, and which one a product runs. Each sums
 * k = 0 .. K-1 in order into one accumulator per element, so that the choice among them changes speed and, on a compiler
 * that does not contract mul and add, nothing else:
 *   subgroup  one subgroup per workgroup, no barrier: for drivers on the CPU (subgroup.ts)
 *   tile      64 x 64 tiles in workgroup memory, 4 x 4 per invocation: for GPUs (tile.wgsl)
 *   tile8     128 x 128 tiles, 8 x 8 per invocation: for large products on GPUs (tile8.ts)
 *   plain     neither, any size anywhere (plain.wgsl)
 */

import { defineKernel, type DeviceTraits, flatGrid } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import plainShader from "./plain.wgsl" with { type: "text" };
import { scalarAccess, type Storage } from "./storage.ts";
import { type Layout, ROWS, subgroupSource } from "./subgroup.ts";
import { TILE8, tile8Source } from "./tile8.ts";
import tileShader from "./tile.wgsl" with { type: "text" };

export const VARIANTS = ["subgroup", "tile", "tile8", "plain"] as const;
export type Variant = (typeof VARIANTS)[number];

/** C is [m, n], sums have k terms. */
export interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** What the choice of a variant depends on. */
export type Traits = Pick<DeviceTraits, "software" | "subgroupSize">;

/** Lanes for which the subgroup variant is generated: those of drivers on the CPU (128, 256 and 512 bits). */
const SUBGROUP_SIZES = [4, 8, 16];

/** Tiles of 128 x 128 from which a GPU is full of them; with fewer, four times as many of 64 x 64 keep more of it busy. */
const ENOUGH_TILES = 64;

/** Whether every contiguous axis is a whole number of vec4s, as kernels with vec4 loads need. */
function hasWholeVec4s(layout: Layout, { m, n, k }: Sizes): boolean {
  const contiguous = { ab: [k, n], abt: [k, n], atb: [m, n] }[layout];
  return contiguous.every((size) => size % 4 === 0);
}

/** What a variant needs that this adapter or shape does not have, in words; null where it can run. */
export function misfit(
  traits: Traits,
  { variant, layout }: { readonly variant: Variant; readonly layout: Layout },
  sizes: Sizes,
): string | null {
  const needsVec4s = variant === "subgroup" || variant === "tile8";
  if (needsVec4s && !hasWholeVec4s(layout, sizes)) return "contiguous sizes divisible by 4";
  if (variant === "subgroup" && !SUBGROUP_SIZES.includes(traits.subgroupSize)) {
    return `a fixed subgroup of 4, 8 or 16 lanes (this adapter: ${traits.subgroupSize})`;
  }
  return null;
}

/** The variant that `ab`, `abt` and `atb` run: a function of the adapter and the shape alone. */
export function chooseVariant(traits: Traits, layout: Layout, sizes: Sizes): Variant {
  const fits = (variant: Variant) => misfit(traits, { variant, layout }, sizes) === null;
  if (traits.software) return fits("subgroup") ? "subgroup" : "plain";
  const tiles = Math.ceil(sizes.m / TILE8) * Math.ceil(sizes.n / TILE8);
  return tiles >= ENOUGH_TILES && fits("tile8") ? "tile8" : "tile";
}

const BUFFERS = { a: "read", b: "read", c: "readwrite" } as const;
const COMPACT = { m: "u32", n: "u32", k: "u32", accumulate: "u32" } as const;
const STRIDED = {
  m: "u32",
  n: "u32",
  k: "u32",
  a_row: "u32",
  a_inner: "u32",
  b_inner: "u32",
  b_col: "u32",
  accumulate: "u32",
  storage: "u32",
} as const;

/** Elements of the CPU form's panels of B and A, of its sums where C still holds what is added, and of a decoded block. */
function cpuScratch(
  { m, n, k, accumulate, storage }: Readonly<Record<keyof typeof STRIDED, number>>,
): number {
  return 256 * 256 + 256 * 64 + (accumulate === 1 && k > 256 ? m * n : 0) + (storage ? 256 * 256 + 16 : 0);
}

const suffix = (storage: Storage) => storage === "f32" ? "" : `_${storage}`;

type Kernel = ReturnType<typeof stridedKernel> | ReturnType<typeof subgroupKernel>;

/** A kernel that the CPU has a form of; it may be told more of the operands than it asks for. */
function stridedKernel(
  entry: "plain" | "tile" | "tile8",
  { name = entry, source, tile }: { name?: string; source: readonly string[]; tile: number },
  storage: Storage,
) {
  return defineKernel({
    name: `matmul_${name}${suffix(storage)}`,
    cpu: { name: "matmul", scratch: cpuScratch },
    wgsl: [prelude, ...source],
    entry,
    buffers: BUFFERS,
    scalars: STRIDED,
    // An invocation of `plain` owns a tile, of the others a workgroup.
    grid: ({ m, n }) =>
      flatGrid(Math.ceil(Math.ceil(m / tile) * Math.ceil(n / tile) / (entry === "plain" ? 64 : 1))),
  });
}

function subgroupKernel(layout: Layout, lanes: number, storage: Storage) {
  return defineKernel({
    name: `matmul_subgroup${lanes}_${layout}${suffix(storage)}`,
    wgsl: [prelude, subgroupSource(layout, lanes, storage)],
    entry: "subgroup",
    buffers: BUFFERS,
    scalars: COMPACT,
    grid: ({ m, n }) => flatGrid(Math.ceil(m / ROWS) * Math.ceil(n / (4 * lanes))),
  });
}

/** What a kernel is written for. */
export interface Form {
  readonly layout: Layout;
  /** Lanes of a subgroup; only `subgroup` depends on it. */
  readonly lanes: number;
  readonly storage: Storage;
}

const DEFINE = {
  plain: ({ storage }: Form) =>
    stridedKernel("plain", { source: [scalarAccess(storage), plainShader], tile: 4 }, storage),
  tile: ({ storage }: Form) =>
    stridedKernel("tile", { source: [scalarAccess(storage), tileShader], tile: 64 }, storage),
  tile8: ({ layout, storage }: Form) =>
    stridedKernel(
      "tile8",
      { name: `tile8_${layout}`, source: [tile8Source(layout, storage)], tile: TILE8 },
      storage,
    ),
  subgroup: ({ layout, lanes, storage }: Form) => subgroupKernel(layout, lanes, storage),
};

/** A backend knows a pipeline by its description: one object per variant and form. */
const kernels = new Map<string, Kernel>();

/** The kernel of a variant. Its scalars are among `m, n, k, a_row, a_inner, b_inner, b_col, accumulate, storage`. */
export function kernelOf(variant: Variant, form: Form): Kernel {
  // The strided ones are the same for every layout.
  const isWritten = variant === "tile8" || variant === "subgroup";
  const key = isWritten
    ? `${variant} ${form.layout} ${form.lanes} ${form.storage}`
    : `${variant} ${form.storage}`;
  const known = kernels.get(key);
  if (known) return known;
  const kernel = DEFINE[variant](form);
  kernels.set(key, kernel);
  return kernel;
}
