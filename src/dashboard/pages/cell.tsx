/** One cell: everything its record says, its curves, the command that reproduces it, and its generations. */

import type { BenchRecord } from "../../records/record.ts";
import { correctInterval } from "../../records/score.ts";
import { curveDecodings, DIAGNOSTICS, learningFigure, trainingFigure } from "../parts/curves.ts";
import { bytes, duration, grouped, magnitude, plain } from "../../tables/numbers.ts";
import type { Body, Place } from "../parts/place.tsx";
import type { CellFile } from "../store/cell_files.ts";
import type { Results } from "../store/results.ts";
import type { SampleName } from "../store/sample_file.ts";
import type { Cell, Table } from "../../tables/table.ts";
import { visibleLine } from "../../tables/visible_text.ts";
import { objectivePath, taskPath } from "./addresses.ts";
import { Downloads } from "./downloads.tsx";
import { Facts } from "./facts.tsx";
import { cellTitle, generationGroups, GenerationPages, generationPath } from "./generations.tsx";
import { seedsOf, seedsTable } from "./seeds.ts";

export function cellPage(place: Place, cell: CellFile, results: Results): Body {
  const record = results.record(cell);
  const title = cellTitle(cell), seeds = seedsTable(place, cell, results);
  if (!record) {
    return {
      title,
      content: (
        <>
          <p class="notice">The record of this cell is not valid; see the notes of the leaderboard.</p>
          <h2>Seeds</h2>
          {place.table(seeds, NO_FILES)}
        </>
      ),
    };
  }
  const { problems } = results.samples(cell), kept = results.kept(cell);
  const { suite, backend, setting, settings } = record.cell, { status, events } = record.outcome;
  const lines = curveDecodings([record]).map((decoding) => ({ name: decoding, records: [record], decoding }));
  const figures = [learningFigure({ title, lines, axis: "forwards" }), trainingFigure(title, record)]
    .filter((figure) => figure !== null);
  return {
    title,
    content: (
      <>
        <p class="lead">
          Suite {suite.id}@{suite.version} on {backend}, {setting} base. {status === "complete"
            ? <span class="badge good">complete</span>
            : <span class="badge bad">{status}</span>}{" "}
          <a href={place.link(objectivePath(cell.objective))}>The objective</a>,{" "}
          <a href={place.link(taskPath(cell.task))}>the task</a>
        </p>
        {problems.length > 0 && (
          <div class="notice">
            <ul>{problems.slice(0, 20).map((problem) => <li>{visibleLine(problem, 500)}</li>)}</ul>
          </div>
        )}
        <h2>Scores</h2>
        {place.table(scoreTable(record, cell, kept), NO_FILES)}
        {kept.length > 0
          ? (
            <p class="quiet">
              The number of generations leads to them: prompts, responses, verdicts and their denoising.
            </p>
          )
          : <NoGenerations place={place} cell={cell} results={results} />}
        <h2>Seeds</h2>
        {place.table(seeds, NO_FILES)}
        <h2>Curves</h2>
        <div class="grid">
          {figures.map((figure) => place.figure(figure))}
        </div>
        <details>
          <summary>Numbers behind the curves</summary>
          {place.table(curveTable(record), NO_FILES)}
          {place.table(rolloutTable(record), NO_FILES)}
        </details>
        <h2>Reproduce</h2>
        <p>
          {record.run.commit === "unknown" ? "The commit is not known. " : null}
          On the CPU backend the same command gives the same record, the part <code>run</code>{" "}
          apart, on every machine.
        </p>
        <pre>{reproduce(record)}</pre>
        <h2>Training</h2>
        <Training record={record} />
        {place.table(settingsTable(settings), NO_FILES)}
        {events.length > 0 && place.table(eventTable(record), NO_FILES)}
        <h2>Files</h2>
        <Downloads place={place} cell={cell} results={results} />
        <h2>Provenance</h2>
        <Provenance record={record} />
      </>
    ),
  };
}

