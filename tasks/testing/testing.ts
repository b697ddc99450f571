/** Checks shared by the tests of all tasks. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import type { DataFile } from "../data/files.ts";
import { findDataFile } from "../data/open.ts";
import type { Grades } from "../verdict.ts";
import type { Example, Task, TaskResponse } from "../task.ts";

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

/** What one response must come to. `reason` is a part of the strict grade's reason. */
export interface Golden {
  readonly response: string;
  /** What the strict grade reads as the answer. */
  readonly parse: string | null;
  readonly reward: number;
  readonly correct: boolean;
  readonly reason: string;
  /** The d1 grade, where the case is about it. */
  readonly d1?: boolean;
}

/** A golden in a line: response, answer, reward, strict verdict, d1 verdict, part of the strict reason. */
export type GoldenRow = readonly [string, string | null, number, boolean, boolean, string];

export function goldenOf([response, parse, reward, correct, d1, reason]: GoldenRow): Golden {
  return { response, parse, reward, correct, d1, reason };
}

/** Reward and grades of one response. */
export async function judged<Item>(
  task: Task<Item>,
  example: Example<Item>,
  text: string,
): Promise<Grades & { readonly reward: number }> {
  const batch = [{ example, text }];
  const [[reward], [grades]] = await Promise.all([task.rewards(batch), task.grades(batch)]);
  return { reward: reward!, ...grades! };
}

async function checkGolden<Item>(task: Task<Item>, example: Example<Item>, expected: Golden): Promise<void> {
  const { reward, strict, d1 } = await judged(task, example, expected.response);
  assertEquals(strict.answer, expected.parse);
  assertEquals(reward, expected.reward);
  assertEquals(strict.correct, expected.correct, strict.reason);
  assertStringIncludes(strict.reason, expected.reason);
  if (expected.d1 !== undefined) assertEquals(d1?.correct, expected.d1, d1?.reason);
}

const shown = (response: string) =>
  JSON.stringify(response.length > 60 ? `${response.slice(0, 60)}...` : response);

/** One test per response: answer, reward and grades. */
export function goldenTests<Item>(
  task: Task<Item>,
  name: string,
  example: Example<Item>,
  cases: readonly Golden[],
) {
  for (const [index, expected] of cases.entries()) {
    Deno.test(
      `${task.id}: ${name} response ${index + 1}, ${shown(expected.response)}`,
      () => checkGolden(task, example, expected),
    );
  }
}

/** A golden of a task whose responses are expressions of x: response, reward, verdict of both graders, reason. */
export type ExpressionRow = readonly [response: string, reward: number, correct: boolean, reason: string];

export function expressionGolden([text, reward, correct, reason]: ExpressionRow): Golden {
  return goldenOf([text, `def f(x):\n    return ${text}\n`, reward, correct, correct, reason]);
}

export interface GeneratedChecks<Item> {
  readonly example: Example<Item>;
  /** By what they have in common. */
  readonly goldens: Readonly<Record<string, readonly Golden[]>>;
  /** Generated examples of a check. */
  readonly samples: number;
  readonly flaw: FlawRate & {
    /** What flawed demonstrations do. */
    readonly title: string;
    /** Demonstrations of the example with the flaw and without. */
    readonly wrong: string;
    readonly right: string;
    /** A probability that is none. */
    readonly refused: number;
  };
}

/**
 * Tests of a generated task: its goldens, what its generator and its flaw promise, and random responses. For a task
 * that is to be closed they are steps of one test, which closes it.
 */
