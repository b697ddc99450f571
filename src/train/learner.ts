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
import type { CheckpointTensors } from "./checkpoint.ts";
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
  const scratch = allocateScratch(backend, config, limits);
  return {
    backend,
    model: createTransformer(backend, config),
    parameters,
    optimizer: allocateOptimizer(backend, parameters),
    limits,
    batch: allocateBatch(backend, config.vocab, limits, "batch"),
    saved: allocateSaved(backend, config, limits, "saved"),
    scratch,
    gradients: allocateGradientScratch(backend, config, limits, scratch),
  };
}

/** What a checkpoint holds of a learner: parameters and both moments, shard by shard. */
function shardsOf({ parameters, optimizer: { firstMoment, secondMoment } }: Learner) {
  return Object.entries({ parameters, firstMoment, secondMoment }).flatMap(([name, store]) =>
    store.shards.map((shard, i) => [`${name}.${i}`, shard] as const)
  );
}

/** The state of a learner on the host, for a checkpoint. */
export async function learnerTensors(learner: Learner): Promise<CheckpointTensors> {
  const shards = shardsOf(learner);
  const contents = await learner.backend.read(...shards.map(([, shard]) => shard));
  return Object.fromEntries(shards.map(([name], i) => [name, new Float32Array(contents[i]!)]));
}

/** Puts a learner of the same model into the state that `learnerTensors` returned. */
export function restoreLearner(learner: Learner, tensors: CheckpointTensors): void {
  for (const [name, shard] of shardsOf(learner)) learner.backend.write(shard, tensors[name]!);
}

/** Frees everything that `createLearner` allocated. */
export function freeLearner({ backend, model, parameters, optimizer, ...buffers }: Learner): void {
  const { batch, saved, scratch, gradients } = buffers;
  freeViews(backend, { batch, saved, scratch, gradients });
  freeOptimizer(backend, optimizer);
  freeParameters(backend, parameters);
  freeTransformer(model);
}
