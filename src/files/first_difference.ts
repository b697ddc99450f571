/** Where two JSON values differ. */

import type { Json } from "./canonical_json.ts";
import { unique } from "../std/collections.ts";

/** Path of the first place where two JSON values differ. @returns null for equal ones */
export function firstDifference(a: Json | undefined, b: Json | undefined, path: string): string | null {
  if (a === b) return null;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return `${path} (${JSON.stringify(a)} and ${JSON.stringify(b)})`;
  }
  const left = a as Readonly<Record<string, Json>>, right = b as Readonly<Record<string, Json>>;
  for (const key of unique([...Object.keys(left), ...Object.keys(right)])) {
    const found = firstDifference(left[key], right[key], `${path}.${key}`);
    if (found) return found;
  }
  return null;
}
