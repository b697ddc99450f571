/** Items on which two objectives differ, with the way to the generations. */

import type { BenchRecord } from "../../../records/record.ts";
import { type Decoding, GENERATED } from "../../../suite/names.ts";
import { cellId, type Results } from "../../store/results.ts";
import type { Table } from "../../../tables/table.ts";
import { generationPath } from "../generations.tsx";
import type { PairedRun } from "./pairs.ts";

/** Items that one solves and the other does not; those whose generations are kept come first. */
export function itemTable(a: string, b: string, runs: readonly PairedRun[], results: Results): Table {
  const rows = runs.flatMap((run) => {
    const pagesA = generationPages(run.a, run.decoding, results);
    const pagesB = generationPages(run.b, run.decoding, results);
    return run.solvedByA.flatMap((solved, index) =>
      solved === run.solvedByB[index]
        ? []
        : [{ run, index, by: solved ? a : b, pageA: pagesA.get(index), pageB: pagesB.get(index) }]
    );
  });
  rows.sort((x, y) => Number(y.pageA !== undefined) - Number(x.pageA !== undefined));
  return {
    id: `items.${a}.${b}`,
    caption: "Items that one solves and the other does not, on the same seed",
    columns: [
      { id: "item", title: "Item", kind: "text" },
      { id: "seed", title: "Seed", kind: "number" },
      { id: "decoding", title: "Decoding", kind: "text" },
      { id: "solved_by", title: "Solved by", kind: "text" },
      { id: "a", title: `Generation of ${a}`, kind: "text" },
      { id: "b", title: `Generation of ${b}`, kind: "text" },
    ],
    rows: rows.map(({ run, index, by, pageA, pageB }) => [
      { value: `${run.task} ${index}` },
      { value: run.seed },
      { value: run.decoding },
      { value: by },
      { value: pageA ? "look" : null, href: pageA },
      { value: pageB ? "look" : null, href: pageB },
    ]),
  };
}

/** Addresses of the generations of a cell that were kept, by item. */
function generationPages({ cell }: BenchRecord, decoding: Decoding, results: Results): Map<number, string> {
  const id = cellId(cell), file = results.cell(id);
  const kept = file ? results.kept(file) : [];
  return new Map(
    kept.filter((sample) => sample.set === GENERATED && sample.decoding === decoding)
      .map((sample) => [sample.index, generationPath(id, sample, sample.index)]),
  );
}
