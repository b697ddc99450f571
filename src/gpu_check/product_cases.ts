/** Parity of matrix products and of attention, in every variant that the adapter can run. */

import * as attention from "../../kernels/attention/mod.ts";
import type { Backend } from "../../kernels/backend.ts";
import { multiply } from "../../kernels/matmul/mod.ts";
import { packBf16, packF16, STORAGES } from "../../kernels/matmul/storage.ts";
import { LAYOUTS } from "../../kernels/matmul/subgroup.ts";
import { misfit, VARIANTS } from "../../kernels/matmul/variants.ts";
import { floats } from "./inputs.ts";
import type { ParityCase } from "./parity.ts";

/** The CPU has one form, whatever it is called. */
const onCpu = ({ description }: Backend) => description.backend === "cpu";

/** Past a tile in every direction, and no multiple of one. */
const PRODUCT = { m: 140, n: 132, k: 100 } as const;
const PACK = { f32: (values: Float32Array) => values, bf16: packBf16, f16: packF16 } as const;

/** Every variant, layout and storage of B that runs; with and without something to add to. */
export function productCases({ traits }: Pick<Backend, "traits">): ParityCase[] {
  const { m, n, k } = PRODUCT;
  const forms = VARIANTS.flatMap((variant) =>
    LAYOUTS.flatMap((layout) => STORAGES.map((storage) => ({ variant, layout, storage })))
  );
  return forms.filter((form) => misfit(traits, form, PRODUCT) === null)
    .map(({ variant, layout, storage }) => ({
      name: `matmul ${layout} ${variant} ${storage}`,
      run({ backend, given, room }) {
        const a = given(floats(m * k, 1)), b = given(PACK[storage](floats(k * n, 2)));
        const c = room(m * n), added = given(floats(m * n, 3)), shape = { ...PRODUCT, bStorage: storage };
        const form = { variant: onCpu(backend) ? "plain" as const : variant, layout };
        multiply(backend, form, { a, b, c }, shape);
        multiply(backend, form, { a, b, c: added }, { ...shape, accumulate: "after" });
        return { floats: { product: c, added } };
      },
    }));
}

/** Ragged queries, key heads that are shared, more than one tile. */
const ASKED = [150, 0, 7];

/** Forward and backward of every variant that runs. */
export function attentionCases({ traits }: Pick<Backend, "traits">): ParityCase[] {
  const starts = Uint32Array.from(
    { length: ASKED.length + 1 },
    (_, b) => ASKED.slice(0, b).reduce((sum, count) => sum + count, 0),
  );
  const sizes = { batch: ASKED.length, sequence: 150, queries: starts.at(-1)!, heads: 4, kvHeads: 2 };
  return attention.VARIANTS.flatMap((variant) => {
    const shape = { ...sizes, headDim: variant === "scalar" ? 6 : 16 };
    if (variant === "subgroup" && attention.chooseVariant(traits, shape) !== "subgroup") return [];
    const { queries, heads, kvHeads, headDim, batch, sequence } = shape;
    const across = queries * heads * headDim, rows = batch * sequence * 2 * kvHeads * headDim;
    return [
      {
        name: `attention ${variant}`,
        run({ backend, given, room }) {
          const statistics = attention.statisticsLength(shape);
          const views = {
            q: given(floats(across, 4, 2)),
            kv: given(floats(rows, 5, 2)),
            starts: given(starts),
            dout: given(floats(across, 6)),
            out: room(across),
            lse: room(statistics),
            dq: room(across),
            dkv: room(rows),
            scratch: room(statistics),
          };
          const form = onCpu(backend) ? "scalar" : variant;
          attention.forward(backend, views, shape, form);
          attention.backward(backend, views, shape, form);
          const { out, lse, dq, dkv } = views;
          return { floats: { out, lse, dq, dkv } };
        },
      } satisfies ParityCase,
    ];
  });
}
