/** Log-probs of an update's targets under some weights, and divergences from what a rollout recorded. */

import type { View } from "../../kernels/backend.ts";
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
    if (logp === plan.logp) measureDivergence(engine, prepared, micro, plan, saved);
  }
}

/** Divergences of the rollout's distributions from those of `saved`, where the objective has them. */
export function measureDivergence(
  { learner: { backend, model }, objective }: UpdateEngine,
  { recordedTop }: PreparedUpdate,
  { shape, firstTarget }: MicroBatch,
  { topTokens, topLogp, lse, divergence }: UpdateBuffers,
  { logits }: Saved,
): void {
  if (!objective.divergence) return;
  tokenLogprob.divergence(
    backend,
    { logits, lse, tokens: topTokens!, logp: topLogp!, divergence: divergence! },
    {
      count: shape.targets,
      vocab: model.config.vocab,
      first: firstTarget,
      categories: recordedTop!.count,
      kind: objective.divergence,
    },
  );
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
