/** BGPO's claims about its gradient: deviation and bias against n_t. */

import { textsTable } from "../../tables/table.ts";
import { log } from "../../../kernels/math/elementary.ts";
import { lineChart } from "../../figures/mod.ts";
import { type Claim, piece, type Results } from "../claim.ts";
import { type SampleRow, samplingError } from "../measurements/sampling_error.ts";
import type { Profile } from "../profile.ts";
import { cell, type Estimated, linePoints, over, SEEDS_NOTE, slope } from "../reading.ts";
import { type Outcome, outcomeOf, seedCheck } from "../verdict.ts";
import { NORMALISED, PAPER, PUBLISHED } from "./settings.ts";

interface Setting {
  readonly name: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly offPolicy: boolean;
  readonly objectives: readonly string[];
  readonly bounds: readonly string[];
  readonly target: string;
}

const ON: Setting = {
  name: "on-policy",
  settings: NORMALISED,
  offPolicy: false,
  objectives: ["bgpo"],
  bounds: [],
  target: "bgpo",
};
export const OFF: Setting = {
  name: "off-policy",
  settings: NORMALISED,
  offPolicy: true,
  objectives: ["bgpo", "vrpo-ol"],
  bounds: ["bgpo-tangent", "bgpo-exponential"],
  target: "vrpo-ol",
};
export const RAW: Setting = { ...OFF, name: "raw sums", settings: PUBLISHED, bounds: [] };

export function pieceOf(
  { tasks, sampling }: Profile,
  { settings, offPolicy, objectives, bounds, target }: Setting,
  seed: number,
) {
  const { distance, ...rest } = sampling;
  return piece(samplingError, {
    task: tasks[0]!,
    seed,
    ...rest,
    distance: offPolicy ? distance : 0,
    settings,
    objectives,
    bounds,
    target,
  });
}

export const piecesOf = (profile: Profile, settings: readonly Setting[]) =>
  settings.flatMap((setting) => profile.seeds.map((seed) => pieceOf(profile, setting, seed)));

/**
 * Seeds whose batch has a gradient: where every response of every group earned the same, all advantages are 0. The
 * batch of a seed is the same in every setting and for every objective.
 */
export function seedsWithGradient(results: Results, profile: Profile, setting: Setting): number[] {
  return profile.seeds.filter((seed) =>
    results(pieceOf(profile, setting, seed)).rows.bgpo!.some(({ deviation, nonFinite }) =>
      deviation !== null || nonFinite > 0
    )
  );
}

/** What a reader must know of seeds without a gradient; nothing where there are none. */
export function gradientNotes(results: Results, profile: Profile, setting: Setting): string[] {
  const kept = seedsWithGradient(results, profile, setting);
  const without = profile.seeds.filter((seed) => !kept.includes(seed));
  if (without.length === 0) return [];
  return [
    `left out for want of a gradient, as every group of its batch earned the same reward: seed ${
      without.join(", ")
    }`,
  ];
}

/** A column of one objective: [samples][seeds with a gradient]. */
export function columnOf(results: Results, profile: Profile, setting: Setting, objective: string) {
  const rows = seedsWithGradient(results, profile, setting).map((seed) =>
    results(pieceOf(profile, setting, seed)).rows[objective]!
  );
  return (name: Exclude<keyof SampleRow, "samples">) =>
    profile.sampling.samples.map((_, i) => rows.map((row) => row[i]![name]));
}

/** Norms of the gradient of many masks, one per seed with a gradient; infinite where it is not finite. */
export function referenceNorms(
  results: Results,
  profile: Profile,
  setting: Setting,
  objective: string,
): number[] {
  return seedsWithGradient(results, profile, setting).map((seed) =>
    results(pieceOf(profile, setting, seed)).reference[objective]!.norm ?? Infinity
  );
}

