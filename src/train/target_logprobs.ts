/** Log-probs of an update's targets under some weights, and what is measured on the current distributions. */

import type { View } from "../../kernels/backend.ts";
import { MEASURED, type MeasuredColumn } from "../../kernels/objectives/inputs.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import type { Saved } from "../model/activations.ts";
import { writeForwardBatch } from "../model/batch.ts";
import type { WeightViews } from "../model/parameters.ts";
import { forward } from "../model/transformer.ts";
import type { Learner } from "./learner.ts";
import type { MicroBatch } from "./micro_batches.ts";
import type { PreparedUpdate } from "./prepared_update.ts";
import type { UpdateBuffers, UpdateEngine } from "./update_engine.ts";

/** Log-probs of all targets under `weights`, without gradients, into `logp`. */
export function scoreTargets(
  engine: UpdateEngine,
  weights: WeightViews,
  prepared: PreparedUpdate,
  plan: UpdateBuffers,
  logp: View,
): void {
  const { learner } = engine, { backend, model, batch, saved, scratch } = learner;
  for (const micro of prepared.microBatches) {
    if (micro.shape.targets === 0) continue;
    writeForwardBatch(backend, batch, micro);
    forward(model, weights, batch, micro.shape, saved, scratch);
    evaluateTargets(learner, micro, plan, saved, logp);
    if (logp === plan.logp) measureColumns(engine, prepared, micro, plan, saved);
  }
}

/** What a measure is taken of: logits of one micro-batch, with the update that they belong to. */
interface Measured {
  readonly engine: UpdateEngine;
  readonly prepared: PreparedUpdate;
  readonly plan: UpdateBuffers;
  readonly logits: View;
  /** Rows of the micro-batch, and their first target. */
  readonly rows: tokenLogprob.Shape;
}

/** What measures each column of the current distributions. */
const MEASURES: Readonly<Record<MeasuredColumn, (measured: Measured, column: View) => void>> = {
  /** Divergences of the rollout's distributions from the current ones. */
  divergence(
    { engine: { learner, objective }, prepared, plan: { lse, topTokens, topLogp }, logits, rows },
    column,
  ) {
    tokenLogprob.divergence(
      learner.backend,
      { logits, lse, tokens: topTokens!, logp: topLogp!, divergence: column },
      { ...rows, categories: prepared.recordedTop!.count, kind: objective.divergence! },
    );
  },
};

/** Measures of the distributions of `saved`, those that the objective has columns for. */
export function measureColumns(
  engine: UpdateEngine,
  prepared: PreparedUpdate,
  { shape, firstTarget }: MicroBatch,
  plan: UpdateBuffers,
  { logits }: Saved,
): void {
  const rows = { count: shape.targets, vocab: engine.learner.model.config.vocab, first: firstTarget };
  for (const name of MEASURED) {
    const column = plan[name];
    if (column) MEASURES[name]({ engine, prepared, plan, logits, rows }, column);
  }
}

/** Log-probs of a micro-batch's targets, with what their gradients need later: log-sum-exp and entropy. */
export function evaluateTargets(
  { backend, model }: Learner,
  { shape, firstTarget }: MicroBatch,
  { tokens, lse, entropy }: Pick<UpdateBuffers, "tokens" | "lse" | "entropy">,
  { logits }: Saved,
  logp: View,
): void {
  tokenLogprob.forward(backend, { logits, targets: tokens, logp, lse, entropy }, {
    count: shape.targets,
    vocab: model.config.vocab,
    first: firstTarget,
  });
}
