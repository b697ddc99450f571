/** The tables that compare the rows of a section. Every title names the setting of the base models. */

import { sum } from "../std/collections.ts";
import type { Section } from "./board.ts";
import type { Ranking } from "./ranking.ts";
import type { TestResult } from "./results.ts";
import type { Training } from "./training_costs.ts";
import { DECODINGS, GENERATED } from "../suite/names.ts";
import type { Mode } from "../../tasks/verdict.ts";
import { amount, GIGA, interval, MEBI, MISSING, percent, signed, type Table } from "../tables/text.ts";

export const COST_NOTE =
  "Costs of training are sums over tasks, means over seeds, and the largest peak of device memory. A forward pass is " +
  "one sequence through the policy, and a backward pass counts as two.";

/** Names of a row: the members of a class, and a mark where a run diverged. */
export function nameOf({ classes, results }: Section, objective: string): string {
  const members = classes.find(([name]) => name === objective) ?? [objective];
  const diverged = results.some(({ rows }) =>
    rows.some((row) => row.objective === objective && row.diverged.length > 0)
  );
  return members.join(" = ") + (diverged ? "†" : "");
}

/**
 * What the final models of the rows of one task have cost: the largest ratio, and whether it is due to budgets being
 * whole rollouts, that is, whether no row could have had another rollout within what the dearest row has cost.
 */
function computeSpread(rows: readonly Pick<Training, "flops" | "steps">[]) {
  const most = Math.max(...rows.map(({ flops }) => flops));
  const whole = rows.every(({ flops, steps }) => flops + flops / Math.max(1, steps) > most);
  return { ratio: most / Math.max(1, Math.min(...rows.map(({ flops }) => flops))), whole };
}

/** What the rows of a ranking have in common. */
export function axisName({ axis }: Ranking, section: Section): string {
  if (axis === "updates") return "equal updates";
  const spreads = Object.values(Object.groupBy(section.training, ({ task }) => task)).map((rows) =>
    computeSpread(rows!)
  );
  const ratio = Math.max(1, ...spreads.map((spread) => spread.ratio));
  if (!spreads.every(({ whole }) => whole)) {
    return `final models, unequal compute (up to ${ratio.toFixed(1)} times)`;
  }
  const percents = Math.round(100 * (ratio - 1));
  return percents === 0 ? "equal compute" : `equal compute (in whole rollouts, within ${percents} %)`;
}

function rankingTitle(ranking: Ranking, section: Section): string {
  const mode = ranking.mode === "strict" ? "" : `, mode ${ranking.mode}`;
  return `Generated puzzles, ${axisName(ranking, section)}, ${ranking.decoding}${mode} (${section.setting})`;
}

/**
 * Rows objectives, columns the aggregates, then the tasks.
 * @param parts `intervals`: of every score, and more aggregates. `costs`: what the models of the rows have cost, which
 *   is no column of a ranking at equal updates, since its scores are read from a curve
 */
export function rankingTable(
  section: Section,
  ranking: Ranking,
  parts: { readonly intervals: boolean; readonly costs: boolean },
): Table {
  const { tasks, decoding, mode, axis, base, rows, updates } = ranking;
  const results = axis === "updates" || !parts.intervals
    ? []
    : section.results.filter((result) =>
      result.set === GENERATED && result.subset === "all" && result.decoding === decoding &&
      result.mode === mode
    );
  const costs = parts.costs && axis === "compute" ? COSTS : [];
  const more = parts.intervals ? ["IQM", "median"] : [];
  const known = base.filter((score) => score !== null);
  const baseMean = known.length === tasks.length ? percent(sum(known) / known.length) : MISSING;
  const missing = (columns: readonly string[]) => columns.map(() => MISSING);
  const cell = (score: number | null, range: readonly [number, number] | undefined, gain: number | null) =>
    score === null
      ? MISSING
      : [percent(score), ...(range ? [interval(range)] : []), ...(gain === null ? [] : [signed(gain)])].join(
        " ",
      );
  return {
    title: rankingTitle(ranking, section),
    header: [
      "objective",
      "rank",
      "mean",
      "gain",
      ...more,
      ...tasks.map((task, i) => updates ? `${task} at ${amount(updates[i]!)}` : task),
      ...costs,
    ],
    rows: [
      [
        "base",
        MISSING,
        baseMean,
        MISSING,
        ...missing(more),
        ...tasks.map((task, i) =>
          cell(base[i]!, results.find((result) => result.task === task)?.base.interval, null)
        ),
        ...missing(costs),
      ],
      ...rows.map(({ objective, scores, gains, aggregate }) => [
        nameOf(section, objective),
        ...(aggregate
          ? [
            `${aggregate.rank} ${aggregate.group}`,
            withInterval(percent(aggregate.mean), aggregate.meanInterval),
            withInterval(signed(aggregate.gain), aggregate.gainInterval),
            ...(parts.intervals
              ? [
                withInterval(percent(aggregate.iqm), aggregate.iqmInterval),
                percent(aggregate.medianOfTasks),
              ]
              : []),
          ]
          : missing(["rank", "mean", "gain", ...more])),
        ...tasks.map((task, i) => {
          const own = results.find((result) => result.task === task)?.rows;
          const range = own?.find((row) => row.objective === objective)?.overResponses;
          return cell(scores[i]!, range, gains[i]!);
        }),
        ...(costs.length > 0 ? costsOf(section, objective) : []),
      ]),
    ],
    note: rankingNote(ranking),
  };
}

