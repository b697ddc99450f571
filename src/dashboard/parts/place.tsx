/**
 * Where a page stands and what it consists of. A page function draws its tables and figures through its `Place`,
 * which keeps them: so each also has an address of its own, as CSV, JSON or SVG. All links are relative, so that
 * the same pages work below any folder of any web host.
 */

import type { Child } from "hono/jsx";
import { FigureView } from "./figure_view.tsx";
import { type Order, sorted, type Table } from "../../tables/table.ts";
import { TableView } from "./table_view.tsx";

/** Parameters of an address: what filters and sorts. */
export type Query = Readonly<Record<string, string>>;

/** A figure, drawn when it is asked for. */
export interface Figure {
  readonly id: string;
  readonly caption: string;
  /** What it shows, for readers who do not see it. */
  readonly alt: string;
  /** Width by height in pixels, so that the page does not jump. */
  readonly size: readonly [number, number];
  /** A whole SVG file. */
  svg(): string;
}

export interface Body {
  readonly title: string;
  readonly content: Child;
  /** Scripts beside the one of every page. */
  readonly scripts?: readonly string[];
}

/** Forms of a table as a file. */
export const FORMATS = ["csv", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** A table of a page that has files of its own. */
export interface TableWithFiles {
  readonly table: Table;
  readonly formats: readonly Format[];
}

export interface Place {
  /** Address of the page from the root of the site, such as "cells/x.html". */
  readonly path: string;
  readonly query: Query;
  /** Whether a server answers parameters of addresses. In an export pages have neither forms nor links that sort. */
  readonly served: boolean;
  readonly tables: readonly TableWithFiles[];
  readonly figures: readonly Figure[];
  /** The relative address of a page or file of the site. */
  link(target: string): string;
  /** Draws a table, in the order that the address asks for. */
  table(table: Table, options?: TableOptions): Child;
  figure(figure: Figure): Child;
}

export interface TableOptions {
  /** Rows are shown from and up to here; all of them are in the files. */
  readonly from?: number;
  readonly to?: number;
  /** Files of its own that the table has; default: one in each format. */
  readonly files?: readonly Format[];
  /** Order without a word about it in the address. */
  readonly order?: Order;
}

/** `sort=<table>.<column>` or `sort=<table>.<column>.desc`; ids of columns have no dot. */
function orderOf({ sort = "" }: Query, { id }: Table): Order | null {
  const descending = sort.endsWith(".desc");
  const name = descending ? sort.slice(0, -".desc".length) : sort;
  const dot = name.lastIndexOf(".");
  return name.slice(0, dot) === id && dot > 0 ? { column: name.slice(dot + 1), descending } : null;
}

/** The text after "?" of an address, or "". */
export function queryText(query: Query): string {
  const text = new URLSearchParams({ ...query }).toString();
  return text && `?${text}`;
}

/** Folder of the files of a page: "index.html" keeps them in "index/". */
export function filesOf(path: string): string {
  return path.replace(/\.html$/, "");
}

export function placeOf(path: string, query: Query = {}, served = true): Place {
  const tables: TableWithFiles[] = [], figures: Figure[] = [];
  const up = "../".repeat(path.split("/").length - 1);
  const link = (target: string) => up + target;
  const file = (name: string) => link(`${filesOf(path)}/${name}`) + queryText(query);
  return {
    path,
    query,
    served,
    tables,
    figures,
    link,
    table(table, { from = 0, to = Infinity, files = FORMATS, order = undefined } = {}) {
      const asked = orderOf(query, table) ?? order ?? null;
      const whole = asked ? sorted(table, asked) : table;
      if (files.length > 0) tables.push({ table: whole, formats: files });
      const part = { ...whole, rows: whole.rows.slice(from, to) };
      return (
        <TableView
          table={part}
          order={asked}
          query={served ? query : null}
          link={link}
          formats={files}
          file={file}
        />
      );
    },
    figure(figure) {
      figures.push(figure);
      return <FigureView figure={figure} file={file} />;
    },
  };
}
