/**
 * Sets of real numbers made of intervals and points. A set is the sorted list of the places where it begins and
 * ends; a place is just before or just after a number, so that [a, b] is (before a, after b), (a, b) is (after a,
 * before b) and {a} is (before a, after a). Equal sets have equal lists.
 */

import { equal, isLess, type Real } from "./number.ts";

export interface Place {
  readonly value: Real | "-infinity" | "infinity";
  readonly after: boolean;
}
export type RealSet = readonly Place[];

export const NONE: RealSet = [];
export const ALL: RealSet = [{ value: "-infinity", after: true }, { value: "infinity", after: false }];
export const point = (value: Real): RealSet => [{ value, after: false }, { value, after: true }];

function samePlace(a: Place, b: Place): boolean {
  if (typeof a.value === "string" || typeof b.value === "string") return a.value === b.value;
  return a.after === b.after && equal(a.value, b.value);
}

function isBefore(a: Place, b: Place): boolean {
  if (a.value === b.value) return !a.after && b.after;
  if (a.value === "-infinity" || b.value === "infinity") return true;
  if (typeof a.value === "string" || typeof b.value === "string") return false;
  return equal(a.value, b.value) ? !a.after && b.after : isLess(a.value, b.value);
}

/** The interval between two places; null unless the first is before the second. */
export function interval(low: Place, high: Place): RealSet | null {
  return isBefore(low, high) ? [low, high] : null;
}

/** The numbers for which `holds` of being in the one set and in the other. */
function combine(a: RealSet, b: RealSet, holds: (inA: boolean, inB: boolean) => boolean): RealSet {
  const result: Place[] = [];
  let i = 0, j = 0, inside = false;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && !isBefore(b[j]!, a[i]!));
    const place = fromA ? a[i]! : b[j]!;
    const fromB = j < b.length && (!fromA || samePlace(a[i]!, b[j]!));
    if (fromA) i++;
    if (fromB) j++;
    const now = holds(i % 2 === 1, j % 2 === 1);
    if (now !== inside) result.push(place);
    inside = now;
  }
  return result;
}

export const union = (a: RealSet, b: RealSet) => combine(a, b, (inA, inB) => inA || inB);
export const intersection = (a: RealSet, b: RealSet) => combine(a, b, (inA, inB) => inA && inB);
export const without = (a: RealSet, b: RealSet) => combine(a, b, (inA, inB) => inA && !inB);

export function sameSet(a: RealSet, b: RealSet): boolean {
  return a.length === b.length && a.every((place, index) => samePlace(place, b[index]!));
}