/** What training did and cost. */
function Training({ record: { cell, outcome, cost } }: { record: BenchRecord }) {
  const { updates, learningRate } = cell, { budget, diagnostics } = outcome;
  return (
    <Facts
      facts={[
        ["Rollouts", grouped(budget.steps)],
        ["Updates per rollout", `${updates.inner} passes in ${updates.miniBatches} mini-batches`],
        ["Learning rate", plain(learningRate)],
        ["Updates", `${grouped(budget.updates)}, of which ${diagnostics.skippedUpdates} skipped`],
        ["Responses", grouped(budget.responses)],
        ["Response tokens", grouped(budget.tokens)],
        [
          "Forward passes",
          `${grouped(budget.forwards)}, of which ${grouped(budget.rolloutForwards)} in rollouts`,
        ],
        ["Texts rewarded", grouped(budget.rewardCalls)],
        ["Compute", `${magnitude(budget.flops)}FLOP`],
        ["Peak of device buffers", bytes(cost.peakDeviceBytes)],
      ]}
    />
  );
}

/** What is said in place of generations, with the way to those of another seed. */
function NoGenerations({ place, cell, results }: { place: Place; cell: CellFile; results: Results }) {
  const other = seedsOf(cell, results).find((each) => results.kept(each).length > 0);
  return (
    <>
      <p class="quiet">
        {cell.samples
          ? "The generations beside this record hold none that can be read."
          : "Generations of this seed are not kept: its record has the hash of their text."}
        {other ? ` Those of seed ${other.seed}:` : " None of another seed are kept either."}
      </p>
      {other && <GenerationPages place={place} cell={other} kept={results.kept(other)} />}
    </>
  );
}

/** Tables of this page are parts of the record, which is a file itself. */
const NO_FILES = { files: [] } as const;

function curveTable({ outcome }: BenchRecord): Table {
  return {
    id: "curve",
    caption:
      "Learning curve: strictly graded on generated puzzles along the way; rollout 0 is the base model",
    columns: [
      { id: "decoding", title: "Decoding", kind: "text" },
      { id: "rollout", title: "Rollout", kind: "count" },
      { id: "updates", title: "Updates", kind: "count" },
      { id: "forwards", title: "Forward passes", kind: "count" },
      { id: "score", title: "Correct", kind: "share", unit: "%" },
      { id: "n", title: "n", kind: "count" },
    ],
    rows: outcome.curve.map(({ decoding, step, updates, forwards, correct, n }) => [
      { value: decoding },
      { value: step },
      { value: updates },
      { value: forwards },
      { value: correct / n },
      { value: n },
    ]),
  };
}

function rolloutTable({ outcome }: BenchRecord): Table {
  return {
    id: "rollouts",
    caption: "Measured at every rollout",
    columns: [
      { id: "rollout", title: "Rollout", kind: "count" },
      ...DIAGNOSTICS.map(({ id, title, label }) => ({ id, title, kind: "number" as const, unit: label })),
    ],
    rows: outcome.diagnostics.reward.map((_, i) => [
      { value: i + 1 },
      ...DIAGNOSTICS.map(({ id }) => ({ value: outcome.diagnostics[id][i] ?? null })),
    ]),
  };
}

/** The command that runs this cell again. */
function reproduce({ cell: { suite, task, objective, seed, backend }, run }: BenchRecord): string {
  const checkout = run.commit === "unknown" ? [] : [`git checkout ${run.commit}`];
  const fast = backend === "cpu-fast" ? " --fast-math" : "";
  return [
    ...checkout,
    `deno task train --suite ${suite.id} --task ${task} --objective ${objective} --seed ${seed} ` +
    `--backend ${backend === "webgpu" ? "webgpu" : "cpu"}${fast} --out runs/${
      task.replaceAll("/", "-")
    }-${objective}-${seed}`,
  ].join("\n");
}

