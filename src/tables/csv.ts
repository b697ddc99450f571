/** Tables as comma-separated values. */

import type { Table } from "./table.ts";

/** Comma-separated values after RFC 4180: a header, then the rows. Intervals are columns of their own. */
export function csv({ columns, rows }: Table): string {
  const withInterval = columns.map((_, i) => rows.some((row) => row[i]!.interval));
  const header = columns.flatMap(({ id }, i) => withInterval[i] ? [id, `${id}_low`, `${id}_high`] : [id]);
  const lines = rows.map((row) =>
    row.flatMap(({ value, interval }, i) => withInterval[i] ? [value, interval?.[0], interval?.[1]] : [value])
  );
  return [header, ...lines].map((line) => line.map(field).join(",") + "\r\n").join("");
}

/** Text that a spreadsheet would take for a formula is kept text by an apostrophe. */
function field(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
