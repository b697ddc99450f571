/**
 * Full bidirectional attention without a mask, with grouped key and value heads (Vaswani et al. 2017, equation 1;
 * Ainslie et al. 2023), for the rows whose output is asked for. Backward recomputes the probabilities from the rows'
 * log-sum-exp (Dao et al. 2022), so that no [sequence, sequence] matrix is ever stored.
 *
 * Four variants. The first three are one kernel, differ in how its rows are loaded, and sum in the same order:
 *   subgroup  lanes load a row each and broadcast it: for drivers on the CPU (rows_subgroup4.wgsl, rows_subgroup8.wgsl)
 *   tiled     64 lanes load rows into workgroup memory together: for long sequences on GPUs (rows_tiled.wgsl)
 *   plain     lanes load every row themselves: for short ones (rows_plain.wgsl)
 *   scalar    any head dimension (attention.wgsl)
 */

import {
  alignElements,
  type Backend,
  defineKernel,
  type DeviceTraits,
  flatGrid,
  type View,
} from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import scalarShader from "./attention.wgsl" with { type: "text" };
import vec4Shader from "./attention_vec4.wgsl" with { type: "text" };
import deltaShader from "./delta.wgsl" with { type: "text" };
import layout from "./layout.wgsl" with { type: "text" };
import plainOctets from "./octets_plain.wgsl" with { type: "text" };
import plainRows from "./rows_plain.wgsl" with { type: "text" };
import storageRows from "./rows_storage.wgsl" with { type: "text" };
import subgroup4Rows from "./rows_subgroup4.wgsl" with { type: "text" };
import subgroup8Rows from "./rows_subgroup8.wgsl" with { type: "text" };
import tiledRows from "./rows_tiled.wgsl" with { type: "text" };

export const VARIANTS = ["subgroup", "tiled", "plain", "scalar"] as const;
export type Variant = (typeof VARIANTS)[number];

/**
 * A row of kv holds all key heads, then all value heads: 2 * kvHeads * headDim elements. Query head h reads key and
 * value head floor(h * kvHeads / heads).
 */
export interface Shape {
  readonly batch: number;
  /** Keys of a sequence. */
  readonly sequence: number;
  /** Rows whose output is asked for, of all sequences. */
  readonly queries: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

const SCALARS = {
  batch: "u32",
  sequence: "u32",
  queries: "u32",
  heads: "u32",
  kvHeads: "u32",
  headDim: "u32",
  scale: "f32",
} as const;

type Scalars = Readonly<Record<keyof typeof SCALARS, number>>;

/** What distinguishes the kernels of one variant from those of another. */
interface Form {
  readonly suffix: string;
  readonly wgsl: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
  /** Workgroups for `heads` heads of every row, asked for or not. */
  readonly groups: (scalars: Scalars, heads: number) => number;
}

/** Elements of the CPU form's panels and scores (attention.as.ts). */
function cpuForwardScratch({ sequence, headDim }: Scalars): number {
  const keys = alignElements(sequence);
  return keys * headDim + 8 * headDim + 8 * keys;
}

function cpuBackwardScratch({ sequence, headDim }: Scalars): number {
  const keys = alignElements(sequence);
  return 2 * keys * headDim + 16 * headDim + 16 * keys + 2 * keys * Math.min(128, keys);
}

function kernelsOf({ suffix, wgsl, constants, groups }: Form) {
  return {
    forward: defineKernel({
      name: `attention_forward${suffix}`,
      cpu: { name: "attention_forward", scratch: cpuForwardScratch },
      wgsl,
      constants,
      entry: "forward",
      buffers: { q: "read", kv: "read", starts: "read", out: "readwrite", lse: "write" },
      scalars: SCALARS,
      grid: (scalars) => flatGrid(groups(scalars, scalars.heads)),
    }),
    backward: defineKernel({
      name: `attention_backward${suffix}`,
      cpu: { name: "attention_backward", scratch: cpuBackwardScratch },
      wgsl,
      constants,
      entry: "backward",
      buffers: {
        q: "read",
        kv: "read",
        starts: "read",
        lse: "read",
        delta: "read",
        dout: "read",
        dq: "readwrite",
        dkv: "readwrite",
      },
      scalars: SCALARS,
      grid: (scalars) => flatGrid(groups(scalars, scalars.heads + scalars.kvHeads)),
    }),
  };
}

const deltaKernel = defineKernel({
  name: "attention_delta",
  wgsl: [prelude, deltaShader],
  entry: "forward",
  buffers: { out: "read", dout: "read", delta: "write" },
  scalars: { queries: "u32", heads: "u32", headDim: "u32" },
  grid: ({ queries, heads }) => flatGrid(Math.ceil(queries * heads / 64)),
});

type Kernels = ReturnType<typeof kernelsOf>;

const scalarKernels = kernelsOf({
  suffix: "_scalar",
  wgsl: [prelude, layout, scalarShader],
  constants: {},
  groups: ({ batch, sequence }, heads) => Math.ceil(batch * sequence * heads / 64),
});

/** A backend knows a pipeline by its description: one object per variant and constants. */
const vec4Kernels = new Map<string, Kernels>();

const ROWS = {
  plain: [plainRows, plainOctets, storageRows],
  subgroup4: [subgroup4Rows, storageRows],
  subgroup8: [subgroup8Rows, storageRows],
  tiled: [tiledRows, plainOctets],
};

function vec4KernelsOf(rows: keyof typeof ROWS, lanes: number, knownParts: number): Kernels {
  const suffix = `_${rows}_${lanes}x${knownParts}`;
  const known = vec4Kernels.get(suffix);
  if (known) return known;
  const kernels = kernelsOf({
    suffix,
    wgsl: [prelude, layout, vec4Shader, ...ROWS[rows]],
    constants: { lanes, known_parts: knownParts },
    groups: ({ batch, sequence }, heads) => batch * heads * Math.ceil(sequence / lanes),
  });
  vec4Kernels.set(suffix, kernels);
  return kernels;
}

/** What the choice of a variant depends on. */
export type Traits = Pick<DeviceTraits, "software" | "subgroupSize">;

/** Columns of a head that the vec4 kernels' private arrays hold. */
const MAX_HEAD_DIM = 128;
/** Smallest subgroup that rows_subgroup4.wgsl can share rows in. */
const MIN_SUBGROUP = 4;
/** Rows of a workgroup that shares tiles: a shorter sequence would leave lanes idle. */
const TILED_LANES = 64;
/** Drivers on the CPU unroll loops of known length: beyond this head dimension compiling takes seconds. */
const MAX_UNROLLED_HEAD_DIM = 8;

/** The variant that `forward` and `backward` run by default: a function of the adapter and the shape alone. */
export function chooseVariant({ software, subgroupSize }: Traits, { headDim, sequence }: Shape): Variant {
  if (headDim % 4 !== 0 || headDim > MAX_HEAD_DIM) return "scalar";
  if (software) return subgroupSize >= MIN_SUBGROUP ? "subgroup" : "plain";
  return sequence >= TILED_LANES ? "tiled" : "plain";
}

function chooseKernels({ software, subgroupSize }: Traits, { headDim }: Shape, variant: Variant): Kernels {
  if (variant === "scalar") return scalarKernels;
  if (headDim % 4 !== 0 || headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `attention: the ${variant} variant needs a head dimension that is a multiple of 4 up to ${MAX_HEAD_DIM}, ` +
        `found ${headDim}; use "scalar"`,
    );
  }
  if (variant === "tiled") return vec4KernelsOf("tiled", TILED_LANES, software ? 0 : headDim / 4);
  if (variant === "plain") {
    return software ? vec4KernelsOf("plain", 8, 0) : vec4KernelsOf("plain", 32, headDim / 4);
  }
  if (subgroupSize < MIN_SUBGROUP) {
    throw new RangeError(
      `attention: the subgroup variant needs a fixed subgroup of at least ${MIN_SUBGROUP} lanes ` +
        `(this adapter: ${subgroupSize}); use "plain"`,
    );
  }
  const knownParts = headDim <= MAX_UNROLLED_HEAD_DIM ? headDim / 4 : 0;
  return subgroupSize < 8
    ? vec4KernelsOf("subgroup4", 4, knownParts)
    : vec4KernelsOf("subgroup8", 8, knownParts);
}

