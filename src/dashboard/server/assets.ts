/** Stylesheet, scripts and icon, part of the program: nothing is read from the disk. */

import icon from "./assets/icon.svg" with { type: "text" };
import live from "./assets/live.js" with { type: "text" };
import replay from "./assets/replay.js" with { type: "text" };
import sort from "./assets/sort.js" with { type: "text" };
import style from "./assets/style.css" with { type: "text" };

/** Contents by name. */
export const assets: Readonly<Record<string, string>> = {
  "icon.svg": icon,
  "live.js": live,
  "replay.js": replay,
  "sort.js": sort,
  "style.css": style,
};
