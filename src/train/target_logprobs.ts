/** Log-probs of an update's targets under some weights, and what is measured on the current distributions. */

import type { View } from "../../kernels/backend.ts";
import { MEASURED, type MeasuredColumn } from "../../kernels/objectives/inputs.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { type BatchShape, writeForwardBatch } from "../model/batch.ts";
import { headForward } from "../model/head.ts";
import { chunksOf, ofChunk } from "../model/logit_chunks.ts";
import type { WeightViews } from "../model/parameters.ts";
import { forward } from "../model/transformer.ts";
import type { Update } from "./prepared_update.ts";
import type { Graph } from "./update_engine.ts";

/** A pass over all targets of an update without gradients. */
export interface ScoringPass {
  readonly weights: WeightViews;
  /** Takes the log-probs. */
  readonly logp: View;
  /**
   * Whose weights these are. Divergences are those of the current policy from the rollout's, so that only its passes
   * measure them; the old policy and the reference are scored for their log-probs alone.
   */
  readonly scoring: "current" | "other";
}

/** Log-probs of the targets of some micro-batches, default all, under some weights, without keeping a graph. */
export function scoreTargets(update: Update, pass: ScoringPass, microBatches = update.microBatches): void {
  const { learner } = update.engine, { backend, model, batch, saved, scratch } = learner;
  for (const micro of microBatches) {
    writeForwardBatch(backend, batch, micro);
    backend.write(batch.places, micro.places);
    forward(model, pass.weights, { input: batch, shape: micro.shape }, { saved, scratch });
    evaluateTargets(update, pass, learner, micro.shape);
  }
}

/** Log-probs of the targets of a forward pass, with what their gradients need later: log-sum-exp and entropy. */
export function evaluateTargets(
  update: Update,
  { weights, logp, scoring }: ScoringPass,
  { batch, saved }: Graph,
  { targets }: Pick<BatchShape, "targets">,
): void {
  const { engine: { learner: { backend, model, scratch } }, buffers: { tokens, lse, entropy } } = update;
  const { logits } = scratch, { vocab } = model.config;
  for (const rows of chunksOf(model.config, logits, targets)) {
    const places = ofChunk(batch.places, rows), shape = { count: rows.count, vocab };
    headForward(model, weights, { saved, scratch }, rows);
    tokenLogprob.forward(backend, { logits, targets: tokens, logp, lse, entropy, places }, shape);
    if (scoring === "current") measureColumns({ update, logits, places, rows: shape });
  }
}

/** What a measure is taken of: logits of some targets, with the update that they belong to. */
interface Measured {
  readonly update: Update;
  readonly logits: View;
  /** Target of the update that each row of logits belongs to. */
  readonly places: View;
  readonly rows: tokenLogprob.Shape;
}

/** What measures each column of the current distributions. */
const MEASURES: Readonly<Record<MeasuredColumn, (measured: Measured, column: View) => void>> = {
  /** Divergences of the rollout's distributions from the current ones. */
  divergence(
    { update: { engine: { learner, objective }, buffers, recordedTop }, logits, places, rows },
    column,
  ) {
    const { lse, topTokens, topLogp } = buffers;
    tokenLogprob.divergence(
      learner.backend,
      { logits, lse, tokens: topTokens!, logp: topLogp!, divergence: column, places },
      { ...rows, categories: recordedTop!.count, kind: objective.divergence! },
    );
  },
};

/** Measures of the distributions of some logits, those that the objective has columns for. */
function measureColumns(measured: Measured): void {
  const { buffers } = measured.update;
  for (const name of MEASURED) {
    const column = buffers[name];
    if (column) MEASURES[name](measured, column);
  }
}
