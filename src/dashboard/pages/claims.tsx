/** What papers claim, and whether small experiments here say the same. */

import type { ClaimReport } from "../../claims/report.ts";
import { sizeOf } from "../../figures/mod.ts";
import type { Body, Place } from "../parts/place.tsx";
import type { Claim } from "../store/claim_files.ts";
import type { Results } from "../store/results.ts";
import { type Cell, type Table, textsTable } from "../../tables/table.ts";
import { visibleLine, visibleText } from "../../tables/visible_text.ts";
import { Facts } from "./facts.tsx";

export function claimPath(id: string): string {
  return `claims/${id}.html`;
}

export function claimsPage(place: Place, { claims }: Results): Body {
  const count = (outcome: ClaimReport["outcome"]) =>
    claims.filter(({ report }) => report.outcome === outcome).length;
  return {
    title: "Claims",
    content: (
      <>
        <p class="lead">
          What the papers claim, measured here at small scale with intervals over seeds. A claim is reproduced
          when the intervals of all its checks lie inside the claimed ranges, not reproduced when one lies
          outside, and otherwise not decidable at this scale.
        </p>
        {claims.length === 0
          ? (
            <p class="quiet">
              There are no reports yet; <code>deno task claims</code> writes them.
            </p>
          )
          : (
            <>
              <p>
                {count("reproduced")} reproduced, {count("not reproduced")} not reproduced,{" "}
                {count("not decidable at this scale")} not decidable.
              </p>
              {place.table(claimsTable(claims))}
            </>
          )}
      </>
    ),
  };
}

function claimsTable(claims: readonly Claim[]): Table {
  return {
    id: "claims",
    caption: "Claims and their verdicts",
    columns: [
      { id: "claim", title: "Claim", kind: "text" },
      { id: "outcome", title: "Outcome", kind: "text" },
      { id: "group", title: "Paper", kind: "text" },
      { id: "statement", title: "What is claimed", kind: "text" },
      { id: "verdict", title: "Verdict", kind: "text" },
    ],
    rows: claims.map((
      { report: { id, title, paper, group, statement, outcome, verdict }, timed },
    ): Cell[] => [
      { value: title, href: claimPath(id), note: timed ? "times: vary from run to run" : undefined },
      { value: outcome },
      { value: group, note: paper },
      { value: statement },
      { value: verdict },
    ]),
  };
}

const BADGES: Readonly<Record<ClaimReport["outcome"], string>> = {
  "reproduced": "badge good",
  "not reproduced": "badge bad",
  "not decidable at this scale": "badge",
};

export function claimPage(place: Place, { report, tables, timed, figure }: Claim): Body {
  const { id, title, paper, statement, method, scale, suite, outcome, verdict, checks, notes, figures } =
    report;
  return {
    title: visibleLine(title),
    content: (
      <>
        <p class="lead">
          <span class={BADGES[outcome]}>{outcome}</span> {visibleLine(verdict, 1000)}
        </p>
        {scale !== "full" && (
          <p class="notice">
            Measured at the sizes {visibleLine(scale)}: the verdict means nothing at these.
          </p>
        )}
        <Facts
          facts={[
            ["Paper", visibleLine(paper)],
            ["What is claimed", visibleText(statement)],
            ["How it is measured", visibleText(method)],
            ["Suite", `${visibleLine(suite.id)}@${suite.version}`],
            ["Report", <code>results/claims/{timed && "timed/"}{id}.json</code>],
          ]}
        />
        {place.table(checkTable(checks))}
        {figures.map(({ file, caption }) => {
          const svg = figure(file) ?? MISSING;
          return place.figure({
            id: figureId(id, file),
            caption,
            alt: caption,
            ...(sizeOf(svg) ?? MISSING_SIZE),
            svg: () => svg,
          });
        })}
        {tables.map((table, i) => place.table({ ...textsTable(table), id: `table${i + 1}` }))}
        {notes.length > 0 && (
          <>
            <h2>Notes</h2>
            <ul class="prose">{notes.map((note) => <li>{visibleText(note)}</li>)}</ul>
          </>
        )}
      </>
    ),
  };
}

/** Names of figures are part of addresses; one that cannot be has no file either. */
function figureId(claim: string, file: string): string {
  return /^[a-z0-9-]+\.svg$/.test(file) ? file.slice(claim.length + 1, -".svg".length) : "figure";
}

/** What stands for a figure whose file is not there. As large is one that states no size. */
const MISSING_SIZE = { width: 760, height: 380 };
const MISSING =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${MISSING_SIZE.width} ${MISSING_SIZE.height}"/>\n`;

function checkTable(checks: ClaimReport["checks"]): Table {
  const value = (number: number | string | null) => typeof number === "string" ? Number(number) : number;
  return {
    id: "checks",
    caption:
      "Checks that decide: an estimate with its 95 % interval, and the range in which the claim puts it",
    columns: [
      { id: "check", title: "Check", kind: "text" },
      { id: "estimate", title: "Estimate", kind: "number" },
      { id: "low", title: "From", kind: "number", unit: "95 %" },
      { id: "high", title: "To", kind: "number", unit: "95 %" },
      { id: "claimed_low", title: "Claimed from", kind: "number" },
      { id: "claimed_high", title: "Claimed to", kind: "number" },
      { id: "outcome", title: "Outcome", kind: "text" },
    ],
    rows: checks.map(({ what, estimate, interval, within, outcome }) => [
      { value: what },
      { value: finite(value(estimate)) },
      { value: finite(value(interval?.[0] ?? null)) },
      { value: finite(value(interval?.[1] ?? null)) },
      { value: within[0] },
      { value: within[1] },
      { value: outcome },
    ]),
  };
}

/** Infinite and undefined numbers stay text: they have no place in CSV or JSON numbers. */
function finite(number: number | null): number | string | null {
  return number === null || Number.isFinite(number) ? number : String(number);
}
