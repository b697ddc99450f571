/**
 * The part of `@std/yaml` that this project uses, over `js-yaml`, with the signatures of the original: a machine
 * that reaches JSR may map the name to `jsr:@std/yaml@1` instead. One difference remains: an unquoted date stays
 * text here and is a `Date` there, so write dates in quotes.
 */

import { dump, loadAll, YAMLException } from "js-yaml";

/** Reads one YAML document; an empty one is null. @throws SyntaxError naming the line */
export function parse(content: string): unknown {
  const documents = readAll(content);
  if (documents.length > 1) throw new SyntaxError(`expected one YAML document, found ${documents.length}`);
  return documents[0] ?? null;
}

function readAll(content: string): unknown[] {
  try {
    return loadAll(content);
  } catch (error) {
    if (error instanceof YAMLException) throw new SyntaxError(error.message);
    throw error;
  }
}

/** Writes a value as YAML. @throws TypeError for values that YAML cannot express, such as functions */
export function stringify(data: unknown): string {
  try {
    return dump(data);
  } catch (error) {
    if (error instanceof YAMLException) throw new TypeError(error.message);
    throw error;
  }
}
