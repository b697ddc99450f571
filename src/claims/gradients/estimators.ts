/** All estimators against the policy gradient of the sampler, and against that of the committed tokens. */

import { textsTable } from "../../tables/table.ts";
import { intervalChart } from "../../figures/mod.ts";
import { type Claim, piece, type Results } from "../claim.ts";
import { type Estimator, type EstimatorRow, estimators } from "../measurements/estimators.ts";
import { committed, proposed } from "../measurements/reference_gradients.ts";
import type { Profile } from "../profile.ts";
import { cell, differences, over, pseudoValues, SEEDS_NOTE } from "../reading.ts";
import { seedCheck } from "../verdict.ts";

const ELBO = { normalize: 1, systematicCounts: 1 } as const;
const elbo = (objective: string, samples: number): Estimator => ({
  name: `${objective}, n = ${samples}`,
  objective,
  settings: { ...ELBO, samples },
});
const plain = (objective: string, settings: Readonly<Record<string, number>> = {}): Estimator => ({
  name: objective,
  objective,
  settings,
});

/** Every registered objective once, some with several settings. Without KL: at the reference it has no gradient. */
const ESTIMATORS: readonly Estimator[] = [
  elbo("reinforce-elbo", 1),
  elbo("reinforce-elbo", 4),
  elbo("reinforce-elbo", 16),
  elbo("vrpo-ol", 4),
  elbo("bgpo", 4),
  elbo("bgpo-dare", 4),
  elbo("grpo-elbo", 4),
  plain("espo", { beta: 0 }),
  plain("spg", { blockLength: 8 }),
  plain("coupled-grpo", { beta: 0 }),
  plain("unigrpo", { beta: 0 }),
  plain("diffu-grpo", { beta: 0 }),
  plain("wd1"),
  { name: "egspo, entropy, K = 2", objective: "egspo", settings: { steps: 2, selection: 0, beta: 0 } },
  { name: "egspo, random, K = 2", objective: "egspo", settings: { steps: 2, selection: 1, beta: 0 } },
  { name: "egspo, uniform, K = 2", objective: "egspo", settings: { steps: 2, selection: 2, beta: 0 } },
  { name: "egspo-sa, entropy, K = 2", objective: "egspo-sa", settings: { steps: 2, selection: 0, beta: 0 } },
  plain("trace-rl", { shrink: 1, beta: 0 }),
  ...["pg-is", "pg-tis", "ppo-clip", "clip-higher", "cispo", "minirl"].map((id) => plain(id, { steps: 0 })),
  ...["dppo-binary-tv", "dppo-binary-kl", "dppo-topk-tv", "dppo-topk-kl"].map((id) =>
    plain(id, { steps: 0 })
  ),
];

const pieceOf = ({ gradients }: Profile, task: string, seed: number) => {
  const { prompts, group, batches } = gradients;
  return piece(estimators, { task, seed, prompts, group, batches, estimators: ESTIMATORS });
};

const pieces = (profile: Profile) =>
  profile.gradients.tasks.flatMap((task) =>
    profile.gradients.seeds.map((seed) => pieceOf(profile, task, seed))
  );

/** Numbers of one estimator on one task as pseudo-values of the jackknife over seeds. */
interface Measured {
  readonly toProposed: number[];
  readonly toCommitted: number[];
  /** sqrt(E |g - E g|^2) / |E g| of one batch. */
  readonly noise: number[];
  /** The same if every estimator had the forward passes of a whole trajectory's update. */
  readonly noiseAtEqualCost: number[];
  /** The same with the rollout counted in. */
  readonly noiseAtEqualTotal: number[];
}

/** The rows of one base model: those of the estimator and of both references. */
interface OfSeed {
  readonly row: EstimatorRow;
  readonly exact: EstimatorRow;
  readonly whole: EstimatorRow;
}

const sum = (seeds: readonly OfSeed[], of: (seed: OfSeed) => number) =>
  seeds.reduce((total, seed) => total + of(seed), 0);

/** Cosine of expected gradients. Products are pooled over base models, each scaled to gradients of size 1. */
function cosine(
  seeds: readonly OfSeed[],
  product: (row: EstimatorRow) => number,
  reference: (seed: OfSeed) => EstimatorRow,
): number {
  const scaled = (a: EstimatorRow, b: EstimatorRow, value: number) => value / Math.sqrt(a.square * b.square);
  return sum(seeds, (seed) => scaled(seed.row, reference(seed), product(seed.row))) / Math.sqrt(
    sum(seeds, ({ row }) => scaled(row, row, row.own)) *
      sum(seeds, (seed) => scaled(reference(seed), reference(seed), reference(seed).own)),
  );
}

