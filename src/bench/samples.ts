/** What lies beside a record: the first responses of every test set, token by token, and the step log. */

import { gzipSync } from "node:zlib";
import { exp } from "../../kernels/math/elementary.ts";
import { perMode } from "../../tasks/verdict.ts";
import type { Vocabulary } from "../../tasks/task.ts";
import { replaceFile } from "../files/durable.ts";
import type { StepLog } from "../train/policy.ts";
import type { TestScore } from "./model_scores.ts";

/** Responses kept of each test set and decoding. */
export const KEPT = 16;

/** JSON lines of the first responses of each test set and decoding; results/README.md explains the fields. */
export function sampleLines(
  scores: readonly Pick<TestScore, "set" | "decoding" | "graded">[],
  { symbols }: Pick<Vocabulary, "symbols">,
): string {
  return scores.flatMap(({ set, decoding, graded }) =>
    graded.slice(0, KEPT).map(({ example, trajectory, response, grades }, index) => {
      const { tokens, revealStep, logp, entropy } = trajectory;
      return JSON.stringify({
        set,
        decoding,
        index,
        id: example.id,
        prompt: example.prompt,
        tokens: Array.from(tokens, (id) => symbols[id] ?? `<${id}>`),
        revealStep: [...revealStep],
        confidence: Array.from(logp, (value) => rounded(exp(value))),
        entropy: Array.from(entropy, rounded),
        response,
        ...perMode(grades, ({ correct, answer, reason }) => ({ correct, answer, reason })),
      }) + "\n";
    })
  ).join("");
}

/** JSON lines of a step log, with sorted keys: a continued run read its first lines from a checkpoint. */
export function stepLines(log: readonly StepLog[]): string {
  return log.map((line) => JSON.stringify(line, Object.keys(line).sort()) + "\n").join("");
}

/**
 * Writes text compressed, whole or not at all. The head of the file has neither name nor time; equal texts give
 * equal bytes from the same version of Deno.
 */
export async function writeCompressed(path: string, text: string): Promise<void> {
  await replaceFile(path, gzipSync(new TextEncoder().encode(text), { level: 9 }));
}

/** Six decimals: enough to look at; null where a number is not finite. */
function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null;
}
