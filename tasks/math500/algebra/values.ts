/** Equality of expressions by their values, under one budget for all comparisons of a verdict. */

import { type Budget, evaluate, POINTS } from "./evaluate.ts";
import * as numbers from "./number.ts";
import type { Complex, Real } from "./number.ts";
import { type Node, some } from "./tree.ts";

export interface Values {
  readonly budget: Budget;
  /** Whether two expressions have the same value, at every point where both have one. */
  same(a: Node, b: Node): boolean;
  /** Whether a = c b with a constant c other than 0, positive if asked. */
  isMultiple(a: Node, b: Node, positive: boolean): boolean;
  /** The value of an expression that is a real constant or infinite; null for others. */
  constant(node: Node): Real | "infinity" | "-infinity" | null;
}

/** 1 or -1 for the infinities, else 0. */
export function infinitySign(node: Node): number {
  if (node.kind === "constant" && node.name === "infinity") return 1;
  return node.kind === "operation" && node.operator === "negate" ? -infinitySign(node.operands[0]!) : 0;
}

const ZERO = numbers.real(numbers.ZERO);

export function valuesWithin(budget: Budget): Values {
  const known = new Map<Node, (Complex | null)[]>();

  /** Values at all points; a single one of an expression without variables. */
  function valuesOf(node: Node): (Complex | null)[] {
    let found = known.get(node);
    if (found === undefined) {
      const points = some(node, ({ kind }) => kind === "symbol") ? POINTS : 1;
      found = Array.from({ length: points }, (_, point) => evaluate(node, point, budget));
      known.set(node, found);
    }
    return found;
  }

  /** Pairs of values at the points where both have one; null when those are too few to tell. */
  function commonValues(a: Node, b: Node): [Complex, Complex][] | null {
    const left = valuesOf(a), right = valuesOf(b), points = Math.max(left.length, right.length);
    const pairs: [Complex, Complex][] = [];
    for (let point = 0; point < points; point++) {
      const x = left[left.length === 1 ? 0 : point]!, y = right[right.length === 1 ? 0 : point]!;
      if (x !== null && y !== null) pairs.push([x, y]);
    }
    return pairs.length >= Math.min(2, points) ? pairs : null;
  }

  return {
    budget,

    same(a, b) {
      const infinite = infinitySign(a);
      if (infinite !== 0 || infinitySign(b) !== 0) return infinite === infinitySign(b);
      const pairs = commonValues(a, b);
      if (pairs === null) return keyOf(a) === keyOf(b);
      return pairs.every(([x, y]) => numbers.equalComplex(x, y));
    },

    isMultiple(a, b, positive) {
      const pairs = commonValues(a, b);
      if (pairs === null) return keyOf(a) === keyOf(b);
      const [x, y] = pairs[0]!;
      if (numbers.equalComplex(x, ZERO) || numbers.equalComplex(y, ZERO)) return false;
      const factor = numbers.divide(x, y);
      if (factor === null) return false;
      if (positive && !(numbers.isReal(factor) && numbers.sign(factor.re) > 0)) return false;
      return pairs.every(([x, y]) => {
        const scaled = numbers.multiply(y, factor);
        return scaled !== null && numbers.equalComplex(x, scaled);
      });
    },

    constant(node) {
      const infinite = infinitySign(node);
      if (infinite !== 0) return infinite > 0 ? "infinity" : "-infinity";
      const [value, ...more] = valuesOf(node);
      return value && more.length === 0 && numbers.isReal(value) ? value.re : null;
    },
  };
}

/** A text that is equal for equal trees, whatever the order of terms and factors. */
function keyOf(node: Node): string {
  switch (node.kind) {
    case "operation": {
      const operands = node.operands.map(keyOf);
      if (node.operator === "sum" || node.operator === "product") operands.sort();
      return `${node.operator}(${operands.join(",")})`;
    }
    case "number":
      return `${node.value.numerator}/${node.value.denominator}`;
    default:
      return JSON.stringify(node, (_, value) => typeof value === "bigint" ? String(value) : value);
  }
}
