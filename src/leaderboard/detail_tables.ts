/** Tables of a section for a closer look: pairs of objectives, training, and every single result. */

import type { Section } from "./board.ts";
import { type Ranking, TAUS } from "./ranking.ts";
import { axisName, columnName, nameOf } from "./tables.ts";
import { amount, GIGA, interval, MEBI, MISSING, percent, signed, type Table } from "../tables/text.ts";

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
