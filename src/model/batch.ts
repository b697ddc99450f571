/** The inputs of one forward pass: token ids, and the rows whose log-probs are asked for. */

import type { Backend, View } from "../../kernels/backend.ts";
import { rowsByToken } from "../../kernels/embed/mod.ts";
import { inverseIndex } from "../../kernels/gather_rows/mod.ts";
import type { BatchLimits } from "./activations.ts";

/** Device form of a micro-batch. Allocated once at its limits, rewritten for every micro-batch. */
export interface BatchViews {
  /** [batch, sequence] token ids. */
  readonly ids: View;
  /** Row (batch index * sequence + position) of each target, [targets]. */
  readonly targetRows: View;
  /** Target of each row, or 0xffffffff, [rows]. For backward. */
  readonly rowTargets: View;
  /** Rows grouped by token, for the gradient of the embedding: [vocab + 1] and [rows]. */
  readonly tokenStarts: View;
  readonly tokenRows: View;
}

export interface BatchShape {
  readonly batch: number;
  readonly sequence: number;
  readonly targets: number;
}

/** Host form of a micro-batch of sequences of one length. */
export interface HostBatch {
  /** [batch * sequence] */
  readonly ids: Uint32Array;
  readonly targetRows: Uint32Array;
  readonly shape: BatchShape;
}

/** Allocates the device form for micro-batches within `limits`. */
export function allocateBatch(
  backend: Backend,
  vocab: number,
  { rows, targets }: BatchLimits,
  label: string,
): BatchViews {
  return {
    ids: backend.allocate(`${label}.ids`, rows),
    targetRows: backend.allocate(`${label}.target_rows`, targets),
    rowTargets: backend.allocate(`${label}.row_targets`, rows),
    tokenStarts: backend.allocate(`${label}.token_starts`, vocab + 1),
    tokenRows: backend.allocate(`${label}.token_rows`, rows),
  };
}

/** Uploads what a forward pass reads. */
export function writeForwardBatch(backend: Backend, views: BatchViews, { ids, targetRows }: HostBatch): void {
  backend.write(views.ids, ids);
  if (targetRows.length > 0) backend.write(views.targetRows, targetRows);
}

/** Uploads what a forward and a backward pass read. */
export function writeTrainingBatch(
  backend: Backend,
  views: BatchViews,
  batch: HostBatch,
  vocab: number,
): void {
  writeForwardBatch(backend, views, batch);
  const { starts, order } = rowsByToken(batch.ids, vocab);
  backend.write(views.rowTargets, inverseIndex(batch.targetRows, batch.ids.length));
  backend.write(views.tokenStarts, starts);
  backend.write(views.tokenRows, order);
}
