/** What graders say about a response. */

import { beforeEnd } from "./answers/response.ts";

/** Graders, what they are real_task.ts says: every task has the strict one, and `d1` those that the d1 papers have. */
export const MODES = ["strict", "d1"] as const;
export type Mode = (typeof MODES)[number];

/** A share of something counted, such as cells; pooled over examples by summing both parts. */
export interface Count {
  readonly count: number;
  readonly total: number;
}

/** What a grader says of one response. */
export interface Grade {
  readonly correct: boolean;
  /** The parsed answer in canonical form, or null when there is none. */
  readonly answer: string | null;
  /** Why, in a few words. */
  readonly reason: string;
  /** Partial measures by name, such as { cells: { count: 7, total: 8 } }. */
  readonly measures: Readonly<Record<string, Count>>;
  /** Of a program: the module that it needs and that the sandbox does not have. */
  readonly lacks?: string;
}

/** Something of each grader of a task. */
export interface PerMode<Value> {
  readonly strict: Value;
  /** Absent where the d1 papers never had the task. */
  readonly d1?: Value | undefined;
}

/** What each grader says of one response. */
export type Grades = PerMode<Grade>;

/** The same for each grader; what is beside them is left out. */
export function perMode<From, To>({ strict, d1 }: PerMode<From>, of: (value: From) => To): PerMode<To> {
  return { strict: of(strict), ...(d1 !== undefined && { d1: of(d1) }) };
}

/** Grading failed for a reason of ours or of the machine: never a wrong answer. */
export class InfrastructureError extends Error {
  override readonly name = "InfrastructureError";
}

/** A grade without partial scores. */
export function gradeOf(correct: boolean, answer: string | null, reason: string): Grade {
  return { correct, answer, reason, measures: {} };
}

/** A response up to its first end token and its grades, for people. */
export function showGrades(text: string, { strict, d1 }: Grades): string {
  const line = (name: string, { correct, answer, reason }: Grade) =>
    `${name}: ${correct ? "correct" : "wrong"}, answer ${answer ?? "none"} (${reason})`;
  return [beforeEnd(text).trim(), line("strict", strict), ...(d1 ? [line("d1", d1)] : [])].join("\n");
}
