/** Curves out of records: one run alone, or the mean over seeds with its interval. */

import type { BenchRecord } from "../../records/record.ts";
import type { Decoding } from "../../suite/names.ts";
import { tInterval, wilsonInterval } from "../../statistics/intervals.ts";
import { mean } from "../../statistics/moments.ts";
import type { Figure } from "./figure_view.tsx";
import { lineChart, type LinePoint, type LineSeries, panels } from "../../figures/mod.ts";

export type CurveAxis = "forwards" | "updates";

const AXIS_LABEL: Readonly<Record<CurveAxis, string>> = {
  forwards: "sequence forward passes (a backward pass counts as two)",
  updates: "optimiser updates",
};

type Diagnostics = BenchRecord["outcome"]["diagnostics"];

/** What was measured at every rollout, with its unit and what it means. */
export const DIAGNOSTICS = [
  { id: "reward", title: "Training reward", label: "mean reward" },
  { id: "entropy", title: "Entropy of the rollouts", label: "nats per revealed token" },
  { id: "kl", title: "KL to the anchor policy", label: "nats per target, k3 estimate" },
  { id: "maskShare", title: "Clipped or masked targets", label: "share of targets with an advantage" },
  { id: "gradNorm", title: "Gradient norm before clipping", label: "largest of a rollout's updates" },
  { id: "deadGroups", title: "Groups without signal", label: "share of prompts with equal rewards" },
] as const satisfies readonly { id: keyof Diagnostics; title: string; label: string }[];

export type DiagnosticId = (typeof DIAGNOSTICS)[number]["id"];

/** Decodings of the learning curve that any of the records has. */
export function curveDecodings(records: readonly BenchRecord[]): Decoding[] {
  const all = records.flatMap(({ outcome }) => outcome.curve.map(({ decoding }) => decoding));
  return (["sampled", "greedy"] as const).filter((decoding) => all.includes(decoding));
}

/**
 * The learning curve of several seeds of one cell, in per cent: the mean and its t interval. A single seed has the
 * Wilson interval over its examples.
 */
export function learningCurve(
  records: readonly BenchRecord[],
  decoding: Decoding,
  axis: CurveAxis,
): LinePoint[] {
  const curves = records.map(({ outcome }) => outcome.curve.filter((point) => point.decoding === decoding));
  const length = Math.min(...curves.map((curve) => curve.length));
  if (!Number.isFinite(length)) return [];
  return Array.from({ length }, (_, i) => {
    const points = curves.map((curve) => curve[i]!);
    const shares = points.map(({ correct, n }) => 100 * correct / n);
    const { correct, n } = points[0]!;
    const interval = points.length > 1
      ? tInterval(shares)
      : wilsonInterval(correct, n).map((end) => 100 * end) as [number, number];
    return { x: mean(points.map((point) => point[axis])), y: mean(shares), interval: clipped(interval) };
  });
}

/** A percentage lies in [0, 100], which the t distribution does not know. */
function clipped(interval: readonly [number, number] | null): [number, number] | null {
  return interval && [Math.max(0, interval[0]), Math.min(100, interval[1])];
}

/** Points of a curve over rollouts are at most so many: more cannot be told apart. */
const POINTS = 200;

/** A diagnostic over rollouts: the mean over seeds with its t interval. Rollouts without a value in any seed are left out. */
export function diagnosticCurve(records: readonly BenchRecord[], id: DiagnosticId): LinePoint[] {
  const curves = records.map(({ outcome }) => outcome.diagnostics[id]);
  const length = Math.max(0, ...curves.map((curve) => curve.length));
  const stride = Math.max(1, Math.ceil(length / POINTS));
  const points: LinePoint[] = [];
  for (let step = 0; step < length; step += stride) {
    const values = curves.map((curve) => curve[step]).filter((value) =>
      value !== null && value !== undefined
    );
    if (values.length > 0) points.push({ x: step + 1, y: mean(values), interval: tInterval(values) });
  }
  return points;
}

