/** EGSPO's claims about entropy: it tells which steps matter, and bounds what is lost without the others. */

import { intervalChart, lineChart } from "../../figures/mod.ts";
import { type Claim, piece, type Results } from "../claim.ts";
import { stepEntropy } from "../measurements/step_entropy.ts";
import type { Profile } from "../profile.ts";
import { cell, over, SEEDS_NOTE } from "../reading.ts";
import { seedCheck } from "../verdict.ts";
import { PAPER } from "./settings.ts";

const pieceOf = ({ steps }: Profile, task: string, seed: number) =>
  piece(stepEntropy, { task, seed, ...steps });

const pieces = (profile: Profile) =>
  profile.tasks.flatMap((task) => profile.seeds.map((seed) => pieceOf(profile, task, seed)));

/** Ranks from 1, ties by their mean. */
function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b);
  const ranks = new Array<number>(values.length);
  for (let at = 0; at < order.length;) {
    let end = at;
    while (end < order.length && values[order[end]!] === values[order[at]!]) end++;
    for (let i = at; i < end; i++) ranks[order[i]!] = (at + 1 + end) / 2;
    at = end;
  }
  return ranks;
}

/** Spearman's rank correlation. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const x = ranksOf(a), y = ranksOf(b), mean = (a.length + 1) / 2;
  let xy = 0, xx = 0, yy = 0;
  x.forEach((value, i) => {
    xy += (value - mean) * (y[i]! - mean);
    xx += (value - mean) ** 2;
    yy += (y[i]! - mean) ** 2;
  });
  return xy / Math.sqrt(xx * yy);
}

const BINS = 6;

/** Mean entropy and mean gradient norm of the steps, in bins of equal size by entropy. */
function binned(entropy: readonly number[], gradNorm: readonly number[]) {
  const order = [...entropy.keys()].sort((a, b) => entropy[a]! - entropy[b]! || a - b);
  return Array.from({ length: BINS }, (_, bin) => {
    const members = order.slice(
      Math.floor(bin * order.length / BINS),
      Math.floor((bin + 1) * order.length / BINS),
    );
    const average = (values: readonly number[]) =>
      members.reduce((sum, i) => sum + values[i]!, 0) / Math.max(1, members.length);
    return { entropy: average(entropy), gradNorm: average(gradNorm) };
  });
}

export const correlation: Claim = {
  id: "egspo-entropy",
  group: "egspo",
  title: "Steps of high entropy carry the gradient",
  paper: PAPER,
  statement: "the entropy of a denoising step tells how much it contributes to the policy gradient",
  method:
    "for every step of a batch of rollouts: mean entropy of the tokens it revealed, and the norm of grad log p of " +
    "these tokens; Spearman's correlation over steps",
  pieces,
  read(results, profile) {
    const { tasks, seeds } = profile;
    const correlations = tasks.map((task) =>
      seeds.map((seed) => {
        const { entropy, gradNorm } = results(pieceOf(profile, task, seed));
        return rankCorrelation(entropy, gradNorm);
      })
    );
    const bins = tasks.map((task) =>
      seeds.map((seed) => {
        const { entropy, gradNorm } = results(pieceOf(profile, task, seed));
        return binned(entropy, gradNorm);
      })
    );
    const points = (t: number) =>
      Array.from({ length: BINS }, (_, bin) => {
        const norm = over(bins[t]!.map((ofSeed) => ofSeed[bin]!.gradNorm))!;
        return {
          x: over(bins[t]!.map((ofSeed) => ofSeed[bin]!.entropy))!.value,
          y: norm.value,
          interval: norm.interval,
        };
      });
    return {
      checks: tasks.map((task, t) => seedCheck(`${task}: rank correlation`, correlations[t]!, [0.5, null])),
      notes: [SEEDS_NOTE],
      tables: [{
        caption: "Rank correlation of entropy and gradient norm over steps:",
        columns: ["task", "correlation"],
        rows: tasks.map((task, t) => [task, cell(over(correlations[t]!))]),
      }],
      figures: [{
        name: "norm",
        caption: "Norm of a step's gradient against its entropy, in bins of equal size.",
        svg: lineChart({
          title: "Gradient of a step against its entropy",
          subtitle: "steps in six bins of equal size by entropy; bands: 95 % over seeds",
          x: { label: "mean entropy of the revealed tokens (nats)", include: [0] },
          y: { label: "norm of grad log p of the step", include: [0] },
          series: tasks.map((task, t) => ({ name: task, points: points(t) })),
        }),
      }],
      data: { tasks, seeds, correlations, bins },
    };
  },
};

