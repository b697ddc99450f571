/** Small plots of lines side by side, one for each thing that was measured on the same run. */

import { type Box, type Drawing, figure, type FigureText, FOOT, HEAD, LEFT, WIDTH } from "./frame.ts";
import { type LinePlot, linePlot } from "./line_chart.ts";
import { text } from "./svg.ts";

export interface Panels extends FigureText {
  /** Each with its title; they are read row by row. */
  readonly panels: readonly (LinePlot & { readonly title: string })[];
}

const COLUMNS = 2, PLOT = 96, PANEL_HEAD = 46, PANEL_HEIGHT = PANEL_HEAD + PLOT + FOOT + 14;

/** The figure. Series have no legend: a panel is meant for one line. */
export function panels({ panels, ...about }: Panels): Drawing {
  const width = WIDTH / COLUMNS, height = HEAD + Math.ceil(panels.length / COLUMNS) * PANEL_HEIGHT;
  return figure(about, height, () =>
    panels.flatMap(({ title, ...plot }, i) => {
      const left = (i % COLUMNS) * width, top = HEAD + Math.floor(i / COLUMNS) * PANEL_HEIGHT;
      const box: Box = {
        left: left + LEFT,
        right: left + width - 20,
        top: top + PANEL_HEAD,
        bottom: top + PANEL_HEAD + PLOT,
      };
      return [text("text", { class: "title", x: left + 16, y: top + 14 }, title), ...linePlot(plot, box)];
    }));
}
