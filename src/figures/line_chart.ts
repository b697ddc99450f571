/** Lines over a numeric axis, each with a band for its interval. */

import {
  type Box,
  type Drawing,
  figure,
  type FigureText,
  horizontalReferences,
  legend,
  plotBox,
  type ReferenceLine,
  xAxis,
  yAxis,
} from "./frame.ts";
import type { Axis } from "./scale.ts";
import { element, path } from "./svg.ts";
import { marker, PALETTE } from "./theme.ts";

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Low and high end of the band at x; absent or null where there is none. */
  readonly interval?: readonly [low: number, high: number] | null;
}

export interface LineSeries {
  readonly name: string;
  /** Ascending in x. */
  readonly points: readonly LinePoint[];
}

/** What lines a plot has and on which axes. */
export interface LinePlot {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly LineSeries[];
  readonly references?: readonly ReferenceLine[];
  /** Markers at the points; default: with at most 24 points a series. */
  readonly markers?: boolean;
}

export interface LineChart extends FigureText, LinePlot {}

const HEIGHT = 380;

/** The figure. Bands on a logarithmic axis end at its lowest point where the interval is not positive. */
export function lineChart(chart: LineChart): Drawing {
  const names = chart.series.map(({ name }) => name), box = plotBox(names, HEIGHT);
  return figure(chart, HEIGHT, () => [...linePlot(chart, box), ...legend(names, box, "line")]);
}

/**
 * Axes, bands and lines in a box, as elements.
 * @throws RangeError for no points, or a value that its axis cannot show
 */
export function linePlot({ x, y, series, references = [], markers }: LinePlot, box: Box): string[] {
  const points = series.flatMap((line) => line.points);
  const positive = y.scale === "log2" || y.scale === "log10";
  const floor = positive ? Math.min(...points.map((point) => point.y)) : -Infinity;
  const ends = ({ interval }: LinePoint) =>
    interval ? [Math.max(interval[0], positive && interval[0] <= 0 ? floor : -Infinity), interval[1]] : [];
  const down = yAxis(
    y,
    [...points.flatMap((point) => [point.y, ...ends(point)]), ...references.map(({ at }) => at)],
    box,
  );
  const across = xAxis(x, points.map((point) => point.x), box);
  const drawn = series.map(({ points }, index) => {
    const kind = `s${index % PALETTE}`;
    const banded = points.filter(({ interval }) => interval);
    const at = (point: LinePoint, value: number) => [across.scale.at(point.x), down.scale.at(value)] as const;
    const edge = (end: 0 | 1) => banded.map((point) => at(point, ends(point)[end]!));
    const band = banded.length > 1
      ? [element("path", { class: `band ${kind}`, d: path([...edge(1), ...edge(0).toReversed()]) + "Z" })]
      : [];
    return {
      band,
      line: [
        element("path", { class: `line ${kind}`, d: path(points.map((point) => at(point, point.y))) }),
        ...(markers ?? points.length <= 24
          ? points.map((point) => marker(index, ...at(point, point.y)))
          : []),
      ],
    };
  });
  return [
    ...down.parts,
    ...across.parts,
    ...drawn.flatMap(({ band }) => band),
    ...horizontalReferences(references, down.scale, box),
    ...drawn.flatMap(({ line }) => line),
  ];
}
