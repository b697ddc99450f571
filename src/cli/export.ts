/** `deno task export`: the pages of the dashboard as a folder of files. */

import { exportSite } from "../dashboard/server/export.ts";
import { openResults } from "../dashboard/store/results.ts";
import { hiddenFiles, sectionNotes } from "./notices.ts";
import { parseOptions } from "./options.ts";
import { checkResultsFolder } from "./results_folder.ts";

/** @returns the exit status */
export async function run(args: readonly string[]): Promise<number> {
  const { out, results } = parseOptions("export", args);
  checkResultsFolder(results, "--results");
  const shown = openResults(results)();
  for (const line of [...hiddenFiles(shown), ...sectionNotes(shown)]) console.error(line);
  const { pages, files } = await exportSite(shown, out);
  console.log(`${pages} pages, ${files} files in ${out}`);
  return 0;
}
