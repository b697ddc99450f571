/** The inputs of one forward pass: token ids, and the rows whose log-probs are asked for. */

import { type Backend, upload, type View } from "../../kernels/backend.ts";
import { rowsByToken } from "../../kernels/embed/mod.ts";
import { inverseIndex } from "../../kernels/gather_rows/mod.ts";
import type { BatchLimits } from "./activations.ts";

/** What a forward pass reads. */
export interface ForwardViews {
  /** [batch, sequence] token ids. */
  readonly ids: View;
  /** 0, 1, 2, ..., [rows]. */
  readonly rowNumbers: View;
  /** First row of each sequence, and their number, [batch + 1]. */
  readonly rowStarts: View;
  /** Row (batch index * sequence + position) of each target, ascending, [targets]. */
  readonly targetRows: View;
  /** First target of each sequence, and their number, [batch + 1]. */
  readonly targetStarts: View;
}

/** Device form of a micro-batch. Allocated once at its limits, rewritten for every micro-batch. */
export interface BatchViews extends ForwardViews {
  /** Target of each row, or 0xffffffff, [rows]. For backward. */
  readonly rowTargets: View;
  /** Rows grouped by token, for the gradient of the embedding: [vocab + 1] and [rows]. */
  readonly tokenStarts: View;
  readonly tokenRows: View;
  /** Where a plan has more targets than the batch: which of them each target is, [targets]. */
  readonly places: View;
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
  /** Ascending. */
  readonly targetRows: Uint32Array;
  readonly shape: BatchShape;
  /** The first sequences and their targets, which alone have a gradient; default: all. */
  readonly signal?: BatchShape;
}

/** Allocates what forward passes within `limits` read. */
export function allocateForward(
  backend: Backend,
  { rows, targets }: BatchLimits,
  label: string,
): ForwardViews {
  return {
    ids: backend.allocate(`${label}.ids`, rows),
    rowNumbers: upload(backend, `${label}.row_numbers`, Uint32Array.from({ length: rows }, (_, row) => row)),
    rowStarts: backend.allocate(`${label}.row_starts`, rows + 1),
    targetRows: backend.allocate(`${label}.target_rows`, targets),
    targetStarts: backend.allocate(`${label}.target_starts`, rows + 1),
  };
}

/** Allocates the device form for micro-batches within `limits`. */
export function allocateBatch(
  backend: Backend,
  vocab: number,
  limits: BatchLimits,
  label: string,
): BatchViews {
  return {
    ...allocateForward(backend, limits, label),
    rowTargets: backend.allocate(`${label}.row_targets`, limits.rows),
    tokenStarts: backend.allocate(`${label}.token_starts`, vocab + 1),
    tokenRows: backend.allocate(`${label}.token_rows`, limits.rows),
    places: backend.allocate(`${label}.places`, limits.targets),
  };
}

/** First row of each of `batch` sequences, and their number. */
export function rowStarts({ batch, sequence }: Pick<BatchShape, "batch" | "sequence">): Uint32Array {
  return Uint32Array.from({ length: batch + 1 }, (_, b) => b * sequence);
}

/**
 * First target of each sequence, and their number.
 * @throws RangeError unless the rows of the targets ascend and lie in the batch
 */
export function targetStarts(
  targetRows: Uint32Array,
  { batch, sequence }: Pick<BatchShape, "batch" | "sequence">,
): Uint32Array {
  const starts = new Uint32Array(batch + 1).fill(targetRows.length);
  let b = 0, before = -1;
  targetRows.forEach((row, k) => {
    if (row <= before || row >= batch * sequence) {
      throw new RangeError(
        `target ${k} is row ${row} after row ${before}: expected ascending rows below ${batch * sequence}`,
      );
    }
    for (; b * sequence <= row; b++) starts[b] = k;
    before = row;
  });
  return starts;
}

/** Uploads what a forward pass reads. */
export function writeForwardBatch(
  backend: Backend,
  views: ForwardViews,
  { ids, targetRows, shape }: HostBatch,
): void {
  backend.write(views.ids, ids);
  backend.write(views.rowStarts, rowStarts(shape));
  backend.write(views.targetStarts, targetStarts(targetRows, shape));
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
  const { ids, targetRows, signal = batch.shape } = batch, rows = signal.batch * signal.sequence;
  const { starts, order } = rowsByToken(ids.subarray(0, rows), vocab);
  backend.write(views.rowTargets, inverseIndex(targetRows.subarray(0, signal.targets), rows));
  backend.write(views.tokenStarts, starts);
  backend.write(views.tokenRows, order);
}
