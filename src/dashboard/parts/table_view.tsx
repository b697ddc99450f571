/**
 * The HTML form of a table. Column heads are links that sort on the server; a script does the same in place. Where no
 * server answers, heads are plain text that the script makes buttons of.
 */

import { type Format, type Query, queryText } from "./address.ts";
import { Curve, IntervalBar } from "./marks.tsx";
import { type Cell, type Column, type Order, shown, type Table, unitText } from "../../tables/table.ts";
import { visibleLine } from "../../tables/visible_text.ts";

interface TableViewProps {
  readonly table: Table;
  readonly order: Order | null;
  /** Parameters of the page's address; null where no server answers them. */
  readonly query: Query | null;
  link(target: string): string;
  /** Files that it has, and their addresses. */
  readonly formats: readonly Format[];
  file(name: string): string;
}

export function TableView({ table, order, query, link, formats, file }: TableViewProps) {
  const { id, columns, rows } = table, caption = visibleLine(table.caption, 500);
  // Numbers stay aligned where some of a column carry a mark.
  const marked = columns.map((_, i) => rows.some((row) => row[i]!.mark));
  return (
    <div class="table" id={id}>
      <div class="scroll" tabindex={0} role="group" aria-label={caption}>
        <table data-sortable>
          <caption>{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => <Head table={id} column={column} order={order} query={query} />)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                {row.map((cell, i) => (
                  <Field cell={cell} column={columns[i]!} first={i === 0} marked={marked[i]!} link={link} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="quiet">No rows.</p>}
      {formats.length > 0 && (
        <p class="files">
          {formats.map((format, i) => (
            <>
              {i > 0 && " "}
              <a href={file(`${id}.${format}`)} download>
                {format.toUpperCase()}
                <span class="unseen">: {caption}</span>
              </a>
            </>
          ))}
        </p>
      )}
    </div>
  );
}

interface HeadProps {
  readonly table: string;
  readonly column: Column;
  readonly order: Order | null;
  readonly query: Query | null;
}

function Head({ table, column, order, query }: HeadProps) {
  const active = order?.column === column.id;
  // Numbers are first wanted from the top, names from A.
  const descending = active ? !order.descending : column.kind !== "text";
  const sort = `${table}.${column.id}${descending ? ".desc" : ""}`;
  const direction = active ? (order.descending ? "descending" : "ascending") : undefined;
  const title = visibleLine(column.title),
    unit = unitText(column),
    help = column.help && visibleLine(column.help, 500);
  return (
    <th scope="col" class={column.kind} aria-sort={direction}>
      {query
        ? <a href={`${queryText({ ...query, sort })}#${table}`} title={help} rel="nofollow">{title}</a>
        : <span data-sort title={help}>{title}</span>}
      {unit && <span class="unit">{visibleLine(unit)}</span>}
    </th>
  );
}

interface FieldProps {
  readonly cell: Cell;
  readonly column: Column;
  readonly first: boolean;
  readonly marked: boolean;
  link(target: string): string;
}

function Field({ cell, column, first, marked, link }: FieldProps) {
  const text = shown(cell, column.kind);
  const note = cell.note && <span class="note">{visibleLine(cell.note)}</span>;
  const numeric = column.kind !== "text";
  const content = (
    <>
      {numeric && note}
      {cell.href ? <a href={link(cell.href)}>{text}</a> : text}
      {(cell.mark || (marked && numeric)) && <span class="mark">{cell.mark && visibleLine(cell.mark)}</span>}
      {!numeric && note}
      {cell.interval && column.range && (
        <IntervalBar
          value={Number(cell.value)}
          interval={cell.interval}
          range={column.range}
          reference={cell.reference ?? (column.kind === "points" ? 0 : null)}
        />
      )}
      {cell.curve && <Curve values={cell.curve} />}
    </>
  );
  const kind = [...(numeric ? [column.kind] : []), ...(cell.best ? ["best"] : [])].join(" ") || undefined;
  // The value sorts in the script exactly as it does on the server.
  const value = column.kind === "text" ? undefined : cell.value ?? "";
  if (first) return <th scope="row" class={kind} data-value={value}>{content}</th>;
  return <td class={kind} data-value={value}>{content}</td>;
}
