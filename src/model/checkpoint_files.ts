/**
 * Model folders in the Hugging Face layout: `config.json` with `model.safetensors`, or with
 * `model.safetensors.index.json` and the shards it names.
 */

import { replaceFile } from "../files/durable.ts";
import { sha256 } from "../files/identity.ts";
import { configFromLlada, configToJson, type ModelConfig } from "./config.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

/** A weight on the host, widened to f32. Row-major. */
export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface ModelFiles {
  readonly config: ModelConfig;
  /** Weights by their public names. */
  readonly tensors: Map<string, WeightTensor>;
}

/** A model folder that lacks a file or a tensor, or whose files contradict each other. */
export class CheckpointFilesError extends Error {
  override name = "CheckpointFilesError";
}

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** Shards lie beside their index: one file name, no folders. */
const SHARD_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors$/;

/**
 * Reads a model folder. `model.safetensors` is preferred over an index, as the tools that write both do.
 * Whether the tensors are those of the configured model is checked where they are loaded into it.
 * @throws CheckpointFilesError naming the file and what is missing or wrong; ConfigError for the configuration
 */
export async function loadModelFolder(folder: string): Promise<ModelFiles> {
  const config = configFromLlada(await readJson(`${folder}/config.json`));
  if (await exists(`${folder}/${SINGLE}`)) {
    return { config, tensors: await readWeights(`${folder}/${SINGLE}`) };
  }
  if (await exists(`${folder}/${INDEX}`)) return { config, tensors: await readShards(folder) };
  throw new CheckpointFilesError(`${folder}: expected ${SINGLE} or ${INDEX}, found neither`);
}

async function readShards(folder: string): Promise<Map<string, WeightTensor>> {
  const path = `${folder}/${INDEX}`;
  const index = await readJson(path);
  const map = isRecord(index) ? index.weight_map : undefined;
  if (!isRecord(map)) throw new CheckpointFilesError(`${path}: expected an object "weight_map"`);
  const shards = new Map<string, Set<string>>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !SHARD_NAME.test(shard)) {
      throw new CheckpointFilesError(
        `${path}: tensor ${name} lies in ${
          JSON.stringify(shard)
        }; expected the name of a .safetensors file ` +
          "in the same folder",
      );
    }
    if (!shards.has(shard)) shards.set(shard, new Set());
    shards.get(shard)!.add(name);
  }
  const missing: string[] = [];
  for (const shard of shards.keys()) if (!await exists(`${folder}/${shard}`)) missing.push(shard);
  if (missing.length > 0) {
    throw new CheckpointFilesError(
      `${folder}: ${missing.length} of ${shards.size} shards are missing: ${missing.sort().join(", ")}; ` +
        "download them again",
    );
  }
  const tensors = new Map<string, WeightTensor>();
  for (const [shard, names] of shards) {
    const found = await readWeights(`${folder}/${shard}`);
    for (const name of names) {
      if (!found.has(name)) {
        throw new CheckpointFilesError(
          `${folder}/${shard} has no tensor ${name}, which ${INDEX} places there`,
        );
      }
    }
    for (const [name, tensor] of found) {
      if (!names.has(name)) {
        throw new CheckpointFilesError(
          `${folder}/${shard} holds ${name}, which ${INDEX} does not place there`,
        );
      }
      tensors.set(name, tensor);
    }
  }
  return tensors;
}

async function readWeights(path: string): Promise<Map<string, WeightTensor>> {
  const bytes = await Deno.readFile(path);
  const weights = new Map<string, WeightTensor>();
  try {
    for (const [name, { shape, dtype, data }] of readSafetensors(bytes)) {
      if (!(data instanceof Float32Array)) {
        throw new CheckpointFilesError(`tensor ${name} is ${dtype}; expected weights in F32, F16 or BF16`);
      }
      const broken = data.findIndex((value) => !Number.isFinite(value));
      if (broken >= 0) {
        throw new CheckpointFilesError(
          `tensor ${name} holds ${
            data[broken]
          } at element ${broken} of ${data.length}; expected finite weights: ` +
            "the training that wrote it diverged, take an earlier checkpoint",
        );
      }
      weights.set(name, { shape, data });
    }
  } catch (error) {
    throw new CheckpointFilesError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  return weights;
}

/** Writes `config.json` and `model.safetensors` (F32) such that `loadModelFolder` returns the same. */
export async function saveModelFolder(
  folder: string,
  config: ModelConfig,
  tensors: ReadonlyMap<string, WeightTensor>,
): Promise<void> {
  await replaceFile(`${folder}/config.json`, JSON.stringify(configToJson(config), null, 2) + "\n");
  await replaceFile(`${folder}/${SINGLE}`, weightBytes(tensors));
}

/** SHA-256 of the `model.safetensors` that `saveModelFolder` writes for these weights. */
export function modelIdentity(tensors: ReadonlyMap<string, WeightTensor>): string {
  return sha256(weightBytes(tensors));
}

function weightBytes(tensors: ReadonlyMap<string, WeightTensor>): Uint8Array {
  return writeSafetensors(tensors, { format: "pt" });
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CheckpointFilesError(
      `${path} does not exist; expected a model folder in the Hugging Face layout`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointFilesError(`${path} is not JSON: ${(error as Error).message}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
