/** Tables as data: one value gives the HTML, the CSV and the JSON form. */

import { canonicalJson } from "../files/canonical_json.ts";
import type { Interval } from "../statistics/intervals.ts";
import { bytes, grouped, magnitude, percent, plain, points } from "./numbers.ts";
import { visibleLine } from "./visible_text.ts";

/** `share`: 0..1, shown in per cent; `points`: a difference of shares. */
export type Kind = "text" | "number" | "count" | "magnitude" | "share" | "points" | "bytes" | "p";

export interface Column {
  /** Name in CSV and JSON, and in the address of a sorted table. */
  readonly id: string;
  readonly title: string;
  readonly kind: Kind;
  /** Shown below the title. */
  readonly unit?: string;
  /** What the column means, in a sentence. */
  readonly help?: string;
  /** Draw the cells' intervals on this range. */
  readonly range?: Interval;
}

export interface Cell {
  readonly value: string | number | null;
  /** Address of a page, from the root of the site. */
  readonly href?: string | undefined;
  /** 95 %. */
  readonly interval?: Interval | null | undefined;
  /** Drawn beside the interval, such as the base model's value. */
  readonly reference?: number | null | undefined;
  /** A short addition after the value, such as a tie group. */
  readonly mark?: string | undefined;
  /** A small addition: below a text, before a number. */
  readonly note?: string | undefined;
  /** Draw this beside the value: a curve in 0..1. */
  readonly curve?: readonly (number | null)[] | undefined;
  /** Whether the value leads its column. */
  readonly best?: boolean | undefined;
}

export interface Table {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  /** One cell per column; the first names the row. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** The table with its rows in order of a column; missing values last; equal rows keep their order. */
export function sorted(table: Table, { column, descending }: Order): Table {
  const at = table.columns.findIndex(({ id }) => id === column);
  if (at < 0) return table;
  const sign = descending ? -1 : 1;
  const rows = table.rows.toSorted((a, b) => {
    const x = a[at]!.value, y = b[at]!.value;
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
  return { ...table, rows };
}

/** A value as shown, without its unit. */
export function shown({ value }: Cell, kind: Kind): string {
  if (value === null) return "\u2013";
  if (typeof value === "string") return visibleLine(value);
  switch (kind) {
    case "share":
      return percent(value);
    case "points":
      return points(value);
    case "bytes":
      return bytes(value);
    case "p":
      return value < 0.001 ? "< 0.001" : value.toFixed(3);
    case "count":
      return grouped(value);
    case "magnitude":
      return magnitude(value);
    default:
      return plain(value);
  }
}

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

/** What a table is in the JSON interface. */
export function tableJson({ id, caption, columns, rows }: Table) {
  return {
    id,
    caption,
    columns: columns.map(({ id, title, kind, unit = null, help = null }) => ({
      id,
      title,
      kind,
      unit,
      help,
    })),
    rows: rows.map((row) =>
      Object.fromEntries(columns.map(({ id }, i) => {
        const { value, interval } = row[i]!;
        return [id, interval ? { value, interval: [...interval] } : { value }];
      }))
    ),
  };
}

export function tableJsonText(table: Table): string {
  return canonicalJson(tableJson(table));
}
