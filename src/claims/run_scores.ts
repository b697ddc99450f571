/** Training runs of a claim over tasks and seeds, and how their scores are read. */

import { lineChart } from "../figures/mod.ts";
import { mean } from "../statistics/moments.ts";
import { type Piece, piece, type Results } from "./claim.ts";
import { type Table, textsTable } from "../tables/table.ts";
import { FULL_MANTISSA } from "./measurements/quantise.ts";
import { type TrainingRun, trainingRun, type TrainingRunParameters } from "./measurements/training_run.ts";
import type { Profile } from "./profile.ts";
import { cell, differences, over, SEEDS_NOTE } from "./reading.ts";

/** What differs between the runs of a claim. */
export interface Variant {
  readonly name: string;
  readonly objective: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly innerUpdates?: number;
  readonly miniBatches?: number;
  readonly lag?: number;
  readonly mantissaBits?: number;
}

function runPiece(profile: Profile, variant: Variant, task: string, seed: number): Piece<TrainingRun> {
  const { prompts, group, rollouts, learningRate, every, evaluation } = profile.training;
  const parameters: TrainingRunParameters = {
    task,
    seed,
    prompts,
    group,
    objective: variant.objective,
    settings: variant.settings,
    rollouts,
    innerUpdates: variant.innerUpdates ?? 1,
    miniBatches: variant.miniBatches ?? 1,
    learningRate,
    lag: variant.lag ?? 0,
    mantissaBits: variant.mantissaBits ?? FULL_MANTISSA,
    every,
    evaluation,
  };
  return piece(trainingRun, parameters);
}

/** The runs of all variants on tasks and seeds. */
export function runPieces(
  profile: Profile,
  variants: readonly Variant[],
  tasks: readonly string[] = profile.tasks,
): Piece<TrainingRun>[] {
  return variants.flatMap((variant) =>
    tasks.flatMap((task) => profile.seeds.map((seed) => runPiece(profile, variant, task, seed)))
  );
}

/** The runs of one variant: [task][seed]. */
export function runsOf(
  results: Results,
  profile: Profile,
  variant: Variant,
  tasks: readonly string[] = profile.tasks,
): TrainingRun[][] {
  return tasks.map((task) => profile.seeds.map((seed) => results(runPiece(profile, variant, task, seed))));
}

/** The last score of a run; that of a diverged run is the last one before it stopped. */
export function finalScore({ curve }: TrainingRun): number {
  return curve.at(-1)!.score;
}

/** A number of each run, averaged over tasks: one per seed. */
export function perSeed(
  runs: readonly (readonly TrainingRun[])[],
  of: (run: TrainingRun) => number,
): number[] {
  return runs[0]!.map((_, seed) => mean(runs.map((ofTask) => of(ofTask[seed]!))));
}

/** Mean training reward over the run, which resolves more than the last score. */
export function meanReward({ reward }: TrainingRun): number {
  return mean(reward);
}

/** By how much one variant is above another, mean over tasks: one number per seed. */
export function gains(
  results: Results,
  profile: Profile,
  [better, other]: readonly [Variant, Variant],
  of: (run: TrainingRun) => number = finalScore,
): number[] {
  return differences(
    perSeed(runsOf(results, profile, better), of),
    perSeed(runsOf(results, profile, other), of),
  );
}

/** Scores at the end, a column per task. */
export function scoreTable(
  results: Results,
  profile: Profile,
  variants: readonly Variant[],
  caption = "Score at the end:",
): Table {
  return textsTable({
    caption,
    columns: ["", ...profile.tasks],
    rows: variants.map((variant) => [
      variant.name,
      ...runsOf(results, profile, variant).map((runs) => cell(over(runs.map(finalScore)))),
    ]),
  });
}

/** Mean over seeds and interval of the score at every evaluated rollout of one task. */
function scoreCurve(
  runs: readonly TrainingRun[],
  along: "rollouts" | "updates" | "flops" = "rollouts",
) {
  const shortest = runs.reduce((a, b) => a.curve.length <= b.curve.length ? a : b).curve;
  return shortest.map((point, i) => {
    const estimate = over(runs.map(({ curve }) => curve[i]!.score))!;
    return {
      x: along === "flops" ? point.flops / 1e9 : point[along],
      y: estimate.value,
      interval: estimate.interval,
    };
  });
}

/** Score curves of several variants on one task. */
export function curvesFigure(
  results: Results,
  profile: Profile,
  variants: readonly Variant[],
  { task, title, along = "rollouts" }: {
    readonly task: string;
    readonly title: string;
    readonly along?: "rollouts" | "flops";
  },
) {
  return {
    name: `curves-${task.replaceAll("/", "-")}`,
    caption: `${title}: score on unseen prompts of ${task} along training.`,
    ...lineChart({
      title: `${title}, ${task}`,
      subtitle: `one sample per prompt; ${SEEDS_NOTE}`,
      x: { label: along === "rollouts" ? "rollouts" : "compute (GFLOP)" },
      y: { label: "share of correct responses" },
      series: variants.map((variant) => ({
        name: variant.name,
        points: scoreCurve(runsOf(results, profile, variant, [task])[0]!, along),
      })),
    }),
  };
}

/** What a report keeps of the runs of its variants. */
export function runsData(
  results: Results,
  profile: Profile,
  variants: readonly Variant[],
  tasks = profile.tasks,
) {
  return variants.map((variant) => ({
    ...variant,
    runs: tasks.flatMap((task) =>
      profile.seeds.map((seed) => {
        const { curve, skipped, diverged } = results(runPiece(profile, variant, task, seed));
        return { task, seed, skipped, diverged, curve };
      })
    ),
  }));
}