/** Elements of the statistics of `forward` and of the scratch view of `backward`: one for every query and head. */
export function statisticsLength({ queries, heads }: Pick<Shape, "queries" | "heads">): number {
  return queries * heads;
}

/**
 * `out = softmax(q k^T / sqrt(headDim)) v`, f32, for the rows of q. q, out: [queries, heads * headDim], grouped by
 * sequence: those of sequence b are `starts[b]` to `starts[b + 1] - 1`, at most `sequence` of them; starts: u32
 * [batch + 1]. kv: [batch * sequence, 2 * kvHeads * headDim]. lse: [heads, queries], the log-sum-exp of each row of
 * scaled scores.
 * @throws RangeError if there are more key heads than query heads, or the variant cannot run.
 */
export function forward(
  backend: Backend,
  { q, kv, starts, out, lse }: { q: View; kv: View; starts: View; out: View; lse: View },
  shape: Shape,
  variant: Variant = chooseVariant(backend.traits, shape),
): void {
  const { forward } = chooseKernels(backend.traits, shape, variant);
  backend.run(forward, { q, kv, starts, out, lse }, scalarsOf(shape));
}

/**
 * Gradient of `forward`: writes dq and dkv, shaped like q and kv, completely. `out` and `lse` are forward's results;
 * dout is shaped like out; scratch: `statisticsLength(shape)` elements, contents irrelevant. Where only the first
 * sequences have a gradient, `batch` may count these alone; what belongs to the others is then left as it is.
 * @throws RangeError as `forward`.
 */
export function backward(
  backend: Backend,
  views: {
    q: View;
    kv: View;
    starts: View;
    out: View;
    lse: View;
    dout: View;
    dq: View;
    dkv: View;
    scratch: View;
  },
  shape: Shape,
  variant: Variant = chooseVariant(backend.traits, shape),
): void {
  const { out, dout, scratch: delta, ...rest } = views, scalars = scalarsOf(shape);
  const { backward } = chooseKernels(backend.traits, shape, variant);
  backend.run(deltaKernel, { out, dout, delta }, scalars);
  backend.run(backward, { ...rest, delta, dout }, scalars);
}

function scalarsOf({ batch, sequence, queries, heads, kvHeads, headDim }: Shape): Scalars {
  if (kvHeads < 1 || kvHeads > heads) {
    throw new RangeError(
      `attention: expected 1 to ${heads} key heads (one per query head), found ${kvHeads}`,
    );
  }
  return { batch, sequence, queries, heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim) };
}
