/** The tasks: what they ask, what was graded with what, how the objectives did, and their curves. */

import type { Section } from "../../leaderboard/board.ts";
import type { TestResult } from "../../leaderboard/results.ts";
import { GENERATED } from "../../suite/names.ts";
import { allTasks, realTasks } from "../../../tasks/registry.ts";
import { MODES } from "../../../tasks/verdict.ts";
import { intervalChart } from "../../figures/mod.ts";
import { curveDecodings, diagnosticFigures, learningFigure } from "../parts/curves.ts";
import type { Figure } from "../parts/figure_view.tsx";
import type { Body, Place } from "../parts/place.tsx";
import type { Results } from "../store/results.ts";
import { resultTable, trainingTable } from "../../leaderboard/detail_tables.ts";
import { mapCells, pick, type Table } from "../../tables/table.ts";
import { grouped } from "../../tables/numbers.ts";
import { objectivePath, taskPath } from "./addresses.ts";
import { Facts } from "./facts.tsx";
import { sectionTitle } from "../../leaderboard/words.ts";
import { keyedSections, recordsOf } from "./sections.ts";

/** Ids of all tasks: those of the code and those of records. */
export function taskIds(results: Results): string[] {
  return [...new Set([...allTasks.map(({ id }) => id), ...results.cells.map(({ task }) => task)])];
}

export function tasksPage(place: Place, results: Results): Body {
  return {
    title: "Tasks",
    content: (
      <>
        <p class="lead">
          Tasks named <code>/mini</code> and <code>/multi</code>{" "}
          are generated puzzles in the form of the real task; those of <code>/multi</code>{" "}
          have several right responses. The same code rewards and grades both, but a score on one is not a
          score on the other.
        </p>
        {place.table(tasksTable(results))}
      </>
    ),
  };
}

function tasksTable(results: Results): Table {
  return {
    id: "tasks",
    caption: "Tasks of the benchmark",
    columns: [
      { id: "task", title: "Task", kind: "text" },
      { id: "title", title: "What it asks", kind: "text" },
      { id: "prompt", title: "Prompt", kind: "count", unit: "tokens" },
      { id: "response", title: "Response", kind: "count", unit: "tokens" },
      { id: "flaw", title: "Mistake of the staged base", kind: "text" },
      { id: "cells", title: "Cells", kind: "count" },
    ],
    rows: taskIds(results).map((id) => {
      const task = allTasks.find((known) => known.id === id);
      return [
        { value: id, href: taskPath(id) },
        { value: task?.title ?? null },
        { value: task?.promptLength ?? null },
        { value: task?.responseLength ?? null },
        { value: task?.flawDescription ?? null },
        { value: results.cells.filter((cell) => cell.task === id).length },
      ];
    }),
  };
}

/** Lines of one figure: more cannot be told apart. */
const LINES = 8;

export function taskPage(place: Place, id: string, results: Results): Body {
  const task = allTasks.find((known) => known.id === id);
  const real = realTasks.find((known) => known.id === id.split("/")[0]);
  const sections = keyedSections(results).filter(([, section]) => section.tasks.includes(id));
  const modes = MODES.filter((mode) =>
    sections.some(([, { results }]) => results.some((result) => result.task === id && result.mode === mode))
  );
  return {
    title: id,
    content: (
      <>
        <p class="lead">{task?.title ?? "A task that this version of the code does not know."}</p>
        {task && (
          <Facts
            facts={[
              ["Lengths", `${task.promptLength} tokens of prompt, ${task.responseLength} of response`],
              ["Vocabulary", `${task.vocabulary.size} tokens`],
              ["Mistake of the staged base", task.flawDescription ?? "none"],
              [
                "Graders",
                <>
                  <code>tasks/{id.split("/")[0]}/</code>
                  {modes.length > 0 && `, in the mode${modes.length > 1 ? "s" : ""} ${modes.join(" and ")}`}
                </>,
              ],
              ...task.testSets.map(({ id, title, file }) =>
                [
                  `Test set ${id}`,
                  <>
                    {title}: {grouped(file.rows)} rows, {file.licence}, SHA-256 <code>{file.sha256}</code>
                  </>,
                ] as const
              ),
              ...Object.entries(real?.splits ?? {}).map(([name, split]) =>
                [
                  `Real split ${name}`,
                  <>
                    {split.title}: {grouped(split.rows)} rows for {split.purpose}, SHA-256{" "}
                    <code>{split.file.sha256}</code>
                  </>,
                ] as const
              ),
            ]}
          />
        )}
        {sections.length === 0 && <p class="quiet">There are no results for this task yet.</p>}
        {sections.map(([key, section]) => (
          <TaskSection place={place} key_={key} section={section} id={id} results={results} />
        ))}
      </>
    ),
  };
}

