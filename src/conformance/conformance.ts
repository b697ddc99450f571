/** Checks every file of a folder of expected values that a checker knows. */

import type { CaseResult, CheckContext, Checker } from "./checker.ts";
import { CHECKERS } from "./checkers.ts";

/** The cases of one file, or of one implementation where a file checks several. */
export interface FileReport {
  readonly file: string;
  readonly form: string | null;
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly missing: number;
  readonly largestError: number;
  /** Failed cases with what was wrong. */
  readonly failures: readonly { readonly name: string; readonly detail: string }[];
  /** Why cases are missing, each reason once. */
  readonly reasons: readonly string[];
}

/**
 * Runs the checkers over a folder in the format of the fixtures' README, whatever its sizes.
 * @throws Error if the folder cannot be read or has no file that a checker knows
 */
export async function checkFolder(
  folder: string,
  context: CheckContext,
  checkers: readonly Checker[] = CHECKERS,
): Promise<FileReport[]> {
  const reports: FileReport[] = [];
  for (const path of await filesOf(folder)) {
    const checker = checkers.find((candidate) => candidate.matches(path));
    if (!checker) continue;
    const results = await checker.check(path, folder, context).catch((error: Error): CaseResult[] => [
      { name: path, status: "failed", error: Infinity, detail: error.message },
    ]);
    const forms = new Set(results.map(({ form }) => form ?? null));
    for (const form of forms.size ? forms : [null]) {
      reports.push(summarise(path, form, results.filter((result) => (result.form ?? null) === form)));
    }
  }
  if (reports.length === 0) {
    throw new Error(
      `${folder} has no file with expected values: expected files such as manifest.json, advantages.json, ` +
        "objectives/<id>.json or models/<name>/forward.json in it",
    );
  }
  return reports;
}

function summarise(file: string, form: string | null, results: readonly CaseResult[]): FileReport {
  const count = (status: CaseResult["status"]) => results.filter((result) => result.status === status).length;
  return {
    file,
    form,
    cases: results.length,
    passed: count("passed"),
    failed: count("failed"),
    missing: count("missing"),
    largestError: results.reduce((max, { error }) => Math.max(max, error), 0),
    failures: results.filter(({ status }) => status === "failed")
      .map(({ name, detail }) => ({ name, detail: detail ?? "" })),
    reasons: [
      ...new Set(results.filter(({ status }) => status === "missing").map(({ detail }) => detail ?? "")),
    ],
  };
}

/** Paths of all files below a folder, relative to it, sorted. */
async function filesOf(folder: string, below = ""): Promise<string[]> {
  const paths: string[] = [];
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(`${folder}/${below}`));
  } catch (error) {
    throw new Error(`cannot read the folder ${folder}/${below}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) paths.push(...await filesOf(folder, `${below}${name}/`));
    else paths.push(`${below}${name}`);
  }
  return paths.sort();
}
