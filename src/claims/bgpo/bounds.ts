/** BGPO's bounds off-policy: what raw sums do to them, and how close each lemma stays to the bounded objective. */

import { log } from "../../../kernels/math/elementary.ts";
import { intervalChart, lineChart } from "../../figures/mod.ts";
import type { Claim } from "../claim.ts";
import { cell, linePoints, over, SEEDS_NOTE } from "../reading.ts";
import { seedCheck } from "../verdict.ts";
import {
  batchNote,
  columnOf,
  gradientNotes,
  OFF,
  pieceOf,
  piecesOf,
  RAW,
  seedsWithGradient,
  X,
} from "./sampling.ts";
import { PAPER } from "./settings.ts";

/** What a deviation that is not finite counts as, in powers of ten of the gradient's norm. */
const BROKEN = 6;

export const normalisation: Claim = {
  id: "bgpo-normalisation",
  group: "bgpo",
  title: "Raw ELBO sums are usable off-policy",
  paper: PAPER,
  statement:
    "d_j is a difference of raw sums, weighted by 1 / t and not divided by the length, and training with it " +
    "off-policy is stable",
  method:
    "the same gradients with raw sums and independent mask ratios, as published, and with sums divided by the " +
    "length of the response and mask counts on a grid; a deviation above the norm of the gradient drowns it",
  pieces: (profile) => piecesOf(profile, [OFF, RAW]),
  read(results, profile) {
    const { samples } = profile.sampling;
    const columns = [OFF, RAW].flatMap((setting) =>
      ["bgpo", "vrpo-ol"].map((objective) => ({
        name: `${objective}, ${setting === RAW ? "raw sums" : "normalised"}`,
        column: columnOf(results, profile, setting, objective),
      }))
    );
    const n = samples.findLastIndex((count) => count <= 16);
    const raw = columns[2]!.column("deviation")[n]!.map((value) =>
      value === null ? BROKEN : log(value) / log(10)
    );
    const nonFinite = columns.map(({ name, column }) => ({ name, nonFinite: column("nonFinite") }));
    return {
      checks: [
        seedCheck(
          `bgpo, raw sums: log10 of deviation over norm at n_t = ${
            samples[n]
          }, ${BROKEN} where it is not finite`,
          raw,
          [null, 0],
        ),
      ],
      notes: [
        "Normalised, the same number is " +
        `${
          cell(over(columns[0]!.column("deviation")[n]!))
        }. Dividing by the length also divides the size of the ` +
        "update; AdamW does not see that factor, but exp(d_j) does.",
        ...gradientNotes(results, profile, OFF),
        SEEDS_NOTE,
      ],
      tables: [{
        caption: "Deviation of the gradient over its norm, off-policy:",
        columns: ["n_t", ...columns.map(({ name }) => name)],
        rows: samples.map((count, i) => [
          String(count),
          ...columns.map(({ column }) => cell(over(column("deviation")[i]!))),
        ]),
      }],
      figures: [{
        name: "deviation",
        caption: "Deviation of off-policy gradients with raw and with normalised sums.",
        svg: lineChart({
          title: "Raw and normalised ELBO sums, off-policy",
          subtitle: batchNote(profile),
          x: X,
          y: { label: "deviation / norm of the gradient", scale: "log10" },
          series: columns.map(({ name, column }) => ({
            name,
            points: linePoints(samples, column("deviation").map(over)),
          })),
          references: [{ at: 1, label: "as large as the gradient" }],
        }),
      }],
      data: {
        samples,
        deviation: columns.map(({ name, column }) => ({ name, deviation: column("deviation") })),
        nonFinite,
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
      tables: [{
        caption: "Distance to the gradient of A exp(mean d), relative to its norm:",
        columns: ["form", "distance"],
        rows: rows.map((name, i) => [name, cell(over(gaps[i]!))]),
      }],
      figures: [{
        name: "gap",
        caption: "Distance of three bounds to the objective they bound.",
        svg: intervalChart({
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
