/**
 * The seeds of a run: cells that differ in nothing else. A server has a page for each. An export has one for the
 * first and for those whose texts are kept; the first one's page has a row, and a file the record, of every seed.
 */

import { gzipSync } from "node:zlib";
import { correctInterval } from "../../records/score.ts";
import { canonicalJson } from "../../files/canonical_json.ts";
import { sha256 } from "../../files/identity.ts";
import type { Place } from "../parts/place.tsx";
import type { CellFile } from "../store/cell_files.ts";
import type { Results } from "../store/results.ts";
import type { Table } from "../../tables/table.ts";
import { cellPath } from "./addresses.ts";

const groups = new WeakMap<Results, ReadonlyMap<string, readonly CellFile[]>>();

/** All seeds of a cell, itself included, in the order of the results. */
export function seedsOf(cell: CellFile, results: Results): readonly CellFile[] {
  const key = ({ suite, task, objective, backend }: CellFile) =>
    JSON.stringify([suite, task, objective, backend]);
  let found = groups.get(results);
  if (!found) groups.set(results, found = Map.groupBy(results.cells, key));
  return found.get(key(cell)) ?? [cell];
}

/** Whether an export has a page of the cell. */
export function hasExportedPage(cell: CellFile, results: Results): boolean {
  return cell.samples || cell.steps || seedsOf(cell, results)[0] === cell;
}

/** Where a cell is shown: on its own page, or among the seeds of the first. */
export function cellAddress({ served }: Pick<Place, "served">, cell: CellFile, results: Results): string {
  return served || hasExportedPage(cell, results)
    ? cellPath(cell.id)
    : `${cellPath(seedsOf(cell, results)[0]!.id)}#${SEEDS}`;
}

/** Id of the table of seeds. */
const SEEDS = "seeds";

/** A row per seed: its scores on every test set, and the hash of its record. */
export function seedsTable(place: Place, cell: CellFile, results: Results): Table {
  const rows = seedsOf(cell, results).map((each) => ({ each, record: results.record(each) }));
  const tests = new Map(
    rows.flatMap(({ record }) =>
      (record?.outcome.tests ?? []).map(({ set, decoding }) =>
        [`${set} ${decoding}`, { set, decoding }] as const
      )
    ),
  );
  return {
    id: SEEDS,
    caption:
      "All seeds: share of correct responses by the strict grader after training; lines: the base model",
    columns: [
      { id: "seed", title: "Seed", kind: "number" },
      { id: "status", title: "Status", kind: "text" },
      ...Array.from(tests.values(), ({ set, decoding }) => ({
        id: `${set}_${decoding}`,
        title: `${set}, ${decoding}`,
        kind: "share" as const,
        unit: "%",
        range: [0, 1] as const,
      })),
      { id: "record", title: "Record", kind: "text", help: "SHA-256 of its file" },
    ],
    rows: rows.map(({ each, record }) => [
      { value: each.seed, href: cellAddress(place, each, results) },
      { value: record?.outcome.status ?? "not readable" },
      ...Array.from(tests.values(), ({ set, decoding }) => {
        const test = record?.outcome.tests.find((test) => test.set === set && test.decoding === decoding);
        if (!test) return { value: null };
        const { before, after } = test;
        return {
          value: after.strict.correct / after.n,
          interval: correctInterval(after, "strict"),
          reference: before.strict.correct / before.n,
        };
      }),
      { value: record && sha256(canonicalJson(record)) },
    ]),
  };
}

/** Name of the file of all records, in the folder of the first one's page, without the last extension. */
export const RECORDS = "records.jsonl";

export function seedRecordsPath(cell: CellFile, results: Results): string {
  return `cells/${seedsOf(cell, results)[0]!.id}/${RECORDS}.gz`;
}

/** The records of all seeds as gzip JSON lines. */
export function seedRecords(cell: CellFile, results: Results): Uint8Array<ArrayBuffer> {
  const records = seedsOf(cell, results).flatMap((each) => results.record(each) ?? []);
  const text = records.map((record) => JSON.stringify(record) + "\n").join("");
  return new Uint8Array(gzipSync(text, { level: 9 }));
}
