/** Gradients of a weighted sum of log-probs of given targets: maximum likelihood, as base models are trained. */

import type { Backend, View } from "../../kernels/backend.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { type HostBatch, writeTrainingBatch } from "../model/batch.ts";
import { headBackward, headForward } from "../model/head.ts";
import { chunksOf, ofChunk } from "../model/logit_chunks.ts";
import { backward, forward } from "../model/transformer.ts";
import type { Learner } from "./learner.ts";

/** Device arrays of the targets of a batch, all [targets]. */
export interface TargetArrays {
  /** u32 */
  readonly targets: View;
  readonly logp: View;
  readonly lse: View;
  readonly entropy: View;
  /** d loss / d logp of each. */
  readonly dlogp: View;
}

/** Arrays for at most `count` targets. */
export function allocateTargets(backend: Backend, count: number): TargetArrays {
  const allocate = (name: string) => backend.allocate(`target ${name}`, count);
  return {
    targets: allocate("tokens"),
    logp: allocate("logp"),
    lse: allocate("lse"),
    entropy: allocate("entropy"),
    dlogp: allocate("dlogp"),
  };
}

/**
 * Adds the gradient of `sum dlogp_k logp_k` to the learner's gradients, with `targets` and `dlogp` as they were
 * written, and leaves the log-probs and entropies in `arrays`.
 */
export function addTargetGradients(learner: Learner, arrays: TargetArrays, batch: HostBatch): void {
  const { backend, model, parameters, optimizer, batch: input, saved, scratch, gradients } = learner;
  const { vocab } = model.config, { shape } = batch, { logits } = scratch;
  const stores = { weights: parameters.views, gradients: optimizer.gradients.views };
  writeTrainingBatch(backend, input, batch, vocab);
  forward(model, parameters.views, { input, shape }, { saved, scratch });
  for (const rows of chunksOf(model.config, logits, shape.targets)) {
    const places = ofChunk(input.rowNumbers, rows), size = { count: rows.count, vocab };
    headForward(model, parameters.views, { saved, scratch }, rows);
    tokenLogprob.forward(backend, { logits, ...arrays, places }, size);
    tokenLogprob.backward(
      backend,
      { logits, ...arrays, dentropy: arrays.dlogp, places, dlogits: gradients.logits },
      { ...size, entropyTerm: false },
    );
    headBackward(model, stores, { saved, scratch: gradients }, { rows, targets: shape.targets });
  }
  backward(model, stores, { input, shape }, { saved, scratch: gradients });
}
