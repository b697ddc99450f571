/** The real Countdown test set, and how a problem is written. */

import { dataFiles } from "../data/files.ts";
import type { Example, RealTestSet } from "../task.ts";

export interface CountdownItem {
  /** As the prompt lists them; an answer may use them in any order. */
  readonly numbers: readonly number[];
  readonly target: number;
  /** A correct expression, of generated examples. */
  readonly solution: string | null;
}

/** Identity of a problem: its numbers in any order, and the target. Committed hashes depend on this text. */
export function problemKey(numbers: readonly number[], target: number): string {
  return `${numbers.toSorted((a, b) => a - b).join(",")}=${target}`;
}

/** Prompts read "5,3,2=06": targets have at least two digits, so that every generated prompt has one length. */
export function countdownExample(item: CountdownItem): Example<CountdownItem> {
  const { numbers, target } = item;
  return {
    id: `countdown:${problemKey(numbers, target)}`,
    prompt: `${numbers.join(",")}=${String(target).padStart(2, "0")}`,
    item,
    tags: [],
  };
}

/** Lines such as {"input": "30,100,93", "output": "23"}. @throws SyntaxError naming the line that differs */
export function readProblems(bytes: Uint8Array): CountdownItem[] {
  return new TextDecoder().decode(bytes).trimEnd().split("\n").map((line, index) => {
    const row = /^\{"input": "(\d+,\d+,\d+)", "output": "(\d+)"\}$/.exec(line);
    if (!row) {
      throw new SyntaxError(
        `line ${index + 1}: expected {"input": "a,b,c", "output": "t"}, found ${
          JSON.stringify(line.slice(0, 80))
        }`,
      );
    }
    return { numbers: row[1]!.split(",").map(Number), target: Number(row[2]), solution: null };
  });
}

export const countdownTestSets: readonly RealTestSet<CountdownItem>[] = [
  {
    id: "countdown-d1",
    title: "Countdown, d1's 256 problems of three numbers up to 100",
    file: dataFiles.countdownD1,
    promptLength: 12,
    responseLength: 12,
    load: (bytes) => readProblems(bytes).map(countdownExample),
  },
];
