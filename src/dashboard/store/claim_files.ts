/** The reports of `results/claims/`: a claim is JSON, Markdown with its tables, and figures as SVG. */

import { PIECES_FILE } from "../../claims/pieces.ts";
import { type ClaimReport, claimReportSchema } from "../../claims/report.ts";

/** A table of a report, all text. */
export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a claim's report says. */
export interface Claim {
  readonly report: ClaimReport;
  /** Whether its numbers are times, which vary from run to run. */
  readonly timed: boolean;
  readonly tables: readonly ReportTable[];
  /** The text of a figure's file; null for one that is not there. */
  figure(file: string): string | null;
}

export interface ClaimFiles {
  readonly claims: readonly Claim[];
  readonly problems: readonly string[];
}

const FILE = /^([a-z0-9][a-z0-9-]{0,63})\.json$/;

/** Folders of reports below the results folder. */
export const CLAIM_FOLDERS = ["claims", "claims/timed"] as const;

/** Reads every report, in the order of their names; of two with one name the first counts. */
export function readClaims(results: string): ClaimFiles {
  const claims = new Map<string, Claim>(), problems: string[] = [];
  for (const below of CLAIM_FOLDERS) {
    const folder = `${results}/${below}`, files = filesIn(folder);
    // Only files that the listing found are read.
    const text = (name: string) => files.includes(name) ? Deno.readTextFileSync(`${folder}/${name}`) : null;
    for (const name of files) {
      const id = FILE.exec(name)?.[1];
      if (id === undefined || name === PIECES_FILE || claims.has(id)) continue;
      try {
        const report = claimReportSchema.safeParse(JSON.parse(text(name)!));
        if (!report.success || report.data.id !== id) {
          problems.push(`${folder}/${name} is not the report of a claim`);
          continue;
        }
        claims.set(id, {
          report: report.data,
          timed: below === "claims/timed",
          tables: tablesOf(text(`${id}.md`) ?? ""),
          figure: (file) => file.startsWith(`${id}-`) && file.endsWith(".svg") ? text(file) : null,
        });
      } catch (error) {
        problems.push(`${folder}/${name}: ${(error as Error).message}`);
      }
    }
  }
  return { claims: [...claims.values()], problems };
}

/** Tables of a Markdown text; the paragraph before each is its caption. */
export function tablesOf(markdown: string): ReportTable[] {
  const paragraphs = markdown.split(/\n{2,}/);
  return paragraphs.flatMap((paragraph, i) => {
    const [head, , ...rows] = paragraph.split("\n").filter((line) => line.startsWith("|"));
    if (head === undefined) return [];
    return [{ caption: paragraphs[i - 1] ?? "", columns: cellsOf(head), rows: rows.map(cellsOf) }];
  });
}

function cellsOf(line: string): string[] {
  return line.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
