/** A model in training: its parameters and optimiser on a device, and the buffers of one micro-batch. */

import type { Backend } from "../../kernels/backend.ts";
import {
  allocateGradientScratch,
  allocateSaved,
  allocateScratch,
  type BatchLimits,
  freeViews,
  type GradientScratch,
  type Saved,
  type Scratch,
} from "../model/activations.ts";
import { allocateBatch, type BatchViews } from "../model/batch.ts";
import type { ModelConfig } from "../model/config.ts";
import {
  allocateParameters,
  freeParameters,
  layoutParameters,
  loadParameters,
  type NamedTensors,
  type ParameterStore,
} from "../model/parameters.ts";
import { createTransformer, freeTransformer, type Transformer } from "../model/transformer.ts";
import { allocateOptimizer, freeOptimizer, type Optimizer } from "./optimizer.ts";

export interface Learner {
  readonly backend: Backend;
  readonly model: Transformer;
  readonly parameters: ParameterStore;
  readonly optimizer: Optimizer;
  readonly limits: BatchLimits;
  readonly batch: BatchViews;
  readonly saved: Saved;
  readonly scratch: Scratch;
  readonly gradients: GradientScratch;
}

/** Plans every buffer of training and loads the parameters. */
export function createLearner(
  backend: Backend,
  config: ModelConfig,
  tensors: NamedTensors,
  limits: BatchLimits,
): Learner {
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const parameters = allocateParameters(backend, layout, "parameters");
  loadParameters(backend, parameters, tensors);
  return {
    backend,
    model: createTransformer(backend, config),
    parameters,
    optimizer: allocateOptimizer(backend, parameters),
    limits,
    batch: allocateBatch(backend, config.vocab, limits, "batch"),
    saved: allocateSaved(backend, config, limits, "saved"),
    scratch: allocateScratch(backend, config, limits),
    gradients: allocateGradientScratch(backend, config, limits),
  };
}

/** Frees everything that `createLearner` allocated. */
export function freeLearner({ backend, model, parameters, optimizer, ...buffers }: Learner): void {
  const { batch, saved, scratch, gradients } = buffers;
  freeViews(backend, { batch, saved, scratch, gradients });
  freeOptimizer(backend, optimizer);
  freeParameters(backend, parameters);
  freeTransformer(model);
}