function Provenance({ record: { cell, outcome, run } }: { record: BenchRecord }) {
  const { seconds } = run;
  return (
    <Facts
      facts={[
        ["Suite", <code>{cell.suite.identity}</code>],
        ["Base model", <code>{cell.base}</code>],
        ["Code of every cell", <code>{cell.source.core}</code>],
        ["Code of the task", <code>{cell.source.task}</code>],
        ["Code of the objective", <code>{cell.source.objective}</code>],
        ["Final parameters", <code>{outcome.model}</code>],
        ["Text of the generations", <code>{outcome.texts.samples}</code>],
        ["Text of the step log", <code>{outcome.texts.steps}</code>],
        ...Object.entries(cell.data).map(([name, hash]) => [visibleLine(name), <code>{hash}</code>] as const),
        ["Commit", <>{run.commit}{run.dirty && <span class="badge bad">changed since</span>}</>],
        ["Started", visibleLine(run.startedAt)],
        [
          "Time",
          `${duration(seconds.total)}: base ${duration(seconds.base)}, rollouts ${
            duration(seconds.rollout)
          }, ` +
          `updates ${duration(seconds.update)}, evaluation ${duration(seconds.evaluation)}`,
        ],
        ["CPU", `${visibleLine(run.cpu)}; ${run.workers} cells at a time`],
        ["Adapter", visibleLine(run.adapter)],
        ["Driver", visibleLine(run.driver)],
        ["Deno", visibleLine(run.deno)],
      ]}
    />
  );
}

function scoreTable({ outcome }: BenchRecord, { id }: CellFile, kept: readonly SampleName[]): Table {
  const groups = generationGroups(kept);
  const measures = [...new Set(outcome.tests.flatMap(({ after }) => Object.keys(after.measures)))].sort();
  return {
    id: "scores",
    caption: "Share of correct responses before and after training, by both graders. Intervals: Wilson, 95 %",
    columns: [
      { id: "set", title: "Test set", kind: "text" },
      { id: "decoding", title: "Decoding", kind: "text" },
      { id: "n", title: "n", kind: "count" },
      { id: "generations", title: "Generations", kind: "count", help: "Kept ones; the number leads to them" },
      { id: "strict_before", title: "Base, strict", kind: "share", unit: "%", range: [0, 1] },
      { id: "strict", title: "Strict", kind: "share", unit: "%", range: [0, 1] },
      { id: "gain", title: "Gain", kind: "points", unit: "points" },
      { id: "d1_before", title: "Base, d1", kind: "share", unit: "%", range: [0, 1] },
      { id: "d1", title: "d1", kind: "share", unit: "%", range: [0, 1] },
      ...measures.map((name) => ({ id: `measure_${name}`, title: name, kind: "share" as const, unit: "%" })),
    ],
    rows: outcome.tests.map(({ set, decoding, before, after }) => [
      { value: set },
      { value: decoding },
      { value: after.n },
      generationsCell(id, groups.find((group) => group.set === set && group.decoding === decoding)),
      { value: before.strict.correct / before.n, interval: correctInterval(before, "strict") },
      { value: after.strict.correct / after.n, interval: correctInterval(after, "strict") },
      { value: after.strict.correct / after.n - before.strict.correct / before.n },
      { value: before.d1 ? before.d1.correct / before.n : null, interval: correctInterval(before, "d1") },
      { value: after.d1 ? after.d1.correct / after.n : null, interval: correctInterval(after, "d1") },
      ...measures.map((name) => {
        const measure = after.measures[name];
        return { value: measure && measure.total > 0 ? measure.count / measure.total : null };
      }),
    ]),
  };
}

function generationsCell(cell: string, group: ReturnType<typeof generationGroups>[number] | undefined): Cell {
  return group ? { value: group.count, href: generationPath(cell, group) } : { value: null };
}

function settingsTable(settings: Readonly<Record<string, number>>): Table {
  return {
    id: "settings",
    caption: "Settings of the objective, defaults included",
    columns: [
      { id: "setting", title: "Setting", kind: "text" },
      { id: "value", title: "Value", kind: "number" },
    ],
    rows: Object.entries(settings).sort(([a], [b]) => a < b ? -1 : 1).map(([name, value]) => [
      { value: name },
      { value },
    ]),
  };
}

function eventTable({ outcome }: BenchRecord): Table {
  return {
    id: "events",
    caption: "Events",
    columns: [
      { id: "step", title: "Rollout", kind: "number" },
      { id: "kind", title: "Kind", kind: "text" },
      { id: "detail", title: "Detail", kind: "text" },
    ],
    rows: outcome.events.map((
      { step, kind, detail },
    ) => [{ value: step }, { value: kind }, { value: detail }]),
  };
}
