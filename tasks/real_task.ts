/**
 * What a real task is, to training, evaluation and `deno task grade`: pinned rows, prompts by protocol, training
 * rewards by name, and two grades of every response. `task.ts` has the interface of the generated puzzles.
 *
 * Two grades, because they answer two questions; a task that the d1 papers never had has the first alone. `strict` is ours: whether the response answers the problem.
 * `d1` is what the graders of the d1 family say (dllm-reasoning/d1@837888f2; EGSPO's for the code tasks), mistakes
 * included: only that can be compared with those papers.
 */

import type { DataFile } from "./data/files.ts";
import type { Grades } from "./verdict.ts";

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What a model is given: a conversation, and text that its own turn begins with. */
export interface Prompt {
  readonly messages: readonly Message[];
  /** Beginning of the assistant's turn; the response follows it and does not repeat it. "" when there is none. */
  readonly prefill: string;
}

/**
 * Ways to ask. The layout and the requests are those of the papers named; the wording is ours.
 * - `chat`: one short user message, answer in the form that the strict grader asks for first.
 * - `plain`: text to be continued, without a chat template: one user message whose content is that text.
 * - `d1`: what the d1 family evaluates with: instructions inside the user turn, turn prefilled with `<reasoning>`.
 * - `d1-training`: what it trains with: other instructions, no prefill.
 * - `bgpo`: BGPO's, as far as it is known.
 */
export const PROTOCOLS = ["chat", "plain", "d1", "d1-training", "bgpo"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** A row of a data file. `index` counts the rows of the whole file from 0, whatever part of it a split takes. */
export interface Row<Item> {
  readonly index: number;
  readonly item: Item;
}

export interface RealSplit {
  readonly title: string;
  /** Only rows of `train` splits may train a model; `validation` may choose between checkpoints. */
  readonly purpose: "train" | "validation" | "test";
  readonly file: DataFile;
  /** Rows of this split; `file.rows` counts those of the whole file. */
  readonly rows: number;
}

/** A training reward. */
export interface Reward<Item> {
  /** Where it is from and what it pays for, in a line. */
  readonly title: string;
  /** The highest value it can pay. */
  readonly max: number;
  /** @throws InfrastructureError */
  score(item: Item, text: string): number | Promise<number>;
}

export interface RealTask<Item = unknown> {
  /** Folder name, such as "gsm8k". */
  readonly id: string;
  readonly title: string;
  /** By name; there is always a `test`, which `deno task grade` takes rows from. */
  readonly splits: Readonly<Record<string, RealSplit>> & { readonly test: RealSplit };
  /**
   * The rows of a split in their fixed order.
   * @param bytes contents of the split's file, unzipped
   * @throws RangeError listing the splits when there is none of that name
   * @throws SyntaxError naming the line that cannot be read
   */
  load(split: string, bytes: Uint8Array): Row<Item>[];
  /** Identity of a problem: equal ids are the same problem, whatever file they stand in. */
  identify(item: Item): string;
  /** Fields of a line of generations that carries its own item instead of an index, such as ["gold"]. */
  readonly itemFields: readonly string[];
  /**
   * The item of a line that has all `itemFields`; other fields of the item, such as its question, are optional.
   * @param rows of the `test` split, for tasks whose lines name a row by another key than its index
   * @throws SyntaxError saying which field is wrong: expected, found
   */
  itemOf(line: Readonly<Record<string, unknown>>, rows: readonly Row<Item>[]): Item;
  /** @throws TypeError for an item that has no question, as those of `itemOf` need none */
  prompt(item: Item, protocol: Protocol): Prompt;
  /**
   * A worked response to the `chat` prompt, made of the item's own solution: `strict` calls it correct. Null where
   * the item has none.
   */
  demonstrate(item: Item): string | null;
  /** By name; "clean" is ours, in [0, 1], and the default. */
  readonly rewards: Readonly<Record<string, Reward<Item>>> & { readonly clean: Reward<Item> };
  /**
   * Grades one response: the text after the prompt and its prefill, special tokens and all. Says nothing about
   * the response by throwing: an error here means that it could not be graded.
   * @throws InfrastructureError
   */
  grade(item: Item, text: string): Promise<Grades>;
  /** The problem and its gold answer, for people. */
  show(item: Item): string;
  /** A response and what became of it, for people. */
  showGrade(item: Item, text: string, grades: Grades): string;
  /** Ends the workers that grading started, if any; grading again starts new ones. */
  close?(): Promise<void>;
}

/** The split of a name. @throws RangeError listing the known ones */
export function splitOf(task: Pick<RealTask, "id" | "splits">, name: string): RealSplit {
  const split = Object.hasOwn(task.splits, name) ? task.splits[name] : undefined;
  if (split) return split;
  throw new RangeError(
    `${task.id} has no split "${name}"; known splits: ${Object.keys(task.splits).join(", ")}`,
  );
}

/**
 * JSON values of the lines of a file.
 * @throws SyntaxError naming the line that is not JSON
 */
export function readJsonLines(bytes: Uint8Array): unknown[] {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trimEnd().split("\n").map((line, index) => {
    try {
      return JSON.parse(line);
    } catch {
      throw new SyntaxError(`line ${index + 1}: expected JSON, found ${JSON.stringify(line.slice(0, 80))}`);
    }
  });
}
