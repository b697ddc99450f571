/** Small models for tests: parameters, batches, log-probs and gradients by the ops of a backend. */

import { assert, assertEquals } from "@std/assert";
import { type Backend, readFloats, upload, type View } from "../../kernels/backend.ts";
import { testData } from "../../kernels/testing.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import {
  allocateGradientScratch,
  allocateSaved,
  allocateScratch,
  type BatchLimits,
  freeViews,
} from "./activations.ts";
import { allocateBatch, type BatchShape, type HostBatch, writeTrainingBatch } from "./batch.ts";
import { checkConfig, type ModelConfig } from "./config.ts";
import {
  allocateParameters,
  freeParameters,
  type HostTensor,
  initialTensors,
  layoutParameters,
  loadParameters,
  type NamedTensors,
  readParameters,
} from "./parameters.ts";
import { headBackward, headForward } from "./head.ts";
import { chunksOf, ofChunk } from "./logit_chunks.ts";
import { backward, createTransformer, forward, freeTransformer } from "./transformer.ts";

/** A model of a few hundred parameters. */
export function smallConfig(changes: Partial<ModelConfig> = {}): ModelConfig {
  return checkConfig({
    vocab: 20,
    dim: 8,
    layers: 2,
    heads: 2,
    kvHeads: 2,
    headDim: 4,
    hidden: 12,
    position: "learned",
    ropeTheta: 100,
    maxSequence: 12,
    normEpsilon: 1e-5,
    maskId: 1,
    eosId: 0,
    tiedHead: false,
    ...changes,
  });
}

/** Sizes that no vector width divides, and heads that share keys and values. */
export const ODD_SIZES: Partial<ModelConfig> = {
  vocab: 19,
  dim: 10,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  hidden: 13,
};

/** Parameters of a model. Norm weights lie around 1: at exactly 1, errors in their gradients could hide. */
export function smallTensors(config: ModelConfig, seed = 1): Map<string, HostTensor> {
  const layout = layoutParameters(config, 2 ** 24);
  const tensors = initialTensors(layout, { embeddingStd: 0.8, linearGain: 1 }, { seed, stream: 1 });
  return new Map(Array.from(tensors, ([name, { shape, data }], index) => {
    const spread = testData(data.length, 100 * seed + index);
    return [name, { shape, data: shape.length > 1 ? data : data.map((w, i) => w + 0.3 * spread[i]!) }];
  }));
}

/** `length` integers in [0, below). */
export function testIntegers(length: number, below: number, salt: number): Uint32Array {
  return Uint32Array.from(testData(length, salt), (x) => Math.floor((x + 1) / 2 * below));
}

/** A micro-batch of random tokens, and the tokens asked for at `targets` of its rows. */
export function testBatch(
  { vocab }: ModelConfig,
  { batch, sequence, targets }: BatchShape,
  salt: number,
): { batch: HostBatch; tokens: Uint32Array } {
  const rows = batch * sequence;
  const order = Array.from(testData(rows, salt), (x, row) => ({ x, row })).sort((a, b) => a.x - b.x);
  return {
    batch: {
      ids: testIntegers(rows, vocab, salt + 1),
      targetRows: Uint32Array.from(order.slice(0, targets), ({ row }) => row).sort(),
      shape: { batch, sequence, targets },
    },
    tokens: testIntegers(targets, vocab, salt + 2),
  };
}

/** A model on a device with the buffers of one micro-batch. */
export type SmallModel = ReturnType<typeof openModel>;

/** Opens a model; disposing of it frees everything. */
export function openModel(
  backend: Backend,
  config: ModelConfig,
  tensors: NamedTensors,
  { maxShardElements = backend.traits.maxBufferElements, ...limits }: BatchLimits & {
    readonly maxShardElements?: number;
  },
) {
  const layout = layoutParameters(config, maxShardElements);
  const parameters = allocateParameters(backend, layout, "parameters");
  const gradients = allocateParameters(backend, layout, "gradients");
  loadParameters(backend, parameters, tensors);
  const allocate = (name: string) => backend.allocate(name, limits.targets);
  const scratch = allocateScratch(backend, config, limits);
  const buffers = {
    batch: allocateBatch(backend, config.vocab, limits, "batch"),
    saved: allocateSaved(backend, config, limits, "saved"),
    scratch,
    upstream: allocateGradientScratch(backend, config, limits, scratch),
    target: { logp: allocate("logp"), lse: allocate("lse"), entropy: allocate("entropy") },
  };
  const transformer = createTransformer(backend, config);
  return {
    backend,
    config,
    transformer,
    parameters,
    gradients,
    ...buffers,
    [Symbol.dispose]() {
      freeViews(backend, buffers);
      freeParameters(backend, parameters);
      freeParameters(backend, gradients);
      freeTransformer(transformer);
    },
  };
}

const head = (view: View, length: number): View => ({ ...view, length });

/** Logits [targets, vocab] of a micro-batch. */
export async function logitsOf(model: SmallModel, batch: HostBatch): Promise<Float32Array> {
  const { backend, config, transformer, parameters, batch: views, saved, scratch } = model;
  writeTrainingBatch(backend, views, batch, config.vocab);
  forward(transformer, parameters.views, { input: views, shape: batch.shape }, { saved, scratch });
  const logits = new Float32Array(batch.shape.targets * config.vocab);
  for (const rows of chunksOf(config, scratch.logits, batch.shape.targets)) {
    headForward(transformer, parameters.views, { saved, scratch }, rows);
    const part = await readFloats(backend, head(scratch.logits, rows.count * config.vocab));
    logits.set(part, rows.first * config.vocab);
  }
  return logits;
}

