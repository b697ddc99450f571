import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type DataFile, dataFiles } from "./files.ts";
import { DataUnavailableError, findDataFile, openDataFile } from "./open.ts";
import { IntegrityError, sha256 } from "./download.ts";
import { realTaskById, realTasks } from "../registry.ts";
import { splitOf } from "../real_task.ts";
import { realFileTest } from "../testing/testing.ts";

Deno.test("real tasks: names are their own, and unknown ones are answered with the known", () => {
  const ids = realTasks.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const task of realTasks) {
    assertEquals(realTaskById(task.id), task);
    assert(
      task.itemFields.length > 0 && !task.itemFields.includes("index") && !task.itemFields.includes("text"),
    );
    assert(task.splits.test.purpose === "test");
    assertEquals(task.rewards.clean.max, 1);
    assertThrows(() => splitOf(task, "constructor"), RangeError, "known splits");
  }
  assertThrows(() => realTaskById("gsm"), Error, "known tasks: gsm8k");
});

for (const [name, file] of Object.entries(dataFiles) as [string, DataFile][]) {
  await realFileTest(`data: ${name} is what it is pinned as, in both forms`, file, (bytes) => {
    assertEquals(bytes.length, file.unzipped?.bytes ?? file.bytes);
    assert(/^[0-9a-f]{64}$/.test(file.sha256));
  });
}

for (const task of realTasks) {
  for (const [name, split] of Object.entries(task.splits)) {
    await realFileTest(
      `${task.id}: split ${name} has the stated rows, each with an index of its own`,
      split.file,
      (bytes) => {
        const rows = task.load(name, bytes);
        assertEquals(rows.length, split.rows);
        assertEquals(new Set(rows.map(({ index }) => index)).size, rows.length);
        assert(rows.every(({ index }) => index >= 0 && index < split.file.rows));
        assert(task.show(rows[0]!.item).length > 0);
      },
    );
  }
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const base = `${import.meta.dirname}/../../.cache/test`;
  await Deno.mkdir(base, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: base });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

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
