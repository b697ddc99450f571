/**
 * Training checkpoints that survive a crash at any moment. A checkpoint is a folder `step-000123`:
 *
 *   tensor-0.bin ...   raw little-endian elements, one file per tensor
 *   state.json         everything else the run needs to continue
 *   manifest.json      step, and size and SHA-256 of every file above
 *   DONE               SHA-256 of manifest.json
 *
 * It is written under a temporary name in the same folder, synced, and renamed: the rename is what completes it.
 * DONE covers the manifest and the manifest covers every byte, so no damage goes unseen. One process at a time
 * writes to a folder; reading changes nothing.
 */

import { canonicalJson, type Json } from "../files/canonical_json.ts";
import { syncFolder, writeSynced } from "../files/durable.ts";
import { sha256 } from "../files/identity.ts";

export type CheckpointTensors = Readonly<Record<string, Float32Array | Uint32Array>>;

export interface Checkpoint {
  readonly step: number;
  readonly tensors: CheckpointTensors;
  readonly state: Json;
}

/** Complete checkpoints that a folder keeps. */
const KEPT = 2;

const FORMAT = "dllm-rl-bench checkpoint 1";
const TEMPORARY = "temporary-";
const STEP_FOLDER = /^step-(\d{6,15})$/;

/** Called with one line of text for every checkpoint that had to be passed over. */
export type DamageReport = (message: string) => void;

