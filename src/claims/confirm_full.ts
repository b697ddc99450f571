/** Measurements of claims against changed code, at tiny sizes. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openCpu } from "../../kernels/cpu.ts";
import { NotConfirmedError } from "../confirm/cells.ts";
import { loadSuite, type Suite, suiteIdentity } from "../suite/suite.ts";
import type { JobHooks } from "../workers/pool.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { addConfirmation } from "../records/confirmations.ts";
import { noteSourceFiles } from "../records/source_files.ts";
import { currentCode, measurementSource } from "../records/source_identity.ts";
import { pieceIdentity } from "./claim.ts";
import { confirmClaims, statesOfPieces } from "./confirm.ts";
import { type ClaimJob, runJob } from "./job.ts";
import { measurePieces } from "./measure.ts";
import { notePieces, PIECES_FILE, readPieces } from "./pieces.ts";
import { PROFILES } from "./profile.ts";
import { CLAIMS } from "./list.ts";

const profile = PROFILES.tiny;
/** Two kinds of measurement, one of them with several objectives, and one that reads the clock. */
const CLAIM_IDS = ["bgpo-score", "bgpo-lemmas", "bgpo-on-policy", "bgpo-time"];
/** Identities of code that is no more. */
const OLD: Readonly<Record<string, string>> = {
  "training-run": sha256("old training"),
  "on-policy-equality": sha256("old equality"),
};

Deno.test("measurements are confirmed by a sample of each kind, and one that differs is named", () =>
  withFolder(async (results) => {
    using backend = await openCpu();
    const suite = await loadSuite(profile.suite), folder = `${results}/claims`;
    const all = CLAIMS.filter(({ id }) => CLAIM_IDS.includes(id)).flatMap((claim) => claim.pieces(profile));
    const pieces = all.filter(({ timed }) => !timed), { signal } = new AbortController();
    assertEquals([new Set(pieces.map(pieceIdentity)).size, all.length > pieces.length], [12, true]);
    const jobs: string[] = [], said: string[] = [];
    const options = {
      width: 1,
      description: backend.description,
      run(job: ClaimJob, hooks: JobHooks<number>) {
        jobs.push("base" in job.work ? "base" : job.work.piece.measurement);
        return runJob(backend, job, hooks);
      },
      suite,
      profile,
      progress: () => {},
      say: (line: string) => said.push(line),
    };
    const confirm = () => confirmClaims({ results, scratch: `${results}/scratch`, signal }, options);
    const states = (other: Suite = suite) => statesOfPieces(results, other, profile);
    const nothing = { changed: [], sources: {}, shown: {}, parts: [] };
    assertEquals([await states(), await confirm()], [{ made: 0, confirmed: 0, stale: 0 }, nothing]);

    const kept = { bases: `${results}/base`, cache: `${results}/pieces`, signal };
    const found = await measurePieces(pieces, { ...options, ...kept });
    const sourceOf = (name: string) => measurementSource("cpu", name);
    await notePieces(folder, { suite: suiteIdentity(suite), pieces: all, results: found }, sourceOf);
    assertEquals([await states(), await confirm()], [{ made: 12, confirmed: 0, stale: 0 }, nothing]);
    assertEquals(await states({ ...suite, seeds: [7] }), { made: 0, confirmed: 0, stale: 0 });

    const original = (await readPieces(folder))!;
    const now = {
      "training-run": await currentCode().measurement("training-run", "cpu"),
      "on-policy-equality": await currentCode().measurement("on-policy-equality", "cpu"),
    };
    const write = (change: (id: string, piece: { source: string; result: string }) => void) => {
      const copy = structuredClone(original);
      for (const piece of pieces) {
        const id = pieceIdentity(piece), noted = copy.pieces[id]!;
        noted.source = OLD[piece.measurement]!;
        change(id, noted);
      }
      return Deno.writeTextFile(`${folder}/${PIECES_FILE}`, JSON.stringify(copy));
    };
    await write(() => {});
    const files = new Map(now["training-run"].files);
    files.set("src/train/policy.ts", { own: sha256("earlier"), whole: sha256("") });
    await noteSourceFiles(results, [{ identity: OLD["training-run"]!, files }]);
    assertEquals(await states(), { made: 0, confirmed: 0, stale: 12 });

    jobs.length = said.length = 0;
    const shown = await confirm();
    // Of three objectives one has six pieces, of which three are enough; two of the others, and of the other kind.
    assertEquals(said, ["12 measurements of claims: 9 are made again"]);
    assertEquals(Object.keys(shown.shown).length, 9);
    assertEquals(shown.sources, {
      [OLD["training-run"]!]: now["training-run"].identity,
      [OLD["on-policy-equality"]!]: now["on-policy-equality"].identity,
    });
    assertEquals(shown.changed, ["src/train/policy.ts"]);
    // Nothing comes from what was kept: base models are trained again, too.
    assertEquals(jobs.slice(0, 2), ["base", "base"]);
    assertEquals(jobs.slice(2).sort(), [
      ...Array(2).fill("on-policy-equality"),
      ...Array(7).fill("training-run"),
    ]);
    const resultOf = new Map(
      Object.entries(original.pieces).map(([id, { result }]) => [id.slice(0, 16), result]),
    );
    for (const [path, hash] of Object.entries(shown.shown)) {
      assertMatch(path, /^claims\/(training-run|on-policy-equality)\/sudoku\/mini\/seed-[12]\/[0-9a-f]{16}$/);
      assertEquals(hash, resultOf.get(path.split("/").at(-1)!), path);
    }

    const [sampled] = Object.keys(shown.shown), before = jobs.length;
    await write((id, noted) => {
      if (sampled!.endsWith(`/${id.slice(0, 16)}`)) noted.result = sha256("another");
    });
    const error = await assertRejects(confirm, NotConfirmedError);
    assertEquals(error.message, `${sampled}: another result`);
    assertEquals(jobs.length, before, "an interrupted confirmation continues: nothing is measured twice");

    await write(() => {});
    await addConfirmation(results, {
      backend: "cpu",
      commit: "unknown",
      changed: shown.changed,
      sources: { [OLD["training-run"]!]: now["training-run"].identity },
      shown: shown.shown,
      peakDeviceBytes: {},
    });
    assertEquals(await states(), { made: 0, confirmed: 10, stale: 2 });
    said.length = 0;
    assertEquals(Object.keys((await confirm()).sources), [OLD["on-policy-equality"]]);
    assertEquals(said, ["2 measurements of claims: 2 are made again"]);
  }));
