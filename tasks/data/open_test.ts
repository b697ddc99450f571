import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type DataFile, dataFiles } from "./files.ts";
import { withFolder } from "../../src/files/testing.ts";
import { DataIntegrityError, DataUnavailableError, findDataFile, openDataFile } from "./open.ts";
import { IntegrityError, sha256 } from "./download.ts";

const content = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const hash = await sha256(content);

interface Seen {
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly encoding: string | null;
}
type Answer = (request: Request, count: number) => Response;

/** A server, a data file at its address, and an empty cache; gone after the test. */
async function withServer(
  answer: Answer,
  test: (context: { file: DataFile; cache: string; seen: Seen[]; url: string }) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const header = (name: string) => request.headers.get(name);
    seen.push({ range: header("range"), ifRange: header("if-range"), encoding: header("accept-encoding") });
    return answer(request, seen.length);
  });
  const base = `${import.meta.dirname}/../../.cache/test`;
  await Deno.mkdir(base, { recursive: true });
  const cache = await Deno.makeTempDir({ dir: base });
  const url = `http://127.0.0.1:${server.addr.port}/f`;
  const file: DataFile = {
    name: "a/f.bin",
    urls: [url],
    sha256: hash,
    bytes: content.length,
    rows: 1,
    licence: "MIT",
  };
  try {
    await test({ file, cache, seen, url });
  } finally {
    await server.shutdown();
    await Deno.remove(cache, { recursive: true });
  }
}

const options = (cache: string) => ({ folder: null, cache, retryDelays: [1, 1] });

