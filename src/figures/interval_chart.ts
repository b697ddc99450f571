/** Named rows with a point and an interval each: scores with confidence intervals, a forest plot. */

import {
  type Box,
  type Drawing,
  figure,
  type FigureText,
  FOOT,
  HEAD,
  legend,
  legendWidth,
  type ReferenceLine,
  textWidth,
  WIDTH,
  xAxis,
} from "./frame.ts";
import type { Axis } from "./scale.ts";
import { element, path, text } from "./svg.ts";
import { marker, PALETTE } from "./theme.ts";

export interface Estimate {
  readonly value: number;
  readonly interval?: readonly [low: number, high: number] | null;
}

export interface IntervalSeries {
  readonly name: string;
  /** One per row, in the order of `rows`; null where there is none. */
  readonly estimates: readonly (Estimate | null)[];
}

export interface IntervalChart extends FigureText {
  readonly x: Axis;
  /** Names of the rows, from above. */
  readonly rows: readonly string[];
  readonly series: readonly IntervalSeries[];
  /** Vertical lines. */
  readonly references?: readonly ReferenceLine[];
}

/** Vertical distance of the series within a row. */
const GAP = 11;

/** The figure, as high as its rows need. @throws RangeError for a series with another number of rows */
export function intervalChart(chart: IntervalChart): Drawing {
  const { rows, series, references = [] } = chart;
  for (const { name, estimates } of series) {
    if (estimates.length !== rows.length) {
      throw new RangeError(`series "${name}" has ${estimates.length} estimates for ${rows.length} rows`);
    }
  }
  const rowHeight = Math.max(22, GAP * series.length + 8);
  const top = HEAD + (references.length > 0 ? 18 : 4), bottom = top + rows.length * rowHeight;
  return figure(chart, bottom + FOOT, () => intervalPlot(chart, { top, bottom, rowHeight }));
}

/** Axis, rows and legend between two heights, as elements. */
function intervalPlot(
  { x, rows, series, references = [] }: IntervalChart,
  { top, bottom, rowHeight }: { readonly top: number; readonly bottom: number; readonly rowHeight: number },
): string[] {
  const names = series.map(({ name }) => name);
  const box: Box = {
    left: Math.min(260, Math.max(...rows.map(textWidth)) + 30),
    right: WIDTH - 24 - legendWidth(names),
    top,
    bottom,
  };
  const values = series.flatMap(({ estimates }) =>
    estimates.flatMap((estimate) => estimate ? [estimate.value, ...estimate.interval ?? []] : [])
  );
  const across = xAxis(x, [...values, ...references.map(({ at }) => at)], box, { grid: true });
  const at = across.scale.at;
  return [
    ...across.parts,
    ...references.flatMap(({ at: value, label }) => [
      element("path", { class: "reference", d: path([[at(value), top], [at(value), bottom]]) }),
      text("text", { class: "muted", x: at(value), y: top - 5, "text-anchor": "middle" }, label),
    ]),
    ...rows.map((row, i) =>
      text("text", { x: box.left - 9, y: top + (i + 0.5) * rowHeight + 4, "text-anchor": "end" }, row)
    ),
    ...series.flatMap(({ estimates }, index) =>
      estimates.flatMap((estimate, i) => {
        if (!estimate) return [];
        const y = top + (i + 0.5) * rowHeight + (index - (series.length - 1) / 2) * GAP;
        const { value, interval } = estimate;
        const whisker = interval
          ? [element("path", {
            class: `whisker s${index % PALETTE}`,
            d: path([[at(interval[0]), y], [at(interval[1]), y]]),
          })]
          : [];
        return [...whisker, marker(index, at(value), y)];
      })
    ),
    ...legend(names, box, "marker"),
  ];
}