export function batchNote(
  { tasks, sampling: { prompts, group, repeats, reference, distance } }: Profile,
): string {
  return `${
    tasks[0]
  }, ${prompts} prompts x ${group} responses, ${repeats} repeats against n_t = ${reference}, ` +
    `off-policy: ${distance} updates away`;
}

const X = { label: "masked states per response, n_t", scale: "log2" } as const;

/** Slope of log(deviation) over log(n_t), one per seed whose batch has a gradient. */
function slopes(samples: readonly number[], deviation: readonly (readonly (number | null)[])[]): number[] {
  return deviation[0]!.flatMap((_, seed) => {
    const points = samples.flatMap((n, i) => {
      const value = deviation[i]![seed];
      return value ? [[log(n), log(value)] as const] : [];
    });
    return points.length < 2 ? [] : [slope(points)];
  });
}

export const deviation: Claim = {
  id: "bgpo-deviation",
  group: "bgpo",
  title: "A larger n_t lowers the deviation of the gradient",
  paper: PAPER,
  statement: "the standard deviation of BGPO's gradient falls as n_t grows (figure 3)",
  method:
    "gradients of one batch under other masks, against the gradient of many masks; deviation relative to its " +
    "norm, and 1 - cos to it",
  pieces: (profile) => piecesOf(profile, [ON, OFF]),
  read(results, profile) {
    const { samples } = profile.sampling;
    const of = [ON, OFF].map((setting) => ({ setting, column: columnOf(results, profile, setting, "bgpo") }));
    const chart = (name: "deviation" | "misalignment", title: string, label: string) =>
      lineChart({
        title,
        subtitle: batchNote(profile),
        x: X,
        y: { label, scale: "log10" },
        series: of.map(({ setting, column }) => ({
          name: `bgpo, ${setting.name}`,
          points: linePoints(samples, column(name).map(over)),
        })),
      });
    return {
      checks: of.map(({ setting, column }) =>
        seedCheck(
          `${setting.name}: slope of log deviation over log n_t`,
          slopes(samples, column("deviation")),
          [null, -0.4],
        )
      ),
      notes: [
        "Independent samples give -0.5; the even grid of mask counts, which every suite uses, falls faster.",
        ...gradientNotes(results, profile, OFF),
        SEEDS_NOTE,
      ],
      tables: of.map(({ setting, column }) =>
        textsTable({
          caption: `bgpo, ${setting.name}:`,
          columns: ["n_t", "deviation / norm", "1 - cos"],
          rows: samples.map((n, i) => [
            String(n),
            cell(over(column("deviation")[i]!)),
            cell(over(column("misalignment")[i]!)),
          ]),
        })
      ),
      figures: [
        {
          name: "deviation",
          caption: "Deviation of BGPO's gradient against n_t.",
          ...chart("deviation", "Deviation of the gradient", "deviation / norm of the gradient"),
        },
        {
          name: "misalignment",
          caption: "1 - cos of BGPO's gradient to that of many masks, against n_t.",
          ...chart("misalignment", "Misalignment of the gradient", "1 - cos"),
        },
      ],
      data: {
        samples,
        settings: of.map(({ setting, column }) => ({
          name: setting.name,
          deviation: column("deviation"),
          misalignment: column("misalignment"),
        })),
      },
    };
  },
};

/** Which reading of the paper's figure, the mean of a few repeats against n_t, the numbers support. */
function readingOf(explained: Estimated, expected: Outcome, repeats: number): string {
  const { interval } = explained;
  const byNoise = interval !== null && interval[0] > 1 - EXPLAINED && interval[1] < 1 + EXPLAINED;
  return `Two readings of the figure. First, the distance between the mean of ${repeats} repeats and the gradient of ` +
    `many masks: it is ${cell(explained)} times what the noise of that mean explains, ` +
    (byNoise
      ? "so it falls with n_t because the deviation does. "
      : "which the noise alone does not settle here. ") +
    "Second, the bias of the expected gradient, which is the gap between the bound and what it bounds: that it falls " +
    `with n_t is ${expected}. ` +
    (byNoise && expected !== "reproduced"
      ? "The figure of the paper, from 8 repeats, is supported in the first reading only."
      : "The numbers do not decide between the readings.");
}

