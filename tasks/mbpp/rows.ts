/** Rows of the two MBPP files. */

import { readJsonLines, type Row } from "../real_task.ts";

export interface MbppItem {
  readonly taskId: number;
  readonly text: string;
  /** The reference solution. */
  readonly code: string;
  /** Source that runs after the code, in its module. */
  readonly setup: string;
  /** Asserts. */
  readonly tests: readonly string[];
  /** What the tests call: names that the reference solution defines. */
  readonly names: readonly string[];
  /** Worked examples of the same file, for the prompts that have some. */
  readonly shots: readonly MbppItem[];
}

/** First and last id of each split. */
export const ID_RANGES = {
  train: [601, 974],
  validation: [511, 600],
  test: [11, 510],
  "test-sanitized": [11, 510],
} as const;

/** Ids of the worked examples. */
const SHOTS = [2, 3, 4];

const unix = (text: string) => text.replaceAll("\r\n", "\n");

/** Names at the left margin of the reference solution that the tests use. */
function testedNames(code: string, tests: readonly string[]): string[] {
  const defined = [...code.matchAll(/^(?:def|class)[ \t]+(\w+)/gm)].map((match) => match[1]!);
  return [...new Set(defined)].filter((name) => tests.some((test) => new RegExp(`\\b${name}\\b`).test(test)));
}

/** Import lines of a source: what its tests rely on to be imported. */
export function importsOf(code: string): string {
  return code.split("\n").filter((line) => /^(?:import|from)\s/.test(line)).join("\n");
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

function itemOf(line: unknown, number: number): MbppItem {
  const row = (line ?? {}) as Record<string, unknown>;
  const { task_id, code, test_list } = row;
  const text = row["text"] ?? row["prompt"], setup = row["test_setup_code"] ?? "";
  const imports = row["test_imports"] ?? [];
  if (
    typeof task_id === "number" && typeof text === "string" && typeof code === "string" &&
    typeof setup === "string" && isTexts(test_list) && test_list.length > 0 && isTexts(imports)
  ) {
    const names = testedNames(unix(code), test_list);
    if (names.length > 0) {
      return {
        taskId: task_id,
        text: unix(text),
        code: unix(code),
        setup: [...imports, ...(setup ? [unix(setup)] : [])].join("\n"),
        tests: test_list.map(unix),
        names,
        shots: [],
      };
    }
  }
  throw new SyntaxError(
    `row ${number}: expected task_id, text or prompt, and code that defines what test_list calls, found ` +
      JSON.stringify(line).slice(0, 80),
  );
}

/**
 * All rows of a file: JSON lines, or for the sanitized file a list.
 * @throws SyntaxError naming the row that differs
 */
export function readItems(sanitized: boolean, bytes: Uint8Array): MbppItem[] {
  const lines: unknown = sanitized ? JSON.parse(new TextDecoder().decode(bytes)) : readJsonLines(bytes);
  if (!Array.isArray(lines)) throw new SyntaxError("expected a list of rows");
  const items = lines.map((line, index) => itemOf(line, index + 1));
  const shots = items.filter(({ taskId }) => SHOTS.includes(taskId));
  return items.map((item) => ({ ...item, shots }));
}

/** The rows of a split. @throws SyntaxError naming the row that differs */
export function readRows(split: keyof typeof ID_RANGES, bytes: Uint8Array): Row<MbppItem>[] {
  const [first, last] = ID_RANGES[split];
  return readItems(split === "test-sanitized", bytes)
    .map((item, index) => ({ index, item }))
    .filter(({ item }) => item.taskId >= first && item.taskId <= last);
}
