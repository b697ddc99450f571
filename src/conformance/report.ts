/** The result of a conformance run as text. */

import type { FileReport } from "./conformance.ts";

export interface Totals {
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly missing: number;
}

export function totalsOf(reports: readonly FileReport[]): Totals {
  const sum = (key: keyof Totals) => reports.reduce((total, report) => total + report[key], 0);
  return { cases: sum("cases"), passed: sum("passed"), failed: sum("failed"), missing: sum("missing") };
}

/** One line per file, followed by its failed cases and why others are missing; then the totals. */
export function reportText(reports: readonly FileReport[]): string {
  const title = ({ file, form }: FileReport) => form ? `${file} (${form})` : file;
  const width = Math.max(4, ...reports.map((report) => title(report).length));
  const row = (name: string, numbers: readonly (number | string)[], error: string) =>
    `${name.padEnd(width)} ${numbers.map((n) => String(n).padStart(8)).join("")}  ${error}`;
  const lines = [row("file", ["cases", "passed", "failed", "missing"], "largest error")];
  for (const report of reports) {
    const { cases, passed, failed, missing, largestError } = report;
    const error = passed + failed === 0 ? "-" : largestError.toExponential(1);
    lines.push(row(title(report), [cases, passed, failed, missing], error));
    for (const { name, detail } of report.failures) lines.push(`    FAILED ${name}: ${detail}`);
    for (const reason of report.reasons) lines.push(`    missing: ${reason}`);
  }
  const { cases, passed, failed, missing } = totalsOf(reports);
  lines.push(row("total", [cases, passed, failed, missing], ""));
  return lines.join("\n");
}