function withInterval(value: string, range: readonly [number, number] | null): string {
  return range ? `${value} ${interval(range)}` : value;
}

function rankingNote({ pairs, seeds, tasks, updates }: Ranking): string {
  const parts = [
    `${pairs.toldApart} of ${pairs.compared} pairs are told apart`,
    `${tasks.length} tasks x seeds ${seeds.join(", ")}`,
  ];
  if (!pairs.resolvable && pairs.compared > 0) parts.push("so few runs cannot tell any pair apart");
  if (pairs.detectable !== null) {
    parts.push(`a single pair is told apart with 80 % power from ${percent(pairs.detectable)} points on`);
  }
  if (updates) parts.push("read from the learning curves at the number of updates in the header");
  return `${parts.join("; ")}.`;
}

/** Rows objectives, columns real test sets and decodings, in one mode; none where the suite has no such sets. */
export function realTables(
  section: Section,
  { mode, intervals }: { readonly mode: Mode; readonly intervals: boolean },
): Table[] {
  const results = DECODINGS.flatMap((decoding) =>
    section.results.filter((result) =>
      result.set !== GENERATED && result.decoding === decoding && result.mode === mode
    )
  );
  if (results.length === 0) return [];
  const cell = (score: number, range: readonly [number, number], gain: string[]) =>
    [percent(score), ...(intervals ? [interval(range)] : []), ...gain].join(" ");
  return [{
    title: `Real test sets, mode ${mode} (${section.setting})`,
    header: ["objective", ...results.map((result) => `${columnName(result)}, ${result.decoding}`)],
    rows: [
      ["base", ...results.map(({ base }) => cell(base.score, base.interval, []))],
      ...section.classes.map(([objective]) => [
        nameOf(section, objective!),
        ...results.map(({ rows }) => {
          const row = rows.find((each) => each.objective === objective);
          return row ? cell(row.score, row.overResponses, [signed(row.gain)]) : MISSING;
        }),
      ]),
    ],
  }];
}

export function columnName({ set, subset }: Pick<TestResult, "set" | "subset">): string {
  return subset === "all" ? set : `${set} (${subset})`;
}

const COSTS = ["GFLOP", "forward passes", "updates", "peak MiB"];

/** What a row cost, over all tasks: sums per seed, the largest peak. */
function costsOf({ tasks, training }: Section, objective: string): string[] {
  const own = training.filter((each) => each.objective === objective);
  if (own.length < tasks.length) return COSTS.map(() => MISSING);
  const total = (field: "flops" | "forwards" | "updates") => sum(own.map((each) => each[field]));
  return [
    (total("flops") / GIGA).toFixed(1),
    amount(total("forwards")),
    amount(total("updates")),
    (Math.max(...own.map(({ peakDeviceBytes }) => peakDeviceBytes)) / MEBI).toFixed(1),
  ];
}

/** The costs alone, for a terminal, where a ranking has no room for them. */
export function costTable(section: Section): Table {
  return {
    title: `Cost of training per seed, all tasks together (${section.setting})`,
    header: ["objective", ...COSTS],
    rows: section.classes.map((
      [objective],
    ) => [nameOf(section, objective!), ...costsOf(section, objective!)]),
    note: COST_NOTE,
  };
}
