/**
 * What EGSPO (vishnutez/egspo-dllm-rl@a7d618b5), which brought the code tasks to the d1 family, does with a
 * response, mistakes included.
 */

import { gradeOfExit, runScript } from "./grades.ts";
import { tagCountReward } from "../d1/text.ts";
import { type Grade, gradeOf } from "../verdict.ts";

const OPEN = "```python", CLOSE = "```";

/** The inside of the first block that says `python`; null without one, or when it is not closed. */
export function firstPythonBlock(text: string): string | null {
  const open = text.indexOf(OPEN);
  if (open < 0) return null;
  const close = text.indexOf(CLOSE, open + OPEN.length);
  return close < 0 ? null : text.slice(open + OPEN.length, close).trim();
}

/** The name of the first function that a text defines, wherever. */
export function firstFunction(code: string): string | null {
  return /\bdef\s+(\w+)/.exec(code)?.[1] ?? null;
}

/** Passed if the program ends with exit code 0, however it does. @param tests source that follows the program */
export async function egspoGrade(
  text: string,
  tests: (code: string) => string | null,
  seconds?: number,
  steps?: number,
): Promise<Grade> {
  const code = firstPythonBlock(text);
  if (code === null) return gradeOf(false, null, "no closed block of python");
  const rest = tests(code);
  if (rest === null) return gradeOf(false, code, "the block defines no function");
  return gradeOfExit(code, await runScript(`${code}\n${rest}`, seconds, steps));
}

/** Words that cost a program all its tests, wherever they stand. */
const FORBIDDEN = [
  ...["os", "sys", "subprocess", "shutil", "socket", "psutil", "ctypes", "pathlib", "builtins"].map((name) =>
    ` ${name}`
  ),
  "__import__",
];

/** The program with its first function under the name that the tests call; null when it has a forbidden word. */
export function egspoProgram(text: string, name: string): string | null {
  const code = firstPythonBlock(text);
  if (code === null || FORBIDDEN.some((word) => code.includes(word))) return null;
  const defined = firstFunction(code);
  if (defined === null || defined === name) return code;
  return code.replaceAll(new RegExp(`\\bdef\\s+${defined}\\b`, "g"), () => `def ${name}`);
}

/** Its training reward: the tag layout (up to 0.5), the share of tests, 0.5 for a first block inside the answer. */
export async function egspoReward(
  text: string,
  name: string,
  share: (code: string) => Promise<number>,
): Promise<number> {
  const code = egspoProgram(text, name);
  const passed = code === null ? 0 : await share(code);
  return tagCountReward(text) + passed + (blockInAnswer(text) ? 0.5 : 0);
}

function blockInAnswer(text: string): boolean {
  const open = text.indexOf("<answer>"), close = text.indexOf("</answer>", open);
  const block = text.indexOf(OPEN);
  return open >= 0 && block > open && close >= 0 && text.indexOf(CLOSE, block + OPEN.length) >= 0 &&
    block < close;
}