/** Names in the cache, without its lock. */
async function filesOf(cache: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${cache}/a`)) if (name !== ".lock") names.push(name);
  return names.sort();
}

const whole = (body: Uint8Array<ArrayBuffer> = content, etag = '"v1"') =>
  new Response(body, { headers: { etag, "content-length": `${body.length}` } });

/** Announces the whole file, sends its first bytes, and lets the connection break. */
function cutAfter(bytes: number): Response {
  return new Response(ReadableStream.from([content.slice(0, bytes)]), {
    headers: { etag: '"v1"', "content-length": `${content.length}` },
  });
}

function rangeOf(request: Request, etag = '"v1"'): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  if (start === 0 || request.headers.get("if-range") !== etag) return whole(content, etag);
  return new Response(content.slice(start), {
    status: 206,
    headers: { etag, "content-range": `bytes ${start}-${content.length - 1}/${content.length}` },
  });
}

Deno.test("data: downloads once, reports progress, then reads the cache", async () => {
  await withServer((request) => rangeOf(request), async ({ file, cache, seen }) => {
    const progress: number[] = [];
    const opened = await openDataFile(file, {
      ...options(cache),
      onProgress(of, received, total) {
        assertEquals([of, total], [file, content.length]);
        progress.push(received);
      },
    });
    assertEquals(opened, content);
    assertEquals([progress[0], progress.at(-1)], [0, content.length]);
    assertEquals(progress, progress.toSorted((a, b) => a - b));
    assertEquals(await openDataFile(file, options(cache)), content);
    assertEquals(seen, [{ range: null, ifRange: null, encoding: "identity" }]);
    assertEquals(await filesOf(cache), ["f.bin"]);
  });
});

Deno.test("data: of several downloads at once one fetches the file, the others take it over", async () => {
  await withServer((request) => rangeOf(request), async ({ file, cache, seen }) => {
    const opened = await Promise.all([1, 2, 3].map(() => openDataFile(file, options(cache))));
    assertEquals(opened, [content, content, content]);
    assertEquals([seen.length, await filesOf(cache)], [1, ["f.bin"]]);
  });
});

Deno.test("data: a cut connection is resumed where it broke", async () => {
  const answer: Answer = (request, count) => count === 1 ? cutAfter(20_000) : rangeOf(request);
  await withServer(answer, async ({ file, cache, seen }) => {
    assertEquals(await openDataFile(file, options(cache)), content);
    assertEquals(seen.length, 2);
    assertEquals([seen[1]!.range, seen[1]!.ifRange], ["bytes=20000-", '"v1"']);
    assertEquals(await filesOf(cache), ["f.bin"]);
  });
});

Deno.test("data: what an earlier process received is resumed", async () => {
  const answer: Answer = (request, count) => count === 1 ? cutAfter(20_000) : rangeOf(request);
  await withServer(answer, async ({ file, cache, seen }) => {
    await assertRejects(
      () => openDataFile(file, { ...options(cache), retryDelays: [] }),
      DataUnavailableError,
    );
    assertEquals(await filesOf(cache), ["f.bin.partial", "f.bin.partial.json"]);
    assertEquals(await openDataFile(file, options(cache)), content);
    assertEquals(seen[1]!.range, "bytes=20000-");
  });
});

Deno.test("data: a file that changed in between, or a server without ranges, is read from the start", async () => {
  for (const second of [(request: Request) => rangeOf(request, '"v2"'), () => whole()]) {
    await withServer(
      (request, count) => count === 1 ? cutAfter(20_000) : second(request),
      async (context) => {
        assertEquals(await openDataFile(context.file, options(context.cache)), content);
        assertEquals(context.seen.length, 2);
      },
    );
  }
});

Deno.test("data: a damaged partial file is noticed and the download starts again", async () => {
  const answer: Answer = (request, count) => count === 1 ? cutAfter(20_000) : rangeOf(request);
  await withServer(answer, async ({ file, cache, seen }) => {
    await assertRejects(() => openDataFile(file, { ...options(cache), retryDelays: [] }));
    const partial = `${cache}/a/f.bin.partial`;
    const damaged = await Deno.readFile(partial);
    damaged[100]! ^= 1;
    await Deno.writeFile(partial, damaged);
    assertEquals(await openDataFile(file, options(cache)), content);
    assertEquals(seen.map(({ range }) => range), [null, "bytes=20000-", null]);
  });
});

Deno.test("data: one wrong byte is refused with both hashes, and nothing is kept", async () => {
  const wrong = content.slice();
  wrong[31_000]! ^= 1;
  await withServer(() => whole(wrong), async ({ file, cache, seen }) => {
    const error = await assertRejects(() => openDataFile(file, options(cache)), IntegrityError);
    assertStringIncludes(error.message, hash);
    assertStringIncludes(error.message, await sha256(wrong));
    assertEquals(await filesOf(cache), []);
    assertEquals(seen.length, 1);
  });
});

Deno.test("data: a shorter, a longer and an endless file are refused", async () => {
  const endless = () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(10_000)) }));
  const answers = [() => whole(content.slice(0, 100)), () => whole(new Uint8Array(60_000)), endless];
  for (const answer of answers) {
    await withServer(answer, async ({ file, cache }) => {
      await assertRejects(() => openDataFile(file, options(cache)), IntegrityError, hash);
      assertEquals(await filesOf(cache), []);
    });
  }
});

Deno.test("data: a wrong file at one address does not keep the next from being tried", async () => {
  const answer: Answer = (request) => request.url.endsWith("/old") ? whole(content.slice(1)) : whole();
  await withServer(answer, async ({ file, cache, url }) => {
    const urls = [`${url}/old`, url];
    assertEquals(await openDataFile({ ...file, urls }, options(cache)), content);
  });
});

Deno.test("data: 404 is not repeated, and says how to provide the file", async () => {
  await withServer(() => new Response("no", { status: 404 }), async ({ file, cache, seen, url }) => {
    const error = await assertRejects(() => openDataFile(file, options(cache)), DataUnavailableError);
    for (const part of [url, "HTTP 404", "DLLM_BENCH_DATA", `${cache}/a/f.bin`, hash]) {
      assertStringIncludes(error.message, part);
    }
    assertEquals(error.file, file);
    assertEquals(seen.length, 1);
  });
});

Deno.test("data: 503 is repeated until it works, and not for ever", async () => {
  const busy = () => new Response("busy", { status: 503 });
  await withServer((_, count) => count < 3 ? busy() : whole(), async ({ file, cache, seen }) => {
    assertEquals(await openDataFile(file, options(cache)), content);
    assertEquals(seen.length, 3);
  });
  await withServer(busy, async ({ file, cache, seen }) => {
    await assertRejects(() => openDataFile(file, options(cache)), DataUnavailableError, "HTTP 503");
    assertEquals(seen.length, 3);
  });
});

Deno.test("data: a server that stops sending counts as a broken connection", async () => {
  const silent = () => new Response(new ReadableStream({ start: (c) => c.enqueue(content.slice(0, 1000)) }));
  await withServer((_, count) => count === 1 ? silent() : whole(), async ({ file, cache, seen }) => {
    assertEquals(await openDataFile(file, { ...options(cache), stallTimeout: 200 }), content);
    assertEquals(seen.length, 2);
  });
});

Deno.test("data: no connection is a typed error", async () => {
  await withServer(() => whole(), async ({ file, cache }) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const offline = { ...file, urls: [`http://127.0.0.1:${port}/f`] };
    const error = await assertRejects(() => openDataFile(offline, options(cache)), DataUnavailableError);
    assert(error.cause instanceof Error);
  });
});

