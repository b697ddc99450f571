/**
 * What papers report about LLaDA-8B: for orientation beside the measured numbers, and never mixed with them. Models,
 * budgets and graders differ from those here, and from paper to paper.
 */

import { z } from "zod";
import type { Table } from "../tables/table.ts";
import tables from "./reported.json" with { type: "json" };

const table = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** Paper and table of every number in it. */
  source: z.string(),
  /** "unverified": from a summary, or in part; the paper's own table was not seen. */
  status: z.enum(["paper", "unverified"]),
  conditions: z.string(),
  /** Real test sets, some with the response length. */
  columns: z.array(z.string()).min(1),
  rows: z.array(z.strictObject({
    method: z.string(),
    /** The objective of this benchmark that the method is. */
    objective: z.string().optional(),
    /** Where that paper has the numbers from, if they are not its own. */
    quoted: z.string().optional(),
    /** Accuracy in %, by column; null where the paper gives none. */
    scores: z.array(z.number().min(0).max(100).nullable()),
  })).min(1),
}).refine(
  ({ columns, rows }) => rows.every(({ scores }) => scores.length === columns.length),
  "expected one score per column",
);

export type ReportedTable = z.infer<typeof table>;

export const REPORTED: readonly ReportedTable[] = z.array(table).parse(tables);

/** A table of a paper. Nothing here is computed from it. */
export function reportedTable(
  { id, title, source, status, conditions, columns, rows }: ReportedTable,
): Table {
  return {
    id: `reported.${id}`,
    caption: `Reported, not measured here: ${title}. Accuracy in per cent`,
    columns: [
      { id: "method", title: "Method", kind: "text" },
      ...columns.map((column, i) => ({
        id: `column${i + 1}`,
        title: column,
        kind: "number" as const,
        unit: "%, reported",
      })),
    ],
    rows: rows.map(({ method, quoted, scores }) => [
      { value: method, note: quoted ? `quoted from ${quoted}` : undefined },
      ...scores.map((value) => ({ value })),
    ]),
    note: `Source: ${source}. ${conditions}.${
      status === "unverified" ? " Unverified: the paper's own table was not seen." : ""
    }`,
  };
}
