/** Tables as text for a terminal. */

import { cellText, headText, type Table } from "./table.ts";

/** Names to the left, numbers to the right, a line under the head. */
export function terminalTable({ columns, rows }: Table): string {
  const lines = [
    columns.map(headText),
    ...rows.map((row) => row.map((cell, i) => cellText(cell, columns[i]!))),
  ];
  const widths = columns.map((_, i) => Math.max(3, ...lines.map((line) => line[i]!.length)));
  const text = (line: readonly string[]) =>
    `  ${
      line.map((field, i) =>
        columns[i]!.kind === "text" ? field.padEnd(widths[i]!) : field.padStart(widths[i]!)
      )
        .join("  ")
    }`.trimEnd();
  const [head, ...body] = lines;
  return [text(head!), `  ${widths.map((width) => "\u2500".repeat(width)).join("  ")}`, ...body.map(text)]
    .join("\n");
}

/** A table with its caption and its note. */
export function terminalPart(table: Table): string {
  return `${table.caption}\n${terminalTable(table)}${table.note ? `\n  ${table.note}` : ""}`;
}