export function generatedTaskTests<Item>(
  task: Task<Item>,
  { example, goldens, samples, flaw }: GeneratedChecks<Item>,
): void {
  const checks: [name: string, check: () => Promise<void>][] = [];
  for (const [kind, cases] of Object.entries(goldens)) {
    for (const [index, expected] of cases.entries()) {
      const name = `${kind} response ${index + 1}, ${shown(expected.response)}`;
      checks.push([name, () => checkGolden(task, example, expected)]);
    }
  }
  const { title, wrong, right, refused, ...rate } = flaw;
  checks.push(
    ["the generator keeps its promises", () => checkGenerator(task, samples)],
    [`flawed demonstrations ${title}`, async () => {
      await checkFlawRate(task, rate);
      assertEquals(task.demonstrate(example, 1, 1, 0), wrong);
      assertEquals(task.demonstrate(example, 0, 1, 0), right);
      assertThrows(() => task.demonstrate(example, refused, 1, 0), RangeError);
    }],
    [
      "whatever tokens a model writes, it is judged, and the same in any batch",
      () => checkRandomResponses(task, samples),
    ],
  );
  const { close } = task;
  if (!close) {
    for (const [name, check] of checks) Deno.test(`${task.id}: ${name}`, check);
    return;
  }
  Deno.test(`${task.id}: responses and how they are judged`, async (t) => {
    try {
      for (const [name, check] of checks) await t.step(name, check);
    } finally {
      await close.call(task);
    }
  });
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
export async function fuzzTask<Item>(task: Task<Item>, pieces: readonly string[]): Promise<void> {
  const example = task.generate("test", 1, 0);
  const draws = randomSequence({ seed: 4, stream: 1000 });
  const batch = Array.from({ length: 100_000 }, () => ({ example, text: hostileText(draws, pieces) }));
  const [rewards, grades] = await Promise.all([task.rewards(batch), task.grades(batch)]);
  const answers: string[] = [];
  for (const [i, { text }] of batch.entries()) {
    const reward = rewards[i]!, { correct, answer } = grades[i]!.strict;
    assert(reward >= 0 && reward <= 1, `reward ${reward} of ${JSON.stringify(text)}`);
    if (answer !== null) answers.push(answer);
    else {
      assertEquals(reward, 0);
      assert(!correct);
    }
  }
  // Otherwise the test would say nothing about texts that are answers.
  assert(answers.length > 100, `only ${answers.length} of the random texts are answers`);
  const again = await task.grades(answers.map((text) => ({ example, text })));
  assertEquals(again.map(({ strict }) => strict.answer), answers);
}

/**
 * What every task promises of its generator: pure, independent of order, of the stated lengths, training apart
 * from test, demonstrations that a decoder gives back, and without flaw earn everything.
 */
export async function checkGenerator<Item>(task: Task<Item>, samples: number): Promise<void> {
  const { vocabulary } = task;
  const test = new Set<string>();
  for (let index = 0; index < samples; index++) test.add(task.generate("test", 2, index).id);
  const batch: TaskResponse<Item>[] = [];
  for (let index = 0; index < samples; index++) {
    const example = task.generate("train", 1, index);
    assert(!test.has(example.id), `${example.id} is in both splits`);
    const prompt = vocabulary.encode(example.prompt);
    assertEquals(prompt.length, task.promptLength);
    assertEquals(vocabulary.decode(prompt), example.prompt);
    const text = task.demonstrate(example, 0, 1, index);
    assertEquals(vocabulary.decode(vocabulary.encodePadded(text, task.responseLength)), text);
    batch.push({ example, text });
  }
  for (const [i, reward] of (await task.rewards(batch)).entries()) {
    assertEquals(reward, 1, `${batch[i]!.example.prompt} -> ${batch[i]!.text}`);
  }
  for (const { strict } of await task.grades(batch)) assert(strict.correct, strict.reason);
  for (const split of ["train", "test"] as const) {
    const indices = Array.from({ length: 20 }, (_, index) => index);
    const examples = (seed: number) => indices.map((index) => task.generate(split, seed, index));
    const backwards = indices.toReversed().map((index) => task.generate(split, 7, index));
    assertEquals(backwards.toReversed(), examples(7));
    assertNotEquals(examples(8), examples(7));
    assert(new Set(backwards.map(({ id }) => id)).size > 10);
    const example = backwards[0]!, flaw = task.flawDescription === null ? 0 : 0.5;
    assertEquals(task.demonstrate(example, flaw, 3, 5), task.demonstrate(example, flaw, 3, 5));
  }
}

/**
 * Demonstrations of an example are its forms, all of them, in equal shares within four standard errors, and none has
 * a mistake.
 */
export function checkForms<Item>(task: Task<Item>, example: Example<Item>, forms: readonly string[]): void {
  const samples = 4000, share = 1 / forms.length;
  const counts = new Map<string, number>();
  for (let index = 0; index < samples; index++) {
    const text = task.demonstrate(example, 0, 1, index);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), forms.toSorted());
  const error = Math.sqrt(share * (1 - share) / samples);
  for (const [form, count] of counts) {
    const found = count / samples;
    assert(Math.abs(found - share) < 4 * error, `share ${found} of ${form}, expected ${share}`);
  }
  assertEquals(task.flawDescription, null);
  for (const flaw of [0.5, NaN]) {
    assertThrows(
      () => task.demonstrate(example, flaw, 1, 0),
      RangeError,
      `expected flaw to be 0, found ${flaw}`,
    );
  }
}

