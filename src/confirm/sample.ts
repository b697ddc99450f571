/** Which old records are trained again to show that changed code gives the same results. */

import { sha256 } from "../files/identity.ts";
import { compare, unique } from "../std/collections.ts";

/** A record that changed code reaches. */
export interface Candidate {
  /** Path of the record. */
  readonly path: string;
  readonly suite: string;
  readonly task: string;
  readonly objective: string;
  readonly seed: number;
  /** Paths of the changed files that it reaches. */
  readonly changed: ReadonlySet<string>;
}

/** Cells that show a file which several tasks and objectives reach. */
const CELLS = 3;
/** One cell in so many is trained again, whatever changed. */
const SHARE = 20;

/**
 * A sample of the candidates, of every suite on its own: each changed file is reached by at least three of its cells;
 * one that a single objective reaches is shown on all tasks of it, one that a single task reaches with all
 * objectives, one seed each; and one cell in twenty in any case. Which cells cannot be foreseen, but repeated.
 * @param salt what the choice hangs on, such as the identity of the new code
 */
export function sampleOf<C extends Candidate>(candidates: readonly C[], salt: string): C[] {
  return unique(candidates.map(({ suite }) => suite)).flatMap((suite) =>
    sampleOfSuite(candidates.filter((each) => each.suite === suite), `${salt} ${suite}`)
  );
}

function sampleOfSuite<C extends Candidate>(candidates: readonly C[], salt: string): C[] {
  const key = (text: string) => sha256(`${salt} ${text}`);
  // One seed as far as it goes: its base models are trained again, too.
  const order = candidates.map((each) => [key(`seed ${each.seed}`) + key(each.path), each] as const)
    .sort(([a], [b]) => compare(a, b))
    .map(([, each]) => each);
  const chosen = new Set<C>();
  const firstOfEach = (members: readonly C[], field: "task" | "objective") => {
    for (const value of unique(members.map((each) => each[field]))) {
      const own = members.filter((each) => each[field] === value);
      if (!own.some((each) => chosen.has(each))) chosen.add(own[0]!);
    }
  };
  const files = unique(order.flatMap(({ changed }) => [...changed])).sort().map((file) => {
    const reaching = order.filter(({ changed }) => changed.has(file));
    const alone = (field: "task" | "objective") => unique(reaching.map((each) => each[field])).length === 1;
    return { reaching, ofObjective: alone("objective"), ofTask: alone("task") };
  });
  for (const { reaching, ofObjective, ofTask } of files) {
    if (ofObjective) firstOfEach(reaching, "task");
    else if (ofTask) firstOfEach(reaching, "objective");
  }
  const fill = (members: readonly C[], count: number) => {
    let missing = Math.min(count, members.length) - members.filter((each) => chosen.has(each)).length;
    for (const each of spread(members, chosen)) {
      if (missing <= 0) return;
      chosen.add(each);
      missing--;
    }
  };
  for (const { reaching } of files) fill(reaching, CELLS);
  fill(order, Math.ceil(order.length / SHARE));
  return order.filter((each) => chosen.has(each));
}

/** Members that are not chosen, those of tasks that few of the chosen are of first. */
function* spread<C extends Candidate>(members: readonly C[], chosen: ReadonlySet<C>): Generator<C> {
  const left = members.filter((each) => !chosen.has(each));
  while (left.length > 0) {
    const counts = new Map<string, number>();
    for (const { task } of chosen) counts.set(task, (counts.get(task) ?? 0) + 1);
    const count = ({ task }: C) => counts.get(task) ?? 0;
    const fewest = Math.min(...unique(left.map(({ task }) => task)).map((task) => counts.get(task) ?? 0));
    yield left.splice(left.findIndex((each) => count(each) === fewest), 1)[0]!;
  }
}
