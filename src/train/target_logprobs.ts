/** Log-probs of an update's targets under some weights, and what is measured on the current distributions. */

import type { View } from "../../kernels/backend.ts";
import { MEASURED, type MeasuredColumn } from "../../kernels/objectives/inputs.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { type BatchShape, type BatchViews, writeForwardBatch } from "../model/batch.ts";
import type { WeightViews } from "../model/parameters.ts";
import { forward } from "../model/transformer.ts";
import type { Learner } from "./learner.ts";
import type { Update } from "./prepared_update.ts";
import type { UpdateBuffers } from "./update_engine.ts";

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

/** Log-probs of all targets under some weights. */
export function scoreTargets(update: Update, { weights, logp, scoring }: ScoringPass): void {
  const { engine: { learner }, buffers, microBatches } = update;
  const { backend, model, batch, saved, scratch } = learner;
  for (const micro of microBatches) {
    const shaped = { input: batch, shape: micro.shape };
    writeForwardBatch(backend, batch, micro);
    backend.write(batch.places, micro.places);
    forward(model, weights, shaped, { saved, scratch });
    evaluateTargets(learner, shaped, { ...buffers, logp }, saved.logits);
    if (scoring === "current") measureColumns(update, shaped, saved.logits);
  }
}

/** Targets of a micro-batch on the device. */
export interface TargetBatch {
  readonly input: Pick<BatchViews, "places">;
  readonly shape: Pick<BatchShape, "targets">;
}

/** What a measure is taken of: logits of one micro-batch, with the update that they belong to. */
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

/** Measures of the distributions of `logits`, those that the objective has columns for. */
export function measureColumns(
  update: Update,
  { input: { places }, shape }: TargetBatch,
  logits: View,
): void {
  const { engine: { learner: { model } }, buffers } = update;
  const rows = { count: shape.targets, vocab: model.config.vocab };
  for (const name of MEASURED) {
    const column = buffers[name];
    if (column) MEASURES[name]({ update, logits, places, rows }, column);
  }
}

/** Log-probs of a micro-batch's targets, with what their gradients need later: log-sum-exp and entropy. */
export function evaluateTargets(
  { backend, model }: Learner,
  { input: { places }, shape }: TargetBatch,
  { tokens, logp, lse, entropy }: Pick<UpdateBuffers, "tokens" | "logp" | "lse" | "entropy">,
  logits: View,
): void {
  tokenLogprob.forward(backend, { logits, targets: tokens, logp, lse, entropy, places }, {
    count: shape.targets,
    vocab: model.config.vocab,
  });
}
