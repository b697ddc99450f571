/**
 * Tables as data: one value gives the terminal's, the Markdown, the HTML, the CSV and the JSON form, so that no two of
 * them can say different things. Whoever shows a table may leave columns out and add addresses; nobody computes again.
 */

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
  /** What the intervals of the column are over, such as "seeds". */
  readonly over?: string;
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
  /** What a reader must know about this table; below it in text. */
  readonly note?: string;
}

/** The same rows with these columns alone, in this order. @throws RangeError for a column that the table does not have */
export function pick(table: Table, ids: readonly string[]): Table {
  const places = ids.map((id) => {
    const at = table.columns.findIndex((column) => column.id === id);
    if (at < 0) throw new RangeError(`table ${table.id} has no column "${id}"`);
    return at;
  });
  return {
    ...table,
    columns: places.map((at) => table.columns[at]!),
    rows: table.rows.map((row) => places.map((at) => row[at]!)),
  };
}

/** The same table with every cell changed. */
export function mapCells(
  table: Table,
  change: (cell: Cell, column: Column, row: readonly Cell[]) => Cell,
): Table {
  return {
    ...table,
    rows: table.rows.map((row) => row.map((cell, i) => change(cell, table.columns[i]!, row))),
  };
}

/** A table of texts alone: what programs read of it stands elsewhere. */
export function textsTable(
  { caption, columns, rows }: {
    readonly caption: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
  },
): Table {
  return {
    id: "table",
    caption,
    columns: columns.map((title, i) => ({ id: `column${i + 1}`, title, kind: "text" })),
    rows: rows.map((row) => row.map((value) => ({ value }))),
  };
}

/** What stands for a value that there is not. */
export const MISSING = "\u2013";

/** A cell as one line of text: value and mark, interval, note. */
export function cellText(cell: Cell, column: Column): string {
  const { value, mark, interval, note } = cell;
  if (value === null) return MISSING;
  const end = (at: number) => shown({ value: at }, column.kind);
  return [
    `${shown(cell, column.kind)}${mark ? ` ${mark}` : ""}`,
    ...(interval ? [`[${end(interval[0])}, ${end(interval[1])}]`] : []),
    ...(note ? [column.kind === "text" ? `(${note})` : note] : []),
  ].join(" ");
}

/** What stands over a column: its title, its unit, and what its intervals are over. */
export function unitText({ unit, over }: Column): string {
  return [...(unit ? [unit] : []), ...(over ? [`over ${over}`] : [])].join(", ");
}

/** Title and unit of a column as one line of text. */
export function headText(column: Column): string {
  const unit = unitText(column);
  return unit ? `${column.title} (${unit})` : column.title;
}

/** A table without the intervals of some columns, for readers with little room; the heads say so. */
export function withoutIntervals(table: Table, isBare: (id: string) => boolean): Table {
  const columns = table.columns.map(({ over, ...column }) =>
    over === undefined || isBare(column.id) ? column : { ...column, over }
  );
  const bare = mapCells(table, ({ interval, ...cell }, { id }) => isBare(id) ? cell : { ...cell, interval });
  return { ...bare, columns };
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
  if (value === null) return MISSING;
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
