/** Checks shared by the tests of all tasks. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { type RandomSequence, randomSequence } from "../kernels/philox/random.ts";
import { type DataFile, findDataFile } from "./data.ts";
import type { Example, Task } from "./task.ts";

/**
 * A test of a real data file. On a machine without the file it is ignored, counted, and named with the reason;
 * it never downloads.
 */
export async function realFileTest(
  name: string,
  file: DataFile,
  test: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const bytes = await findDataFile(file);
  if (bytes !== null) Deno.test(name, () => test(bytes));
  else {
    const reason = `${file.name} is neither in DLLM_BENCH_DATA nor in the cache`;
    Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn() {} });
  }
}

/** What one response must come to. `reason` is a part of the grade's reason. */
export interface Golden {
  readonly response: string;
  readonly parse: string | null;
  readonly reward: number;
  readonly correct: boolean;
  readonly reason: string;
}

/** One test per response: parse, reward and grade. */
export function goldenTests<Item>(
  task: Task<Item>,
  name: string,
  example: Example<Item>,
  cases: readonly Golden[],
) {
  for (const [index, { response, parse, reward, correct, reason }] of cases.entries()) {
    const shown = JSON.stringify(response.length > 60 ? `${response.slice(0, 60)}...` : response);
    Deno.test(`${task.id}: ${name} response ${index + 1}, ${shown}`, () => {
      assertEquals(task.parse(response), parse);
      assertEquals(task.reward(example, response), reward);
      const verdict = task.grade(example, response);
      assertEquals(verdict.correct, correct, verdict.reason);
      assertEquals(verdict.answer, parse);
      assertStringIncludes(verdict.reason, reason);
    });
  }
}

/** Random text: pieces of the task's notation, special tokens, and arbitrary code units, lone surrogates included. */
export function hostileText(draws: RandomSequence, pieces: readonly string[]): string {
  let text = "";
  const length = draws.below(40);
  for (let i = 0; i < length; i++) {
    text += draws.below(4) > 0
      ? pieces[draws.below(pieces.length)]
      : String.fromCharCode(draws.below(0x10000));
  }
  return text;
}

/** On 1e5 random texts: nothing throws, rewards stay in [0, 1], a canonical answer parses to itself. */
export function fuzzTask<Item>(task: Task<Item>, pieces: readonly string[]): void {
  const example = task.generate("test", 1, 0);
  const draws = randomSequence({ seed: 4, stream: 1000 });
  let answers = 0;
  for (let i = 0; i < 100_000; i++) {
    const text = hostileText(draws, pieces);
    const answer = task.parse(text);
    const reward = task.reward(example, text);
    const verdict = task.grade(example, text);
    assert(reward >= 0 && reward <= 1, `reward ${reward} of ${JSON.stringify(text)}`);
    assertEquals(verdict.answer, answer);
    if (answer === null) {
      assertEquals(reward, 0);
      assert(!verdict.correct);
      continue;
    }
    answers++;
    assertEquals(task.parse(answer), answer);
  }
  // Otherwise the test would say nothing about texts that are answers.
  assert(answers > 100, `only ${answers} of the random texts are answers`);
}

/** Megabyte responses that must be judged within 50 ms each (the best of three runs, as machines are shared). */
export function checkLargeResponses<Item>(task: Task<Item>, units: readonly string[]): void {
  const example = task.generate("test", 1, 0);
  for (const unit of units) {
    const response = unit.repeat(Math.ceil(1_000_000 / unit.length));
    let best = Infinity;
    for (let run = 0; run < 3; run++) {
      const start = performance.now();
      task.grade(example, response);
      best = Math.min(best, performance.now() - start);
    }
    assert(best < 50, `a megabyte of ${JSON.stringify(unit)} took ${best.toFixed(1)} ms`);
  }
}

/**
 * What every task promises of its generator: pure, independent of order, of the stated lengths, training apart
 * from test, and demonstrations without flaw that earn everything.
 */
export function checkGenerator<Item>(task: Task<Item>, samples: number): void {
  const test = new Set<string>();
  for (let index = 0; index < samples; index++) test.add(task.generate("test", 2, index).id);
  for (let index = 0; index < samples; index++) {
    const example = task.generate("train", 1, index);
    assert(!test.has(example.id), `${example.id} is in both splits`);
    assertEquals(task.vocabulary.encode(example.prompt).length, task.promptLength);
    const response = task.demonstrate(example, 0, 1, index);
    assert(task.vocabulary.encode(response).length <= task.responseLength);
    assertEquals(task.reward(example, response), 1);
    assert(task.grade(example, response).correct, response);
  }
  for (const split of ["train", "test"] as const) {
    const indices = Array.from({ length: 20 }, (_, index) => index);
    const examples = (seed: number) => indices.map((index) => task.generate(split, seed, index));
    const backwards = indices.toReversed().map((index) => task.generate(split, 7, index));
    assertEquals(backwards.toReversed(), examples(7));
    assertNotEquals(examples(8), examples(7));
    assert(new Set(backwards.map(({ id }) => id)).size > 10);
    const example = backwards[0]!;
    assertEquals(task.demonstrate(example, 0.5, 3, 5), task.demonstrate(example, 0.5, 3, 5));
  }
}

/** The share of flawed demonstrations, of 5000 in which the flaw shows, is within 4 standard errors of `flaw`. */
export function checkFlawRate<Item>(task: Task<Item>, flaw: number): void {
  let eligible = 0, flawed = 0;
  for (let index = 0; eligible < 5000; index++) {
    const example = task.generate("train", 1, index);
    if (task.demonstrate(example, 1, 1, index) === task.demonstrate(example, 0, 1, index)) continue;
    eligible++;
    const response = task.demonstrate(example, flaw, 1, index);
    if (task.grade(example, response).correct) continue;
    flawed++;
    assertEquals(response, task.demonstrate(example, 1, 1, index));
  }
  const error = Math.sqrt(flaw * (1 - flaw) / eligible);
  assert(Math.abs(flawed / eligible - flaw) < 4 * error, `flaw rate ${flawed / eligible}, expected ${flaw}`);
}
