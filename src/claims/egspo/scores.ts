/** EGSPO's claims about scores: which steps to choose, how many, stepwise advantages, and cost. */

import { textsTable } from "../../tables/table.ts";
import { barChart, intervalChart } from "../../figures/mod.ts";
import { mean } from "../../statistics/moments.ts";
import type { Claim } from "../claim.ts";
import type { TrainingRun } from "../measurements/training_run.ts";
import { cell, over, SEEDS_NOTE } from "../reading.ts";
import {
  curvesFigure,
  finalScore,
  gains,
  meanReward,
  perSeed,
  runPieces,
  runsData,
  runsOf,
  scoreTable,
  type Variant,
} from "../run_scores.ts";
import { seedCheck } from "../verdict.ts";
import { PAPER, SELECTIONS, stepProfile } from "./settings.ts";

const UPDATES = { innerUpdates: 1 } as const;

const selected = (name: string, selection: number, steps: number): Variant => ({
  name: `${name}, K = ${steps}`,
  objective: "egspo",
  settings: { selection, steps, beta: 0 },
  ...UPDATES,
});

const ALL_STEPS: Variant = {
  name: "all steps",
  objective: "egspo",
  settings: { selection: 0, steps: 0, beta: 0 },
  ...UPDATES,
};

const KS = [1, 2];
const CHOICES = KS.flatMap((steps) =>
  SELECTIONS.map(({ name, selection }) => selected(name, selection, steps))
);

export const selection: Claim = {
  id: "egspo-selection",
  group: "egspo",
  title: "Choosing steps by entropy beats choosing them at random or evenly",
  paper: PAPER,
  statement:
    "at equal compute, the K steps of highest entropy train better than K random or evenly spaced ones",
  method:
    "egspo with one update per rollout, K = 1 and 2 of the denoising steps, without KL; score at the end and " +
    "mean training reward",
  pieces: (whole) => runPieces(stepProfile(whole), [...CHOICES, ALL_STEPS]),
  read(results, whole) {
    const profile = stepProfile(whole), { tasks } = profile, variants = [...CHOICES, ALL_STEPS];
    const ofK = (steps: number) => CHOICES.filter(({ settings }) => settings.steps === steps);
    return {
      checks: KS.flatMap((steps) => {
        const [entropy, ...others] = ofK(steps) as [Variant, Variant, Variant];
        return others.map((other) =>
          seedCheck(
            `score of ${entropy.name} minus ${other.name}, mean over tasks`,
            gains(results, profile, [entropy, other]),
            [0, null],
          )
        );
      }),
      notes: [
        ...KS.map((steps) => {
          const [entropy, random] = ofK(steps) as [Variant, Variant];
          const loss = over(gains(results, profile, [entropy, ALL_STEPS]));
          const reward = over(gains(results, profile, [entropy, random], meanReward));
          return `K = ${steps}: against all steps ${cell(loss)}; mean training reward against random ${
            cell(reward)
          }.`;
        }),
        SEEDS_NOTE,
      ],
      tables: [scoreTable(results, profile, variants)],
      figures: [
        {
          name: "scores",
          caption: "Score at the end by the choice of steps.",
          ...barChart({
            title: "Choice of steps at equal compute",
            subtitle: `mean over tasks; ${SEEDS_NOTE}`,
            label: "steps per response, K",
            groups: KS.map(String),
            y: { label: "share of correct responses" },
            series: SELECTIONS.map(({ name }, s) => ({
              name,
              bars: KS.map((steps) => over(perSeed(runsOf(results, profile, ofK(steps)[s]!), finalScore))),
            })),
            references: [
              {
                at: over(perSeed(runsOf(results, profile, ALL_STEPS), finalScore))!.value,
                label: "all steps",
              },
              {
                at: over(perSeed(runsOf(results, profile, ALL_STEPS), ({ curve }) => curve[0]!.score))!.value,
                label: "base",
              },
            ],
          }),
        },
        ...tasks.map((task) => curvesFigure(results, profile, variants, { task, title: "Choice of steps" })),
      ],
      data: { variants: runsData(results, profile, variants) },
    };
  },
};

const PLAIN = selected("plain", 0, 2);
const STEPWISE: Variant = {
  name: "stepwise advantages, K = 2",
  objective: "egspo-sa",
  settings: { selection: 0, steps: 2, beta: 0 },
  ...UPDATES,
};

