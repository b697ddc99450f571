/**
 * The image of a started interpreter: Python with its modules loaded, made once per machine. It is only a copy of
 * what starting in full gives, so nothing but speed depends on it.
 */

import { resolve } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { syncFolder, writeSynced } from "../files/durable.ts";
import candidate from "./python/candidate.py" with { type: "text" };
import expressions from "./python/expressions.py" with { type: "text" };
import judge from "./python/judge.py" with { type: "text" };
import prelude from "./python/prelude.py" with { type: "text" };
import reading from "./python/reading.py" with { type: "text" };
import values from "./python/values.py" with { type: "text" };

/** The sandbox's Python files. */
export const SOURCES = {
  "values.py": values,
  "reading.py": reading,
  "candidate.py": candidate,
  "judge.py": judge,
  "expressions.py": expressions,
};
export const PRELUDE = prelude;

export const DEFAULT_CACHE = resolve(import.meta.dirname!, "../../.cache/sandbox");

const HASH_BYTES = 32;

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Everything an image depends on: the interpreter, what is loaded into it, and the engine it runs on. */
async function imageName(): Promise<string> {
  const parts = [
    config.imports.pyodide,
    Deno.version.deno,
    Deno.version.v8,
    PRELUDE,
    ...Object.values(SOURCES),
  ];
  const hash = await sha256(new TextEncoder().encode(JSON.stringify(parts)));
  return `${config.imports.pyodide.replace(/^npm:/, "").replaceAll("/", "-")}-${
    hash.slice(0, 8).toHex()
  }.image`;
}

/** The path of this machine's image in a folder, whether or not the file is there. */
export async function imagePath(cache: string): Promise<string> {
  return `${cache}/${await imageName()}`;
}

/** The interpreter's memory in an image file. */
export function contentOf(file: Uint8Array): Uint8Array {
  return file.subarray(0, -HASH_BYTES);
}

/** Whether there is an image at the path with every byte as it was written. */
export async function imageIsWhole(path: string): Promise<boolean> {
  let file: Uint8Array;
  try {
    file = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  return equal(await sha256(contentOf(file)), file.subarray(-HASH_BYTES));
}

/**
 * Writes an image with its hash, whole or not at all; processes that do so at once do not disturb each other.
 * Images of other versions are removed.
 */
export async function writeImage(path: string, image: Uint8Array): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true });
  const temporary = await Deno.makeTempFile({ dir: folder });
  try {
    const bytes = new Uint8Array(image.length + HASH_BYTES);
    bytes.set(image);
    bytes.set(await sha256(image), image.length);
    await writeSynced(temporary, bytes);
    await Deno.rename(temporary, path);
    await syncFolder(folder);
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".image") && !path.endsWith(`/${name}`)) {
        await Deno.remove(`${folder}/${name}`).catch(() => {});
      }
    }
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
