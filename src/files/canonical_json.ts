/**
 * One JSON text per value: what identities are computed from and what is committed. Keys ascend by UTF-16 code
 * unit, numbers take their shortest form that reads back equal, and layout depends on the value alone.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Longest line that a list of scalars is packed into. */
const LINE = 100;

/**
 * The canonical text of a value, with two spaces of indentation and a newline at its end. Lists of scalars
 * stand on one line, or packed on several when long, so that a changed curve is a diff of a few lines. -0 is
 * written as 0.
 * @throws TypeError naming the path of a value that JSON cannot hold: NaN, infinities, undefined, objects of a
 *   class
 */
export function canonicalJson(value: unknown): string {
  return write(value, "$", "") + "\n";
}

function write(value: unknown, path: string, indent: string): string {
  if (isScalar(value)) return scalar(value, path);
  const inner = indent + "  ";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    // Not map: it would step over the holes of a sparse array.
    const items = Array.from(value, (item, i) => write(item, `${path}[${i}]`, inner));
    if (!value.every(isScalar)) return `[\n${inner}${items.join(`,\n${inner}`)}\n${indent}]`;
    const line = `[${items.join(", ")}]`;
    return indent.length + line.length <= LINE ? line : `[\n${pack(items, inner)}\n${indent}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path}: expected a plain value, found ${value!.constructor?.name ?? "an object"}`);
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object).sort();
  if (keys.length === 0) return "{}";
  const fields = keys.map((key) => `${JSON.stringify(key)}: ${write(object[key], `${path}.${key}`, inner)}`);
  return `{\n${inner}${fields.join(`,\n${inner}`)}\n${indent}}`;
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