/** How far the ratio of distance and noise may be from 1. */
const EXPLAINED = 0.25;

export const bias: Claim = {
  id: "bgpo-bias",
  group: "bgpo",
  title: "A larger n_t lowers the bias of the gradient",
  paper: PAPER,
  statement:
    "the bias of BGPO's gradient, measured against a gradient of many samples, falls as n_t grows (figure 3)",
  method:
    "distance of the mean of repeats to the gradient of many masks, with what the masks' noise alone explains of " +
    "it subtracted, off-policy: the bias of the expected gradient. BGPO's objective is linear in its samples, so its " +
    "expected gradient cannot depend on n_t",
  pieces: (profile) => piecesOf(profile, [OFF]),
  read(results, profile) {
    const { samples, repeats } = profile.sampling;
    const bgpo = columnOf(results, profile, OFF, "bgpo"), vrpo = columnOf(results, profile, OFF, "vrpo-ol");
    const change = (column: typeof bgpo, name: "bias" | "biasToTarget") => {
      const values = column(name);
      return values[0]!.map((_, seed) => (values[0]![seed] ?? NaN) - (values.at(-1)![seed] ?? NaN));
    };
    const explained = bgpo("distance")[0]!.map((_, seed) =>
      samples.reduce(
        (sum, _, i) => sum + (bgpo("distance")[i]![seed] ?? NaN) / (bgpo("noise")[i]![seed] ?? NaN),
        0,
      ) /
      samples.length
    );
    const last = samples.at(-1)!;
    const columns = [
      { name: "bgpo: distance of the mean of repeats", values: bgpo("distance") },
      { name: "bgpo: expected from noise alone", values: bgpo("noise") },
      { name: "bgpo: bias to vrpo-ol at n_t to infinity", values: bgpo("biasToTarget") },
      { name: "vrpo-ol: bias to itself at n_t to infinity", values: vrpo("bias") },
    ];
    const meanExplained = over(explained)!;
    const decisive = seedCheck(
      `bias to the bounded objective at n_t = 1 minus n_t = ${last}, relative to its gradient`,
      change(bgpo, "biasToTarget"),
      [0.05, null],
    );
    return {
      checks: [decisive],
      notes: [
        readingOf(meanExplained, outcomeOf(decisive), repeats),
        "vrpo-ol, an exponential of a mean, has a bias of its own that falls with n_t: at n_t = 1 minus " +
        `n_t = ${last} it is ${cell(over(change(vrpo, "bias")))}.`,
        "On-policy both are unbiased for every n_t. A number below zero means less than the noise explains.",
        ...gradientNotes(results, profile, OFF),
        SEEDS_NOTE,
      ],
      tables: [textsTable({
        caption: "Relative to the norm of the gradient with many masks:",
        columns: ["n_t", ...columns.map(({ name }) => name)],
        rows: samples.map((n, i) => [String(n), ...columns.map(({ values }) => cell(over(values[i]!)))]),
      })],
      figures: [{
        name: "readings",
        caption: "Two readings of bias against n_t.",
        ...lineChart({
          title: "Two readings of the bias of a gradient, off-policy",
          subtitle: batchNote(profile),
          x: X,
          y: { label: "relative to the norm of the gradient", include: [0] },
          series: columns.map(({ name, values }) => ({
            name: name.replace("bgpo: distance of the mean of repeats", "bgpo: mean of repeats")
              .replace("bgpo: expected from noise alone", "bgpo: noise alone")
              .replace("bgpo: bias to vrpo-ol at n_t to infinity", "bgpo: bias to vrpo-ol")
              .replace("vrpo-ol: bias to itself at n_t to infinity", "vrpo-ol: own bias"),
            points: linePoints(samples, values.map(over)),
          })),
        }),
      }],
      data: { samples, columns, explained },
    };
  },
};