/** A line of a learning figure: records of all seeds, evaluated in one way. */
export interface LearningLine {
  readonly name: string;
  readonly records: readonly BenchRecord[];
  readonly decoding: Decoding;
}

/** Learning curves in one figure; null where there is nothing to draw. */
export function learningFigure(
  { title, lines, axis }: {
    readonly title: string;
    readonly lines: readonly LearningLine[];
    readonly axis: CurveAxis;
  },
): Figure | null {
  const series = lines.map(({ name, records, decoding }): LineSeries => ({
    name,
    points: learningCurve(records, decoding, axis),
  })).filter(({ points }) => points.length > 0);
  if (series.length === 0) return null;
  const decodings = [...new Set(lines.map(({ decoding }) => decoding))];
  const seeds = Math.max(...lines.map(({ records }) => records.length));
  const band = seeds > 1 ? "bands: 95 %, t over seeds" : "bands: 95 %, Wilson over examples";
  return {
    id: `learning-${decodings.join("-")}-${axis}`,
    caption: `${title}: learning curves, ${decodings.join(" and ")}, against ${
      axis === "forwards" ? "compute" : "updates"
    }. ${band[0]!.toUpperCase() + band.slice(1)}.`,
    alt: `Learning curves of ${
      series.map(({ name }) => name).join(", ")
    }; from the first to the last evaluation: ${
      series.map(({ name, points }) =>
        `${name} ${points[0]!.y.toFixed(1)} to ${points.at(-1)!.y.toFixed(1)} %`
      ).join(", ")
    }.`,
    ...lineChart({
      title: `${title}, ${decodings.join(" and ")}`,
      subtitle: `strictly graded on generated puzzles; ${band}`,
      x: { label: AXIS_LABEL[axis] },
      y: { label: "correct (%)" },
      series,
    }),
  };
}

/** Figures of all diagnostics that any group has. */
export function diagnosticFigures(
  title: string,
  groups: readonly (readonly [name: string, records: readonly BenchRecord[]])[],
): Figure[] {
  return DIAGNOSTICS.flatMap(({ id, title: name, label }) => {
    const series = groups.map(([name, records]): LineSeries => ({
      name,
      points: diagnosticCurve(records, id),
    }))
      .filter(({ points }) => points.length > 0);
    if (series.length === 0) return [];
    const bands = groups.some(([, records]) => records.length > 1);
    return [{
      id: id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      caption: `${name} per rollout.${bands ? " Bands: 95 %, t over seeds." : ""}`,
      alt: `${name} over rollouts; first and last: ${
        series.map(({ name, points }) => `${name} ${short(points[0]!.y)} and ${short(points.at(-1)!.y)}`)
          .join(", ")
      }.`,
      ...lineChart({
        title: `${title}: ${name}`,
        ...(bands ? { subtitle: "bands: 95 %, t over seeds" } : {}),
        x: { label: "rollout" },
        y: { label },
        series,
        markers: false,
      }),
    }];
  });
}

/** All diagnostics of one run as small plots; null where it has none. */
export function trainingFigure(title: string, record: BenchRecord): Figure | null {
  const measured = DIAGNOSTICS.flatMap(({ id, title, label }) => {
    const points = diagnosticCurve([record], id);
    return points.length === 0 ? [] : [{ title, label, points }];
  });
  if (measured.length === 0) return null;
  return {
    id: "training",
    caption: `${measured.map(({ title }) => title).join(", ")}: per rollout.`,
    alt: `First and last value over rollouts: ${
      measured.map(({ title, points }) => `${title} ${short(points[0]!.y)} and ${short(points.at(-1)!.y)}`)
        .join(", ")
    }.`,
    ...panels({
      title: `${title}: training`,
      panels: measured.map(({ title, label, points }) => ({
        title,
        x: { label: "rollout" },
        y: { label },
        series: [{ name: title, points }],
        markers: false,
      })),
    }),
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
