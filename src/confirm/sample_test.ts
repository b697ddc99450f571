/** Which cells are trained again, on made-up records: every rule, and that no more is trained than they ask. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type RandomSequence, randomSequence, Stream } from "../../kernels/philox/random.ts";
import { groupBy, unique } from "../std/collections.ts";
import { type Candidate, sampleOf } from "./sample.ts";

const OBJECTIVES = Array.from({ length: 24 }, (_, i) => `objective-${i}`);
const TASKS = Array.from({ length: 6 }, (_, i) => `task-${i}`);
const SEEDS = [1, 2, 3];
const CELLS = OBJECTIVES.length * TASKS.length * SEEDS.length;

/** A changed file, and which cells reach it. */
interface File {
  readonly path: string;
  reaches(cell: Pick<Candidate, "suite" | "task" | "objective" | "seed">): boolean;
}

const EVERYWHERE: File = { path: "everywhere.ts", reaches: () => true };
const ofObjectives = (...names: number[]): File => ({
  path: `objectives ${names}`,
  reaches: ({ objective }) => names.some((name) => objective === OBJECTIVES[name]),
});
const ofTasks = (...names: number[]): File => ({
  path: `tasks ${names}`,
  reaches: ({ task }) => names.some((name) => task === TASKS[name]),
});
const ofOneCell: File = {
  path: "one cell",
  reaches: ({ objective, task, seed }) => objective === OBJECTIVES[3] && task === TASKS[4] && seed === 2,
};
const ofOnePlace: File = {
  path: "one place",
  reaches: ({ objective, task }) => objective === OBJECTIVES[3] && task === TASKS[4],
};

/** The cells of suites that changed files reach. */
function candidates(files: readonly File[], suites: readonly string[] = ["mini"]): Candidate[] {
  return suites.flatMap((suite) =>
    TASKS.flatMap((task) =>
      OBJECTIVES.flatMap((objective) =>
        SEEDS.map((seed) => ({ suite, task, objective, seed, path: `${suite}/${task}/${objective}/${seed}` }))
      )
    )
  ).map((cell) => ({
    ...cell,
    changed: new Set(files.filter((file) => file.reaches(cell)).map(({ path }) => path)),
  })).filter(({ changed }) => changed.size > 0);
}

/** How the rules read, said again without regard to how a sample is chosen. @returns the rules that do not hold */
function broken(all: readonly Candidate[], sample: readonly Candidate[]): string[] {
  const faults: string[] = [];
  for (const [suite, cells] of groupBy(all, (each) => each.suite)) {
    const chosen = sample.filter((each) => each.suite === suite);
    if (chosen.length * 20 < cells.length) faults.push(`${suite}: ${chosen.length} of ${cells.length}`);
    for (const file of unique(cells.flatMap(({ changed }) => [...changed]))) {
      const reaching = cells.filter(({ changed }) => changed.has(file));
      const shown = chosen.filter(({ changed }) => changed.has(file));
      if (shown.length < Math.min(3, reaching.length)) faults.push(`${file}: ${shown.length} cells`);
      for (const [field, other] of [["objective", "task"], ["task", "objective"]] as const) {
        if (unique(reaching.map((each) => each[field])).length > 1) continue;
        const wanted = unique(reaching.map((each) => each[other]));
        const missing = wanted.filter((value) => !shown.some((each) => each[other] === value));
        if (missing.length > 0) faults.push(`${file}: not with ${missing}`);
      }
    }
  }
  return faults;
}

const CASES: [name: string, files: readonly File[], size: number][] = [
  ["nothing changed", [], 0],
  ["a file that all cells reach: one in twenty", [EVERYWHERE], 22],
  ["many such files: the same cells show them", [EVERYWHERE, ofTasks(0, 1, 2, 3, 4, 5)], 22],
  ["one objective: all of its tasks, one seed each", [ofObjectives(7)], 6],
  ["one task: all objectives, one seed each", [ofTasks(2)], 24],
  ["two objectives: three cells cover one in twenty of 36", [ofObjectives(7, 8)], 3],
  ["two tasks: one in twenty of 144", [ofTasks(0, 1)], 8],
  ["one cell", [ofOneCell], 1],
  ["one objective on one task: three seeds", [ofOnePlace], 3],
  ["an objective beside a file that all reach: the rules share cells", [EVERYWHERE, ofObjectives(7)], 22],
  ["a task beside a file that all reach", [EVERYWHERE, ofTasks(2)], 24],
  ["an objective and one place of it: the task of that place thrice", [ofObjectives(3), ofOnePlace], 8],
  ["an objective and a task: they share the cell of both", [ofObjectives(3), ofTasks(4)], 29],
];

