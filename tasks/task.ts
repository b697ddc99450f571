/**
 * What a task is, to training and benchmarking: generated examples, demonstrations, training rewards and evaluation
 * grades. A variant of a real task (`real_task.ts`) is rewarded and graded by the code of that task.
 */

import type { Grades } from "./verdict.ts";
import type { DataFile } from "./data/files.ts";

/** One problem. `item` is what the task's own reward and grade need. */
export interface Example<Item = unknown> {
  /** Identity of the problem: equal ids are the same problem, whatever produced them. */
  readonly id: string;
  /** Text before the response, in the task's vocabulary. */
  readonly prompt: string;
  readonly item: Item;
  /** Facts shown beside a verdict, such as "clean" for a row whose solution occurs in no training set. */
  readonly tags: readonly string[];
}

/** Which generated examples: those of different splits never share a problem. */
export type Split = "train" | "test";

/** A response of a model to an example, special tokens and all. */
export interface TaskResponse<Item = unknown> {
  readonly example: Example<Item>;
  readonly text: string;
}

/** A test set made of a pinned file. */
export interface RealTestSet<Item = unknown> {
  readonly id: string;
  readonly title: string;
  readonly file: DataFile;
  /** Tokens of the longest prompt, where it differs from the task's. */
  readonly promptLength?: number;
  /** Tokens of a response, where the answers need more than the task's. */
  readonly responseLength?: number;
  /** Examples in their fixed order. @throws SyntaxError naming the row that cannot be read */
  load(bytes: Uint8Array): Example<Item>[];
}

/** Symbols of the tasks, each a token. */
export interface Vocabulary {
  /** Rows of an embedding table and columns of logits; ids at or past `symbols.length` are unassigned. */
  readonly size: 64;
  /** Text of each assigned id. */
  readonly symbols: readonly string[];
  /** Ends a response and pads it. */
  readonly eosId: number;
  readonly maskId: number;
  /**
   * Ids of a text, longest symbol first at every position.
   * @throws RangeError naming the character that no symbol starts with
   */
  encode(text: string): Uint32Array<ArrayBuffer>;
  /** Text up to the first end token. Mask and unassigned ids become a character that no parser accepts. */
  decode(ids: ArrayLike<number>): string;
  /** `encode`, padded to `length` ids by end tokens. @throws RangeError when the text has more tokens */
  encodePadded(text: string, length: number): Uint32Array<ArrayBuffer>;
}

export interface Task<Item = unknown> {
  /** `<folder>/<variant>`: no table can take its scores for those of the real task of the folder. */
  readonly id: string;
  readonly title: string;
  readonly vocabulary: Vocabulary;
  /** Tokens of a generated prompt; every generated prompt has this length. */
  readonly promptLength: number;
  /** Tokens of a response. */
  readonly responseLength: number;
  /** The `index`-th generated example of a split: a pure function of its arguments. */
  generate(split: Split, seed: number, index: number): Example<Item>;
  /**
   * A worked response to a generated example. With probability `flaw` it carries the task's one systematic
   * mistake (`flawDescription`). Pure function of its arguments.
   * @throws RangeError unless `flaw` is a probability, and 0 for a task without such a mistake
   */
  demonstrate(example: Example<Item>, flaw: number, seed: number, index: number): string;
  /** Null for a task whose demonstrations make no mistake. */
  readonly flawDescription: string | null;
  /**
   * Training rewards in [0, 1], in order: pure functions of the responses, whatever else is in the batch.
   * @throws InfrastructureError when a response could not be judged
   */
  rewards(batch: readonly TaskResponse<Item>[]): Promise<number[]>;
  /**
   * Evaluation grades, in order, as pure as the rewards: strict, and d1 for a task that the d1 papers have.
   * @throws InfrastructureError when a response could not be judged
   */
  grades(batch: readonly TaskResponse<Item>[]): Promise<Grades[]>;
  /** Real test sets, from pinned files. */
  readonly testSets: readonly RealTestSet<Item>[];
  /** Ends the processes that grading started, if any; grading again starts new ones. */
  close?(): Promise<void>;
}
