/** BGPO's claims about scores: more samples help, and both lemmas are needed. */

import { intervalChart } from "../../figures/mod.ts";
import type { Claim, Results } from "../claim.ts";
import type { Profile } from "../profile.ts";
import { cell, over, SEEDS_NOTE } from "../reading.ts";
import {
  curvesFigure,
  finalScore,
  gains,
  perSeed,
  runPieces,
  runsData,
  runsOf,
  scoreTable,
  type Variant,
} from "../run_scores.ts";
import { seedCheck } from "../verdict.ts";
import { NORMALISED, PAPER } from "./settings.ts";

/** Sudoku is the task where estimators differ most; countdown is cheap. */
const sampleVariants = ({ training }: Profile): Variant[] =>
  training.samples.map((samples) => ({
    name: `n_t = ${samples}`,
    objective: "bgpo",
    settings: { ...NORMALISED, samples },
    innerUpdates: 2,
  }));

/** Four updates per rollout, so that the branches of the bound differ. */
const LEMMAS: readonly Variant[] = [
  ["bgpo", "both, as published"],
  ["bgpo-tangent", "lemma 1 for both signs"],
  ["bgpo-exponential", "lemma 2 for both signs"],
].map(([objective, name]) => ({
  name: name!,
  objective: objective!,
  settings: { ...NORMALISED, samples: 4 },
  innerUpdates: 4,
}));

/** Final scores of variants as a figure and a table. */
function scores(results: Results, profile: Profile, variants: readonly Variant[], title: string) {
  const { tasks } = profile;
  const estimates = variants.map((variant) =>
    runsOf(results, profile, variant).map((runs) => over(runs.map(finalScore))!)
  );
  const base = over(perSeed(runsOf(results, profile, variants[0]!), ({ curve }) => curve[0]!.score))!;
  return {
    figure: {
      name: "scores",
      caption: `${title}: score at the end.`,
      ...intervalChart({
        title,
        subtitle: `after ${profile.training.rollouts} rollouts; ${SEEDS_NOTE}`,
        x: { label: "share of correct responses, one sample per prompt" },
        rows: variants.map(({ name }) => name),
        series: tasks.map((task, t) => ({
          name: task,
          estimates: estimates.map((ofVariant) => ofVariant[t]!),
        })),
      }),
    },
    table: scoreTable(
      results,
      profile,
      variants,
      `Score at the end (base models: ${cell(base)}, mean over tasks):`,
    ),
  };
}

export const score: Claim = {
  id: "bgpo-score",
  group: "bgpo",
  title: "A larger n_t gives a better score at equal updates",
  paper: PAPER,
  statement: "scores rise with n_t: MATH500 43.5, 44.1, 44.1, 45.3, 45.7 for n_t = 1, 2, 4, 8, 16 (table 2)",
  method: "BGPO with two updates per rollout, length-normalised, equal rollouts and updates",
  pieces: (profile) => runPieces(profile, sampleVariants(profile)),
  read(results, profile) {
    const variants = sampleVariants(profile), last = variants.at(-1)!, first = variants[0]!;
    const { figure, table } = scores(results, profile, variants, "Score against n_t at equal updates");
    const flops = (variant: Variant) => runsOf(results, profile, variant)[0]![0]!.curve.at(-1)!.flops;
    return {
      checks: [
        seedCheck(
          `score of ${last.name} minus ${first.name}, mean over tasks`,
          gains(results, profile, [last, first]),
          [0, null],
        ),
      ],
      notes: [
        `Equal updates are not equal compute: ${last.name} takes ${
          (flops(last) / flops(first)).toFixed(1)
        } times the floating-point operations of ${first.name} on ${profile.tasks[0]}.`,
      ],
      tables: [table],
      figures: [
        figure,
        ...profile.tasks.map((task) =>
          curvesFigure(results, profile, variants, { task, title: "BGPO at equal updates" })
        ),
      ],
      data: { variants: runsData(results, profile, variants) },
    };
  },
};

export const lemmas: Claim = {
  id: "bgpo-lemmas",
  group: "bgpo",
  title: "Both lemmas are needed off-policy",
  paper: PAPER,
  statement:
    "off-policy, both lemmas together train better than either alone for both signs: MATH500 44.9 against " +
    "42.1 (lemma 1 only) and 43.1 (lemma 2 only) (table 3)",
  method: "four updates per rollout with n_t = 4, length-normalised; score at the end",
  pieces: (profile) => runPieces(profile, LEMMAS),
  read(results, profile) {
    const [both, ...single] = LEMMAS as [Variant, Variant, Variant];
    const { figure, table } = scores(
      results,
      profile,
      LEMMAS,
      "The lemmas of BGPO, four updates per rollout",
    );
    return {
      checks: single.map((variant) =>
        seedCheck(
          `score of both minus ${variant.name}, mean over tasks`,
          gains(results, profile, [both, variant]),
          [
            0,
            null,
          ],
        )
      ),
      notes: [
        "The gradients of the three are compared with that of the objective they bound in bgpo-lemma-gradients.",
      ],
      tables: [table],
      figures: [
        figure,
        ...profile.tasks.map((task) =>
          curvesFigure(results, profile, LEMMAS, { task, title: "The lemmas of BGPO" })
        ),
      ],
      data: { variants: runsData(results, profile, LEMMAS) },
    };
  },
};
