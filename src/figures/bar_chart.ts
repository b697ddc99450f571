/** Bars in groups, each with a whisker for its interval. Bars start at 0. */

import {
  type Drawing,
  figure,
  type FigureText,
  horizontalReferences,
  legend,
  plotBox,
  type ReferenceLine,
  yAxis,
} from "./frame.ts";
import type { Estimate } from "./interval_chart.ts";
import type { Axis } from "./scale.ts";
import { element, path, text } from "./svg.ts";
import { PALETTE } from "./theme.ts";

export interface BarSeries {
  readonly name: string;
  /** One per group, in the order of `groups`; null where there is none. */
  readonly bars: readonly (Estimate | null)[];
}

export interface BarChart extends FigureText {
  /** What the groups are, with its unit where it has one. */
  readonly label: string;
  readonly groups: readonly string[];
  /** Linear: a bar's length is its value. */
  readonly y: Omit<Axis, "scale">;
  readonly series: readonly BarSeries[];
  readonly references?: readonly ReferenceLine[];
}

const HEIGHT = 360;

/** The figure. @throws RangeError for a series with another number of groups */
export function barChart(chart: BarChart): Drawing {
  const { groups, series } = chart;
  for (const { name, bars } of series) {
    if (bars.length !== groups.length) {
      throw new RangeError(`series "${name}" has ${bars.length} bars for ${groups.length} groups`);
    }
  }
  return figure(chart, HEIGHT, () => barPlot(chart));
}

/** Axes, bars and legend, as elements. */
function barPlot({ label, groups, y, series, references = [] }: BarChart): string[] {
  const names = series.map(({ name }) => name);
  const box = plotBox(names, HEIGHT);
  const values = series.flatMap(({ bars }) =>
    bars.flatMap((bar) => bar ? [bar.value, ...bar.interval ?? []] : [])
  );
  const down = yAxis(y, [0, ...values, ...references.map(({ at }) => at)], box);
  const at = down.scale.at, zero = at(0);
  const groupWidth = (box.right - box.left) / groups.length;
  const barWidth = Math.min(46, groupWidth * 0.8 / series.length);
  const centre = (group: number) => box.left + (group + 0.5) * groupWidth;
  const bars = series.flatMap(({ bars }, index) =>
    bars.flatMap((bar, group) => {
      if (!bar) return [];
      const left = centre(group) + (index - series.length / 2) * barWidth + 1, end = at(bar.value);
      const kind = `s${index % PALETTE}`, middle = left + barWidth / 2 - 1;
      const body = element("rect", {
        class: `bar ${kind}`,
        x: left,
        y: Math.min(zero, end),
        width: barWidth - 2,
        height: Math.abs(zero - end),
      });
      if (!bar.interval) return [body];
      const [low, high] = bar.interval.map(at) as [number, number];
      const cap = (height: number) => path([[middle - 3, height], [middle + 3, height]]);
      return [
        body,
        element("path", { class: "axis", d: path([[middle, low], [middle, high]]) + cap(low) + cap(high) }),
      ];
    })
  );
  return [
    ...down.parts,
    ...bars,
    element("path", { class: "axis", d: path([[box.left, zero], [box.right, zero]]) }),
    ...groups.map((group, i) =>
      text("text", { class: "muted", x: centre(i), y: box.bottom + 18, "text-anchor": "middle" }, group)
    ),
    text("text", { x: (box.left + box.right) / 2, y: box.bottom + 37, "text-anchor": "middle" }, label),
    ...horizontalReferences(references, down.scale, box),
    ...legend(names, box, "bar"),
  ];
}
