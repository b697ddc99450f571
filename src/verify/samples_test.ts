import { assertEquals, assertStringIncludes } from "@std/assert";
import { taskById } from "../../tasks/registry.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { heldOutExamples } from "../train/grade_model.ts";
import type { BenchRecord } from "../records/record.ts";
import { recordedScore } from "../records/score.ts";
import { recordPath, writeRecord } from "../records/folder.ts";
import { writeCompressed } from "../bench/samples.ts";
import { commonIdentity, loadSuite } from "../suite/suite.ts";
import { exampleRecord } from "../bench/testing.ts";
import type { Check } from "./verify.ts";
import { verifySamples } from "./samples.ts";

const TASK = taskById("countdown/mini");

/** A record of the smoke suite whose model demonstrates every second puzzle, and the lines of its samples. */
async function made(): Promise<{ record: BenchRecord; lines: Record<string, unknown>[] }> {
  const suite = await loadSuite("smoke");
  const examples = heldOutExamples(TASK, suite.evaluation.seed, suite.evaluation.final.prompts);
  const responses = examples.map((example, i) => i % 2 ? "" : TASK.demonstrate(example, 0, 1, i));
  const grades = await TASK.grades(examples.map((example, i) => ({ example, text: responses[i]! })));
  const example = exampleRecord({ task: TASK.id, objective: "bgpo", seed: 1, backend: "cpu" });
  const items = grades.map(({ strict, d1 }) => ({ strict: strict.correct, d1: d1!.correct }));
  const score = recordedScore({ items, measures: {}, tags: {}, tokens: 0, forwards: 0 });
  const record: BenchRecord = {
    ...example,
    cell: {
      ...example.cell,
      data: {},
      suite: { id: "smoke", version: suite.version, identity: commonIdentity(suite) },
    },
    outcome: {
      ...example.outcome,
      tests: [{ set: "generated", decoding: "greedy", before: score, after: score }],
    },
  };
  const lines = examples.map((each, index) => {
    const { strict, d1 } = grades[index]!;
    return {
      set: "generated",
      decoding: "greedy",
      index,
      id: each.id,
      response: responses[index],
      strict,
      d1,
    };
  });
  return { record, lines };
}

/** The checks of a record beside which these lines lie, and which names the hash of their text or another one. */
async function checksOf(
  record: BenchRecord,
  lines: readonly unknown[] | null,
  hashOf: (text: string) => string = sha256,
): Promise<Check[]> {
  return await withFolder(async (folder) => {
    const path = recordPath(record.cell);
    const text = lines?.map((line) => JSON.stringify(line) + "\n").join("");
    const texts = { ...record.outcome.texts, samples: hashOf(text ?? "") };
    const named = { ...record, outcome: { ...record.outcome, texts } };
    await writeRecord(folder, named);
    if (text !== undefined) {
      await writeCompressed(`${folder}/${path.replace(/json$/, "samples.jsonl.gz")}`, text);
    }
    return await verifySamples(folder, "smoke", new Map([[path, named]]));
  });
}

async function verified(...args: Parameters<typeof checksOf>): Promise<Check> {
  const [check] = await checksOf(...args);
  return check!;
}

Deno.test("samples are graded again: what the graders give passes", async () => {
  const { record, lines } = await made();
  const check = await verified(record, lines);
  assertEquals([check.level, check.passed], ["C", true]);
  const n = lines.length;
  assertEquals(
    check.detail,
    `${n} responses have the verdicts that the records count, ${n} of them graded again`,
  );
  // Of a suite that is not this one any more, verdicts are only compared with the record.
  const { suite } = record.cell;
  const old = { ...record, cell: { ...record.cell, suite: { ...suite, identity: "0".repeat(64) } } };
  assertStringIncludes((await verified(old, lines)).detail, "count, 0 of them graded again");
});

Deno.test("a verdict that no grader gives, another response, another example and a missing file fail", async () => {
  const { record, lines } = await made();
  const changed = (change: (line: Record<string, unknown>) => Record<string, unknown>) =>
    verified(record, lines.map((line, i) => i === 0 ? change(line) : line));
  const flipped = await changed((line) => ({
    ...line,
    strict: { ...line.strict as object, correct: false },
  }));
  assertStringIncludes(
    flipped.detail,
    "generated, greedy, response 0 has another verdict (strict) than the record",
  );
  assertStringIncludes(flipped.detail, "and 1 more faults");
  const response = await changed((line) => ({ ...line, response: "" }));
  assertStringIncludes(response.detail, "response 0 is now wrong (strict: ");
  assertStringIncludes((await changed((line) => ({ ...line, id: "other" }))).detail, "is of another example");
  assertStringIncludes(
    (await changed((line) => ({ ...line, set: "other" }))).detail,
    "is of no test of the record",
  );
  const missing = await verified(record, null);
  assertEquals(missing.passed, false);
  assertStringIncludes(missing.detail, "has no samples beside it");
});

Deno.test("a grade of d1 stands in the record, its samples and this code, or in none of them", async () => {
  const { record, lines } = await made();
  const [test] = record.outcome.tests, { d1: _, ...score } = test!.after;
  const without = { ...score, items: { strict: score.items.strict } };
  const alone: BenchRecord = {
    ...record,
    outcome: { ...record.outcome, tests: [{ ...test!, before: without, after: without }] },
  };
  const strictly = lines.map(({ d1: _, ...line }) => line);
  const { passed, detail } = await verified(record, strictly);
  assertEquals(passed, false);
  assertStringIncludes(detail, "response 0 has another verdict (d1) than the record");
  assertStringIncludes((await verified(alone, lines)).detail, "another verdict (d1) than the record");
  // Both agree, and the task of this code has it.
  assertStringIncludes((await verified(alone, strictly)).detail, "response 0 is now graded in mode d1");
});

Deno.test("samples of seeds after the suite's first need not be there; those that are must be the text of the hash", async () => {
  const { record, lines } = await made();
  const later = { ...record, cell: { ...record.cell, seed: 2, baseSeed: 2 } };
  assertEquals(await checksOf(later, null), []);
  assertEquals((await verified(later, lines)).passed, true);
  for (const each of [record, later]) {
    const other = await verified(each, lines, (text) => sha256(`${text}\n`));
    assertEquals(other.passed, false);
    assertStringIncludes(other.detail, "the samples beside it do not have the SHA-256 that it names");
  }
});
