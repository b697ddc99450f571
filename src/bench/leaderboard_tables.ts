/** The tables of a section, from its data. Every title names the setting of the base models. */

import type { Section } from "./leaderboard.ts";
import { type Ranking, TAUS } from "./leaderboard_ranking.ts";
import type { TestResult } from "./leaderboard_results.ts";
import type { Training } from "./leaderboard_training.ts";
import { DECODINGS, GENERATED, MODES } from "./record.ts";
import { amount, interval, MISSING, percent, signed, type Table } from "./table.ts";

const MEBI = 2 ** 20, GIGA = 1e9;

const COST_NOTE =
  "Costs are sums over tasks, means over seeds, and the largest peak. Passes of one sequence through " +
  "the policy, a backward pass counted as two; evaluation is not included.";

/** Names of a row: the members of a class, and a mark where a run diverged. */
function nameOf({ classes, results }: Section, objective: string): string {
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

export function rankingTitle(ranking: Ranking, section: Section): string {
  const mode = ranking.mode === "strict" ? "" : `, mode ${ranking.mode}`;
  return `Generated puzzles, ${axisName(ranking, section)}, ${ranking.decoding}${mode} (${section.setting})`;
}

/** Rows objectives, columns tasks, then the aggregates. `brief`: for a terminal. */
export function rankingTable(section: Section, ranking: Ranking, brief: boolean): Table {
  const { tasks, decoding, mode, axis, base, rows, updates } = ranking;
  const results = axis === "updates"
    ? []
    : section.results.filter((result) =>
      result.set === GENERATED && result.subset === "all" && result.decoding === decoding &&
      result.mode === mode
    );
  const over = (task: string, objective: string) =>
    results.find((result) => result.task === task)?.rows.find((row) => row.objective === objective)
      ?.overResponses;
  // Read from a curve, a score has not cost what the whole run did.
  const costs = !brief && axis === "compute";
  const known = base.filter((score) => score !== null);
  const baseMean = known.length === tasks.length
    ? percent(known.reduce((total, score) => total + score, 0) / known.length)
    : MISSING;
  const baseOver = (task: string) => results.find((result) => result.task === task)?.base.interval;
  const cell = (score: number | null, gain: number | null, range: readonly [number, number] | undefined) =>
    score === null ? MISSING : [
      percent(score),
      ...(range && !brief ? [interval(range)] : []),
      ...(gain === null ? [] : [signed(gain)]),
    ]
      .join(" ");
  return {
    title: rankingTitle(ranking, section),
    header: [
      "objective",
      ...tasks.map((task, i) => updates ? `${task} at ${amount(updates[i]!)}` : task),
      "mean",
      ...(brief ? [] : ["IQM", "median"]),
      "gain",
      "rank",
      ...(costs ? COSTS : []),
    ],
    rows: [
      [
        "base",
        ...tasks.map((task, i) => cell(base[i]!, null, baseOver(task))),
        baseMean,
        ...(brief ? [] : [MISSING, MISSING]),
        MISSING,
        MISSING,
        ...(costs ? COSTS.map(() => MISSING) : []),
      ],
      ...rows.map(({ objective, scores, gains, aggregate }) => [
        nameOf(section, objective),
        ...tasks.map((task, i) => cell(scores[i]!, gains[i]!, over(task, objective))),
        ...(aggregate
          ? [
            withInterval(percent(aggregate.mean), aggregate.meanInterval),
            ...(brief ? [] : [
              withInterval(percent(aggregate.iqm), aggregate.iqmInterval),
              percent(aggregate.medianOfTasks),
            ]),
            withInterval(signed(aggregate.gain), aggregate.gainInterval),
            `${aggregate.rank} ${aggregate.group}`,
          ]
          : new Array<string>(brief ? 3 : 5).fill(MISSING)),
        ...(costs ? costsOf(section, objective) : []),
      ]),
    ],
    note: rankingNote(ranking) + (costs ? ` ${COST_NOTE}` : ""),
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

/** Rows beat columns with this probability. */
export function improvementTable(section: Section, ranking: Ranking): Table {
  const rows = ranking.rows.filter(({ aggregate }) => aggregate);
  return {
    title: `Probability of improvement in %, ${
      axisName(ranking, section)
    }, ${ranking.decoding} (${section.setting})`,
    header: ["objective", ...rows.map((_, i) => String(i + 1))],
    rows: rows.map(({ objective }, i) => [
      `${i + 1} ${nameOf(section, objective)}`,
      ...ranking.improvement[i]!.map((value, j) =>
        i === j ? MISSING : (100 * value).toFixed(0) + (ranking.adjustedP[i]![j]! <= 0.05 ? "*" : "")
      ),
    ]),
    note:
      "How often a run of the row beats a run of the column, mean over tasks. * marks pairs that are told apart.",
  };
}

export function profileTable(section: Section, ranking: Ranking): Table {
  const taus = TAUS.flatMap((tau, i) => i % 2 === 1 ? [[tau, i] as const] : []);
  return {
    title: `Performance profile, ${axisName(ranking, section)}, ${ranking.decoding} (${section.setting})`,
    header: ["objective", ...taus.map(([tau]) => `> ${(100 * tau).toFixed(0)}`), "optimality gap"],
    rows: ranking.rows.flatMap(({ objective, aggregate }) =>
      aggregate
        ? [[
          nameOf(section, objective),
          ...taus.map(([, i]) => percent(aggregate.profile[i]!)),
          percent(aggregate.optimalityGap),
        ]]
        : []
    ),
    note: "Share in % of all runs, tasks and seeds together, whose score in % is above the column's.",
  };
}

/** Rows objectives, columns real test sets, strict. */
export function realTables(section: Section, brief: boolean): Table[] {
  return MODES.flatMap((mode) =>
    DECODINGS.flatMap((decoding) => {
      if (brief && mode !== "strict") return [];
      const results = section.results.filter((result) =>
        result.set !== GENERATED && result.decoding === decoding && result.mode === mode
      );
      if (results.length === 0) return [];
      return [{
        title: `Real test sets, ${decoding}, mode ${mode} (${section.setting})`,
        header: ["objective", ...results.map(columnName)],
        rows: [
          ["base", ...results.map(({ base }) => `${percent(base.score)} ${interval(base.interval)}`)],
          ...section.classes.map(([objective]) => [
            nameOf(section, objective!),
            ...results.map(({ rows }) => {
              const row = rows.find((each) => each.objective === objective);
              return row
                ? `${percent(row.score)} ${interval(row.overResponses)} ${signed(row.gain)}`
                : MISSING;
            }),
          ]),
        ],
      }];
    })
  );
}

function columnName({ set, subset }: Pick<TestResult, "set" | "subset">): string {
  return subset === "all" ? set : `${set} (${subset})`;
}

const COSTS = ["GFLOP", "forward passes", "updates", "peak MiB"];

/** What a row cost, over all tasks: sums per seed, the largest peak. */
function costsOf({ tasks, training }: Section, objective: string): string[] {
  const own = training.filter((each) => each.objective === objective);
  if (own.length < tasks.length) return COSTS.map(() => MISSING);
  const total = (field: "flops" | "forwards" | "updates") => own.reduce((sum, each) => sum + each[field], 0);
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

/** How training went, one line per task and objective. */
export function trainingTable(section: Section): Table {
  const share = (value: number | null | undefined) =>
    value === null || value === undefined ? MISSING : percent(value);
  const nats = (value: number | null) => value === null ? MISSING : value.toFixed(3);
  return {
    title: `Training by task (${section.setting})`,
    header: [
      "task",
      "objective",
      "GFLOP",
      "rollouts",
      "updates",
      "forward passes",
      "peak MiB",
      "area, greedy",
      "area, sampled",
      "dead groups",
      "entropy first",
      "last",
      "KL",
      "masked",
      "skipped updates",
    ],
    rows: section.training.map((each) => [
      each.task,
      nameOf(section, each.objective),
      (each.flops / GIGA).toFixed(1),
      amount(each.steps),
      amount(each.updates),
      amount(each.forwards),
      (each.peakDeviceBytes / MEBI).toFixed(1),
      share(each.area.greedy),
      share(each.area.sampled),
      percent(each.deadGroups),
      nats(each.entropy.first),
      nats(each.entropy.last),
      nats(each.kl),
      share(each.maskShare),
      String(each.skippedUpdates),
    ]),
    note:
      "Area: mean height of the learning curve over the forward passes of the run, in %. Dead groups: share in % " +
      "of prompts whose responses all earned the same reward. Entropy in nats, first and last tenth of the rollouts. " +
      "KL in nats per token, and share in % of tokens clipped or masked, mean over rollouts.",
  };
}

/** Everything the summaries leave out, one line per result and objective. */
export function detailTable(section: Section): Table {
  const { results } = section;
  const measures = [...new Set(results.flatMap(({ base }) => Object.keys(base.measures)))].sort();
  return {
    title: `All results (${section.setting})`,
    header: [
      "task",
      "test set",
      "decoding",
      "mode",
      "objective",
      "seeds",
      "n",
      "base",
      "score",
      "over responses",
      "over seeds",
      "detectable",
      "gain",
      "gain over seeds",
      "gain over items",
      "McNemar p",
      ...measures.map((name) => `${name}: base, after`),
    ],
    rows: results.flatMap(({ task, set, subset, decoding, mode, base, rows }) =>
      rows.map((row) => [
        task,
        columnName({ set, subset }),
        decoding,
        mode,
        nameOf(section, row.objective),
        String(row.seeds.length) + (row.diverged.length > 0 ? `, ${row.diverged.length} diverged` : ""),
        String(row.n),
        percent(base.score),
        percent(row.score),
        interval(row.overResponses),
        row.overSeeds ? interval(row.overSeeds) : MISSING,
        percent(row.detectable),
        signed(row.gain),
        row.gainOverSeeds ? interval(row.gainOverSeeds) : MISSING,
        row.gainOverItems ? interval(row.gainOverItems) : MISSING,
        row.gainP === null ? MISSING : row.gainP < 0.0001 ? "< 0.0001" : row.gainP.toFixed(4),
        ...measures.map((name) =>
          name in row.measures ? `${percent(base.measures[name]!)}, ${percent(row.measures[name]!)}` : MISSING
        ),
      ])
    ),
    note:
      "Detectable: the smallest difference to another cell of one seed that its number of examples shows with a " +
      "power of 80 %. Gain over items: paired bootstrap over common examples. McNemar: mid-p over all seeds.",
  };
}
