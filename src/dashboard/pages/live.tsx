/** What runs now. A script keeps the page current; without it, a reload does. */

import { Curve } from "../parts/marks.tsx";
import { duration, grouped, plain } from "../../tables/numbers.ts";
import type { Body, Place } from "../parts/place.tsx";
import type { LiveState } from "../store/live.ts";
import { visibleLine } from "../../tables/visible_text.ts";
import { Facts } from "./facts.tsx";
import { Notes } from "./notes.tsx";

/** @param live null in a static export */
export function livePage(place: Place, live: LiveState | null): Body {
  if (!live) {
    return {
      title: "Live",
      content: (
        <p class="lead">
          These pages are an export: nothing runs behind them. <code>deno task dashboard</code>{" "}
          shows a running bench here.
        </p>
      ),
    };
  }
  return {
    title: "Live",
    scripts: ["live.js"],
    content: (
      <>
        <p class="quiet" data-status aria-live="polite">Reload the page to see what changed.</p>
        <div data-live data-events={place.link("api/v1/live/events")}>
          <Running live={live} />
        </div>
      </>
    ),
  };
}

function Running({ live }: { live: LiveState }) {
  const { status, ready, leased, done, failed, cells, failures, remainingSeconds } = live;
  const total = ready + leased + done + failed;
  if (status === "none") {
    return (
      <p class="lead">
        No bench has run here yet. <code>deno task bench</code> in another terminal will show up on this page.
      </p>
    );
  }
  return (
    <>
      <p class="lead">
        {status === "running"
          ? <strong>The bench is running.</strong>
          : done === total
          ? <strong>The bench is done.</strong>
          : <strong>The bench is stopped. The same command continues it.</strong>} {done} of {total}{" "}
        cells are done
        {remainingSeconds !== null && <>, about {duration(remainingSeconds)} remain</>}.
      </p>
      <p>
        <progress value={done} max={Math.max(1, total)} aria-label="Cells done"></progress>
      </p>
      <Facts
        facts={[
          ["Waiting", grouped(ready)],
          ["Running", grouped(leased)],
          ["Done", grouped(done)],
          ["Failed", failed > 0 ? <span class="bad">{failed}</span> : "0"],
        ]}
      />
      <Notes title="Given up" notes={failures.map(({ id, error }) => `${id}: ${error}`)} />
      {cells.length > 0 && (
        <div class="table">
          <div class="scroll" tabindex={0} role="group" aria-label="Cells in progress">
            <table>
              <caption>
                Cells in progress; the curve is the mean training reward per rollout, from 0 to 1
              </caption>
              <thead>
                <tr>
                  {["Cell", "Worker", "Rollout", "Progress", "Forward passes", "Reward", "Last heard"].map((
                    title,
                  ) => <th scope="col">{title}</th>)}
                </tr>
              </thead>
              <tbody>
                {cells.map((cell) => (
                  <tr>
                    <th scope="row">{visibleLine(cell.id)}</th>
                    <td>{visibleLine(String(cell.worker), 40)}</td>
                    <td class="number">{cell.step} of {cell.steps}</td>
                    <td>
                      <progress
                        value={cell.step}
                        max={Math.max(1, cell.steps)}
                        aria-label={`Progress of ${cell.id}`}
                      >
                      </progress>
                    </td>
                    <td class="number">{grouped(cell.forwards)}</td>
                    <td class="number">
                      {cell.reward === null ? "–" : plain(cell.reward)}
                      {cell.rewards.length > 1 && <Curve values={cell.rewards} />}
                    </td>
                    <td class="number">{duration(Math.round(cell.silentSeconds))} ago</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </>
  );
}
