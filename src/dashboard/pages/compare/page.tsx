/** Objectives against each other, on common seeds and items. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Ranking } from "../../../leaderboard/ranking.ts";
import type { BenchRecord } from "../../../records/record.ts";
import { percent } from "../../../tables/numbers.ts";
import type { Body, Place } from "../../parts/place.tsx";
import type { Results } from "../../store/results.ts";
import { Filters } from "../filters.tsx";
import { sectionTitle } from "../../../leaderboard/words.ts";
import { keyedSections, recordsOf } from "../sections.ts";
import { compared, matrixPath } from "./addresses.ts";
import { differenceFigure, differenceTable } from "./differences.ts";
import { shownImprovement } from "./improvement.ts";
import { itemTable } from "./items.ts";
import { differenceOf, pairedRuns } from "./pairs.ts";

/** Objectives compared with the first on one page, and items listed of a pair. */
const MOST = 8, ITEMS = 30;

/**
 * @param name `section` or `section~a~b`, or null for the choice that the parameters make
 * @returns null where there is no such section or pair
 */
export function comparePage(place: Place, results: Results, name: string | null): Body | null {
  const sections = keyedSections(results), { query } = place;
  const [key, first, second, ...rest] = name?.split("~") ?? [query.section, query.a, query.b];
  const chosen = sections.find(([each]) => each === key) ?? (name === null ? sections[0] : undefined);
  if (!chosen) {
    return name === null
      ? { title: "Compare", content: <p class="lead">There are no results yet.</p> }
      : null;
  }
  const [, section] = chosen;
  const names = compared(section);
  const a = names.includes(first ?? "") ? first! : names[0];
  const others = (second ?? "").split(",").filter((other) => names.includes(other) && other !== a)
    .slice(0, MOST);
  // An address names all of a pair, or a section alone.
  const pair = first !== undefined;
  if (name !== null && (rest.length > 0 || (pair && (a !== first || others.length !== 1)))) return null;
  const records = recordsOf(
    results,
    section,
    ({ objective }) => objective === a || others.includes(objective),
  );
  return {
    title: others.length > 0 ? `${a} against ${others.join(", ")}` : "Compare",
    content: (
      <>
        <p class="lead">
          Differences on common seeds and items: the noise that two runs share cancels.{" "}
          {sectionTitle(section)}.
        </p>
        <SectionLinks place={place} sections={sections} current={others.length > 0 ? null : chosen[0]} />
        {place.served && <Choice place={place} sections={sections} chosen={chosen} a={a} others={others} />}
        {a !== undefined &&
          others.map((b) => (
            <>
              {others.length > 1 && <h2>{a} against {b}</h2>}
              <Pair place={place} results={results} section={section} records={records} a={a} b={b} />
            </>
          ))}
        {others.length === 0 && <Matrix place={place} name={chosen[0]} section={section} />}
      </>
    ),
  };
}

type Keyed = ReturnType<typeof keyedSections>[number];

function SectionLinks(
  { place, sections, current }: { place: Place; sections: readonly Keyed[]; current: string | null },
) {
  return (
    <nav aria-label="All pairs of a section">
      <ul class="pages">
        {sections.map(([key, section]) => (
          <li>
            <a href={place.link(matrixPath(key))} aria-current={key === current ? "page" : undefined}>
              All pairs of {sectionTitle(section)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface ChoiceProps {
  readonly place: Place;
  readonly sections: readonly Keyed[];
  readonly chosen: Keyed;
  readonly a: string | undefined;
  readonly others: readonly string[];
}

/** One objective against several, which only a server can show. */
function Choice({ place, sections, chosen: [key, section], a, others }: ChoiceProps) {
  const names = compared(section).map((objective) => [objective, objective] as const);
  return (
    <Filters
      action={place.link("compare.html")}
      fields={[
        {
          name: "section",
          title: "Suite, setting, backend",
          options: sections.map(([other, section]) => [other, sectionTitle(section)] as const),
          value: key,
          all: false,
        },
        { name: "a", title: "Objective", options: names, value: a, all: false },
        { name: "b", title: "Against", options: names, value: others, all: false },
      ]}
    />
  );
}

/** Rankings that are compared: the main one of each decoding. */
function comparedRankings({ rankings }: Section): Ranking[] {
  return rankings.filter(({ axis, mode }) => axis === "compute" && mode === "strict");
}

function Matrix({ place, name, section }: { place: Place; name: string; section: Section }) {
  return (
    <>
      <h2>Probability of improvement</h2>
      <p>Each number leads to the pair.</p>
      {comparedRankings(section).map((ranking) =>
        place.table(shownImprovement(name, compared(section), section, ranking))
      )}
    </>
  );
}

/** Pairs are many, and a static host wants few files: JSON would say the same. */
const PAIR_FILES = { files: ["csv"] } as const;

interface PairProps {
  readonly place: Place;
  readonly results: Results;
  readonly section: Section;
  readonly records: readonly BenchRecord[];
  readonly a: string;
  readonly b: string;
}

function Pair({ place, results, section, records, a, b }: PairProps) {
  const rankings = comparedRankings(section).map((ranking) => ({
    ranking,
    runs: pairedRuns(records, a, b, ranking.decoding),
  }));
  const differences = rankings.flatMap(({ runs }) =>
    section.tasks.flatMap((task) => differenceOf(task, runs) ?? [])
  );
  if (differences.length === 0) {
    return <p class="quiet">There are no runs of both on a common task and seed.</p>;
  }
  const items = itemTable(a, b, rankings.flatMap(({ runs }) => runs), results);
  return (
    <section>
      {rankings.map(({ ranking, runs }) => <Verdict ranking={ranking} runs={runs.length} a={a} b={b} />)}
      {place.figure(differenceFigure(a, b, differences))}
      {place.table(differenceTable(a, b, differences), PAIR_FILES)}
      {place.table(items, { to: ITEMS, files: [] })}
      {items.rows.length > ITEMS && (
        <p class="quiet">
          {ITEMS} of {items.rows.length}{" "}
          are listed, first those whose generations are kept. The record of each cell has the verdict on every
          item.
        </p>
      )}
    </section>
  );
}

/** Whether two objectives are told apart under a ranking. */
function Verdict({ ranking, runs, a, b }: { ranking: Ranking; runs: number; a: string; b: string }) {
  const names = ranking.rows.filter(({ aggregate }) => aggregate).map(({ objective }) => objective);
  const i = names.indexOf(a), j = names.indexOf(b);
  const p = ranking.adjustedP[i]?.[j], chance = ranking.improvement[i]?.[j];
  if (p === undefined || chance === undefined) return null;
  return (
    <p>
      {ranking.decoding === "greedy" ? "Decoded greedily" : "By sampling"}, a run of {a} beats a run of {b}
      {" "}
      with a probability of <strong>{percent(chance)} %</strong>, mean over tasks.{" "}
      <strong>The two are {p <= 0.05 ? "" : "not "}told apart</strong> (p = {p.toPrecision(2)}, sign flips of
      {" "}
      {runs} paired runs, corrected by Holm).
    </p>
  );
}