/** Every non-empty proper subset of ranks, as the norm of what dropping it loses and the entropy it sums. */
function subsets(rankEntropy: readonly number[], products: readonly (readonly number[])[]) {
  const ranks = rankEntropy.length;
  return Array.from({ length: 2 ** ranks - 2 }, (_, i) => {
    const dropped = [...rankEntropy.keys()].filter((rank) => (i + 1) >> rank & 1);
    const square = dropped.reduce(
      (sum, a) => sum + dropped.reduce((inner, b) => inner + products[a]![b]!, 0),
      0,
    );
    return {
      dropped,
      // The estimate of a square may be below zero.
      loss: Math.sqrt(Math.max(0, square)),
      entropy: dropped.reduce((sum, rank) => sum + rankEntropy[rank]!, 0),
    };
  });
}

const subsetsOf = (results: Results, profile: Profile, task: string, seed: number) => {
  const { rankEntropy, products } = results(pieceOf(profile, task, seed));
  return subsets(rankEntropy, products);
};

export const bound: Claim = {
  id: "egspo-bound",
  group: "egspo",
  title: "What dropped steps lose is bounded by their entropy",
  paper: PAPER,
  statement:
    "restricting the gradient to a subset of the steps loses at most B times the summed entropy of the others",
  method:
    "ranks of steps by entropy; for every subset of ranks, the norm of its expected policy gradient (products of " +
    "different batches, so without noise) over its summed entropy. A bound with a useful B holds when no subset exceeds " +
    "twice the ratio that the single rank of highest entropy has, and when loss and entropy go together",
  pieces,
  read(results, profile) {
    const { tasks, seeds } = profile;
    const all = tasks.map((task) => seeds.map((seed) => subsetsOf(results, profile, task, seed)));
    const ratio = ({ loss, entropy }: { loss: number; entropy: number }) => loss / entropy;
    const top = all.map((ofTask) =>
      ofTask.map((sets) => {
        const first = sets.find(({ dropped }) => dropped.length === 1 && dropped[0] === 0)!;
        return Math.max(...sets.map(ratio)) / ratio(first);
      })
    );
    const together = all.map((ofTask) =>
      ofTask.map((sets) => rankCorrelation(sets.map(({ entropy }) => entropy), sets.map(({ loss }) => loss)))
    );
    const names = all[0]![0]!.map(({ dropped }) => dropped.map((rank) => rank + 1).join("+"));
    return {
      checks: tasks.flatMap((task, t) => [
        seedCheck(`${task}: largest loss per nat over that of the first rank`, top[t]!, [null, 2]),
        seedCheck(`${task}: rank correlation of loss and entropy over subsets`, together[t]!, [0.5, null]),
      ]),
      notes: [
        "B is not known, so the bound itself cannot fail here; what is tested is whether one B of the size that the " +
        "chosen steps suggest serves the dropped ones.",
        SEEDS_NOTE,
      ],
      tables: [{
        caption: "Norm of the expected gradient of the dropped ranks, over their summed entropy in nats:",
        columns: ["dropped ranks", ...tasks],
        rows: names.map((
          name,
          i,
        ) => [name, ...all.map((ofTask) => cell(over(ofTask.map((sets) => ratio(sets[i]!)))))]),
      }],
      figures: [{
        name: "ratio",
        caption: "Loss per nat of dropped entropy, for every subset of ranks.",
        svg: intervalChart({
          title: "What dropping ranks of steps loses, per nat",
          subtitle: "rank 1: highest entropy; whiskers: 95 % over seeds",
          x: { label: "norm of the dropped gradient / summed entropy (1/nat)", include: [0] },
          rows: names.map((name) => `ranks ${name}`),
          series: tasks.map((task, t) => ({
            name: task,
            estimates: names.map((_, i) => over(all[t]!.map((sets) => ratio(sets[i]!)))),
          })),
        }),
      }],
      data: { tasks, seeds, subsets: all },
    };
  },
};
