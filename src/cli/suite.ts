/** The suite of a command line, narrowed to the tasks, objectives and seeds that it asks for. */

import { allTasks, taskById } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";
import { checkSuite, loadSuite, type Suite, SUITE_IDS } from "../suite/suite.ts";
import type { Objective } from "../objectives/objective.ts";
import { objectiveById, OBJECTIVES } from "../objectives/registry.ts";
import { resolveNames, unknownName } from "./names.ts";

export interface Selection {
  readonly suite: Suite;
  readonly tasks: readonly Task[];
  readonly objectives: readonly Objective[];
  readonly seeds: readonly number[];
}

/**
 * Loads a suite and picks from it.
 * @param requested names as given; those of the suite where none is
 * @throws UsageError listing the known names; SuiteError for a file that cannot be read or run
 */
export async function selectSuite(
  id: string,
  requested: {
    readonly task?: readonly string[];
    readonly objective?: readonly string[];
    readonly seeds?: readonly number[] | null;
  } = {},
): Promise<Selection> {
  if (!id.endsWith(".yaml") && !SUITE_IDS.includes(id)) {
    throw unknownName("suite", id, [...SUITE_IDS, "FILE.yaml"]);
  }
  const suite = await loadSuite(id);
  checkSuite(suite, { objectives: OBJECTIVES, tasks: allTasks });
  const tasks = resolveNames("task", requested.task ?? [], Object.keys(suite.tasks)).map(taskById);
  const names = resolveNames("objective", requested.objective ?? [], Object.keys(suite.objectives));
  return { suite, tasks, objectives: names.map(objectiveById), seeds: requested.seeds ?? suite.seeds };
}