function noiseToSignal(seeds: readonly OfSeed[]): number {
  const signal = sum(seeds, ({ row }) => row.own / row.square) / seeds.length;
  return Math.sqrt((1 - signal) / signal);
}

function measure(results: Results, profile: Profile, task: string, name: string): Measured {
  const own = profile.gradients.seeds.map((seed) => results(pieceOf(profile, task, seed)));
  const { rollout } = own[0]!;
  const seeds = own.map(({ rows }): OfSeed => ({
    row: rows[name]!,
    exact: rows[proposed.id]!,
    whole: rows[committed.id]!,
  }));
  const { row: { forwards }, whole } = seeds[0]!;
  const noise = pseudoValues(seeds, noiseToSignal);
  const at = (factor: number) => noise.map((value) => value * Math.sqrt(factor));
  return {
    toProposed: pseudoValues(
      seeds,
      (some) => cosine(some, ({ toProposed }) => toProposed, ({ exact }) => exact),
    ),
    toCommitted: pseudoValues(
      seeds,
      (some) => cosine(some, ({ toCommitted }) => toCommitted, ({ whole }) => whole),
    ),
    noise,
    noiseAtEqualCost: at(forwards / whole.forwards),
    noiseAtEqualTotal: at((forwards + rollout) / (whole.forwards + rollout)),
  };
}

const NAMES = [proposed.id, committed.id, ...ESTIMATORS.map(({ name }) => name)];
const title = (name: string) =>
  name === proposed.id ? "sampler, all candidates" : name === committed.id ? "trajectory, committed" : name;

function figureOf(
  results: Results,
  profile: Profile,
  { key, name, ...text }: { key: keyof Measured; name: string; title: string; label: string },
) {
  const { tasks, seeds, batches, prompts, group } = profile.gradients;
  return {
    name,
    caption: `${text.title}, for every estimator.`,
    ...intervalChart({
      title: text.title,
      subtitle:
        `${seeds.length} base models x ${batches} batches of ${prompts} x ${group}; whiskers: 95 % over base models`,
      x: { label: text.label, ...(key.startsWith("to") ? { include: [0, 1] } : { include: [0] }) },
      rows: NAMES.map(title),
      series: tasks.map((task) => ({
        name: task,
        estimates: NAMES.map((row) => over(measure(results, profile, task, row)[key].map(finite))),
      })),
    }),
  };
}

