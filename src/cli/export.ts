/** `deno task export`: the pages of the dashboard as a folder of files. */

import { exportSite } from "../dashboard/server/export.ts";
import { openResults } from "../dashboard/store/results.ts";
import { RESULTS } from "./confined.ts";
import { UsageError } from "./errors.ts";
import { hiddenFiles, sectionNotes } from "./notices.ts";
import { runPlain } from "./plain_options.ts";
import { checkResultsFolder } from "./results_folder.ts";

const PERMISSIONS =
  "The task may read the folders that --results and --out name, and may write to .cache, /tmp and the folder that " +
  "DLLM_BENCH_OUT names.";

const HELP =
  `Writes the pages of the dashboard into a folder that any web host can serve. Equal results give equal bytes.

Usage: deno task export --out DIR [options]

Options:
  --out DIR      folder to write, new or empty or an earlier export (required)
  --results DIR  folder of the records (default ${RESULTS})
  --help         print this text

${PERMISSIONS}`;

const OPTIONS = ["out", "results"] as const;

/** @returns the exit status */
function run(args: readonly string[]): Promise<number> {
  const command = { name: "export", help: HELP, permissions: PERMISSIONS, options: OPTIONS };
  return runPlain(command, args, async ({ out, results = RESULTS }) => {
    if (out === undefined) throw new UsageError("export needs --out DIR; see `deno task export --help`");
    checkResultsFolder(results, "--results");
    const shown = openResults(results)();
    for (const line of [...hiddenFiles(shown), ...sectionNotes(shown)]) console.error(line);
    const { pages, files } = await exportSite(shown, out);
    console.log(`${pages} pages, ${files} files in ${out}`);
    return 0;
  });
}

if (import.meta.main) Deno.exit(await run(Deno.args));
