/** Tables as Markdown. */

import { cellText, headText, type Table } from "./table.ts";

/** Columns of equal width, for readers of the file itself. */
function markdownTable({ columns, rows }: Table): string {
  const lines = [
    columns.map(headText),
    ...rows.map((row) => row.map((cell, i) => cellText(cell, columns[i]!))),
  ]
    .map((line) => line.map(escapeMarkdown));
  const widths = columns.map((_, i) => Math.max(3, ...lines.map((line) => line[i]!.length)));
  const text = (line: readonly string[]) =>
    `| ${line.map((field, i) => field.padEnd(widths[i]!)).join(" | ")} |`;
  const [head, ...body] = lines;
  return [text(head!), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body.map(text)].join(
    "\n",
  );
}

/** Text that Markdown would read as markup. Texts of equations and notes hold some of it. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\|*_`<>]/g, "\\$&");
}

/** Heading, table and note. */
export function markdownParts(table: Table): string[] {
  return [
    `### ${table.caption}`,
    markdownTable(table),
    ...(table.note ? [escapeMarkdown(table.note)] : []),
  ];
}

/** Caption and table in as few bytes as can be, for reports of which there are many. */
export function compactMarkdown({ caption, columns, rows }: Table): string {
  const line = (fields: readonly string[]) =>
    `| ${fields.map((field) => field.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    ...[caption, "", line(columns.map(headText)), line(columns.map(() => "---"))],
    ...rows.map((row) => line(row.map((cell, i) => cellText(cell, columns[i]!)))),
  ].join("\n");
}