export const stepwise: Claim = {
  id: "egspo-stepwise",
  group: "egspo",
  title: "Stepwise advantages from one-shot completions help",
  paper: PAPER,
  statement:
    "EGSPO-SA, whose advantages compare with the reward of the greedy completion of each chosen state, scores " +
    "above EGSPO on most tasks",
  method: "egspo and egspo-sa with K = 2 by entropy and one update per rollout, without KL",
  pieces: (whole) => runPieces(stepProfile(whole), [PLAIN, STEPWISE]),
  read(results, whole) {
    const profile = stepProfile(whole), { tasks } = profile, variants = [PLAIN, STEPWISE];
    return {
      checks: [
        seedCheck(
          "score of EGSPO-SA minus EGSPO, mean over tasks",
          gains(results, profile, [STEPWISE, PLAIN]),
          [0, null],
        ),
      ],
      notes: [
        `Mean training reward: ${cell(over(gains(results, profile, [STEPWISE, PLAIN], meanReward)))}.`,
        SEEDS_NOTE,
      ],
      tables: [scoreTable(results, profile, variants)],
      figures: tasks.map((task) =>
        curvesFigure(results, profile, variants, { task, title: "EGSPO and EGSPO-SA" })
      ),
      data: { variants: runsData(results, profile, variants) },
    };
  },
};

/** What EGSPO is compared with in cost: the estimators of the papers before it. */
const RIVALS: readonly Variant[] = [
  { name: "diffu-grpo", objective: "diffu-grpo", settings: { beta: 0 }, ...UPDATES },
  { name: "wd1", objective: "wd1", settings: {}, ...UPDATES },
  { name: "espo", objective: "espo", settings: { beta: 0 }, ...UPDATES },
  {
    name: "bgpo, n_t = 4",
    objective: "bgpo",
    settings: { samples: 4, normalize: 1, systematicCounts: 1 },
    ...UPDATES,
  },
  ALL_STEPS,
];

/** The first evaluation after the start with a score of at least `goal`; null where there is none. */
export function firstReaching({ curve }: Pick<TrainingRun, "curve">, goal: number) {
  return curve.slice(1).find(({ score }) => score >= goal) ?? null;
}

export const cost: Claim = {
  id: "egspo-cost",
  group: "egspo",
  title: "EGSPO reaches a score with less compute",
  paper: PAPER,
  statement: "EGSPO reaches the scores of other methods with fewer floating-point operations",
  method:
    "the goal of a task and seed is half of what the best run of that seed gains over its base model; compute at " +
    "the first evaluation that reaches it, a run that never does counting with all of its own",
  pieces: (whole) => runPieces(stepProfile(whole), [PLAIN, ...RIVALS]),
  read(results, whole) {
    const profile = stepProfile(whole),
      { tasks, seeds } = profile,
      variants = [{ ...PLAIN, name: "egspo, K = 2" }, ...RIVALS];
    const runs = variants.map((variant) => runsOf(results, profile, variant));
    const goal = (t: number, s: number) => {
      const base = runs[0]![t]![s]!.curve[0]!.score;
      const best = Math.max(
        ...runs.map((ofVariant) => Math.max(...ofVariant[t]![s]!.curve.map(({ score }) => score))),
      );
      return (base + best) / 2;
    };
    const spent = (v: number, of: "flops" | "responses" | "updates") =>
      seeds.map((_, s) =>
        mean(tasks.map((_, t) => {
          const run = runs[v]![t]![s]!;
          return (firstReaching(run, goal(t, s)) ?? run.curve.at(-1)!)[of];
        }))
      );
    const reached = runs.map((ofVariant) =>
      ofVariant.reduce(
        (sum, ofTask, t) => sum + ofTask.filter((run, s) => firstReaching(run, goal(t, s))).length,
        0,
      )
    );
    const columns = (["flops", "responses", "updates"] as const).map((of) => ({
      of,
      estimates: variants.map((_, v) =>
        over(spent(v, of).map((value) => of === "flops" ? value / 1e9 : value))!
      ),
    }));
    const own = spent(0, "flops");
    return {
      checks: RIVALS.map(({ name }, r) =>
        seedCheck(
          `GFLOP to the goal, egspo over ${name}`,
          spent(r + 1, "flops").map((value, s) => own[s]! / value),
          [null, 1],
        )
      ),
      notes: [
        `Evaluated every ${profile.training.every} rollouts, so costs come in steps. Rollouts of a few denoising steps ` +
        "make updates expensive; with 128 steps they would hardly count.",
        SEEDS_NOTE,
      ],
      tables: [textsTable({
        caption: `Until the goal, mean over ${tasks.length} tasks:`,
        columns: [
          "",
          "GFLOP",
          "responses",
          "updates",
          `runs that reach it, of ${tasks.length * seeds.length}`,
        ],
        rows: variants.map(({ name }, v) => [
          name,
          ...columns.map(({ estimates }) => cell(estimates[v]!)),
          String(reached[v]),
        ]),
      })],
      figures: [
        {
          name: "flops",
          caption: "Compute until half of the best gain is reached.",
          ...intervalChart({
            title: "Compute to half of the best gain",
            subtitle: `mean over tasks; ${SEEDS_NOTE}`,
            x: { label: "compute (GFLOP)", include: [0] },
            rows: variants.map(({ name }) => name),
            series: [{ name: "compute", estimates: columns[0]!.estimates }],
          }),
        },
        ...tasks.map((task) =>
          curvesFigure(results, profile, variants, { task, title: "Score against compute", along: "flops" })
        ),
      ],
      data: { variants: runsData(results, profile, variants), reached },
    };
  },
};
