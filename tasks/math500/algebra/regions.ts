/** Trees and bounds as sets of real numbers. */

import type { Bound } from "./answer.ts";
import * as sets from "./set_of_reals.ts";
import type { RealSet } from "./set_of_reals.ts";
import type { Node } from "./tree.ts";
import { infinitySign, type Values } from "./values.ts";

/**
 * A node as a set of real numbers; null when it is none or its ends are no constants.
 * @param always also what may be something else: (a, b), {a, b}
 */
export function regionOf(node: Node, always: boolean, values: Values): RealSet | null {
  switch (node.kind) {
    case "reals":
      return sets.ALL;
    case "tuple": {
      const isOpen = node.open === "(" && node.close === ")";
      const isInterval = always || !isOpen || node.items.some((item) => infinitySign(item) !== 0);
      if (node.items.length !== 2 || !isInterval) return null;
      const low = values.constant(node.items[0]!), high = values.constant(node.items[1]!);
      if (low === null || high === null) return null;
      return sets.interval({ value: low, after: node.open === "(" }, {
        value: high,
        after: node.close === "]",
      });
    }
    case "set": {
      if (!always) return null;
      let points: RealSet = sets.NONE;
      for (const item of node.items) {
        const value = values.constant(item);
        if (value === null || typeof value === "string") return null;
        points = sets.union(points, sets.point(value));
      }
      return points;
    }
    case "combination": {
      const [first, ...rest] = node.sets.map((set) => regionOf(set, true, values));
      let result = first!;
      for (const set of rest) {
        if (result === null || set === null) return null;
        result = sets[node.operator](result, set);
      }
      return result;
    }
    default:
      return null;
  }
}

/** The numbers within bounds; null when one is no constant. */
export function withinBounds(bounds: readonly Bound[], values: Values): RealSet | null {
  let result: RealSet = sets.ALL;
  for (const { relation, node } of bounds) {
    const value = values.constant(node);
    // x < \infty
    if (value === "infinity" && relation === "<" || value === "-infinity" && relation === ">") continue;
    if (value === null || typeof value === "string") return null;
    const outside = relation === "!="
      ? sets.point(value)
      : relation.startsWith("<")
      ? sets.interval({ value, after: relation === "<=" }, { value: "infinity", after: false })
      : sets.interval({ value: "-infinity", after: true }, { value, after: relation === ">" });
    result = sets.without(result, outside!);
  }
  return result;
}
