/** `deno task conformance`: compares the implementation with a folder of expected values. */

import { checkFolder } from "../conformance/conformance.ts";
import { reportText, totalsOf } from "../conformance/report.ts";
import { openBackend } from "./backend.ts";
import { parseOptions } from "./options.ts";

/**
 * Runs the command and returns its exit status: 1 when a case fails.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("conformance", args);
  const { fixtures, json } = options;
  using backend = (await openBackend(options)).backend;
  const files = await checkFolder(fixtures, { backend });
  const totals = totalsOf(files);
  if (json) console.log(JSON.stringify({ fixtures, device: backend.description, files, totals }, null, 2));
  else console.log(reportText(files));
  return totals.failed > 0 ? 1 : 0;
}
