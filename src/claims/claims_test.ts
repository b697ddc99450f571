import { assert, assertEquals, assertRejects } from "@std/assert";
import { openCpu } from "../../kernels/cpu.ts";
import { withFolder } from "../files/testing.ts";
import { CLAIMS } from "./list.ts";
import { claimReportSchema } from "./report.ts";
import { runTiny } from "./testing.ts";
import { pieceIdentity } from "./claim.ts";
import { PROFILES } from "./profile.ts";

/** One claim of each group, with measurements of all kinds but training. */
const SAMPLE = ["bgpo-deviation", "egspo-entropy", "dppo-divergence", "gradients-noise"];

Deno.test("every claim gives a report of its schema, with figures, tables and one line of verdict", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    const { files, read, jobs } = await runTiny(backend, CLAIMS, folder);
    for (const { claim, reading } of read) {
      const path = (claim.timed ? "timed/" : "") + claim.id;
      const report = claimReportSchema.parse(JSON.parse(files[`${path}.json`]!));
      assertEquals([report.id, report.scale], [claim.id, "tiny"]);
      assert(files[`${path}.md`]!.includes(`**${report.outcome}**`));
      assert(reading.figures.length > 0, claim.id);
      for (const { file } of report.figures) {
        assert(files[(claim.timed ? "timed/" : "") + file]!.startsWith("<svg"), file);
        assert(files[`${path}.md`]!.includes(`](${file})`));
      }
      const index = files[claim.timed ? "timed/CLAIMS.md" : "CLAIMS.md"]!;
      assert(index.includes(`](${claim.id}.md): ${report.verdict}\n`), claim.id);
    }
    // What is measured is kept: a second run measures nothing and gives the same bytes.
    const again = await runTiny(backend, CLAIMS, folder);
    assertEquals(again.jobs, []);
    assertEquals(again.files, files);
    assert(jobs.includes("base"));
    // Without what was kept it is measured again, to the same bytes, and leaves no device memory behind.
    const { bytes } = backend.memory();
    const sample = CLAIMS.filter(({ id }) => SAMPLE.includes(id));
    const fresh = await runTiny(backend, sample, `${folder}/fresh`, { bases: `${folder}/bases` });
    assertEquals(backend.memory().bytes, bytes);
    for (const [path, contents] of Object.entries(fresh.files)) {
      if (path !== "CLAIMS.md") assertEquals(contents, files[path], path);
    }
  }));

Deno.test("an interrupted run keeps its finished measurements", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    const claims = CLAIMS.filter(({ id }) => id === "bgpo-memory");
    const controller = new AbortController();
    let finished = 0;
    await assertRejects(
      () =>
        runTiny(backend, claims, folder, {
          signal: controller.signal,
          progress: (done) => {
            finished = Math.floor(done);
            if (finished >= 2) controller.abort(new Error("stopped"));
          },
        }),
      Error,
      "stopped",
    );
    const { jobs } = await runTiny(backend, claims, folder);
    const pieces = claims[0]!.pieces(PROFILES.tiny).length;
    const measured = jobs.filter((job) => job !== "base");
    assertEquals(measured, Array(pieces - (finished - 1)).fill("peak-memory"));
  }));

Deno.test("claims have names of their own, and ask for pieces of known measurements", () => {
  const ids = CLAIMS.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const claim of CLAIMS) {
    assert(claim.id.startsWith(`${claim.group}-`) || claim.group === "gradients", claim.id);
    for (const profile of Object.values(PROFILES)) {
      const pieces = claim.pieces(profile);
      assert(pieces.length > 0, claim.id);
      assertEquals(pieces.some(({ timed }) => timed), Boolean(claim.timed), claim.id);
      pieces.forEach(pieceIdentity);
    }
  }
});
