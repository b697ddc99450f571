/**
 * Generations as JSON lines that `deno task grade` reads, appended one at a time, so that an interrupted run can be
 * continued.
 */

import { openLineFile } from "../files/line_file.ts";
import type { Waiting } from "../files/lock.ts";
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
 * Opens a file to continue it, or to begin it; nobody else does until it is disposed.
 * @throws GenerationFileError when it holds anything but generations of `madeBy`
 */
export async function openGenerations(
  path: string,
  madeBy: string,
  waiting: Waiting = {},
): Promise<GenerationFile> {
  const indices = new Set<number>();
  let notAttempted = 0;
  const file = await openLineFile(path, {
    start: '{"index":',
    read(bytes, number) {
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
    },
  }, waiting);
  return {
    indices,
    notAttempted,
    write(generated) {
      file.append(generated.map(({ index, text, tokens, notAttempted }): GenerationLine => ({
        index,
        text,
        tokens,
        ...(notAttempted !== null && { not_attempted: notAttempted }),
        made_by: madeBy,
      })));
    },
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
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
