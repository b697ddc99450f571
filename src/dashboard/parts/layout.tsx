/** The frame of every page. */

import type { Body, Place } from "./place.tsx";

/** The pages of the menu, by address. */
const MENU: readonly (readonly [path: string, title: string])[] = [
  ["index.html", "Leaderboard"],
  ["tasks.html", "Tasks"],
  ["objectives.html", "Objectives"],
  ["compare.html", "Compare"],
  ["claims.html", "Claims"],
  ["cells.html", "Cells"],
  ["live.html", "Live"],
];

/** Which entry of the menu a page belongs to: "tasks/x.html" to "tasks.html". */
function belongs(path: string, entry: string): boolean {
  if (path === entry) return true;
  const part = path.split(/[/.]/)[0];
  return part === "sections" ? entry === "index.html" : entry === `${part}.html`;
}

function Layout({ place, body }: { place: Place; body: Body }) {
  const { link, path } = place;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{`${body.title} – dllm-rl-bench`}</title>
        <link rel="icon" href={link("assets/icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={link("assets/style.css")} />
        {["sort.js", ...body.scripts ?? []].map((name) => (
          <script src={link(`assets/${name}`)} defer>
          </script>
        ))}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="site">
          <a class="name" href={link("index.html")}>dllm-rl-bench</a>
          <nav aria-label="Pages">
            <ul>
              {MENU.map(([entry, title]) => (
                <li>
                  <a href={link(entry)} aria-current={belongs(path, entry) ? "page" : undefined}>{title}</a>
                </li>
              ))}
            </ul>
          </nav>
        </header>
        <main id="main" tabindex={-1}>
          <h1>{body.title}</h1>
          {body.content}
        </main>
        <footer class="site">
          <p>
            Every number on these pages is derived from the records in{" "}
            <code>results/</code>. Intervals are 95 %. The models are small: a ranking here does not by itself
            transfer to larger ones.
          </p>
        </footer>
      </body>
    </html>
  );
}

/** The whole page as text. */
export function renderPage(place: Place, body: Body): string {
  return `<!doctype html>\n${(<Layout place={place} body={body} />).toString()}\n`;
}
