/** Names that suites, records and tables share. */

/** What ids of suites, tasks and objectives look like: they become names of folders. */
export const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Ids of tasks: the problem, and which variant of it. */
export const TASK_ID = /^[a-z0-9][a-z0-9-]{0,63}(\/[a-z0-9][a-z0-9-]{0,63})?$/;

/**
 * How a base model comes to leave room for improvement. `staged`: it has the skill and was then shown
 * demonstrations with one systematic mistake. `natural`: it was trained on correct demonstrations alone.
 */
export const SETTINGS = ["staged", "natural"] as const;

/** Ways to decode, in the order of presentation: what training optimises comes first. */
export const DECODINGS = ["sampled", "greedy"] as const;
export type Decoding = (typeof DECODINGS)[number];

/** Kinds of arithmetic whose results are never mixed. */
export const BACKENDS = ["webgpu", "cpu", "cpu-fast"] as const;

/** The set id of the generated puzzles of a task's test split. */
export const GENERATED = "generated";

/** A suite that cannot be found, read or run. */
export class SuiteError extends Error {
  override name = "SuiteError";
}
