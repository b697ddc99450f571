/** What a ranking says, in three sentences. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Ranking } from "../../../leaderboard/ranking.ts";
import { percent, points } from "../../../tables/numbers.ts";
import type { Place } from "../../parts/place.tsx";
import { objectivePath } from "../addresses.ts";

/** Who is ahead, by how much, and whether that is noise. */
export function Summary({ place, section, ranking }: { place: Place; section: Section; ranking: Ranking }) {
  const [first] = ranking.rows;
  const { pairs } = ranking;
  if (!first?.aggregate) {
    return <p class="lead">No objective has all tasks and seeds yet; the rows below show what there is.</p>;
  }
  const { mean, meanInterval, gain } = first.aggregate;
  const tied = (ranking.adjustedP[0] ?? []).filter((p, i) => i > 0 && p > 0.05).length;
  const seeds = ranking.seeds.length, tasks = ranking.tasks.length;
  const verdict = !pairs.resolvable
    ? "So few runs cannot tell any two objectives apart."
    : tied > 0
    ? `${tied} ${tied === 1 ? "other is" : "others are"} not told apart from it.`
    : "It is told apart from all others.";
  return (
    <>
      <p class="lead">
        Ahead is{" "}
        <a href={place.link(objectivePath(first.objective))}>
          <strong>{first.objective}</strong>
        </a>{" "}
        with a mean of <strong>{percent(mean)} %</strong>
        {meanInterval ? ` (95 % ${percent(meanInterval[0])} to ${percent(meanInterval[1])})` : ""},{" "}
        {points(gain)} points over the base models, over {tasks} {tasks === 1 ? "task" : "tasks"} and {seeds}
        {" "}
        {seeds === 1 ? "seed" : "seeds"}. <strong>{verdict}</strong>
      </p>
      <p>
        {pairs.compared > 0 && (
          <>
            {pairs.toldApart} of {pairs.compared} pairs of objectives are told apart.{" "}
            {pairs.detectable !== null && (
              <>
                A single pair that differs by {percent(pairs.detectable)}{" "}
                points would be found with 80 % power.
              </>
            )}
          </>
        )} Suite {section.suite.id}@{section.suite.version}, {section.setting} bases, backend{" "}
        {section.backend}.
      </p>
    </>
  );
}
