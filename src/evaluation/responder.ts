/** What answers prompts: a model on one device, or one per worker on the cores of the CPU. */

import type { Backend } from "../../kernels/backend.ts";
import { Stream } from "../../kernels/philox/random.ts";
import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import type { ModelFiles } from "../model/checkpoint_files.ts";
import { allocateParameters, freeParameters, layoutParameters, loadParameters } from "../model/parameters.ts";
import { createTransformer, freeTransformer } from "../model/transformer.ts";

/** How a response is decoded: greedily, block by block, by low-confidence remasking (LLaDA). */
export interface DecodingSizes {
  /** Tokens of a response. */
  readonly length: number;
  /** Denoising steps of a response. */
  readonly steps: number;
  readonly block: number;
}

/** Prompts of one length, to be answered together. */
export interface PromptBatch {
  readonly prompts: readonly Uint32Array[];
  /** Of each prompt: the identity of its random numbers. */
  readonly rows: readonly number[];
  readonly decoding: DecodingSizes;
}

/** Dispose it to free the model. */
export interface Responder extends AsyncDisposable {
  /** Batches that it answers at the same time. */
  readonly width: number;
  /** The tokens of each response. They depend on the prompt alone, whatever answers beside it. */
  respond(batch: PromptBatch): Promise<Uint32Array[]>;
}

/** A model on a device. */
export function modelResponder(backend: Backend, { config, tensors }: ModelFiles): Responder {
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const parameters = allocateParameters(backend, layout, "model");
  loadParameters(backend, parameters, tensors);
  const model = createTransformer(backend, config);
  return {
    width: 1,
    async respond({ prompts, rows, decoding: { length, steps, block } }) {
      const sampler = createSampler(model, {
        batch: prompts.length,
        sequence: prompts[0]!.length + length,
        length,
      });
      try {
        const trajectories = await sample(
          sampler,
          parameters.views,
          { prompts, rowKeys: rows, length, random: { seed: 0, stream: Stream.evaluationTokens } },
          { steps, blockLength: block, temperature: 0, remasking: "low-confidence" },
        );
        return trajectories.map(({ tokens }) => tokens);
      } finally {
        freeSampler(sampler);
      }
    },
    [Symbol.asyncDispose]() {
      freeTransformer(model);
      freeParameters(backend, parameters);
      return Promise.resolve();
    },
  };
}

/** What a worker is asked: its model stays loaded for later batches. */
export interface RespondJob {
  /** Folder of the model. */
  readonly folder: string;
  readonly batch: PromptBatch;
}