/** Log-prob of a token at every target of a micro-batch. */
export async function logpOf(
  model: SmallModel,
  batch: HostBatch,
  tokens: Uint32Array,
): Promise<Float32Array> {
  const { backend, config, transformer, parameters, batch: views, saved, scratch, target } = model;
  const count = batch.shape.targets, targets = upload(backend, "tokens", tokens);
  try {
    writeTrainingBatch(backend, views, batch, config.vocab);
    forward(transformer, parameters.views, { input: views, shape: batch.shape }, { saved, scratch });
    for (const rows of chunksOf(config, scratch.logits, count)) {
      headForward(transformer, parameters.views, { saved, scratch }, rows);
      tokenLogprob.forward(
        backend,
        { logits: scratch.logits, targets, ...target, places: ofChunk(views.rowNumbers, rows) },
        { count: rows.count, vocab: config.vocab },
      );
    }
    return await readFloats(backend, head(target.logp, count));
  } finally {
    backend.free(targets);
  }
}

/** Gradient of `sum dlogp_k logp_k` in every parameter, over the targets that have one. */
export async function gradientOf(
  model: SmallModel,
  batch: HostBatch,
  tokens: Uint32Array,
  dlogp: Float32Array,
): Promise<Map<string, HostTensor>> {
  const {
    backend,
    config,
    transformer,
    parameters,
    gradients,
    batch: views,
    saved,
    scratch,
    target,
    upstream,
  } = model;
  await logpOf(model, batch, tokens);
  const arrays = { targets: upload(backend, "tokens", tokens), dlogp: upload(backend, "dlogp", dlogp) };
  const { signal = batch.shape } = batch;
  try {
    for (const shard of gradients.shards) backend.clear(shard);
    writeTrainingBatch(backend, views, batch, config.vocab);
    const stores = { weights: parameters.views, gradients: gradients.views };
    for (const rows of chunksOf(config, scratch.logits, signal.targets)) {
      headForward(transformer, parameters.views, { saved, scratch }, rows);
      tokenLogprob.backward(backend, {
        ...arrays,
        ...target,
        logits: scratch.logits,
        dentropy: arrays.dlogp,
        places: ofChunk(views.rowNumbers, rows),
        dlogits: upstream.logits,
      }, { count: rows.count, vocab: config.vocab, entropyTerm: false });
      headBackward(transformer, stores, { saved, scratch: upstream }, { rows, targets: signal.targets });
    }
    backward(
      transformer,
      stores,
      { input: views, shape: batch.shape, signal },
      { saved, scratch: upstream },
    );
    return await readParameters(backend, gradients);
  } finally {
    freeViews(backend, arrays);
  }
}

/** A direction in the space of some parameters. */
export type Direction = ReadonlyMap<string, Float32Array>;

/** A random direction of length 1 in the space of the named tensors. */
export function testDirection(tensors: NamedTensors, names: Iterable<string>, salt: number): Direction {
  const direction = new Map<string, Float32Array>();
  for (const name of names) direction.set(name, testData(tensors.get(name)!.data.length, salt++));
  let square = 0;
  for (const part of direction.values()) for (const d of part) square += d * d;
  return new Map(Array.from(direction, ([name, part]) => [name, part.map((d) => d / Math.sqrt(square))]));
}

/** Derivative of `f` along a direction, by central differences of fourth order. */
export async function differenceAlong(
  f: (tensors: NamedTensors) => Promise<number>,
  tensors: NamedTensors,
  direction: Direction,
  step: number,
): Promise<number> {
  const at = (distance: number) =>
    f(
      new Map(Array.from(tensors, ([name, { shape, data }]) => {
        const along = direction.get(name);
        return [name, { shape, data: along ? data.map((p, i) => p + distance * along[i]!) : data }];
      })),
    );
  const near = await at(step) - await at(-step), far = await at(2 * step) - await at(-2 * step);
  return (8 * near - far) / (12 * step);
}

/** Derivative along a direction, from the gradient. */
export function gradientAlong(gradient: NamedTensors, direction: Direction): number {
  let sum = 0;
  for (const [name, along] of direction) {
    gradient.get(name)!.data.forEach((g, i) => sum += g * along[i]!);
  }
  return sum;
}

/** Throws unless both arrays have the same bits: equal numbers of another sign or NaN differ. */
export function assertSameBits(actual: Float32Array, expected: Float32Array, what = "values"): void {
  const words = (array: Float32Array) => new Uint32Array(array.buffer, array.byteOffset, array.length);
  const a = words(actual), b = words(expected);
  assertEquals(a.length, b.length, what);
  const at = a.findIndex((word, i) => word !== b[i]);
  assert(at < 0, `${what}[${at}] is ${actual[at]}, expected the bits of ${expected[at]}`);
}

/** `assertSameBits` of every tensor. */
export function assertSameTensors(actual: NamedTensors, expected: NamedTensors): void {
  assertEquals([...actual.keys()], [...expected.keys()]);
  for (const [name, { data }] of expected) assertSameBits(actual.get(name)!.data, data, name);
}

/** Throws unless every tensor agrees within `tolerance` times its largest entry. */
export function assertCloseTensors(actual: NamedTensors, expected: NamedTensors, tolerance: number): void {
  assertEquals([...actual.keys()], [...expected.keys()]);
  for (const [name, { data }] of expected) {
    const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    actual.get(name)!.data.forEach((x, i) => {
      const error = Math.abs(x - data[i]!);
      assert(error <= tolerance * largest, `${name}[${i}] is ${x}, expected ${data[i]} (largest ${largest})`);
    });
  }
}
