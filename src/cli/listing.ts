/** What `deno task bench --list` shows: suites, the tasks and objectives of one, and what became of its cells. */

import { cellOf } from "../bench/cell_spec.ts";
import { groupBy } from "../std/collections.ts";
import { classesOf } from "../leaderboard/classes.ts";
import type { BenchRecord } from "../records/record.ts";
import { readRecords, recordPath } from "../records/folder.ts";
import { SUITE_IDS } from "../suite/suite.ts";
import { objectiveEntry, objectiveSettings, policySettings } from "../suite/settings.ts";
import { changeText, stalenessOf } from "../bench/validity.ts";
import { statesOfPieces } from "../claims/confirm.ts";
import { type Confirmations, readConfirmations } from "../records/confirmations.ts";
import type { Selection } from "./suite.ts";
import { counted } from "./words.ts";

/** What a record is to this code. */
interface RecordState {
  readonly seed: number;
  readonly backend: string;
  /** `made`: by this very code. `confirmed`: by earlier code that gave the same where it was tried. */
  readonly state: "made" | "confirmed" | "stale";
  /** What changed; null unless it is stale. */
  readonly why: string | null;
}

/** A selection as data: settings of tasks and objectives, and the state of every cell's records. */
export async function listed({ suite, tasks, objectives, seeds }: Selection, out: string) {
  const records = (await readRecords(out)).filter(({ cell }) => cell.suite.id === suite.id);
  const confirmations = readConfirmations(out);
  const asked = records.filter(({ cell }) =>
    tasks.some(({ id }) => id === cell.task) && objectives.some(({ id }) => id === cell.objective) &&
    seeds.includes(cell.seed)
  );
  const states = new Map<string, RecordState>();
  for (const record of asked) states.set(recordPath(record.cell), await stateOf(record, confirmations));
  const cells = tasks.flatMap((task) =>
    objectives.map((objective) => {
      const own = asked.filter(({ cell }) => cell.task === task.id && cell.objective === objective.id);
      return {
        task: task.id,
        objective: objective.id,
        rollouts: policySettings(suite, task, objective, "two-pass").steps,
        records: own.map(({ cell }) => states.get(recordPath(cell))!),
        missing: seeds.filter((seed) => !own.some(({ cell }) => cell.seed === seed)),
      };
    })
  );
  const count = (state: RecordState["state"]) =>
    [...states.values()].filter((each) => each.state === state).length;
  return {
    suite: suite.id,
    version: suite.version,
    title: suite.title,
    tasks: tasks.map(({ id, title, promptLength, responseLength }) => {
      const { setting, decoding } = suite.tasks[id]!;
      return { id, title, setting, promptLength, responseLength, decoding };
    }),
    objectives: objectives.map((objective) => {
      const { learningRate, updates } = objectiveEntry(suite, objective);
      const { id, title, paper, defaults } = objective;
      const settings = objectiveSettings(suite, objective);
      return { id, title, paper, learningRate, updates, settings, defaults };
    }),
    /** Objectives whose models are equal in all records that there are. */
    classes: classesOf(records).filter(({ length }) => length > 1),
    cells,
    records: {
      made: count("made"),
      confirmed: count("confirmed"),
      stale: count("stale"),
      missing: cells.reduce((sum, { missing }) => sum + missing.length, 0),
    },
    /** Measurements of the papers' claims in the same folder, where they are of this suite. */
    measurements: await statesOfPieces(out, suite),
  };

  /** On the device that the record names. */
  async function stateOf({ cell, run }: BenchRecord, confirmations: Confirmations): Promise<RecordState> {
    const { seed, backend } = cell;
    const description = {
      backend: backend === "webgpu" ? "webgpu" : "cpu",
      adapter: run.adapter,
      features: backend === "cpu-fast" ? ["relaxed-simd"] : [],
    } as const;
    const task = tasks.find(({ id }) => id === cell.task)!;
    const objective = objectives.find(({ id }) => id === cell.objective)!;
    const now = await cellOf({ suite, task, objective, seed }, { description }, cell.memory, []);
    const why = changeText(stalenessOf(cell, now, confirmations));
    if (why) return { seed, backend, state: "stale", why };
    const same = Object.entries(now.source).every(([part, identity]) =>
      cell.source[part as keyof typeof now.source] === identity
    );
    return { seed, backend, state: same ? "made" : "confirmed", why: null };
  }
}

/** The same as text. */
export function listing(list: Awaited<ReturnType<typeof listed>>, out: string): string {
  const { suite, version, title, tasks, objectives, classes, cells, records, measurements } = list;
  const widthOf = (ids: readonly { readonly id: string }[]) =>
    Math.max(...ids.map(({ id }) => id.length)) + 2;
  const taskWidth = widthOf(tasks), objectiveWidth = widthOf(objectives);
  const measured = measurements.made + measurements.confirmed + measurements.stale;
  return [
    `suites: ${SUITE_IDS.join(", ")}`,
    `suite ${suite}@${version}: ${title}`,
    "tasks:",
    ...tasks.map(({ id, title, setting, promptLength, responseLength, decoding: { steps } }) =>
      `  ${
        id.padEnd(taskWidth)
      }${title}; ${setting}; ${promptLength} + ${responseLength} tokens in ${steps} steps`
    ),
    "objectives:",
    ...objectives.map(({ id, learningRate, updates, settings, defaults }) => {
      const values = Object.entries(settings).map(([name, value]) =>
        value === defaults[name] ? `${name} ${value}` : `${name} ${value} (paper ${defaults[name]})`
      );
      return `  ${id.padEnd(objectiveWidth)}learning rate ${learningRate}; ${updates.inner} x ` +
        `${updates.miniBatches} updates per rollout${values.length ? `; ${values.join(", ")}` : ""}`;
    }),
    ...classes.map((members) => `the same models in all records: ${members.join(", ")}`),
    "cells, with the seeds of their records:",
    ...cells.map(({ task, objective, rollouts, records, missing }) =>
      `  ${task.padEnd(taskWidth)}${objective.padEnd(objectiveWidth)}${counted(rollouts, "rollout")}; ${
        recordsText(records, missing)
      }`
    ),
    `${
      counted(records.made + records.confirmed + records.stale, "record")
    } in ${out}: ${records.made} made by this ` +
    `code, ${records.confirmed} confirmed for it, ${records.stale} stale; ${records.missing} missing`,
    ...(records.stale > 0
      ? [
        "stale records run again; where the code alone changed, `deno task bench --confirm` may show them valid",
      ]
      : []),
    ...(measured > 0
      ? [
        `${
          counted(measured, "measurement")
        } of claims: ${measurements.made} made, ${measurements.confirmed} confirmed, ` +
        `${measurements.stale} stale`,
      ]
      : []),
  ].join("\n");
}

function recordsText(records: readonly RecordState[], missing: readonly number[]): string {
  const groups = groupBy(records, ({ state, backend, why }) => `${state} ${backend} ${why ?? ""}`);
  return [
    ...groups.map(([, own]) => {
      const { state, backend, why } = own[0]!;
      return `${own.map(({ seed }) => seed).join(", ")} ${state} on ${backend}${why ? ` (${why})` : ""}`;
    }),
    ...(missing.length > 0 ? [`${missing.join(", ")} missing`] : []),
  ].join("; ");
}