function tableOf(results: Results, profile: Profile, task: string) {
  const { seeds } = profile.gradients;
  const rows = results(pieceOf(profile, task, seeds[0]!)).rows;
  return textsTable({
    caption: `${task}:`,
    columns: [
      "estimator",
      "cos to the sampler's gradient",
      "cos to committed tokens",
      "noise / signal, one batch",
      "at equal update cost",
      "with the rollout counted",
      "forward passes of an update",
      "same gradient as",
    ],
    rows: NAMES.map((name) => {
      const measured = measure(results, profile, task, name);
      return [
        title(name),
        ...Object.values(measured).map((values: number[]) => cell(over(values.map(finite)))),
        String(rows[name]!.forwards),
        rows[name]!.sameAs ? title(rows[name]!.sameAs!) : "",
      ];
    }),
  });
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function dataOf(results: Results, profile: Profile) {
  const { tasks, seeds } = profile.gradients;
  return tasks.map((task) => ({
    task,
    seeds,
    estimators: NAMES.map((name) => ({
      name,
      ...Object.fromEntries(
        Object.entries(measure(results, profile, task, name)).map((
          [key, values],
        ) => [key, values.map(finite)]),
      ),
      ...results(pieceOf(profile, task, seeds[0]!)).rows[name],
    })),
  }));
}

/** Differences of two estimators' numbers, mean over tasks, one per seed. */
function contrast(
  results: Results,
  profile: Profile,
  [a, b]: readonly [string, string],
  key: keyof Measured,
): number[] {
  const { tasks, seeds } = profile.gradients;
  const of = tasks.map((task) =>
    differences(measure(results, profile, task, a)[key], measure(results, profile, task, b)[key])
  );
  return seeds.map((_, s) => of.reduce((sum, ofTask) => sum + ofTask[s]!, 0) / tasks.length);
}

const METHOD =
  "expected gradients at the base model, on the same on-policy rollouts; the sampler's own policy gradient " +
  "scores every candidate at every step, those that low-confidence remasking discards included. Products come from " +
  "different batches, so that noise does not lower a cosine";

export const direction: Claim = {
  id: "gradients-direction",
  group: "gradients",
  title: "Gradients on the sampler's path are closer to its policy gradient than ELBO and one-step ones",
  paper: "EGSPO, arXiv 2603.12554; BGPO, arXiv 2510.11683",
  statement:
    "trajectory methods need no likelihood surrogate (EGSPO); among surrogates the ELBO is better than the " +
    "one-step estimate of diffu-grpo (BGPO, figure 3)",
  method: METHOD,
  pieces,
  read(results, profile) {
    const path = "egspo, entropy, K = 2", sixteen = "reinforce-elbo, n = 16";
    const check = (a: string, b: string, key: keyof Measured = "toProposed") =>
      seedCheck(
        `cosine of ${title(a)} minus ${title(b)}, mean over tasks`,
        contrast(results, profile, [a, b], key),
        [0, null],
      );
    return {
      checks: [check(committed.id, sixteen), check(path, sixteen), check(sixteen, "diffu-grpo")],
      notes: [
        `n = 16 minus n = 1 of the ELBO: ${
          cell(over(contrast(results, profile, [sixteen, "reinforce-elbo, n = 1"], "toProposed")))
        } in cosine to the sampler's own gradient: what more samples add to the direction.`,
        `Entropy-chosen minus random K = 2, to the committed tokens: ${
          cell(over(contrast(results, profile, [path, "egspo, random, K = 2"], "toCommitted")))
        }.`,
        "Cosines are estimates and may exceed 1. Advantages are each objective's own. Intervals: jackknife over base models.",
        SEEDS_NOTE,
      ],
      tables: profile.gradients.tasks.map((task) => tableOf(results, profile, task)),
      figures: [
        figureOf(results, profile, {
          key: "toProposed",
          name: "proposed",
          title: "Cosine to the policy gradient of the sampler",
          label: "cosine of expected gradients",
        }),
        figureOf(results, profile, {
          key: "toCommitted",
          name: "committed",
          title: "Cosine to the policy gradient of the committed tokens",
          label: "cosine of expected gradients",
        }),
      ],
      data: { tasks: dataOf(results, profile) },
    };
  },
};

export const noise: Claim = {
  id: "gradients-noise",
  group: "gradients",
  title: "At equal compute, few chosen steps are less noisy than the ELBO",
  paper: "EGSPO, arXiv 2603.12554; BGPO, arXiv 2510.11683",
  statement:
    "diffu-grpo has the largest deviation (BGPO, figure 3); a few steps of high entropy give the gradient at a " +
    "fraction of the compute (EGSPO)",
  method:
    `${METHOD}. Noise / signal: sqrt(E |g - E g|^2) / |E g| of one batch; at equal cost it is multiplied by the ` +
    "square root of the update's forward passes over those of the whole trajectory",
  pieces,
  read(results, profile) {
    const path = "egspo, entropy, K = 2";
    const check = (a: string, b: string) =>
      seedCheck(
        `noise / signal at equal update cost, ${title(a)} minus ${title(b)}, mean over tasks`,
        contrast(results, profile, [a, b], "noiseAtEqualCost"),
        [null, 0],
      );
    return {
      checks: [
        check(path, committed.id),
        check(path, "reinforce-elbo, n = 4"),
        check("reinforce-elbo, n = 4", "diffu-grpo"),
      ],
      notes: [
        "Rollouts here have 4 denoising steps; with 128 of them the cost of an update hardly counts, and the column " +
        "for one batch is the one to read.",
        SEEDS_NOTE,
      ],
      tables: profile.gradients.tasks.map((task) => tableOf(results, profile, task)),
      figures: [
        figureOf(results, profile, {
          key: "noiseAtEqualCost",
          name: "equal-cost",
          title: "Noise of an update at equal forward passes",
          label: "noise / signal",
        }),
        figureOf(results, profile, {
          key: "noise",
          name: "batch",
          title: "Noise of an update of one batch",
          label: "noise / signal",
        }),
      ],
      data: { tasks: dataOf(results, profile) },
    };
  },
};
