/** What papers claim, and whether small experiments here say the same. */

import type { Body, Place } from "../place.tsx";
import type { Claim } from "../store/claim_files.ts";
import type { Results } from "../store/results.ts";
import { visibleLine, visibleText } from "../visible_text.ts";
import { Facts } from "./facts.tsx";

export function claimPath(id: string): string {
  return `claims/${id}.html`;
}

export function claimsPage(place: Place, results: Results): Body {
  const { claims } = results;
  return {
    title: "Claims",
    content: (
      <>
        <p class="lead">
          What the papers claim, measured here at small scale with intervals over seeds. Each ends in one
          line: reproduced, not reproduced, or not decidable at this scale.
        </p>
        {claims.length === 0
          ? (
            <p class="quiet">
              There are no reports yet; <code>deno task claims</code> writes them.
            </p>
          )
          : place.table({
            id: "claims",
            caption: "Claims and their verdicts",
            columns: [
              { id: "claim", title: "Claim", kind: "text" },
              { id: "paper", title: "Paper", kind: "text" },
              { id: "statement", title: "What is claimed", kind: "text" },
              { id: "verdict", title: "Verdict", kind: "text" },
            ],
            rows: claims.map(({ id, title, paper, statement, verdict }) => [
              { value: title, href: claimPath(id) },
              { value: paper },
              { value: statement },
              { value: verdict },
            ]),
          })}
      </>
    ),
  };
}

export function claimPage(place: Place, claim: Claim): Body {
  const { id, title, paper, statement, method, verdict, checks, notes, tables, figures } = claim;
  return {
    title: visibleLine(title),
    content: (
      <>
        <p class="lead">
          <strong>{visibleLine(verdict, 500)}</strong>
        </p>
        <Facts
          facts={[
            ["Paper", visibleLine(paper)],
            ["What is claimed", visibleText(statement)],
            ["How it is measured", visibleText(method)],
          ]}
        />
        {checks.length > 0 && <ul class="prose">{checks.map(({ text }) => <li>{visibleText(text)}</li>)}</ul>}
        {figures.map(({ name, caption }) =>
          place.figure({
            id: name,
            caption,
            alt: caption,
            size: [760, 380],
            svg: () => claim.figure(name) ?? "",
          })
        )}
        {tables.map(({ caption, columns, rows }, i) =>
          place.table({
            id: `table${i + 1}`,
            caption,
            columns: columns.map((column, at) => ({
              id: `column${at + 1}`,
              title: column,
              kind: "text" as const,
            })),
            rows: rows.map((row) => columns.map((_, at) => ({ value: row[at] ?? null }))),
          })
        )}
        {notes.length > 0 && (
          <>
            <h2>Notes</h2>
            <ul class="prose">{notes.map((note) => <li>{visibleText(note)}</li>)}</ul>
          </>
        )}
        <p class="quiet">
          The report: <code>results/claims/{id}.json</code>
        </p>
      </>
    ),
  };
}
