import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath as fromFileUrl, pathToFileURL as toFileUrl } from "node:url";
import { type Build, loadModule } from "./build.ts";

const SCRATCH = new URL("../../.cache/wasm-test/", import.meta.url);

const LIBRARY = `// @ts-ignore: decorator
@inline
export function madd(x: v128, y: v128, sum: v128): v128 {
  if (FAST) return v128.relaxed_madd<f32>(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}`;
const KERNEL = `import { madd } from "../wasm/vector.as";
export function square_forward(x: usize): void {
  v128.store(x, madd(v128.load(x), v128.load(x), f32x4.splat(-1)));
}`;

interface Project {
  write(path: string, text: string): Promise<void>;
  load(build: Build): Promise<WebAssembly.Module>;
  /** Names and contents of the cache. */
  cached(): Promise<Map<string, Uint8Array>>;
  readonly cache: string;
}

/** Runs `body` in a folder with one kernel and one library file. */
async function withProject(body: (project: Project) => Promise<void>): Promise<void> {
  const scratch = fromFileUrl(SCRATCH);
  await Deno.mkdir(scratch, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: scratch }), cache = `${folder}/.cache/wasm`;
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  };
  const cached = async () => {
    const names = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name).sort();
    return new Map(
      await Promise.all(names.map(async (name) => [name, await Deno.readFile(`${cache}/${name}`)] as const)),
    );
  };
  try {
    await write("kernels/wasm/vector.as.ts", LIBRARY);
    await write("kernels/square/square.as.ts", KERNEL);
    await body({ write, cached, cache, load: (build) => loadModule(build, toFileUrl(`${folder}/`)) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const exportsOf = (module: WebAssembly.Module) =>
  WebAssembly.Module.exports(module).map(({ name }) => name).sort();

/** What the kernel makes of 1 + 2^-12: its exact square minus 1, or that of the rounded square. */
async function run(module: WebAssembly.Module): Promise<number> {
  const { memory, square_forward: call } = (await WebAssembly.instantiate(module, {})).exports;
  (memory as WebAssembly.Memory).grow(1);
  const x = new Float32Array((memory as WebAssembly.Memory).buffer, 1024, 4).fill(1 + 2 ** -12);
  (call as (x: number) => void)(1024);
  return x[0]!;
}

Deno.test("kernels are exported, what they share is not; both builds multiply and add", async () => {
  await withProject(async ({ load }) => {
    const portable = await load("portable"), fast = await load("fast");
    assertEquals([portable, fast].map(exportsOf), [["memory", "square_forward"], [
      "memory",
      "square_forward",
    ]]);
    assertEquals(await run(portable), 2 ** -11);
    const rounded = await run(fast);
    // With one rounding 2^-24 survives; an engine without such an instruction rounds twice.
    assertEquals([2 ** -11, 2 ** -11 + 2 ** -24].includes(rounded), true, `${rounded}`);
  });
});

Deno.test("a module is compiled once per source, and again where its file was damaged", async () => {
  await withProject(async ({ load, write, cached, cache }) => {
    await load("portable");
    const [[name, bytes]] = [...await cached()] as [[string, Uint8Array<ArrayBuffer>]];
    // A cached file is taken as it is, if it is a module: this one has no exports.
    await Deno.writeFile(`${cache}/${name}`, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    assertEquals(exportsOf(await load("portable")), []);
    await Deno.writeFile(`${cache}/${name}`, bytes.slice(0, bytes.length - 5));
    assertEquals(exportsOf(await load("portable")).length, 2);
    assertEquals((await cached()).get(name), bytes);
    await write("kernels/square/square.as.ts", KERNEL.replace("-1", "-2"));
    await load("portable");
    await write("kernels/wasm/vector.as.ts", `${LIBRARY}\n// another comment`);
    await load("portable");
    await load("fast");
    assertEquals((await cached()).size, 4);
  });
});

Deno.test("processes that compile at the same time leave one whole file", async () => {
  await withProject(async ({ load, cached }) => {
    const modules = await Promise.all(Array.from({ length: 4 }, () => load("portable")));
    assertEquals(await Promise.all(modules.map(run)), Array(4).fill(2 ** -11));
    const files = await cached();
    assertEquals([...files.keys()].map((name) => name.replace(/^[0-9a-f]{64}/, "")), [".wasm"]);
  });
});

Deno.test("a source that does not compile is an error with its place", async () => {
  await withProject(async ({ load, write }) => {
    await write("kernels/square/square.as.ts", "export function square_forward(x: usize): void { y(); }");
    await assertRejects(() => load("portable"), Error, "kernels/square/square.as.ts(1,50)");
  });
});
