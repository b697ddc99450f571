/** A figure in a page: an image with its caption and a link to the file. */

import type { Drawing } from "../../figures/mod.ts";
import { visibleLine } from "../../tables/visible_text.ts";

/** A figure of a page: what is drawn, and what is said about it. Its size keeps the page from jumping. */
export interface Figure extends Drawing {
  readonly id: string;
  readonly caption: string;
  /** What it shows, for readers who do not see it. */
  readonly alt: string;
}

export function FigureView({ figure, file }: { figure: Figure; file: (name: string) => string }) {
  const { id, width, height } = figure;
  const caption = visibleLine(figure.caption, 1000), alt = visibleLine(figure.alt, 2000);
  const address = file(`${id}.svg`);
  return (
    <figure class="figure">
      <div class="scroll" tabindex={0} role="group" aria-label={caption}>
        <img src={address} alt={alt} width={width} height={height} loading="lazy" />
      </div>
      <figcaption>
        {caption} <a href={address} download>SVG</a>
      </figcaption>
    </figure>
  );
}
