/** `deno task gpu-check`: whether a GPU gives what the CPU gives, and how fast it is; see src/gpu_check/check.ts. */

import { openCpu } from "../../kernels/cpu.ts";
import { openBackend } from "../../kernels/open.ts";
import { checkGpu, failuresOf } from "../gpu_check/check.ts";
import { readReports, slugOf, writeReport } from "../gpu_check/report.ts";
import { reportsTable, reportTables } from "../gpu_check/tables.ts";
import { terminalPart } from "../tables/terminal.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";

/** @returns the exit status: 1 where the GPU does not give what the CPU gives */
export async function run(args: string[]): Promise<number> {
  const { out, list, json } = parseOptions("gpu-check", args);
  if (list) {
    const reports = await readReports(out);
    if (json) console.log(JSON.stringify({ event: "reports", reports: Object.fromEntries(reports) }));
    else if (reports.length > 0) console.log(terminalPart(reportsTable(reports)));
    else console.log(`No report in ${out}: no figure of a real GPU has been seen yet.`);
    return 0;
  }
  const { backend: gpu } = await openBackend("webgpu"), cpu = await openCpu({ build: "portable" });
  const progress = openProgress({ label: "gpu-check", unit: "parts", json });
  try {
    const report = await checkGpu(gpu, cpu, (done, total, note) => progress.update(done, total, note));
    const path = `${out}/${slugOf(report.adapter.description)}.json`, failures = failuresOf(report);
    await Deno.mkdir(out, { recursive: true });
    await writeReport(path, report);
    progress.done();
    if (json) console.log(JSON.stringify({ event: "checked", path, failures, report }));
    else {
      for (const table of reportTables(report)) console.log(`${terminalPart(table)}\n`);
      for (const failure of failures) console.log(`FAILED  ${failure}`);
      const { parity, seconds } = report;
      console.log(
        `${parity.length - failures.length} of ${parity.length} cases passed in ${
          seconds.toFixed(0)
        } s; the report is ` +
          `${path}: please send it`,
      );
    }
    return failures.length > 0 ? 1 : 0;
  } finally {
    progress.done();
    gpu[Symbol.dispose]();
    cpu[Symbol.dispose]();
  }
}
