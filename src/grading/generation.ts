/** A line of generations: which problem, and what a model wrote. */

import { createHash } from "node:crypto";
import type { RealTask, Row } from "../../tasks/real_task.ts";
import { type Line, MAX_LINE_BYTES } from "../files/lines.ts";

export interface Generation {
  readonly line: number;
  /** As the line gives it; null where it carries its own item and no index. */
  readonly index: number | null;
  readonly item: unknown;
  /** Null: the model gave nothing, which is a wrong answer. */
  readonly text: string | null;
  /** The row of the split that the line answers; null where the line carries a problem of its own. */
  readonly row: number | null;
  /** Identity of the problem: lines of one are samples of it. */
  readonly problem: string;
  /** Short hash of the line: verdicts made of other lines are not taken for this one's. */
  readonly fingerprint: string;
}

/** The rows that lines name, read when the first line needs them. */
export interface TestRows {
  readonly list: readonly Row<unknown>[];
  readonly byIndex: ReadonlyMap<number, Row<unknown>>;
  /** The index of an item of the list. */
  readonly indexOf: ReadonlyMap<unknown, number>;
}

/** A line that is no generation. */
export class MalformedLine extends Error {
  override readonly name = "MalformedLine";
}

const DIGITS = 16;

/**
 * The generation that a line holds. An item of its own goes before an index, which then is only repeated.
 * @throws MalformedLine saying what was expected and found
 */
export async function readGeneration(
  line: Line,
  task: RealTask,
  rowsOf: () => Promise<TestRows>,
): Promise<Generation> {
  const fields = objectOf(line);
  const { index, text } = fields;
  if (typeof text !== "string" && text !== null) {
    throw new MalformedLine(`expected "text" to be a string, or null for no answer, found ${shown(text)}`);
  }
  const hasIndex = index !== undefined && index !== null;
  if (hasIndex && !(Number.isSafeInteger(index) && (index as number) >= 0)) {
    throw new MalformedLine(`expected "index" to be a row number from 0, found ${shown(index)}`);
  }
  const missing = task.itemFields.filter((name) => fields[name] === undefined);
  const fingerprint = createHash("sha256").update(line.bytes).digest("hex").slice(0, DIGITS);
  const common = { line: line.number, index: hasIndex ? index as number : null, text, fingerprint };
  if (missing.length === 0) {
    const item = await ownItem(task, fields, rowsOf);
    const row = task.itemFields.includes(ROW_KEY) ? (await rowsOf()).indexOf.get(item)! : null;
    const problem = row === null ? ownProblem(task, item, common) : problemOfRow(row);
    return { ...common, item, row, problem };
  }
  if (!hasIndex) {
    const own = task.itemFields.map((name) => `"${name}"`).join(" and ");
    const found = missing.length < task.itemFields.length ? `no "${missing[0]}"` : "neither";
    throw new MalformedLine(`expected "index", or ${own}; found ${found}`);
  }
  const { byIndex, list } = await rowsOf();
  const row = byIndex.get(index as number);
  if (row) return { ...common, item: row.item, row: row.index, problem: problemOfRow(row.index) };
  const indices = list.map((row) => row.index);
  throw new MalformedLine(
    `expected "index" to be a row from ${Math.min(...indices)} to ${Math.max(...indices)}, found ${index}`,
  );
}

/** The field of an item that names a row of the test file. */
const ROW_KEY = "task_id";

const problemOfRow = (row: number) => `row ${row}`;

/**
 * Of a line with its own item: the index that it repeats, or what the model is asked. An answer alone does not say of
 * what: such a line is a problem for itself.
 */
function ownProblem(
  task: RealTask,
  item: unknown,
  { index, line }: Pick<Generation, "index" | "line">,
): string {
  if (index !== null) return `index ${index}`;
  try {
    return JSON.stringify(task.prompt(item, "plain"));
  } catch (error) {
    if (error instanceof TypeError) return `line ${line}`;
    throw error;
  }
}

async function ownItem(
  task: RealTask,
  fields: Readonly<Record<string, unknown>>,
  rowsOf: () => Promise<TestRows>,
): Promise<unknown> {
  // Only items that name a row need the file, which may not be at hand.
  const rows = task.itemFields.includes(ROW_KEY) ? (await rowsOf()).list : [];
  try {
    return task.itemOf(fields, rows);
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedLine(error.message);
    throw error;
  }
}

function objectOf({ number, bytes, tooLong }: Line): Record<string, unknown> {
  if (tooLong) throw new MalformedLine(`longer than ${MAX_LINE_BYTES >> 20} MiB`);
  let text: string;
  try {
    // A byte order mark may begin the file, and is dropped there.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: number > 1 }).decode(bytes);
  } catch {
    throw new MalformedLine("not UTF-8");
  }
  if (text.trim() === "") throw new MalformedLine("empty");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedLine(`expected JSON, found ${shown(text)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedLine(`expected a JSON object, found ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

const MAX_SHOWN = 60;

function shown(value: unknown): string {
  if (value === undefined) return "none";
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}
