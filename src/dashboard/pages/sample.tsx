/** One generation: prompt, response, both verdicts, and its denoising step by step. */

import type { Body, Place } from "../place.tsx";
import type { CellFile } from "../store/cell_files.ts";
import type { Sample } from "../store/sample_file.ts";
import type { Table } from "../table.ts";
import { visibleLine, visibleText } from "../visible_text.ts";
import { plain } from "../numbers.ts";

/** Name of a sample's page below its cell's. */
export function sampleName({ set, decoding, index }: Sample): string {
  return `${set}.${decoding}.${index}`;
}

export function samplePage(
  place: Place,
  cell: CellFile,
  samples: readonly Sample[],
  sample: Sample,
): Body {
  const { link } = place;
  const at = samples.indexOf(sample);
  const address = (other: Sample) => link(`cells/${cell.id}/${sampleName(other)}.html`);
  const previous = samples[at - 1], next = samples[at + 1];
  return {
    title:
      `${cell.objective} on ${cell.task}, seed ${cell.seed}: ${sample.set} ${sample.index}, ${sample.decoding}`,
    scripts: ["replay.js"],
    content: (
      <>
        <p class="lead">
          Item <code>{visibleLine(sample.id)}</code> of the set {sample.set}, decoded{" "}
          {sample.decoding === "greedy" ? "greedily" : "by sampling"}, after training.{" "}
          <a href={link(`cells/${cell.id}.html`)}>The cell</a>
        </p>
        <dl class="facts">
          {(["strict", "d1"] as const).map((mode) => (
            <>
              <dt>{mode === "strict" ? "Strict grader" : "Grader of the d1 papers"}</dt>
              <dd>
                <Verdict correct={sample[mode].correct} />{" "}
                {sample[mode].answer === null ? <span class="quiet">no answer found</span> : (
                  <>
                    answer <code>{visibleLine(sample[mode].answer)}</code>
                  </>
                )}
                {sample[mode].reason && <>: {visibleLine(sample[mode].reason, 500)}</>}
              </dd>
            </>
          ))}
        </dl>
        <h2>Prompt</h2>
        <pre>{visibleText(sample.prompt)}</pre>
        <h2>Response</h2>
        <pre>{visibleText(sample.response)}</pre>
        <h2>Denoising</h2>
        <Replay sample={sample} />
        {place.table(tokenTable(sample), { files: false })}
        <nav aria-label="Neighbouring generations">
          <ul class="pages">
            {previous && (
              <li>
                <a href={address(previous)} rel="prev">Previous</a>
              </li>
            )}
            {next && (
              <li>
                <a href={address(next)} rel="next">Next</a>
              </li>
            )}
          </ul>
        </nav>
      </>
    ),
  };
}

export function Verdict({ correct }: { correct: boolean }) {
  return correct ? <span class="badge good">✓ correct</span> : <span class="badge bad">✗ wrong</span>;
}

/** Tokens shown one by one; a response longer than this is not replayed. */
const REPLAYED = 4096;

function Replay({ sample: { tokens, revealStep, confidence, entropy } }: { sample: Sample }) {
  const steps = revealStep.length > 0 ? Math.max(...revealStep.slice(0, REPLAYED)) : 0;
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? "unknown" : plain(value);
  return (
    <div class="replay" data-replay>
      <div data-controls hidden>
        <label>
          Denoising step{" "}
          <input
            type="range"
            min={Math.min(0, ...revealStep.slice(0, REPLAYED))}
            max={steps}
            value={steps}
            step={1}
          />
        </label>{" "}
        <button type="button">Play</button>
      </div>
      <pre class="tokens">
        {tokens.slice(0, REPLAYED).map((token, i) => (
          <span
            data-step={revealStep[i]}
            data-confidence={number(confidence[i])}
            data-entropy={number(entropy[i])}
            title={`step ${revealStep[i]}, confidence ${number(confidence[i])}, entropy ${number(entropy[i])}`}
          >
            {visibleLine(token)}
          </span>
        ))}
      </pre>
      {tokens.length > REPLAYED && <p class="quiet">The first {REPLAYED} of {tokens.length} tokens.</p>}
      <output aria-live="polite"></output>
      <noscript>
        <p class="quiet">The replay needs JavaScript; the table below says the same.</p>
      </noscript>
    </div>
  );
}

function tokenTable({ tokens, revealStep, confidence, entropy }: Sample): Table {
  return {
    id: "tokens",
    caption:
      "Tokens of the response: the step that revealed each, its probability then, and the entropy it was drawn from",
    columns: [
      { id: "position", title: "Position", kind: "number" },
      { id: "token", title: "Token", kind: "text" },
      { id: "step", title: "Step", kind: "number" },
      { id: "confidence", title: "Confidence", kind: "number" },
      { id: "entropy", title: "Entropy", kind: "number", unit: "nats" },
    ],
    rows: tokens.slice(0, REPLAYED).map((token, i) => [
      { value: i },
      { value: token },
      { value: revealStep[i] ?? null },
      { value: confidence[i] ?? null },
      { value: entropy[i] ?? null },
    ]),
  };
}
