/**
 * Matrix product in f32, row-major and without padding, for any sizes:
 *   ab   C[M,N] (+)= A[M,K] B[K,N]    input gradient of a linear layer
 *   abt  C[M,N] (+)= A[M,K] B[N,K]'   linear layer: weights are [out, in]
 *   atb  C[M,N] (+)= A[K,M]' B[K,N]   weight gradient
 *
 * Which kernel runs is chosen by adapter and shape (variants.ts); B may be stored in 16 bits (storage.ts).
 */

import type { Backend, KernelSpec, View } from "../backend.ts";
import { type Storage, STORAGES, storedWords } from "./storage.ts";
import type { Layout } from "./subgroup.ts";
import { chooseVariant, kernelOf, misfit, type Sizes, type Variant } from "./variants.ts";

export type Accumulate = "after" | "before";

export interface Shape extends Sizes {
  /**
   * Add to C instead of overwriting it: `after` adds the whole sum to C, `before` goes on from C, as a product over
   * more k's would, of which C holds the first.
   */
  readonly accumulate?: Accumulate;
  /** How B lies in memory, packed as by storage.ts; default f32. */
  readonly bStorage?: Storage;
}

export interface Operands {
  readonly a: View;
  readonly b: View;
  readonly c: View;
}

/** As kernels know it. */
const ACCUMULATE = { after: 1, before: 2 } as const;

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
  const { m, n, k, bStorage: storage = "f32" } = shape, lanes = backend.traits.subgroupSize;
  checkSizes(layout, views, shape);
  const missing = misfit(backend.traits, { variant, layout }, shape);
  if (missing) {
    throw new RangeError(
      `matmul ${layout} ${m}x${n}x${k}: the variant ${variant} needs ${missing}; use "plain"`,
    );
  }
  const accumulate = shape.accumulate ? ACCUMULATE[shape.accumulate] : 0;
  const [a_row, a_inner] = layout === "atb" ? [1, m] : [k, 1];
  const [b_inner, b_col] = layout === "abt" ? [1, k] : [n, 1];
  const kernel: KernelSpec<keyof Operands> = kernelOf(variant, { layout, storage, lanes });
  backend.run(kernel, views, {
    m,
    n,
    k,
    ...{ a_row, a_inner, b_inner, b_col },
    accumulate,
    storage: STORAGES.indexOf(storage),
  });
}

function checkSizes(layout: Layout, views: Operands, { m, n, k, bStorage = "f32" }: Shape): void {
  for (const [name, size] of Object.entries({ m, n, k })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`matmul ${layout}: ${name} is ${size}, expected a positive integer`);
    }
  }
  const needed = { a: m * k, b: storedWords(bStorage, k * n), c: m * n };
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
