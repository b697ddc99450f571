/** The export of the committed results: what the site of this repository is. */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { exportSite } from "./export.ts";
import { linksOf } from "../testing/links.ts";
import { openResults } from "../store/results.ts";
import { hashesOf } from "../testing/testing.ts";

/** What a static host takes easily: a tenth of GitHub Pages' limit, and an artifact that is uploaded in a minute. */
const MOST_FILES = 8000, MOST_BYTES = 110e6;

Deno.test("two exports of the committed results are equal, their links resolve, and a static host takes them", () =>
  withFolder(async (folder) => {
    const one = `${folder}/one`, two = `${folder}/two`;
    await exportSite(openResults("results")(), one);
    await exportSite(openResults("results")(), two);
    const files = hashesOf(one);
    assertEquals(hashesOf(two), files);
    const { count, broken } = await linksOf(one, files.keys());
    assertEquals(broken, []);
    assert(count > 10_000, `${count} links`);
    assert(files.size <= MOST_FILES, `${files.size} files`);
    const bytes = [...files.keys()].reduce((sum, path) => sum + Deno.statSync(`${one}/${path}`).size, 0);
    assert(bytes <= MOST_BYTES, `${bytes} bytes`);
  }));
