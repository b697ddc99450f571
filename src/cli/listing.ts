/** What `deno task bench --list` shows: suites, and the tasks, objectives and cells of one. */

import { groupBy } from "../bench/collections.ts";
import { classesOf } from "../bench/leaderboard_classes.ts";
import type { BenchRecord } from "../bench/record.ts";
import { SUITE_IDS } from "../bench/suite.ts";
import { objectiveEntry, objectiveSettings, policySettings } from "../bench/suite_settings.ts";
import type { Selection } from "./suite.ts";
import { counted } from "./words.ts";

/** A selection as data: settings of tasks and objectives, and which cells have a record. */
export function listed({ suite, tasks, objectives, seeds }: Selection, records: readonly BenchRecord[]) {
  const own = records.filter(({ cell }) => cell.suite.id === suite.id);
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
    classes: classesOf(own).filter(({ length }) => length > 1),
    cells: tasks.flatMap((task) =>
      objectives.map((objective) => ({
        task: task.id,
        objective: objective.id,
        rollouts: policySettings(suite, task, objective, "two-pass").steps,
        seeds,
        /** Seeds with a record, by backend. */
        done: Object.fromEntries(
          groupBy(
            own.filter(({ cell }) =>
              cell.task === task.id && cell.objective === objective.id && seeds.includes(cell.seed)
            ),
            ({ cell }) => cell.backend,
          ).map(([backend, records]) => [backend, records.map(({ cell }) => cell.seed)]),
        ),
      }))
    ),
  };
}

/** The same as text. */
export function listing(selection: Selection, out: string, records: readonly BenchRecord[]): string {
  const { suite, version, title, tasks, objectives, classes, cells } = listed(selection, records);
  const widthOf = (ids: readonly { readonly id: string }[]) =>
    Math.max(...ids.map(({ id }) => id.length)) + 2;
  const taskWidth = widthOf(tasks), objectiveWidth = widthOf(objectives);
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
    "cells:",
    ...cells.map(({ task, objective, rollouts, seeds, done }) =>
      `  ${task.padEnd(taskWidth)}${objective.padEnd(objectiveWidth)}${counted(rollouts, "rollout")}; seeds ${
        seeds.join(", ")
      }; with a record: ${
        Object.entries(done).map(([backend, seeds]) => `${seeds.join(", ")} on ${backend}`).join("; ") ||
        "none"
      }`
    ),
    `${counted(records.length, "record")} in ${out}`,
  ].join("\n");
}