for (const [name, files, size] of CASES) {
  Deno.test(`the sample of ${name}`, () => {
    const all = candidates(files), sample = sampleOf(all, "code");
    assertEquals([sample.length, broken(all, sample)], [size, []]);
    assertEquals(new Set(sample).size, sample.length);
    assert(sample.every((each) => all.includes(each)));
  });
}

Deno.test("every suite has a sample of its own", () => {
  const one = sampleOf(candidates([EVERYWHERE, ofObjectives(7)]), "code");
  const all = candidates([EVERYWHERE, ofObjectives(7)], ["mini", "smoke"]), both = sampleOf(all, "code");
  assertEquals(broken(all, both), []);
  assertEquals(
    both.filter(({ suite }) => suite === "mini").map(({ path }) => path),
    one.map(({ path }) => path),
  );
  assertEquals(both.length, 2 * one.length);
});

Deno.test("a sample depends on cells and code alone, not on their order", () => {
  const all = candidates([EVERYWHERE, ofTasks(2)]),
    paths = (sample: Candidate[]) => sample.map(({ path }) => path);
  const chosen = paths(sampleOf(all, "code"));
  assertEquals(paths(sampleOf(all.toReversed(), "code")), chosen);
  assertNotEquals(paths(sampleOf(all, "other code")), chosen);
});

Deno.test("what all cells reach is shown on all tasks, with one seed: few base models are trained again", () => {
  const sample = sampleOf(candidates([EVERYWHERE]), "code");
  const counts = groupBy(sample, ({ task }) => task).map(([, { length }]) => length);
  assertEquals(counts.toSorted(), [3, 3, 4, 4, 4, 4]);
  assertEquals(unique(sample.map(({ seed }) => seed)).length, 1);
});

Deno.test("the rules hold for any changed files, and samples stay small", () => {
  const random = randomSequence({ seed: 1, stream: Stream.generation });
  for (let round = 0; round < 40; round++) {
    const files = Array.from({ length: 1 + random.below(6) }, (_, i) => anyFile(random, `${i}.ts`));
    const all = candidates(files, random.below(3) === 0 ? ["mini", "smoke"] : ["mini"]);
    // Some records are not there, or of the new code.
    const share = random.uniform(), some = all.filter(() => random.uniform() < share);
    const sample = sampleOf(some, `code ${round}`);
    assertEquals(broken(some, sample), [], `${round}`);
    // No more than the rules ask of each file by itself, and one in twenty.
    const suites = unique(some.map(({ suite }) => suite));
    const most = suites.reduce((sum, suite) => sum + mostOf(some.filter((each) => each.suite === suite)), 0);
    assert(sample.length <= most, `${round}: ${sample.length} > ${most}`);
  }
});

function mostOf(cells: readonly Candidate[]): number {
  const asked = unique(cells.flatMap(({ changed }) => [...changed])).map((file) => {
    const reaching = cells.filter(({ changed }) => changed.has(file));
    const tasks = unique(reaching.map(({ task }) => task)).length;
    const objectives = unique(reaching.map(({ objective }) => objective)).length;
    return Math.max(Math.min(3, reaching.length), objectives === 1 ? tasks : tasks === 1 ? objectives : 0);
  });
  return Math.max(Math.ceil(cells.length / 20), asked.reduce((sum, count) => sum + count, 0));
}

/** A file that some objectives reach on some tasks: one of either, any number, or all. */
function anyFile(random: RandomSequence, path: string): File {
  const some = (values: readonly string[]) => {
    const kind = random.below(3), one = values[random.below(values.length)];
    return new Set(
      values.filter((value) => kind === 0 || (kind === 1 ? value === one : random.uniform() < 0.3)),
    );
  };
  const tasks = some(TASKS), objectives = some(OBJECTIVES);
  return { path, reaches: ({ task, objective }) => tasks.has(task) && objectives.has(objective) };
}

Deno.test("the made-up records are those of 24 objectives, 6 tasks and 3 seeds", () => {
  assertEquals([candidates([EVERYWHERE]).length, CELLS], [432, 432]);
});
