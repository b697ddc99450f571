/** What figures look like: one stylesheet for a light and a dark page. Series differ in colour, marker and dash. */

import { element } from "./svg.ts";

/** Series that can be told apart; a figure with more repeats them. */
export const PALETTE = 8;

const LIGHT = ["#0060b8", "#c2410c", "#047857", "#9333ea", "#b0166b", "#7a5c00", "#0e7490", "#4b5563"];
const DARK = ["#6cb4ff", "#ff9a5c", "#4fd1a0", "#c59bff", "#ff85c0", "#e3b83c", "#5fd3e6", "#b6bec9"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "5 2", "3 2", "11 4", "1 3"];

const colours = (palette: readonly string[], ink: string, muted: string, rule: string, paper: string) =>
  palette.map((colour, i) => `--s${i}:${colour};`).join("") +
  `--ink:${ink};--muted:${muted};--rule:${rule};--paper:${paper}`;

/**
 * The stylesheet of every figure. A figure that stands alone carries it; a page that holds figures in its own markup
 * puts it into its stylesheet once.
 */
export const FIGURE_CSS = [
  `.figure{${colours(LIGHT, "#1f2328", "#57606a", "#d0d7de", "#ffffff")};` +
  "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:12px}",
  `@media(prefers-color-scheme:dark){.figure{${colours(DARK, "#e6edf3", "#9da7b3", "#3d444d", "#0d1117")}}}`,
  ".figure text{fill:var(--ink)}.figure .muted{fill:var(--muted)}.figure .title{font-size:14px;font-weight:600}",
  ".figure .paper{fill:var(--paper)}.figure .rule{stroke:var(--rule);stroke-width:1;fill:none}",
  ".figure .axis{stroke:var(--muted);stroke-width:1;fill:none}",
  ".figure .reference{stroke:var(--muted);stroke-width:1;stroke-dasharray:4 3;fill:none}",
  ".figure .line{fill:none;stroke-width:1.8;stroke-linejoin:round}.figure .whisker{fill:none;stroke-width:1.4}",
  ".figure .band{stroke:none;fill-opacity:.16}.figure .bar{fill-opacity:.85}",
  ...Array.from({ length: PALETTE }, (_, i) =>
    `.figure .s${i}{stroke:var(--s${i});fill:var(--s${i})}` +
    `.figure .line.s${i}{fill:none${DASHES[i] ? `;stroke-dasharray:${DASHES[i]}` : ""}}` +
    `.figure .whisker.s${i}{fill:none}.figure .band.s${i},.figure .bar.s${i}{stroke:none}`),
].join("\n");

/** The marker of a series, centred at a point. */
export function marker(series: number, x: number, y: number): string {
  const kind = series % PALETTE, r = 3.4;
  const shape = { class: `marker s${kind}` };
  const polygon = (points: readonly (readonly [number, number])[]) =>
    element("polygon", {
      ...shape,
      points: points.map(([dx, dy]) => point(x + dx * r, y + dy * r)).join(" "),
    });
  switch (kind % 4) {
    case 0:
      return element("circle", { ...shape, cx: x, cy: y, r });
    case 1:
      return element("rect", { ...shape, x: x - r, y: y - r, width: 2 * r, height: 2 * r });
    case 2:
      return polygon([[0, -1.3], [1.15, 0.9], [-1.15, 0.9]]);
    default:
      return polygon([[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]]);
  }
}

function point(x: number, y: number): string {
  return `${Math.round(x * 100) / 100},${Math.round(y * 100) / 100}`;
}
