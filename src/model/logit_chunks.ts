/** How targets are cut into chunks for the head of the model, whose logits exist some rows at a time. */

import { slice, type View, VIEW_ALIGNMENT } from "../../kernels/backend.ts";
import type { ModelConfig } from "./config.ts";

/** Logits of a chunk: 4 MiB, or 128 rows of a larger vocabulary, so that the head's weights are not read too often. */
const CHUNK_LOGITS = 2 ** 20, LEAST_ROWS = 2 * VIEW_ALIGNMENT;

/** Rows of logits that exist at a time within some limits. */
export function logitRows(
  { vocab }: Pick<ModelConfig, "vocab">,
  { targets, logitRows }: { readonly targets: number; readonly logitRows?: number },
): number {
  const fitting = Math.floor(CHUNK_LOGITS / vocab / VIEW_ALIGNMENT) * VIEW_ALIGNMENT;
  return Math.min(targets, logitRows ?? Math.max(LEAST_ROWS, fitting));
}

/** Targets `[first, first + count)` of a batch. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** All targets, as many at a time as `logits` holds. @throws RangeError if that is not a multiple of `VIEW_ALIGNMENT` */
export function chunksOf({ vocab }: Pick<ModelConfig, "vocab">, logits: View, targets: number): Rows[] {
  const rows = Math.floor(logits.length / vocab);
  if (targets > rows && (rows === 0 || rows % VIEW_ALIGNMENT !== 0)) {
    throw new RangeError(
      `${logits.buffer.label} holds ${rows} of ${targets} rows of logits, expected all or a multiple of ${VIEW_ALIGNMENT}`,
    );
  }
  const chunks: Rows[] = [];
  for (let first = 0; first < targets; first += rows) {
    chunks.push({ first, count: Math.min(rows, targets - first) });
  }
  return chunks;
}

/** Elements of a view over all targets that belong to a chunk. */
export function ofChunk(view: View, { first, count }: Rows, width = 1): View {
  return slice(view, first * width, count * width);
}
