/** Checks shared by the tests of the real tasks. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import type { DataFile } from "../data/files.ts";
import { findDataFile } from "../data/open.ts";
import { PROTOCOLS, readJsonLines, type RealTask } from "../real_task.ts";
import { hostileText } from "./testing.ts";

/**
 * Generations of LLaDA-8B-Instruct with the verdicts of d1's own grader, gathered from dllm-reasoning/d1@837888f2,
 * eval/eval_baselines.
 */
export const recordedGenerations: DataFile = {
  name: "generations/llada_8b_instruct_128.jsonl.gz",
  urls: [],
  sha256: "90b2dfca7a79dcfe6203a18bae575bcc8feced55ec89a52473c1d67afb3e6c39",
  bytes: 209046,
  unzipped: { sha256: "5196a092a36a6bc2dc33189d1b428da048194749ad9f9a3cd661c76f48a39dd3", bytes: 1136450 },
  rows: 2142,
  licence: "Apache-2.0",
};

export interface Recorded {
  readonly task: string;
  readonly row_index: number;
  readonly generation: string;
  readonly d1_correct: boolean;
  readonly d1_correct_cells?: number;
  readonly d1_empty_cells?: number;
}

/** One test: on every recorded generation of the task, `d1` says what d1's grader said, cells included. */
export async function recordedTest<Item>(task: RealTask<Item>, generations: number): Promise<void> {
  const name = `${task.id}: d1 verdicts equal the recorded ones, row by row`;
  const files = [recordedGenerations, task.splits.test.file];
  const [recorded, test] = await Promise.all(files.map((file) => findDataFile(file)));
  if (!recorded || !test) {
    const missing = files.map(({ name }) => name).join(" or ");
    const reason = `${missing} is neither in DLLM_BENCH_DATA nor in the cache`;
    Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn() {} });
    return;
  }
  Deno.test(name, async () => {
    const items = new Map(task.load("test", test).map(({ index, item }) => [index, item]));
    const lines = (readJsonLines(recorded) as Recorded[]).filter((line) => line.task === task.id);
    assertEquals(lines.length, generations);
    for (const line of lines) {
      const { d1 } = await task.grade(items.get(line.row_index)!, line.generation);
      assertEquals(d1!.correct, line.d1_correct, `row ${line.row_index}: ${d1!.reason}`);
      if (line.d1_correct_cells === undefined) continue;
      assertEquals(d1!.measures["cells"], { count: line.d1_correct_cells, total: line.d1_empty_cells });
    }
  });
}

/** What both graders must say of one response: the answer that `strict` reads, and both verdicts. */
export type GoldenGrade = readonly [
  text: string,
  answer: string | null,
  strict: boolean,
  d1: boolean,
  reason?: string,
];

/** One test per response. `reason` is a part of the strict grade's reason. */
export function goldenGradeTests<Item>(
  task: RealTask<Item>,
  name: string,
  item: Item,
  cases: readonly GoldenGrade[],
): void {
  for (const [index, [text, answer, strict, d1, reason]] of cases.entries()) {
    const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
    Deno.test(`${task.id}: ${name} response ${index + 1}, ${shown}`, async () => {
      const grades = await task.grade(item, text);
      assertEquals(grades.strict.answer, answer, grades.strict.reason);
      assertEquals(grades.strict.correct, strict, grades.strict.reason);
      assertEquals(grades.d1!.correct, d1, grades.d1!.reason);
      if (reason !== undefined) assertStringIncludes(grades.strict.reason, reason);
      assert(task.showGrade(item, text, grades).includes(grades.strict.reason));
    });
  }
}

/**
 * On random texts nothing throws, graders agree with themselves and rewards stay within their limits.
 * @returns how many texts held an answer
 */
export async function fuzzGrades<Item>(
  task: RealTask<Item>,
  item: Item,
  pieces: readonly string[],
  texts: number,
): Promise<number> {
  const draws = randomSequence({ seed: 5, stream: 1001 });
  let answers = 0;
  for (let i = 0; i < texts; i++) {
    const text = hostileText(draws, pieces);
    const { strict } = await task.grade(item, text);
    if (strict.answer !== null) answers++;
    else assert(!strict.correct, JSON.stringify(text));
    for (const [name, reward] of Object.entries(task.rewards)) {
      const score = await reward.score(item, text);
      assert(Number.isFinite(score) && score <= reward.max, `${name} ${score} of ${JSON.stringify(text)}`);
    }
    const clean = await task.rewards.clean.score(item, text);
    assert(clean >= 0 && (clean === 1) === strict.correct, `clean ${clean} of ${JSON.stringify(text)}`);
  }
  return answers;
}

/**
 * Milliseconds that no reader of a megabyte in linear time needs, a hundred times what it takes on a busy machine, and
 * that none in quadratic time could do with.
 */
export const LINEAR_MS = 5000;

/** Megabytes of each unit are graded and rewarded in linear time. */
export async function checkLargeTexts<Item>(
  task: RealTask<Item>,
  item: Item,
  units: readonly string[],
): Promise<void> {
  const works: Record<string, (text: string) => unknown> = { grade: (text) => task.grade(item, text) };
  for (const [name, reward] of Object.entries(task.rewards)) {
    works[`reward ${name}`] = (text) => reward.score(item, text);
  }
  for (const unit of units) {
    const text = unit.repeat(Math.ceil(1_000_000 / new TextEncoder().encode(unit).length));
    for (const [name, work] of Object.entries(works)) {
      const start = performance.now();
      await work(text);
      assert(performance.now() - start < LINEAR_MS, `${name} of a megabyte of ${JSON.stringify(unit)}`);
    }
  }
}

/** Every protocol asks something, and only d1's evaluation begins the model's turn. */
export function checkPrompts<Item>(task: RealTask<Item>, item: Item, mentions: readonly string[]): void {
  for (const protocol of PROTOCOLS) {
    const { messages, prefill } = task.prompt(item, protocol);
    const text = messages.map(({ content }) => content).join("\n");
    for (const part of mentions) assertStringIncludes(text, part, `${task.id}, ${protocol}`);
    assertEquals(messages.at(-1)!.role, "user");
    if (protocol === "d1") assertEquals(prefill, "<reasoning>");
    if (protocol === "d1-training") assertEquals(prefill, "");
  }
}
