/**
 * Size: the results that are planned fit a repository, and their pages a static host. Two suites are planned, whose
 * parts of both are alike: the larger one alone has to fit half of every limit. Both, in some minutes:
 *
 *   deno test --allow-read=. --allow-write=.cache --allow-env=CI src/dashboard/testing/size_full.ts -- whole
 */

import { assert, assertEquals } from "@std/assert";
import { writeLeaderboard } from "../../leaderboard/files.ts";
import { plannedCells, writePlanned } from "./planned.ts";
import { filesBelow } from "../../bench/testing.ts";
import { withFolder } from "../../files/testing.ts";
import { OBJECTIVES } from "../../objectives/registry.ts";
import { exportSite } from "../server/export.ts";
import { linksOf } from "./links.ts";
import { openResults } from "../store/results.ts";

const WHOLE = Deno.args.includes("whole");
/** Of both suites: what a clone and a static host take easily. */
const MOST_RESULT_BYTES = 60e6, MOST_FILES = 10_000, MOST_SITE_BYTES = 150e6;
/** A file takes whole blocks of a disk. */
const BLOCK = 4096;

/** Sizes of all files below a folder. */
function sizesOf(folder: string): { files: number; bytes: number; onDisk: number } {
  const sizes = filesBelow(folder).map((path) => Deno.statSync(path).size);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    files: sizes.length,
    bytes: sum(sizes),
    onDisk: sum(sizes.map((size) => Math.ceil(size / BLOCK) * BLOCK)),
  };
}

/** Reports of claims and of tuning, which stand beside the suites; not what their runs left for the next one. */
async function copyReports(folder: string): Promise<void> {
  const paths = [...filesBelow("results/claims"), ...filesBelow("results/tuning")];
  for (const path of paths.filter((path) => !path.includes("/."))) {
    const target = `${folder}/${path.slice("results/".length)}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(path, target);
  }
}

Deno.test("made-up records, samples and step logs are as large as the committed ones", () =>
  withFolder(async (folder) => {
    const plan = await plannedCells();
    await writePlanned(folder, {
      ...plan,
      suites: plan.suites.filter(({ id }) => id === "mini"),
      objectives: plan.objectives.filter(({ id }) => OBJECTIVES.some((known) => known.id === id)),
      seeds: plan.seeds.slice(0, 1),
    });
    for (const kind of [".cpu.json", ".samples.jsonl.gz", ".steps.jsonl.gz"]) {
      const pairs = filesBelow(folder).filter((path) => path.endsWith(kind)).map((path) =>
        [path, `results/${path.slice(folder.length + 1)}`].map((path) => Deno.statSync(path).size)
      );
      const [madeUp, committed] = [0, 1].map((i) => pairs.reduce((sum, pair) => sum + pair[i]!, 0));
      const ratio = madeUp! / committed!;
      assert(ratio >= 0.8 && ratio <= 1.2, `${pairs.length} files ${kind}: ${madeUp} and ${committed} bytes`);
    }
  }));

Deno.test("planned results and their pages stay small, and every link resolves", () =>
  withFolder(async (folder) => {
    const results = `${folder}/results`, site = `${folder}/site`;
    const plan = await plannedCells();
    const suites = WHOLE ? plan.suites : plan.suites.slice(-1), share = suites.length / plan.suites.length;
    const began = performance.now();
    const spent = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
    const say = (what: string) => console.log(`${what}, at ${spent()}`);
    const records = await writePlanned(results, { ...plan, suites });
    say(`${records.length} records`);
    await writeLeaderboard(results, records);
    await copyReports(results);
    const { bytes, onDisk, files } = sizesOf(results);
    say(`results: ${files} files, ${bytes} bytes, ${onDisk} in blocks of ${BLOCK}`);
    assert(onDisk < share * MOST_RESULT_BYTES, `${bytes} bytes, ${onDisk} in blocks`);

    await exportSite(openResults(results)(), site);
    const exported = sizesOf(site);
    say(`site: ${exported.files} files, ${exported.bytes} bytes, ${exported.onDisk} in blocks of ${BLOCK}`);
    assert(exported.files < share * MOST_FILES, `${exported.files} files`);
    assert(exported.bytes < share * MOST_SITE_BYTES, `${exported.bytes} bytes`);
    const { count, broken } = await linksOf(
      site,
      filesBelow(site).map((path) => path.slice(site.length + 1)),
    );
    say(`${count} links`);
    assertEquals(broken, []);
  }));