interface FileEntry {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface TensorEntry extends FileEntry {
  readonly name: string;
  readonly dtype: "f32" | "u32";
}

interface Manifest {
  readonly format: string;
  readonly step: number;
  readonly tensors: readonly TensorEntry[];
  readonly state: FileEntry;
}

/** Name of the folder of a step. @throws RangeError unless `step` is a non-negative integer */
export function stepFolder(step: number): string {
  if (!Number.isSafeInteger(step) || step < 0 || step >= 1e15) {
    throw new RangeError(`step: expected an integer in [0, 10^15), found ${step}`);
  }
  return `step-${String(step).padStart(6, "0")}`;
}

/**
 * Writes the checkpoint of a step, replacing one that exists, then removes all but the newest two that are
 * intact, and what interrupted writes left behind. On return the checkpoint is on the disk.
 * @throws TypeError if `state` is not JSON; errors of the file system
 */
export async function saveCheckpoint(
  folder: string,
  step: number,
  { tensors, state }: { tensors: CheckpointTensors; state: Json },
): Promise<void> {
  const name = stepFolder(step);
  const stateText = canonicalJson(state);
  await Deno.mkdir(folder, { recursive: true });
  await removeInterruptedWrites(folder);

  const temporary = `${folder}/${TEMPORARY}${name}`;
  await Deno.mkdir(temporary);
  const put = async (file: string, data: Uint8Array): Promise<FileEntry> => {
    await writeSynced(`${temporary}/${file}`, data);
    return { file, bytes: data.length, sha256: sha256(data) };
  };
  const entries: TensorEntry[] = [];
  for (const [tensor, data] of Object.entries(tensors)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const entry = await put(`tensor-${entries.length}.bin`, bytes);
    entries.push({ ...entry, name: tensor, dtype: data instanceof Float32Array ? "f32" : "u32" });
  }
  const stateEntry = await put("state.json", new TextEncoder().encode(stateText));
  const manifest: Manifest = { format: FORMAT, step, tensors: entries, state: stateEntry };
  const manifestBytes = new TextEncoder().encode(canonicalJson(manifest));
  await writeSynced(`${temporary}/manifest.json`, manifestBytes);
  await writeSynced(`${temporary}/DONE`, doneText(manifestBytes));
  await syncFolder(temporary);

  if ((await stepsIn(folder)).includes(step)) await setAside(folder, step);
  await Deno.rename(temporary, `${folder}/${name}`);
  await syncFolder(folder);
  await prune(folder);
  await removeInterruptedWrites(folder);
}

/**
 * Reads the intact checkpoint with the highest step, or null where there is none. A damaged one is reported and
 * passed over, never loaded and never an error; files that are not checkpoints are ignored.
 */
export async function loadLatestCheckpoint(
  folder: string,
  onDamage: DamageReport = console.warn,
): Promise<Checkpoint | null> {
  for (const step of await stepsIn(folder)) {
    try {
      return await readCheckpoint(`${folder}/${stepFolder(step)}`, step);
    } catch (error) {
      onDamage(
        `checkpoint ${folder}/${stepFolder(step)} is damaged and was passed over: ${
          (error as Error).message
        }`,
      );
    }
  }
  return null;
}

function doneText(manifest: Uint8Array): string {
  return sha256(manifest) + "\n";
}

/** Reads one checkpoint. @throws Error if a byte of it is not as it was written */
async function readCheckpoint(path: string, step: number): Promise<Checkpoint> {
  const manifestBytes = await Deno.readFile(`${path}/manifest.json`);
  if (await Deno.readTextFile(`${path}/DONE`) !== doneText(manifestBytes)) {
    throw new Error("DONE does not hold the SHA-256 of manifest.json");
  }
  // The checksum held, so this is text that saveCheckpoint of some version wrote.
  const manifest = JSON.parse(new TextDecoder().decode(manifestBytes)) as Manifest;
  if (manifest.format !== FORMAT) {
    throw new Error(`expected format "${FORMAT}", found ${JSON.stringify(manifest.format)}`);
  }
  if (manifest.step !== step) throw new Error(`it holds step ${manifest.step}`);
  const read = async ({ file, bytes, sha256: expected }: FileEntry): Promise<Uint8Array<ArrayBuffer>> => {
    const data = await Deno.readFile(`${path}/${file}`);
    if (data.length !== bytes) throw new Error(`${file} has ${data.length} bytes, expected ${bytes}`);
    if (sha256(data) !== expected) throw new Error(`${file} does not have the SHA-256 of the manifest`);
    return data;
  };
  const tensors: [string, Float32Array | Uint32Array][] = [];
  for (const entry of manifest.tensors) {
    const { buffer } = await read(entry);
    tensors.push([entry.name, entry.dtype === "f32" ? new Float32Array(buffer) : new Uint32Array(buffer)]);
  }
  const state: Json = JSON.parse(new TextDecoder().decode(await read(manifest.state)));
  return { step, tensors: Object.fromEntries(tensors), state };
}

/** Steps that have a folder, complete or not, newest first. A folder that does not exist has none. */
async function stepsIn(folder: string): Promise<number[]> {
  const steps: number[] = [];
  for (const { name, isDirectory } of await entriesIn(folder)) {
    const match = STEP_FOLDER.exec(name);
    // A name with more leading zeros than stepFolder writes is not ours.
    if (match && isDirectory && stepFolder(Number(match[1])) === name) steps.push(Number(match[1]));
  }
  return steps.sort((a, b) => b - a);
}

async function entriesIn(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

/**
 * Removes what interrupted writes left in a folder; saving does so too. For the one process that writes there, when
 * it may have nothing left to save.
 */
export async function removeInterruptedWrites(folder: string): Promise<void> {
  for (const { name } of await entriesIn(folder)) {
    if (name.startsWith(TEMPORARY)) await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

/** Renames a checkpoint, so that a crash while it is removed leaves no half of it under its own name. */
async function setAside(folder: string, step: number): Promise<void> {
  await Deno.rename(`${folder}/${stepFolder(step)}`, `${folder}/${TEMPORARY}old-${stepFolder(step)}`);
}

/** Sets aside everything but the newest intact checkpoints, once there are enough of these. */
async function prune(folder: string): Promise<void> {
  const kept: number[] = [], steps = await stepsIn(folder);
  for (const step of steps) {
    if (kept.length === KEPT) break;
    try {
      await readCheckpoint(`${folder}/${stepFolder(step)}`, step);
      kept.push(step);
    } catch { /* Damaged: it does not count, and goes when enough others are known to be good. */ }
  }
  if (kept.length < KEPT) return;
  for (const step of steps) {
    if (!kept.includes(step)) await setAside(folder, step);
  }
}
