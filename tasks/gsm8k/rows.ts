/** Rows of the GSM8K files and their golds. */

import { readJsonLines, type Row } from "../real_task.ts";

export interface Gsm8kItem {
  /** Null for items of lines that carry only a gold. */
  readonly question: string | null;
  /** The worked solution with its calculator marks, where there is one. */
  readonly solution: string | null;
  /** As the file writes it, "1,450" or "-10". */
  readonly gold: string;
}

const GOLD = /^-?\d[\d,]*(?:\.\d+)?$/;

/** Whether a text is a gold as the files write them. */
export function isGold(text: string): boolean {
  return GOLD.test(text);
}

/** Lines such as {"question": "...", "answer": "...\n#### 72"}. @throws SyntaxError naming the line that differs */
export function readRows(bytes: Uint8Array): Row<Gsm8kItem>[] {
  return readJsonLines(bytes).map((line, index) => {
    const { question, answer } = (line ?? {}) as Record<string, unknown>;
    const parts = typeof answer === "string" ? answer.split("\n#### ") : [];
    const gold = parts[1]?.trim();
    if (typeof question !== "string" || parts.length !== 2 || gold === undefined || !isGold(gold)) {
      throw new SyntaxError(
        `line ${index + 1}: expected a question and an answer that ends in "#### N", found ` +
          JSON.stringify(line).slice(0, 80),
      );
    }
    return { index, item: { question, solution: parts[0]!, gold } };
  });
}
