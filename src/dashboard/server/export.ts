/** The site as files. What is written depends on the results alone. */

import { dirname } from "node:path";
import { assets } from "./assets.ts";
import { filesOfPage, pagePaths, type SiteFile, type View } from "../site.ts";
import type { Results } from "../store/results.ts";

/** Marks a folder as an export, so that a later one may replace it. */
const MARK = ".dllm-rl-bench-export";

const encoder = new TextEncoder();

export interface Exported {
  readonly pages: number;
  readonly files: number;
}

/**
 * Writes every page with its tables and figures into a folder. Files of an earlier export are removed first.
 * @throws Error for a folder that holds something else
 */
export async function exportSite(results: Results, folder: string): Promise<Exported> {
  await prepare(folder);
  let pages = 0, files = 0;
  const write = async (path: string, body: SiteFile["body"]) => {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, typeof body === "string" ? encoder.encode(body) : body);
    files++;
  };
  for (const [name, text] of Object.entries(assets)) await write(`assets/${name}`, text);
  const view: View = { results, live: null };
  for (const path of pagePaths(view)) {
    for (const [name, { body }] of filesOfPage(view, path)) await write(name, body);
    pages++;
  }
  return { pages, files };
}

async function prepare(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const entries = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  if (entries.length > 0 && !entries.includes(MARK)) {
    throw new Error(`${folder} holds files that are no export; name a new or empty folder`);
  }
  for (const name of entries) {
    if (name !== MARK) await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
  await Deno.writeTextFile(`${folder}/${MARK}`, "");
}
