/**
 * One WASM module of every CPU kernel: all `*.as.ts` under kernels/, compiled by AssemblyScript when one of them
 * changed. The compiled module is kept in `.cache/wasm`, named by the hash of everything that determines it, so it
 * is never stale and two processes never disagree about it.
 *
 * Exports of a file outside kernels/wasm are kernels; files in kernels/wasm are what they share.
 */

import { relative } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import project from "../../deno.json" with { type: "json" };

/**
 * `portable` multiplies and adds with two roundings: equal bits on every machine and engine. `fast` lets the engine
 * fuse them (relaxed SIMD), so its bits depend on the machine.
 */
export type Build = "portable" | "fast";

const ROOT = new URL("../../", import.meta.url);
const COMPILER = project.imports["assemblyscript/asc"];
/** Shared code, whose exports are no kernels. */
const LIBRARY = "kernels/wasm/";

const OPTIONS = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--maximumMemory", "65536"];
const BUILD_OPTIONS: Record<Build, readonly string[]> = {
  portable: ["--use", "FAST=0"],
  fast: ["--use", "FAST=1", "--enable", "relaxed-simd"],
};

const modules = new Map<Build, Promise<WebAssembly.Module>>();

/**
 * The module of all kernels, compiled if there is none of these sources in the cache.
 * @throws Error with the compiler's messages if a source is wrong, or if this engine cannot run the build
 */
export function kernelModule(build: Build): Promise<WebAssembly.Module> {
  let module = modules.get(build);
  if (!module) modules.set(build, module = loadModule(build, ROOT));
  return module;
}

/** As `kernelModule`, of the folder `kernels/` in `root`, and each time from the files. */
export async function loadModule(build: Build, root: URL): Promise<WebAssembly.Module> {
  const sources = await readSources(root);
  const options = [...OPTIONS, ...BUILD_OPTIONS[build]];
  const name = await hashOf([COMPILER, options, [...sources]]);
  const cached = new URL(`.cache/wasm/${name}.wasm`, root);
  let bytes = await readIfThere(cached);
  // The file may be cut short by a crash of the machine.
  if (!bytes || !WebAssembly.validate(bytes)) {
    bytes = await compile(sources, options);
    if (!WebAssembly.validate(bytes)) {
      throw new Error(
        build === "fast"
          ? "this engine has no relaxed SIMD, which --fast-math needs; run without it"
          : "this engine cannot run the WASM kernels: it needs 128-bit SIMD",
      );
    }
    await publish(cached, bytes);
  }
  return await WebAssembly.compile(bytes);
}

/** AssemblyScript files by path from the root, sorted by path. */
async function readSources(root: URL): Promise<Map<string, string>> {
  const sources: [string, string][] = [];
  async function visit(folder: URL): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await visit(new URL(`${name}/`, folder));
      else if (name.endsWith(".as.ts")) {
        const file = new URL(name, folder);
        const path = relative(fromFileUrl(root), fromFileUrl(file)).replaceAll("\\", "/");
        sources.push([path, await Deno.readTextFile(file)]);
      }
    }
  }
  await visit(new URL("kernels/", root));
  return new Map(sources.sort(([a], [b]) => a < b ? -1 : 1));
}

/** Compiles all kernels. @throws Error with the compiler's messages */
async function compile(
  sources: ReadonlyMap<string, string>,
  options: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  // Takes half a second to load, and is only needed here. It looks whether the environment has a variable CI.
  const { default: asc } = await import("assemblyscript/asc");
  const entries = [...sources.keys()].filter((path) => !path.startsWith(LIBRARY));
  let bytes: Uint8Array<ArrayBuffer> | null = null;
  const { error, stderr } = await asc.main([...entries, ...options, "--outFile", "kernels.wasm"], {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (_name, contents) => void (bytes = new Uint8Array(contents as Uint8Array)),
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`the WASM kernels do not compile:\n${stderr.toString()}`);
  return bytes;
}

async function hashOf(value: unknown): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(value));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}

async function readIfThere(file: URL): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Makes a file appear with its whole contents. A name of its own keeps other processes out of the way. */
async function publish(file: URL, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(new URL(".", file), { recursive: true });
  const temporary = new URL(`${crypto.randomUUID()}.tmp`, file);
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, file);
}
