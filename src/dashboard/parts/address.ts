/**
 * Addresses inside the site: their parameters, and the folder of a page's files. All are relative, so that the same
 * pages work below any folder of any web host.
 */

import type { Order, Table } from "../../tables/table.ts";

/** Parameters of an address: what filters and sorts. */
export type Query = Readonly<Record<string, string>>;

/** The text after "?" of an address, or "". */
export function queryText(query: Query): string {
  const text = new URLSearchParams({ ...query }).toString();
  return text && `?${text}`;
}

/** `sort=<table>.<column>` or `sort=<table>.<column>.desc`; ids of columns have no dot. */
export function orderOf({ sort = "" }: Query, { id }: Table): Order | null {
  const descending = sort.endsWith(".desc");
  const name = descending ? sort.slice(0, -".desc".length) : sort;
  const dot = name.lastIndexOf(".");
  return name.slice(0, dot) === id && dot > 0 ? { column: name.slice(dot + 1), descending } : null;
}

/** Forms of a table as a file. */
export const FORMATS = ["csv", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** Folder of the files of a page: "index.html" keeps them in "index/". */
export function filesOf(path: string): string {
  return path.replace(/\.html$/, "");
}

/** The relative address of the root of the site, as a page sees it: "" or "../" for each folder that it lies in. */
export function rootOf(path: string): string {
  return "../".repeat(path.split("/").length - 1);
}
