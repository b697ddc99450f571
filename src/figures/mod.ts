/**
 * Figures as SVG text: a pure function of the data, equal bytes everywhere, readable on light and dark pages and
 * without colour. Text in the data is escaped.
 *
 *   lineChart      lines over a numeric axis with bands: learning curves, sweeps; linear, log2 or log10 axes
 *   intervalChart  named rows with a point and an interval per series: leaderboards, forest plots
 *   barChart       grouped bars with whiskers
 *   panels         small plots of lines side by side, for what was measured on one run
 *
 * Each takes `{ standalone: false }` inside a page: the page then puts `FIGURE_CSS` into its own stylesheet once, and
 * the figure carries no style element, as a strict content security policy asks for.
 */

export { type BarChart, barChart, type BarSeries } from "./bar_chart.ts";
export type { FigureOptions, FigureText, ReferenceLine } from "./frame.ts";
export { type Estimate, type IntervalChart, intervalChart, type IntervalSeries } from "./interval_chart.ts";
export { type LineChart, lineChart, type LinePlot, type LinePoint, type LineSeries } from "./line_chart.ts";
export { type Panels, panels, panelsSize } from "./panels.ts";
export { type Axis, formatNumber, type ScaleKind } from "./scale.ts";
export { FIGURE_CSS } from "./theme.ts";
