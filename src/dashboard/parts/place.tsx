/**
 * Where a page stands and what it consists of. A page function draws its tables and figures through its `Place`,
 * which keeps them: so each also has an address of its own, as CSV, JSON or SVG. All links are relative.
 */

import type { Child } from "hono/jsx";
import { type Order, sorted, type Table } from "../../tables/table.ts";
import { filesOf, type Format, FORMATS, orderOf, type Query, queryText, rootOf } from "./address.ts";
import { type Figure, FigureView } from "./figure_view.tsx";
import { TableView } from "./table_view.tsx";

export interface Body {
  readonly title: string;
  readonly content: Child;
  /** Scripts beside the one of every page. */
  readonly scripts?: readonly string[];
}

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

export function placeOf(path: string, query: Query = {}, served = true): Place {
  const tables: TableWithFiles[] = [], figures: Figure[] = [];
  const link = (target: string) => rootOf(path) + target;
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
