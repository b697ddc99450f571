/**
 * Generations as JSON lines that `deno task grade` reads, appended one at a time, so that an interrupted run can be
 * continued.
 */

import { readLines } from "../grading/read_lines.ts";
import type { Generated } from "./generate.ts";

/** A line of the file. */
interface GenerationLine {
  readonly index: number;
  readonly text: string;
  readonly tokens: number;
  readonly not_attempted?: string;
  /** Identity of the model and of everything else that decides the text. */
  readonly made_by: string;
}

/** The file cannot be continued. */
export class GenerationFileError extends Error {
  override readonly name = "GenerationFileError";
}

export interface GenerationFile extends Disposable {
  /** Rows that the file holds already. */
  readonly indices: ReadonlySet<number>;
  /** Of them, those that were not attempted. */
  readonly notAttempted: number;
  /** Appends whole lines. */
  write(generated: readonly Generated[]): void;
}

/**
 * Opens a file to continue it, or to begin it. What follows the last line end is the rest of a run that was killed,
 * and is cut off.
 * @throws GenerationFileError when it holds anything but generations of `madeBy`
 */
export async function openGenerations(path: string, madeBy: string): Promise<GenerationFile> {
  const indices = new Set<number>();
  let whole = 0, notAttempted = 0;
  const file = await Deno.open(path, { read: true, append: true, create: true });
  try {
    const { size } = await file.stat();
    using reader = await Deno.open(path);
    for await (const { number, bytes } of readLines(reader.readable.values({ preventCancel: true }))) {
      if (whole + bytes.length + 1 > size && isBeginning(bytes)) break;
      whole += bytes.length + 1;
      const line = readLine(bytes);
      if (line === null || line.made_by !== madeBy || indices.has(line.index)) {
        const found = line === null
          ? "something else"
          : line.made_by === madeBy
          ? `row ${line.index} again`
          : "one of another model or other settings";
        throw new GenerationFileError(
          `${path}, line ${number}: expected a generation of this model with these settings, found ${found}; choose ` +
            "another --out, or delete the file",
        );
      }
      indices.add(line.index);
      if (line.not_attempted !== undefined) notAttempted++;
    }
    if (whole < size) await file.truncate(whole);
  } catch (error) {
    file.close();
    throw error;
  }
  const encoder = new TextEncoder();
  return {
    indices,
    notAttempted,
    write(generated) {
      const lines = generated.map(({ index, text, tokens, notAttempted }): GenerationLine => ({
        index,
        text,
        tokens,
        ...(notAttempted !== null && { not_attempted: notAttempted }),
        made_by: madeBy,
      }));
      const bytes = encoder.encode(lines.map((line) => JSON.stringify(line) + "\n").join(""));
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Whether a line without an end is the beginning of a generation: nothing else may be cut off. */
function isBeginning(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes), start = '{"index":';
  return text.startsWith(start.slice(0, text.length));
}

function readLine(bytes: Uint8Array): GenerationLine | null {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const { index, text, made_by } = value ?? {};
    return Number.isSafeInteger(index) && typeof text === "string" && typeof made_by === "string"
      ? value
      : null;
  } catch {
    return null;
  }
}
