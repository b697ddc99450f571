/**
 * One JSON text per value: what is committed, and without layout what identities are computed from. Keys ascend by UTF-16 code
 * unit, numbers take their shortest form that reads back equal, and layout depends on the value alone.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Longest line that scalars are packed into. */
const LINE = 100;

/**
 * The canonical text of a value, with two spaces of indentation and a newline at its end. Lists and objects of
 * scalars stand on one line, or packed on several when long, so that a changed curve is a diff of a few lines.
 * -0 is written as 0.
 * @throws TypeError naming the path of a value that JSON cannot hold: NaN, infinities, undefined, objects of a
 *   class
 */
export function canonicalJson(value: unknown): string {
  return write(value, "$", "") + "\n";
}

/** The same without any space: what identities are computed from, so that no layout is part of them. */
export function compactJson(value: unknown): string {
  return write(value, "$", null);
}

/** @param indent null for no layout */
function write(value: unknown, path: string, indent: string | null): string {
  if (isScalar(value)) return scalar(value, path);
  const inner = indent === null ? null : indent + "  ", colon = indent === null ? ":" : ": ";
  const isList = Array.isArray(value);
  // Not map: it would step over the holes of a sparse array.
  const items = isList
    ? Array.from(value, (item, i) => write(item, `${path}[${i}]`, inner))
    : fieldsOf(value!, path).map(([key, field]) =>
      JSON.stringify(key) + colon + write(field, `${path}.${key}`, inner)
    );
  const [open, close] = isList ? "[]" : "{}";
  if (items.length === 0) return open! + close;
  if (indent === null) return `${open}${items.join(",")}${close}`;
  if (Object.values(value!).every(isScalar)) {
    const line = `${open}${items.join(", ")}${close}`;
    return indent.length + line.length <= LINE ? line : `${open}\n${pack(items, inner!)}\n${indent}${close}`;
  }
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`;
}

function fieldsOf(value: object, path: string): [string, unknown][] {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path}: expected a plain value, found ${value.constructor?.name ?? "an object"}`);
  }
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function scalar(value: unknown, path: string): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  throw new TypeError(`${path}: expected a JSON value, found ${String(value)}`);
}

/** Comma-separated items on as few lines as hold them. */
function pack(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = "";
  items.forEach((item, i) => {
    const text = i < items.length - 1 ? `${item},` : item;
    if (line !== "" && indent.length + line.length + 1 + text.length > LINE) {
      lines.push(indent + line);
      line = "";
    }
    line += line === "" ? text : ` ${text}`;
  });
  lines.push(indent + line);
  return lines.join("\n");
}
