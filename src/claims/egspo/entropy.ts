/** EGSPO's claims about entropy: it tells which steps matter, and bounds what is lost without the others. */

import { textsTable } from "../../tables/table.ts";
import { lineChart } from "../../figures/mod.ts";
import { type Claim, piece } from "../claim.ts";
import { type StepEntropy, stepEntropy } from "../measurements/step_entropy.ts";
import type { Profile } from "../profile.ts";
import { cell, over, SEEDS_NOTE } from "../reading.ts";
import { seedCheck } from "../verdict.ts";
import { PAPER } from "./settings.ts";

const pieceOf = ({ steps: { prompts, group, batches } }: Profile, task: string, seed: number) =>
  piece(stepEntropy, { task, seed, prompts, group, batches });

const pieces = (profile: Profile) =>
  profile.steps.tasks.flatMap((task) => profile.seeds.map((seed) => pieceOf(profile, task, seed)));

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
    const { seeds, steps: { tasks } } = profile;
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
      tables: [textsTable({
        caption: "Rank correlation of entropy and gradient norm over steps:",
        columns: ["task", "correlation"],
        rows: tasks.map((task, t) => [task, cell(over(correlations[t]!))]),
      })],
      figures: [{
        name: "norm",
        caption: "Norm of a step's gradient against its entropy, in bins of equal size.",
        ...lineChart({
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

/** What is lost without some ranks: the norm of their expected gradient, against the entropy they sum. */
interface Loss {
  readonly ranks: string;
  readonly loss: number;
  readonly entropy: number;
}

function lossOf(
  { rankEntropy, products }: Pick<StepEntropy, "rankEntropy" | "products">,
  dropped: readonly number[],
): Loss {
  const square = dropped.reduce(
    (sum, a) => sum + dropped.reduce((inner, b) => inner + products[a]![b]!, 0),
    0,
  );
  const [first, last] = [dropped[0]! + 1, dropped.at(-1)! + 1];
  return {
    ranks: first === last ? `${first}` : `${first} to ${last}`,
    // The estimate of a square may be below zero.
    loss: Math.sqrt(Math.max(0, square)),
    entropy: dropped.reduce((sum, rank) => sum + rankEntropy[rank]!, 0),
  };
}

/** Every rank alone, and every set of lowest ranks that EGSPO drops: all from the second on, from the third on, ... */
function losses(measured: StepEntropy): { single: Loss[]; dropped: Loss[] } {
  const ranks = [...measured.rankEntropy.keys()];
  return {
    single: ranks.map((rank) => lossOf(measured, [rank])),
    dropped: ranks.slice(1).map((first) => lossOf(measured, ranks.slice(first))),
  };
}

const perNat = ({ loss, entropy }: Loss) => loss / entropy;

export const bound: Claim = {
  id: "egspo-bound",
  group: "egspo",
  title: "What dropped steps lose is bounded by their entropy",
  paper: PAPER,
  statement:
    "restricting the gradient to a subset of the steps loses at most B times the summed entropy of the others",
  method:
    "ranks of steps by entropy; norm of the expected policy gradient of dropped ranks (products of different " +
    "batches, so without noise) over their summed entropy. B has no value in the paper: it is taken as twice the loss " +
    "per nat of the rank of highest entropy, and the loss has to rise with the entropy of the rank",
  pieces,
  read(results, profile) {
    const { seeds, steps: { tasks } } = profile;
    const all = tasks.map((task) => seeds.map((seed) => losses(results(pieceOf(profile, task, seed)))));
    const top = all.map((ofTask) =>
      ofTask.map(({ single, dropped }) =>
        Math.max(...[...single.slice(1), ...dropped].map(perNat)) / perNat(single[0]!)
      )
    );
    const together = all.map((ofTask) =>
      ofTask.map(({ single }) =>
        rankCorrelation(single.map(({ entropy }) => entropy), single.map(({ loss }) => loss))
      )
    );
    const row = (t: number, kind: "single" | "dropped", i: number, of: (loss: Loss) => number) =>
      over(all[t]!.map((sets) => of(sets[kind][i]!)))!;
    const table = (t: number) => {
      const kinds = (["single", "dropped"] as const).flatMap((kind) =>
        all[t]![0]![kind].map((_, i) => ({ kind, i }))
      );
      return textsTable({
        caption: `${tasks[t]}:`,
        columns: ["ranks", "entropy (nats)", "norm of the expected gradient", "per nat"],
        rows: kinds.map(({ kind, i }) => [
          all[t]![0]![kind][i]!.ranks,
          cell(row(t, kind, i, ({ entropy }) => entropy)),
          cell(row(t, kind, i, ({ loss }) => loss)),
          cell(row(t, kind, i, perNat)),
        ]),
      });
    };
    return {
      checks: tasks.flatMap((task, t) => [
        seedCheck(`${task}: largest loss per nat over that of the first rank`, top[t]!, [null, 2]),
        seedCheck(`${task}: rank correlation of loss and entropy over ranks`, together[t]!, [0.5, null]),
      ]),
      notes: [SEEDS_NOTE],
      tables: tasks.map((_, t) => table(t)),
      figures: [{
        name: "loss",
        caption: "Norm of the expected gradient of the dropped ranks against their summed entropy.",
        ...lineChart({
          title: "What dropping the ranks of lowest entropy loses",
          subtitle: "points: all but the first, all but the first two, ...; bands: 95 % over seeds",
          x: { label: "summed entropy of the dropped ranks (nats)", include: [0] },
          y: { label: "norm of their expected gradient", include: [0] },
          series: tasks.map((task, t) => ({
            name: task,
            points: all[t]![0]!.dropped.map((_, i) => {
              const { value, interval } = row(t, "dropped", i, ({ loss }) => loss);
              return { x: row(t, "dropped", i, ({ entropy }) => entropy).value, y: value, interval };
            }).reverse(),
          })),
        }),
      }],
      data: { tasks, seeds, losses: all },
    };
  },
};
