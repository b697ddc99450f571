/**
 * Figures with their size and their text as SVG: a pure function of the data, equal bytes everywhere, readable on light and dark pages and
 * without colour. Text in the data is escaped.
 *
 *   lineChart      lines over a numeric axis with bands: learning curves, sweeps; linear, log2 or log10 axes
 *   intervalChart  named rows with a point and an interval per series: leaderboards, forest plots
 *   barChart       grouped bars with whiskers
 *   panels         small plots of lines side by side, for what was measured on one run
 *
 * Each draws itself with `svg()`; inside a page with `svg({ standalone: false })`: the page then puts `FIGURE_CSS` into
 * its own stylesheet once, and the figure carries no style element, as a strict content security policy asks for.
 */

export { barChart } from "./bar_chart.ts";
export { type Drawing, sizeOf } from "./frame.ts";
export { intervalChart } from "./interval_chart.ts";
export { lineChart, type LinePoint, type LineSeries } from "./line_chart.ts";
export { panels } from "./panels.ts";
export { formatNumber } from "./scale.ts";
export { FIGURE_CSS } from "./theme.ts";