function TaskSection(
  { place, key_, section, id, results }: {
    place: Place;
    key_: string;
    section: Section;
    id: string;
    results: Results;
  },
) {
  const all = section.results.filter(({ task }) => task === id);
  const strict = all.filter(({ mode }) => mode === "strict");
  const records = recordsOf(results, section, (cell) => cell.task === id);
  const first = strict.find(({ set, subset }) => set === GENERATED && subset === "all") ?? strict[0];
  const best = (first?.rows ?? []).slice(0, LINES).map(({ objective }) => objective);
  const groups = best.map((objective) =>
    [objective, records.filter(({ cell }) => cell.objective === objective)] as const
  );
  const title = id;
  const figures = [
    ...curveDecodings(records).flatMap((decoding) =>
      (["forwards", "updates"] as const).map((axis) =>
        learningFigure({
          title,
          lines: groups.map(([name, records]) => ({ name, records, decoding })),
          axis,
        })
      )
    ),
    ...diagnosticFigures(title, groups),
  ].filter((figure) => figure !== null);
  const prefixed = (figure: Figure) => ({ ...figure, id: `${key_}.${figure.id}` });
  return (
    <section>
      <h2>{sectionTitle(section)}</h2>
      {first && place.figure(prefixed(forest(id, first)))}
      {strict.map((result) => (
        <>
          <h3>
            {setTitle(result)}, {result.decoding}
          </h3>
          {place.table(shownResult(key_, section, result))}
        </>
      ))}
      <h3>Curves</h3>
      <p class="quiet">
        {section.classes.length > LINES
          ? `The ${LINES} best objectives of the first table.`
          : "All objectives."}
      </p>
      <div class="grid">{figures.map((figure) => place.figure(prefixed(figure)))}</div>
      <h3>Cost</h3>
      {place.table(shownCosts(key_, section, id))}
    </section>
  );
}

function setTitle({ set, subset }: TestResult): string {
  const title = set === GENERATED ? "Generated puzzles" : set;
  return subset === "all" ? title : `${title}, only ${subset}`;
}

/** Scores with intervals, best first. */
function forest(title: string, { rows, base, set, decoding }: TestResult): Figure {
  return {
    id: "forest",
    caption:
      `${title}: strictly graded scores, ${decoding}, set ${set}. Whiskers: 95 %, t over seeds, or Wilson over responses with one seed.`,
    alt: `Scores, best first: ${
      rows.map(({ objective, score }) => `${objective} ${(100 * score).toFixed(1)} %`).join(", ")
    }; base ${(100 * base.score).toFixed(1)} %.`,
    ...intervalChart({
      title: `${title}, ${decoding}`,
      subtitle: "mean over seeds; whiskers: 95 %, t over seeds (Wilson over responses with one seed)",
      x: { label: "correct (%)" },
      rows: rows.map(({ objective }) => objective),
      series: [{
        name: decoding,
        estimates: rows.map(({ score, overSeeds, overResponses }) => {
          const [low, high] = overSeeds ?? overResponses;
          return { value: 100 * score, interval: [100 * low, 100 * high] };
        }),
      }],
      references: [{ at: 100 * base.score, label: "base" }],
    }),
  };
}

/** The leaderboard's table of a test set, with links. */
function shownResult(key: string, section: Section, result: TestResult): Table {
  const table = resultTable(section, result);
  const shown = pick(
    table,
    table.columns.map(({ id }) => id).filter((id) => !/^(?:runs|gain_items|base_.*)$/.test(id)),
  );
  return { ...linked(shown), id: `${key}.${table.id}` };
}

/** What training on a task cost, out of the leaderboard's table of all tasks. */
function shownCosts(key: string, section: Section, task: string): Table {
  const table = trainingTable(section);
  const own = { ...table, rows: table.rows.filter(([name]) => name!.value === task) };
  const shown = pick(own, [
    ...[
      "objective",
      "flops",
      "forwards",
      "updates",
      "responses",
      "tokens",
      "peak",
      "dead",
      "kl",
      "mask",
      "skipped",
    ],
  ]);
  return {
    ...linked(shown),
    id: `${key}.cost`,
    caption: "What training cost, means over seeds; the peak is the largest",
  };
}

function linked(table: Table): Table {
  return mapCells(
    table,
    (cell, { id }) => id === "objective" ? { ...cell, href: objectivePath(String(cell.value)) } : cell,
  );
}