export interface FlawRate {
  /** Probability of the flaw. */
  readonly flaw: number;
  /** Whether one coin decides a whole demonstration; else every place of the flaw has its own. */
  readonly oneCoin?: boolean;
  /** Demonstrations in which the flaw shows. */
  readonly samples?: number;
  /** Largest share of flawed demonstrations that are right all the same. */
  readonly coincidences?: number;
}

/** With flaw 1 demonstrations in which it shows are wrong; with one coin, so many are as `flaw` says. */
export async function checkFlawRate<Item>(
  task: Task<Item>,
  { flaw, oneCoin = true, samples = 5000, coincidences = 0 }: FlawRate,
): Promise<void> {
  let flawed = 0;
  const wrong: TaskResponse<Item>[] = [];
  for (let index = 0; wrong.length < samples; index++) {
    const example = task.generate("train", 1, index);
    const [none, some, all] = [0, flaw, 1].map((rate) => task.demonstrate(example, rate, 1, index));
    if (all === none) continue;
    assertEquals(task.vocabulary.encodePadded(all!, task.responseLength).length, task.responseLength);
    wrong.push({ example, text: all! });
    if (some !== none) flawed++;
    if (oneCoin) assert(some === none || some === all);
  }
  const grades = await task.grades(wrong);
  const correct = grades.filter(({ strict }) => strict.correct).length;
  assert(correct <= coincidences * samples, `${correct} of ${samples} flawed demonstrations are correct`);
  const error = Math.sqrt(flaw * (1 - flaw) / samples), share = flawed / samples;
  assert(share > flaw - 4 * error, `flaw rate ${share}, expected ${flaw}`);
  if (oneCoin) assert(share < flaw + 4 * error, `flaw rate ${share}, expected ${flaw}`);
}

/**
 * What a model can answer, whatever its parameters: on random tokens nothing throws, rewards stay in [0, 1], what is
 * correct earns everything, and judging does not depend on the batch.
 */
export async function checkRandomResponses<Item>(task: Task<Item>, samples: number): Promise<void> {
  const { vocabulary, responseLength } = task;
  const draws = randomSequence({ seed: 6, stream: 1003 });
  const batch = Array.from({ length: samples }, (_, index) => {
    const example = task.generate("test", 1, index);
    const ids = vocabulary.encodePadded(task.demonstrate(example, 0, 1, index), responseLength);
    for (let changes = draws.below(responseLength + 1); changes > 0; changes--) {
      ids[draws.below(responseLength)] = draws.below(vocabulary.size);
    }
    return { example, text: vocabulary.decode(ids) };
  });
  const [rewards, grades] = await Promise.all([task.rewards(batch), task.grades(batch)]);
  for (const [i, reward] of rewards.entries()) {
    const { strict } = grades[i]!, shown = JSON.stringify(batch[i]!.text);
    assert(reward >= 0 && reward <= 1, `reward ${reward} of ${shown}`);
    assertEquals(reward === 1, strict.correct, `reward ${reward}, ${strict.reason}, of ${shown}`);
  }
  const correct = grades.filter(({ strict }) => strict.correct).length;
  assert(correct > 0 && correct < samples, `${correct} of ${samples} are correct`);
  const backwards = batch.toReversed().filter((_, i) => i % 3 === 0);
  assertEquals(await task.rewards(backwards), rewards.toReversed().filter((_, i) => i % 3 === 0));
  assertEquals(await task.grades(backwards), grades.toReversed().filter((_, i) => i % 3 === 0));
}
