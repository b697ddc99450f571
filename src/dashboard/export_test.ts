import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { sha256 } from "../files/identity.ts";
import { exportSite } from "./export.ts";
import { openResults } from "./store/results.ts";
import { SMALL, writeMadeUp, writeMadeUpClaim } from "./testing.ts";

/** Hash of every file below a folder, by path. */
function contents(folder: string, below = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (
    const { name, isDirectory } of [...Deno.readDirSync(`${folder}/${below}`)].sort((a, b) =>
      a.name < b.name ? -1 : 1
    )
  ) {
    const path = `${below}${name}`;
    if (isDirectory) { for (const [inner, hash] of contents(folder, `${path}/`)) files.set(inner, hash); }
    else files.set(path, sha256(Deno.readFileSync(`${folder}/${path}`)));
  }
  return files;
}

Deno.test("equal results export to equal bytes, whatever was exported there before, with links that all resolve", () =>
  withFolder(async (folder) => {
    const made = {
      ...SMALL,
      tasks: ["sudoku/mini"],
      objectives: ["bgpo", "vrpo-ol"],
      seeds: [1, 2],
      samples: 2,
    };
    await writeMadeUp(`${folder}/a`, made);
    await writeMadeUpClaim(`${folder}/a`);
    await writeMadeUp(`${folder}/more`, {
      ...made,
      objectives: ["reinforce-elbo"],
      seeds: [1, 2, 3],
      samples: 1,
    });
    await writeMadeUp(`${folder}/b`, { ...made, objectives: made.objectives.toReversed(), seeds: [2, 1] });
    await writeMadeUpClaim(`${folder}/b`);
    const first = await exportSite(openResults(`${folder}/a`)(), `${folder}/out-a`);
    await exportSite(openResults(`${folder}/more`)(), `${folder}/out-b`);
    await exportSite(openResults(`${folder}/b`)(), `${folder}/out-b`);
    const files = contents(`${folder}/out-a`);
    assertEquals(contents(`${folder}/out-b`), files);
    assertEquals(files.size, first.files + 1);
    assert(first.pages > 30, `${first.pages} pages`);
    let links = 0;
    for (const path of files.keys()) {
      if (!path.endsWith(".html")) continue;
      const text = await Deno.readTextFile(`${folder}/out-a/${path}`);
      for (const [, link] of text.matchAll(/(?:href|src)="([^"#?]+)[^"]*"/g)) {
        assert(!/^([a-z]+:|\/)/.test(link!), `${path} links to ${link}`);
        const target = new URL(link!, `http://x/${path}`).pathname.slice(1);
        assert(files.has(decodeURIComponent(target)), `${path} links to ${target}`);
        links++;
      }
    }
    assert(links > 500, `${links} links`);
  }));

Deno.test("a folder that holds something else is not overwritten", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/thesis.tex`, "years of work");
    await assertRejects(() => exportSite(openResults(`${folder}/none`)(), folder), Error, "no export");
    assertEquals(await Deno.readTextFile(`${folder}/thesis.tex`), "years of work");
  }));
