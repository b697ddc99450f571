/** `deno task conformance`: compares the implementation with a folder of expected values. */

import { parseArgs } from "@std/cli";
import { openWebGpu } from "../../kernels/webgpu.ts";
import { checkFolder } from "../conformance/conformance.ts";
import { reportText, totalsOf } from "../conformance/report.ts";

const HELP = `Compares the implementation with a folder of expected values.

Usage: deno task conformance --fixtures FOLDER [--backend webgpu] [--json]

  --fixtures FOLDER  files in the format of the fixtures (src/conformance/fixtures is a part of them)
  --backend NAME     where kernels run; default webgpu
  --json             print the result as JSON
  --help             print this text

Prints per file how many cases there are, how many passed, failed or are missing (what they need is not
implemented), and the largest error relative to the largest expected entry. The exit status is 1 when a case
fails.`;

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseArgs(args, {
    string: ["fixtures", "backend"],
    boolean: ["json", "help"],
    default: { backend: "webgpu" },
    unknown(arg) {
      throw new Error(`unknown argument "${arg}"; known options: --fixtures --backend --json --help`);
    },
  });
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const { fixtures } = options;
  if (!fixtures) throw new Error("expected a folder of expected values: --fixtures FOLDER");
  if (options.backend !== "webgpu") {
    throw new Error(`unknown backend "${options.backend}"; known backends: webgpu`);
  }
  using backend = await openWebGpu();
  if (!backend) {
    throw new Error(
      "no WebGPU adapter: run `deno task conformance`, which fetches a software driver, or install Debian's " +
        "mesa-vulkan-drivers and libvulkan1",
    );
  }
  const files = await checkFolder(fixtures, { backend });
  const totals = totalsOf(files);
  if (options.json) {
    console.log(JSON.stringify({ fixtures, device: backend.description, files, totals }, null, 2));
  } else console.log(reportText(files));
  return totals.failed > 0 ? 1 : 0;
}
