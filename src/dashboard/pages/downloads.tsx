/** Files of a cell: its record, and what lies beside it. */

import type { Place } from "../parts/place.tsx";
import type { CellFile } from "../store/cell_files.ts";
import type { Beside, Results } from "../store/results.ts";
import { seedRecordsPath } from "./seeds.ts";

/** Names of a cell's files in the folder of its page, without the last extension. */
export const RECORD = "record", SAMPLES = "samples.jsonl";
const STEPS = "steps.jsonl";

/** Which file beside a record a name means. */
export const BESIDE: ReadonlyMap<string, Beside> = new Map([[SAMPLES, "samples"], [STEPS, "steps"]]);

function recordPath({ id }: CellFile): string {
  return `cells/${id}/${RECORD}.json`;
}

/** The address of a compressed file of a cell. */
export function besidePath({ id }: CellFile, name: typeof SAMPLES | typeof STEPS): string {
  return `cells/${id}/${name}.gz`;
}

export function Downloads({ place, cell, results }: { place: Place; cell: CellFile; results: Results }) {
  const missing = [...(cell.steps ? [] : ["the step log"]), ...(cell.samples ? [] : ["the generations"])];
  return (
    <ul class="prose">
      <li>
        <a href={place.link(recordPath(cell))} download>The record</a>, JSON: every number of this page.
      </li>
      <li>
        <a href={place.link(seedRecordsPath(cell, results))} download>The records of all seeds</a>, gzip JSON
        lines, one per seed.
      </li>
      {cell.steps && (
        <li>
          <a href={place.link(besidePath(cell, STEPS))} download>The step log</a>, gzip JSON lines, one per
          rollout: value, gradient norm, clipped share, KL and largest ratio of each update.
        </li>
      )}
      {cell.samples && (
        <li>
          <a href={place.link(besidePath(cell, SAMPLES))} download>The kept generations</a>, gzip JSON lines,
          one per response: every token with its step, confidence and entropy, and both verdicts.
        </li>
      )}
      {missing.length > 0 && (
        <li>
          Not kept: {missing.join(" and ")} of this seed. The SHA-256 of each text is below.
        </li>
      )}
    </ul>
  );
}
