/** The kept generations of one test set and decoding of a cell: prompt, response, both verdicts, and the denoising. */

import { plain } from "../../tables/numbers.ts";
import type { Body, Place } from "../parts/place.tsx";
import type { CellFile } from "../store/cell_files.ts";
import type { Sample, SampleName } from "../store/sample_file.ts";
import { visibleLine, visibleText } from "../../tables/visible_text.ts";
import { cellPath } from "./addresses.ts";
import { besidePath, SAMPLES } from "./downloads.tsx";

/** Generations shown on one page, and tokens of each; the file has all. */
const MOST = 64, TOKENS = 512;

/** Which generations stand on one page. */
export type GenerationGroup = Omit<SampleName, "index">;

/** What a cell is called in titles. */
export function cellTitle({ objective, task, seed, baseSeed }: CellFile): string {
  const base = baseSeed === seed ? "" : ` from the base model of seed ${baseSeed}`;
  return `${objective} on ${task}, seed ${seed}${base}`;
}

/** The page of a group of a cell, or, with an index, the generation on it. */
export function generationPath(cell: string, { set, decoding }: GenerationGroup, index?: number): string {
  return `cells/${cell}/${set}.${decoding}.html${index === undefined ? "" : `#${anchor(index)}`}`;
}

/** Name of a generation on its page. */
function anchor(index: number): string {
  return `item-${index}`;
}

/** The groups of kept generations, in their order, with how many each has. */
export function generationGroups(
  kept: readonly SampleName[],
): (GenerationGroup & { readonly count: number })[] {
  return [...Map.groupBy(kept, ({ set, decoding }) => `${set}.${decoding}`).values()].map((group) => {
    const { set, decoding } = group[0]!;
    return { set, decoding, count: group.length };
  });
}

/** @param samples of the whole cell */
export function generationsPage(
  place: Place,
  cell: CellFile,
  samples: readonly Sample[],
  { set, decoding }: GenerationGroup,
): Body {
  const all = samples.filter((sample) => sample.set === set && sample.decoding === decoding);
  const shown = all.slice(0, MOST);
  const count = (mode: "strict" | "d1") => all.filter((sample) => sample[mode]?.correct).length;
  return {
    title: `${cellTitle(cell)}: ${set}, ${decoding}`,
    scripts: ["replay.js"],
    content: (
      <>
        <p class="lead">
          The first {all.length} responses to the test set {set} after training, decoded{" "}
          {decoding === "greedy" ? "greedily" : "by sampling"}: {count("strict")}{" "}
          are correct by the strict grader{all.some(({ d1 }) => d1) &&
            <>, {count("d1")} by that of the d1 papers</>}.{" "}
          <a href={place.link(cellPath(cell.id))}>The cell</a> has the scores of the whole set.
        </p>
        <p>
          {all.length > MOST && `${MOST} of them are shown. `}
          <a href={place.link(besidePath(cell, SAMPLES))} download>
            All kept generations of the cell, token by token
          </a>{" "}
          (gzip JSON lines).
        </p>
        <GenerationPages place={place} cell={cell} kept={samples} shown={{ set, decoding }} />
        <nav aria-label="Generations of this page">
          <ul class="pages">
            {shown.map(({ index, strict: { correct } }) => (
              <li>
                <a class={correct ? "good" : "bad"} href={`#${anchor(index)}`}>
                  {index} {correct ? "✓" : "✗"}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {shown.map((sample) => <Generation sample={sample} />)}
      </>
    ),
  };
}

interface GenerationPagesProps {
  readonly place: Place;
  readonly cell: CellFile;
  readonly kept: readonly SampleName[];
  /** The one that the page is of. */
  readonly shown?: GenerationGroup;
}

/** The way to all generations of a cell. */
export function GenerationPages({ place, cell, kept, shown }: GenerationPagesProps) {
  return (
    <nav aria-label="Test sets and decodings">
      <ul class="pages">
        {generationGroups(kept).map((group) => (
          <li>
            <a
              href={place.link(generationPath(cell.id, group))}
              aria-current={group.set === shown?.set && group.decoding === shown?.decoding
                ? "page"
                : undefined}
            >
              {group.set}, {group.decoding}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Generation({ sample }: { sample: Sample }) {
  const { index, id, prompt, response } = sample;
  return (
    <article id={anchor(index)}>
      <h2>
        {index} <code>{visibleLine(id)}</code>
      </h2>
      <dl class="facts">
        <dt>Prompt</dt>
        <dd>
          <pre>{visibleText(prompt)}</pre>
        </dd>
        <dt>Response</dt>
        <dd>
          <pre>{visibleText(response)}</pre>
        </dd>
        <Verdict title="Strict" graded={sample.strict} />
        {sample.d1 && <Verdict title="d1 papers'" graded={sample.d1} />}
      </dl>
      <Denoising sample={sample} />
    </article>
  );
}

function Verdict(
  { title, graded: { correct, answer, reason } }: { title: string; graded: Sample["strict"] },
) {
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <span class={correct ? "good" : "bad"}>{correct ? "✓ correct" : "✗ wrong"}</span>,{" "}
        {answer === null ? "no answer found" : <code>{visibleLine(answer)}</code>}
        {reason && <>: {visibleLine(reason, 500)}</>}
      </dd>
    </>
  );
}

/** A column per token. The script adds a slider over the steps. */
function Denoising({ sample: { index, tokens, revealStep, confidence, entropy } }: { sample: Sample }) {
  if (tokens.length === 0) return null;
  const row = (title: string, values: readonly (string | number | null)[]) => (
    <tr>
      <th scope="row">{title}</th>
      {values.slice(0, TOKENS).map((value) => (
        <td>{value === null ? "–" : typeof value === "number" ? plain(value) : visibleLine(value)}</td>
      ))}
    </tr>
  );
  return (
    <>
      <div class="scroll" tabindex={0} role="group" aria-label={`Denoising of ${index}`}>
        <table data-replay>
          {row("Token", tokens)}
          {row("Step", revealStep)}
          {row("Confidence", confidence)}
          {row("Entropy", entropy)}
        </table>
      </div>
      {tokens.length > TOKENS && <p class="quiet">The first {TOKENS} of {tokens.length} tokens.</p>}
    </>
  );
}
