/** Grades of model-written programs: one sandbox for all code tasks, and what its verdicts mean for a response. */

import {
  createSandbox,
  type Exit,
  type Expression,
  type ExpressionVerdict,
  type Program,
  type Sandbox,
  type Verdict,
} from "../../src/sandbox/sandbox.ts";
import { type Grade, type Grades, InfrastructureError } from "../verdict.ts";
import { beforeEnd } from "../answers/response.ts";

/** Verdicts that are kept: a policy repeats itself, and a reward and a grade ask for the same. */
const KEPT = 10_000, KEPT_EXPRESSIONS = 200_000;

let sandbox: Promise<Sandbox> | null = null;
const verdicts = new Map<string, Promise<Verdict>>();
const exits = new Map<string, Promise<Exit>>();
const expressions = new Map<string, ExpressionVerdict>();

async function opened(): Promise<Sandbox> {
  sandbox ??= createSandbox();
  try {
    return await sandbox;
  } catch (error) {
    sandbox = null;
    throw new InfrastructureError(`no sandbox for programs: ${(error as Error).message}`, { cause: error });
  }
}

/** Ends the sandbox, if one runs; the next program starts another. */
export async function closeCodeSandbox(): Promise<void> {
  const closing = sandbox;
  sandbox = null;
  verdicts.clear();
  exits.clear();
  expressions.clear();
  await (await closing?.catch(() => null))?.close();
}

/** What a run says, from memory where it was asked before and every machine would say the same. */
async function remembered<Result extends { status: string; reason: string; reproducible: boolean }>(
  memory: Map<string, Promise<Result>>,
  input: unknown,
  run: () => Promise<Result>,
): Promise<Result> {
  const key = JSON.stringify(input);
  let running = memory.get(key);
  if (!running) {
    running = run();
    memory.set(key, running);
    if (memory.size > KEPT) memory.delete(memory.keys().next().value!);
  }
  try {
    const result = await running;
    if (result.status === "infra_error") throw new InfrastructureError(result.reason);
    if (!result.reproducible) memory.delete(key);
    return result;
  } catch (error) {
    memory.delete(key);
    throw error;
  }
}

/** @throws InfrastructureError when nothing can be said about the program */
export function runProgram(program: Program): Promise<Verdict> {
  return remembered(verdicts, program, async () => (await opened()).run(program));
}

/**
 * Runs a whole program as `python -c` would.
 * @throws InfrastructureError when nothing can be said about the program
 */
export function runScript(code: string, seconds?: number, steps?: number): Promise<Exit> {
  const script = { code, ...(seconds !== undefined && { seconds }), ...(steps !== undefined && { steps }) };
  return remembered(exits, script, async () => (await opened()).script(script));
}

/**
 * Verdicts of expressions, in their order; each is run once, however often it is asked for.
 * @throws InfrastructureError when nothing can be said about one of them
 */
export async function runExpressions(items: readonly Expression[]): Promise<ExpressionVerdict[]> {
  const keys = items.map(expressionKey);
  const found = keys.map((key) => expressions.get(key));
  const unknown = new Map<string, Expression>();
  for (const [i, key] of keys.entries()) if (!found[i]) unknown.set(key, items[i]!);
  if (unknown.size === 0) return found as ExpressionVerdict[];
  const verdicts = await (await opened()).runExpressions([...unknown.values()]);
  const lost = verdicts.find(({ status }) => status === "infra_error");
  if (lost) throw new InfrastructureError(lost.reason);
  const fresh = new Map([...unknown.keys()].map((key, i) => [key, verdicts[i]!]));
  for (const [key, verdict] of fresh) if (verdict.reproducible) expressions.set(key, verdict);
  for (const key of expressions.keys()) {
    if (expressions.size <= KEPT_EXPRESSIONS) break;
    expressions.delete(key);
  }
  return found.map((verdict, i) => verdict ?? fresh.get(keys[i]!)!);
}

/** Tests first: they are numbers, so whatever the expression holds, no other pair has the same key. */
function expressionKey({ expression, tests }: Expression): string {
  let key = "";
  for (const { x, expected } of tests) key += `${x} ${expected},`;
  return `${key};${expression}`;
}

const byClock = ({ reproducible }: { reproducible: boolean }) => reproducible ? "" : " (not reproducible)";

/** The grade of a program that ran. @param code what of the response was run */
export function gradeOfVerdict(code: string, place: string, verdict: ExpressionVerdict): Grade {
  return {
    correct: verdict.status === "passed",
    answer: code,
    reason: `${place}: ${verdict.reason}${byClock(verdict)}`,
    measures: { tests: { count: verdict.passed, total: verdict.total } },
  };
}

/** The grade of a response by the reading of it that ran. @param places where the program's readings were */
export function gradeOfReadings(program: Program, places: readonly string[], verdict: Verdict): Grade {
  const { reading, code } = verdict.ran ?? { reading: 0, code: program.code };
  const grade = gradeOfVerdict(code, places[reading]!, verdict);
  return verdict.lacks === undefined ? grade : { ...grade, lacks: verdict.lacks };
}

/** The grade of a program that is judged by its exit code. */
export function gradeOfExit(code: string, exit: Exit): Grade {
  const reason = exit.status === "exited"
    ? `exit code ${exit.code}${exit.reason ? `: ${exit.reason}` : ""}`
    : exit.status === "timeout"
    ? `timeout: ${exit.reason}`
    : exit.reason;
  return { correct: exit.code === 0, answer: code, reason: reason + byClock(exit), measures: {} };
}

/** A response up to its first end token and its grades, for people. */
export function showCodeGrades(text: string, { strict, d1 }: Grades): string {
  const line = (name: string, { correct, reason }: Grade) =>
    `${name}: ${correct ? "correct" : "wrong"} (${reason})`;
  return [beforeEnd(text).trim(), line("strict", strict), ...(d1 ? [line("d1", d1)] : [])].join("\n");
}