Deno.test("data: a stopped download says so and keeps what it has", async () => {
  await withServer((request) => rangeOf(request), async ({ file, cache, seen }) => {
    const stop = new AbortController();
    const onProgress = (_: DataFile, received: number) => received > 0 && stop.abort(new Error("stopped"));
    await assertRejects(
      () => openDataFile(file, { ...options(cache), signal: stop.signal, onProgress }),
      Error,
      "stopped",
    );
    assertEquals(await openDataFile(file, options(cache)), content);
    assertEquals(seen.length, 2);
  });
});

Deno.test("data: a provided folder comes first and needs no server; wrong bytes in it are refused", async () => {
  await withServer(() => whole(), async ({ file, cache, seen }) => {
    const folder = `${cache}/provided`;
    await Deno.mkdir(`${folder}/a`, { recursive: true });
    await Deno.writeFile(`${folder}/${file.name}`, content);
    const provided = { ...options(`${cache}/cache`), folder };
    assertEquals(await openDataFile(file, provided), content);
    assertEquals(await findDataFile(file, provided), content);
    await Deno.writeFile(`${folder}/${file.name}`, content.slice(1));
    const error = await assertRejects(() => openDataFile(file, provided), DataIntegrityError);
    for (const part of [hash, await sha256(content.slice(1)), `${folder}/a/f.bin`, "Delete it"]) {
      assertStringIncludes(error.message, part);
    }
    assertEquals(seen.length, 0);
    assertEquals(await findDataFile(file, options(`${cache}/cache`)), null);
  });
});

Deno.test("data: a gzip file is checked as it is and unzipped", async () => {
  await withFolder(async (folder) => {
    const contents = new TextEncoder().encode("one\ntwo\n");
    const stream = new Blob([contents]).stream().pipeThrough(new CompressionStream("gzip"));
    const zipped = new Uint8Array(await new Response(stream).arrayBuffer());
    await Deno.writeFile(`${folder}/f.gz`, zipped);
    const file: DataFile = {
      name: "f.gz",
      urls: [],
      sha256: await sha256(zipped),
      bytes: zipped.length,
      unzipped: { sha256: await sha256(contents), bytes: contents.length },
      rows: 2,
      licence: "MIT",
    };
    assertEquals(await findDataFile(file, { folder, cache: folder }), contents);
    const wrong = { ...file, unzipped: { sha256: file.sha256, bytes: 8 } };
    const error = await assertRejects(() => findDataFile(wrong, { folder, cache: folder }), IntegrityError);
    for (const part of [file.sha256, file.unzipped!.sha256]) assertStringIncludes(error.message, part);
  });
});

Deno.test("data: a file that no address serves says how to provide it", async () => {
  await withFolder(async (folder) => {
    const error = await assertRejects(
      () => openDataFile(dataFiles.countdownTrain, { folder: null, cache: folder }),
      DataUnavailableError,
    );
    for (const part of ["no address serves", dataFiles.countdownTrain.sha256, "DLLM_BENCH_DATA"]) {
      assertStringIncludes(error.message, part);
    }
  });
});
