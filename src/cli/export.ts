/** `deno task export`: the pages of the dashboard as a folder of files. */

import { exportSite } from "../dashboard/export.ts";
import { openResults } from "../dashboard/store/results.ts";
import { UsageError } from "./errors.ts";
import { runPlain } from "./plain_options.ts";

const PERMISSIONS =
  "The task may read results, .cache, /tmp and the folder that DLLM_BENCH_OUT names, and may write the last three.";

const HELP =
  `Writes the pages of the dashboard into a folder that any web host can serve. Equal results give equal bytes.

Usage: deno task export --out DIR [options]

Options:
  --out DIR      folder to write, new or empty or an earlier export (required)
  --results DIR  folder of the records (default results)
  --help         print this text

${PERMISSIONS}`;

const OPTIONS = ["out", "results"] as const;

/** @returns the exit status */
export function run(args: readonly string[]): Promise<number> {
  const command = { name: "export", help: HELP, permissions: PERMISSIONS, options: OPTIONS };
  return runPlain(command, args, async ({ out, results = "results" }) => {
    if (out === undefined) throw new UsageError("export needs --out DIR; see `deno task export --help`");
    const { pages, files } = await exportSite(openResults(results)(), out);
    console.log(`${pages} pages, ${files} files in ${out}`);
    return 0;
  });
}

if (import.meta.main) Deno.exit(await run(Deno.args));
