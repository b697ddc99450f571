/** Level C, of single responses: the samples beside records, graded again, must have the verdicts that records count. */

import { taskById } from "../../tasks/registry.ts";
import { type Grades, MODES } from "../../tasks/verdict.ts";
import { DECODINGS } from "../suite/names.ts";
import type { BenchRecord } from "../records/record.ts";
import { z } from "zod";
import { sha256 } from "../files/identity.ts";
import { readItemBits } from "../records/item_bits.ts";
import { commonIdentity, loadSuite, type Suite, SUITE_IDS } from "../suite/suite.ts";
import { loadTestSets, type TestSet } from "../bench/test_sets.ts";
import { type Check, readCompressed, type RecordsByPath } from "./verify.ts";

const verdict = z.object({ correct: z.boolean(), answer: z.string().nullable(), reason: z.string() });

/** What is needed here of a line; see samples.ts. */
const sample = z.object({
  set: z.string(),
  decoding: z.enum(DECODINGS),
  index: z.int().min(0),
  id: z.string(),
  response: z.string(),
  strict: verdict,
  d1: verdict.optional(),
});
type Sample = z.infer<typeof sample>;

/**
 * Compares the samples of records of one suite with the records' verdicts, and grades them again on the examples of
 * the suite. Responses to test sets whose data is not here are compared, but not graded.
 */
export async function verifySamples(
  results: string,
  suiteId: string,
  records: RecordsByPath,
): Promise<Check[]> {
  const suite = SUITE_IDS.includes(suiteId) ? await loadSuite(suiteId) : null;
  const identity = suite && commonIdentity(suite);
  const tasks = [...new Set([...records.values()].map(({ cell }) => cell.task))];
  const sets = suite ? await testSetsOf(suite, tasks, records) : new Map();
  let responses = 0, graded = 0;
  const faults: string[] = [];
  for (const [path, record] of records) {
    const text = await readCompressed(`${results}/${path.replace(/json$/, "samples.jsonl.gz")}`);
    if (text === null) {
      // Those of other seeds are not kept: their records have the hashes.
      if (record.cell.seed === suite?.seeds[0]) faults.push(`${path} has no samples beside it`);
      continue;
    }
    if (sha256(text) !== record.outcome.texts.samples) {
      faults.push(`${path}: the samples beside it do not have the SHA-256 that it names`);
    }
    const samples = text.trimEnd().split("\n").map((line) => sample.parse(JSON.parse(line)));
    responses += samples.length;
    faults.push(...uncounted(record, samples).map((fault) => `${path}: ${fault}`));
    if (record.cell.suite.identity !== identity) continue;
    const own: readonly TestSet[] = sets.get(record.cell.task) ?? [];
    const known = samples.flatMap((each) => {
      const example = own.find(({ id }) => id === each.set)?.examples[each.index];
      return example ? [{ sample: each, example }] : [];
    });
    const grades = await taskById(record.cell.task).grades(
      known.map(({ sample: { response }, example }) => ({ example, text: response })),
    );
    graded += known.length;
    known.forEach(({ sample: each, example }, i) => {
      const fault = example.id === each.id ? gradedOtherwise(each, grades[i]!) : "is of another example";
      if (fault) faults.push(`${path}, ${placeOf(each)} ${fault}`);
    });
  }
  if (responses === 0 && faults.length === 0) return [];
  const rest = graded < responses
    ? "; the others are of another version of the suite, or their data is not here"
    : "";
  return [{
    level: "C",
    subject: `samples of ${suiteId}`,
    passed: faults.length === 0,
    detail: faults.length === 0
      ? `${responses} responses have the verdicts that the records count, ${graded} of them graded again${rest}`
      : `${faults[0]}${faults.length > 1 ? `, and ${faults.length - 1} more faults` : ""}`,
  }];
}

/** The test sets that records were graded on, as far as their data is here. */
function testSetsOf(suite: Suite, tasks: readonly string[], records: RecordsByPath) {
  const real = [...records.values()].some(({ cell }) => Object.keys(cell.data).length > 0);
  const final = real ? suite.evaluation.final : { ...suite.evaluation.final, realPrompts: 0 };
  const evaluation = { ...suite.evaluation, final };
  return loadTestSets({ ...suite, evaluation }, tasks.map(taskById), () => {});
}

function placeOf({ set, decoding, index }: Sample): string {
  return `${set}, ${decoding}, response ${index}`;
}

/** Samples whose verdict is not the one in the record. */
function uncounted({ outcome }: BenchRecord, samples: readonly Sample[]): string[] {
  return samples.flatMap((each) => {
    const score = outcome.tests.find(({ set, decoding }) => set === each.set && decoding === each.decoding)
      ?.after;
    if (!score || each.index >= score.n) return [`${placeOf(each)} is of no test of the record`];
    const wrong = MODES.filter((mode) => {
      const bits = score.items[mode], counted = bits === undefined ? undefined : readItemBits(bits, score.n);
      return counted?.[each.index] !== each[mode]?.correct;
    });
    return wrong.map((mode) => `${placeOf(each)} has another verdict (${mode}) than the record`);
  });
}

/** How a verdict differs from that of grading again; null when it does not. */
function gradedOtherwise(each: Sample, grades: Grades): string | null {
  for (const mode of MODES) {
    const now = grades[mode], before = each[mode];
    if (!now || !before) {
      if (now || before) return `is ${now ? "now" : "no longer"} graded in mode ${mode}`;
      continue;
    }
    const { correct, answer, reason } = now;
    if (correct !== before.correct || answer !== before.answer || reason !== before.reason) {
      return `is now ${correct ? "right" : "wrong"} (${mode}: ${reason}), was ${
        before.correct ? "right" : "wrong"
      } (${before.reason})`;
    }
  }
  return null;
}
