/** BGPO's bounds off-policy: what raw sums do to them, and how close each lemma stays to the bounded objective. */

import { textsTable } from "../../tables/table.ts";
import { log } from "../../../kernels/math/elementary.ts";
import { taskById } from "../../../tasks/registry.ts";
import { formatNumber, intervalChart } from "../../figures/mod.ts";
import type { Claim } from "../claim.ts";
import { cell, over, SEEDS_NOTE } from "../reading.ts";
import { exactCheck, seedCheck } from "../verdict.ts";
import {
  batchNote,
  columnOf,
  gradientNotes,
  OFF,
  pieceOf,
  piecesOf,
  RAW,
  referenceNorms,
  seedsWithGradient,
} from "./sampling.ts";
import { PAPER } from "./settings.ts";

/** How many times as long as expected a gradient may be before it counts as grown. */
const GROWN = 10;

export const normalisation: Claim = {
  id: "bgpo-normalisation",
  group: "bgpo",
  title: "Raw ELBO sums are usable off-policy",
  paper: PAPER,
  statement:
    "d_j is a difference of raw sums, weighted by 1 / t and not divided by the length, and training with it " +
    "off-policy is stable",
  method:
    "norm of the gradient of many masks with raw sums and independent mask ratios, as published, over L times the " +
    "norm with sums divided by the length L of the response and mask counts on a grid. On-policy the two are equal; " +
    `a gradient over ${GROWN} times as long is one that exp(d_j) of single masks has taken over`,
  pieces: (profile) => piecesOf(profile, [OFF, RAW]),
  read(results, profile) {
    const { responseLength } = taskById(profile.tasks[0]!);
    const seeds = seedsWithGradient(results, profile, OFF);
    const growth = Object.fromEntries(["bgpo", "vrpo-ol"].map((objective) => {
      const plain = referenceNorms(results, profile, OFF, objective);
      const raw = referenceNorms(results, profile, RAW, objective);
      return [objective, raw.map((norm, i) => norm / (responseLength * plain[i]!))];
    }));
    const rows = Object.keys(growth).map((objective) => `${objective}, raw sums`);
    const powers = Object.values(growth).map((ratios) => ratios.map((ratio) => log(ratio) / log(10)));
    const grown = growth.bgpo!.filter((ratio) => !(ratio <= GROWN)).length;
    const deviation = columnOf(results, profile, OFF, "bgpo")("deviation");
    const last = profile.sampling.samples.length - 1;
    return {
      checks: [
        exactCheck(
          `bgpo, raw sums: seeds, of ${seeds.length}, whose gradient is over ${GROWN} times as long as the ` +
            "normalised objective gives",
          grown,
          [null, 1],
        ),
      ],
      notes: [
        ...(grown > 0
          ? [
            "Where it has grown, a few masks carry the gradient, and one of few masks misses it: its deviation over " +
            "that norm would look small and mean nothing. With normalised sums that deviation is " +
            `${cell(over(deviation[last]!))} at n_t = ${profile.sampling.samples[last]}.`,
          ]
          : []),
        "vrpo-ol takes exp of the mean over masks, bgpo the mean of exp over masks where A < 0.",
        ...gradientNotes(results, profile, OFF),
        SEEDS_NOTE,
      ],
      tables: [textsTable({
        caption:
          `Norm of the gradient of ${profile.sampling.reference} masks over ${responseLength} times that ` +
          "of the normalised objective, off-policy:",
        columns: ["seed", ...rows],
        rows: seeds.map((seed, i) => [
          String(seed),
          ...Object.values(growth).map((ratios) => formatNumber(ratios[i]!)),
        ]),
      })],
      figures: [{
        name: "growth",
        caption: "What raw sums make of the norm of an off-policy gradient, in powers of ten.",
        ...intervalChart({
          title: "Growth of the gradient by raw sums, off-policy",
          subtitle: batchNote(profile),
          x: { label: "log10 of norm with raw sums / (L x norm normalised)", include: [0] },
          rows,
          series: [{
            name: "growth",
            estimates: powers.map((values) => over(values.filter(Number.isFinite))),
          }],
        }),
      }],
      data: {
        seeds,
        growth: Object.fromEntries(
          Object.entries(growth).map((
            [id, ratios],
          ) => [id, ratios.map((x) => Number.isFinite(x) ? x : null)]),
        ),
        deviation: {
          samples: profile.sampling.samples,
          normalised: deviation,
          raw: columnOf(results, profile, RAW, "bgpo")("deviation"),
        },
      },
    };
  },
};

/** Objectives whose gradient with many masks is compared with that of the bounded objective. */
const BOUNDS = {
  bgpo: "as published",
  "bgpo-tangent": "lemma 1 for both signs",
  "bgpo-exponential": "lemma 2 for both signs",
} as const;

export const lemmaGradients: Claim = {
  id: "bgpo-lemma-gradients",
  group: "bgpo",
  title: "Both lemmas together are closest to the bounded objective",
  paper: PAPER,
  statement:
    "1 + d for A >= 0 and exp(d) for A < 0 make a lower bound of A exp(mean d); one form for both signs does " +
    "not, and trains worse (table 3)",
  method: "distance of the gradient of many masks to that of A exp(mean d), relative to its norm, off-policy",
  pieces: (profile) => piecesOf(profile, [OFF]),
  read(results, profile) {
    const gaps = Object.keys(BOUNDS).map((objective) =>
      seedsWithGradient(results, profile, OFF).map((seed) =>
        results(pieceOf(profile, OFF, seed)).gap[objective] ?? NaN
      )
    );
    const [both, tangent, exponential] = gaps as [number[], number[], number[]];
    const less = (other: number[]) => other.map((value, seed) => value - both[seed]!);
    const rows = Object.values(BOUNDS);
    return {
      checks: [
        seedCheck("gap of lemma 1 for both signs minus that of both", less(tangent), [0, null]),
        seedCheck("gap of lemma 2 for both signs minus that of both", less(exponential), [0, null]),
      ],
      notes: [
        "A bound need not have the closest gradient; only its value is bounded.",
        ...gradientNotes(results, profile, OFF),
        SEEDS_NOTE,
      ],
      tables: [textsTable({
        caption: "Distance to the gradient of A exp(mean d), relative to its norm:",
        columns: ["form", "distance"],
        rows: rows.map((name, i) => [name, cell(over(gaps[i]!))]),
      })],
      figures: [{
        name: "gap",
        caption: "Distance of three bounds to the objective they bound.",
        ...intervalChart({
          title: "Distance to the gradient of A exp(mean d)",
          subtitle: batchNote(profile),
          x: { label: "distance / norm of the gradient", include: [0] },
          rows,
          series: [{ name: "gap", estimates: gaps.map(over) }],
        }),
      }],
      data: { gaps: Object.fromEntries(Object.keys(BOUNDS).map((id, i) => [id, gaps[i]!])) },
    };
  },
};
