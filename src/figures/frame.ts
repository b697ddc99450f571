/** What all figures share: the document, title, axes, grid and legend around a plot. */

import { type Axis, formatNumber, type Scale, scaleOf } from "./scale.ts";
import { element, path, text } from "./svg.ts";
import { FIGURE_CSS, marker, PALETTE } from "./theme.ts";

/** What every figure says about itself. */
export interface FigureText {
  readonly title: string;
  /** One line below the title: the setting, what a band or a whisker is. */
  readonly subtitle?: string;
}

export interface FigureOptions {
  /** Default true: the figure carries its stylesheet. False inside a page that has `FIGURE_CSS`. */
  readonly standalone?: boolean;
}

/** A figure: its size is known at once, its text is made when it is asked for. */
export interface Drawing {
  /** Pixels, as the file states them. */
  readonly width: number;
  readonly height: number;
  /** A whole SVG file. @throws RangeError for nothing to show, or a value that its axis cannot show */
  svg(options?: FigureOptions): string;
}

/** A dashed line across the plot, such as a threshold or the score of a base model. */
export interface ReferenceLine {
  readonly at: number;
  readonly label: string;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const WIDTH = 760;
/** Height of title and subtitle. */
export const HEAD = 58;
/** Height of the ticks and the label below the plot. */
export const FOOT = 46;
/** Where the text at the left edge begins, and the width of the ticks left of a plot. */
const MARGIN = 16;
export const LEFT = 70;
const CHARACTER = 6.4, LEGEND_MAX = 230;

/** Width that a text of 12 px takes, roughly: its glyphs are the reader's. */
export function textWidth(content: string): number {
  return content.length * CHARACTER;
}

/** Width of the legend column; 0 for a single series, which the title names. */
export function legendWidth(names: readonly string[]): number {
  if (names.length < 2) return 0;
  return Math.min(LEGEND_MAX, Math.max(...names.map(textWidth)) + 40);
}

/** Where the plot of a figure of this height stands, with room for the names of its series at the right. */
export function plotBox(names: readonly string[], height: number): Box {
  return { left: LEFT, right: WIDTH - 20 - legendWidth(names), top: HEAD + 24, bottom: height - FOOT };
}

/** A figure of this height whose parts are drawn when it is. */
export function figure(about: FigureText, height: number, parts: () => readonly string[]): Drawing {
  return { width: WIDTH, height, svg: (options) => documentOf(about, height, parts(), options) };
}

const HEAD_OF_FILE = /^<svg [^>]*\bviewBox="0 0 (\d{1,5}) (\d{1,5})"/;

/** The size that the file of a figure states, in pixels; null for a text that states none as figures do. */
export function sizeOf(file: string): Pick<Drawing, "width" | "height"> | null {
  const found = HEAD_OF_FILE.exec(file);
  return found && { width: Number(found[1]), height: Number(found[2]) };
}

/** The whole document. */
function documentOf(
  { title, subtitle }: FigureText,
  height: number,
  parts: readonly string[],
  { standalone = true }: FigureOptions = {},
): string {
  const children = [
    text("title", {}, subtitle ? `${title}. ${subtitle}` : title),
    ...(standalone ? [element("style", {}, [FIGURE_CSS])] : []),
    element("rect", { class: "paper", x: 0, y: 0, width: WIDTH, height }),
    text("text", { class: "title", x: MARGIN, y: 24 }, title),
    ...(subtitle ? [text("text", { class: "muted", x: MARGIN, y: 42 }, subtitle)] : []),
    ...parts,
  ];
  return element("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    class: "figure",
    role: "img",
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
  }, children.map((child) => `\n${child}`)) + "\n";
}

/** The y axis with its grid: ticks left of the box, the label above its upper end. */
export function yAxis(axis: Axis, values: readonly number[], box: Box): { scale: Scale; parts: string[] } {
  const scale = scaleOf(axis, values, [box.bottom, box.top]);
  const parts = scale.ticks.flatMap((tick) => {
    const y = scale.at(tick);
    return [
      element("path", { class: "rule", d: path([[box.left, y], [box.right, y]]) }),
      text("text", { class: "muted", x: box.left - 7, y: y + 4, "text-anchor": "end" }, formatNumber(tick)),
    ];
  });
  parts.push(text("text", { x: box.left - LEFT + MARGIN, y: box.top - 12 }, axis.label));
  return { scale, parts };
}

/** The x axis: ticks and label below the box, with a grid where asked for. */
export function xAxis(
  axis: Axis,
  values: readonly number[],
  box: Box,
  { grid = false }: { grid?: boolean } = {},
): { scale: Scale; parts: string[] } {
  const scale = scaleOf(axis, values, [box.left, box.right]);
  const parts = scale.ticks.flatMap((tick) => {
    const x = scale.at(tick);
    return [
      element("path", {
        class: grid ? "rule" : "axis",
        d: path([[x, grid ? box.top : box.bottom], [x, box.bottom + 4]]),
      }),
      text("text", { class: "muted", x, y: box.bottom + 18, "text-anchor": "middle" }, formatNumber(tick)),
    ];
  });
  parts.push(
    element("path", { class: "axis", d: path([[box.left, box.bottom], [box.right, box.bottom]]) }),
    text(
      "text",
      { x: (box.left + box.right) / 2, y: box.bottom + 37, "text-anchor": "middle" },
      axis.label,
    ),
  );
  return { scale, parts };
}

/** Names of series beside the plot, each with its mark. */
export function legend(names: readonly string[], box: Box, mark: "line" | "marker" | "bar"): string[] {
  if (names.length < 2) return [];
  const x = box.right + 16;
  return names.flatMap((name, series) => {
    const y = box.top + 8 + series * 19, kind = `s${series % PALETTE}`;
    const sign = mark === "bar"
      ? [element("rect", { class: `bar ${kind}`, x, y: y - 5, width: 18, height: 10 })]
      : [
        ...(mark === "line"
          ? [element("path", { class: `line ${kind}`, d: path([[x, y], [x + 20, y]]) })]
          : []),
        marker(series, x + 10, y),
      ];
    return [...sign, text("text", { x: x + 27, y: y + 4 }, name)];
  });
}

/** Horizontal reference lines, labelled at their right end. */
export function horizontalReferences(lines: readonly ReferenceLine[], scale: Scale, box: Box): string[] {
  return lines.flatMap(({ at, label }) => {
    const y = scale.at(at);
    return [
      element("path", { class: "reference", d: path([[box.left, y], [box.right, y]]) }),
      text("text", { class: "muted", x: box.right - 4, y: y - 4, "text-anchor": "end" }, label),
    ];
  });
}
