/** The leaderboard: who is ahead, by how much, and whether that is noise. */

import { axisName } from "../../../leaderboard/tables.ts";
import type { Body, Place } from "../../parts/place.tsx";
import type { Results } from "../../store/results.ts";
import { Notes } from "../notes.tsx";
import { objectiveIds } from "../objective.tsx";
import { aggregateForest, aggregateTable, profileFigure } from "./aggregates.ts";
import { type Board, boardPath, boards, isFirst, sectionPath } from "./boards.ts";
import { Choices, Sections } from "./choices.tsx";
import { Departures } from "./departures.tsx";
import { shownRanking } from "./ranking_table.ts";
import { Reported } from "./reported.tsx";
import { Summary } from "./summary.tsx";

/** The page of the first ranking, which is also the first page of the site. */
export function firstPage(place: Place, results: Results): Body {
  const [first] = boards(results);
  return first ? boardPage(place, results, first) : emptyPage(place, results);
}

/** @returns null where the address names no ranking */
export function leaderboardPage(place: Place, results: Results): Body | null {
  const board = boards(results).find((each) => boardPath(each) === place.path);
  return board ? boardPage(place, results, board) : null;
}

function emptyPage(place: Place, results: Results): Body {
  return {
    title: "Leaderboard",
    content: (
      <>
        <p class="lead">There are no results yet.</p>
        <p>
          <code>deno task bench</code> makes them; the page <a href={place.link("live.html")}>Live</a>{" "}
          follows it.
        </p>
        <Notes title="Files that are not shown" notes={results.problems} />
      </>
    ),
  };
}

function boardPage(place: Place, results: Results, board: Board): Body {
  const { key, section, ranking } = board;
  const known = objectiveIds(results), newer = results.newer.length;
  return {
    title: "Leaderboard",
    content: (
      <>
        <Sections place={place} results={results} current={key} />
        {ranking
          ? <Summary place={place} section={section} ranking={ranking} />
          : <p>Nothing can be ranked yet.</p>}
        <Choices place={place} board={board} />
        {ranking && (
          <>
            {place.table(shownRanking(section, ranking))}
            <p class="quiet">
              Scores are means over seeds, in per cent of generated puzzles that no training set holds.
              Objectives that share a letter are not told apart: exact sign-flip tests of paired runs,
              corrected for the number of pairs (Holm, 5 %). {ranking.axis === "compute"
                ? `What rows have in common: ${axisName(ranking, section)}.`
                : "Scores are read from the learning curves at the largest number of updates that all runs reach."}
              {" "}
              A score leads to the cells that it is the mean of, and these to single generations.
            </p>
          </>
        )}
        <Notes title="Before comparing rows" notes={section.notes} />
        <Notes
          title="Not in this table yet"
          notes={newer > 0
            ? [
              `Records that are newer: ${newer}. During a bench the table is derived again every now and then.`,
            ]
            : []}
        />
        <Notes title="Files that are not shown" notes={results.problems} />
        {ranking?.rows.some(({ aggregate }) => aggregate) && (
          <>
            <h2>Over all tasks</h2>
            <div class="grid">
              {place.figure(aggregateForest(section, ranking))}
              {place.figure(profileFigure(section, ranking))}
            </div>
            {place.table(aggregateTable(section, ranking))}
          </>
        )}
        {!ranking || isFirst(ranking, section)
          ? (
            <>
              <Departures place={place} section={section} known={known} />
              <Reported place={place} reported={results.leaderboard.reported} known={known} />
            </>
          )
          : (
            <p>
              <a href={place.link(sectionPath(key))}>The first ranking of this section</a>{" "}
              has the departures from the papers, and what papers report, below it.
            </p>
          )}
      </>
    ),
  };
}
