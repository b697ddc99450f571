/** Tables as JSON. */

import { canonicalJson } from "../files/canonical_json.ts";
import type { Table } from "./table.ts";

/** What a table is in the JSON interface. */
export function tableJson({ id, caption, columns, rows }: Table) {
  return {
    id,
    caption,
    columns: columns.map(({ id, title, kind, unit = null, over = null, help = null }) => ({
      id,
      title,
      kind,
      unit,
      over,
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
