/** What an answer is once it has been read: a tree, and around it names, units and separators. */

import type { Ratio } from "./number.ts";

/** Prefix and named functions; `degree` and `percent` are the signs behind a number. */
export const FUNCTIONS = [
  "sin",
  "cos",
  "tan",
  "cot",
  "sec",
  "csc",
  "arcsin",
  "arccos",
  "arctan",
  "sinh",
  "cosh",
  "tanh",
  "exp",
  "ln",
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export type Operator =
  | FunctionName
  | "sum"
  | "product"
  | "quotient"
  | "negate"
  | "power"
  | "root"
  | "log"
  | "absolute"
  | "floor"
  | "ceiling"
  | "factorial"
  | "binomial"
  | "degree"
  | "percent";

export type Node =
  | { readonly kind: "number"; readonly value: Ratio }
  | { readonly kind: "constant"; readonly name: "pi" | "e" | "i" | "infinity" }
  | { readonly kind: "symbol"; readonly name: string }
  /** `root` has radicand and index, `log` argument and base, `power` base and exponent. */
  | { readonly kind: "operation"; readonly operator: Operator; readonly operands: readonly Node[] }
  /** Upper and lower sign of the second operand: `opposite` for \mp. The first may be missing. */
  | {
    readonly kind: "either";
    readonly first: Node | null;
    readonly second: Node;
    readonly opposite: boolean;
  }
  /** In round brackets a point or an open interval, which nothing but the other answer can tell. */
  | {
    readonly kind: "tuple";
    readonly open: "(" | "[";
    readonly close: ")" | "]";
    readonly items: readonly Node[];
  }
  | { readonly kind: "set"; readonly items: readonly Node[] }
  /** All real numbers, or none. */
  | { readonly kind: "reals" }
  | {
    readonly kind: "combination";
    readonly operator: "union" | "intersection" | "without";
    readonly sets: readonly Node[];
  }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Node[])[] }
  /** A numeral in a stated base; without its value, as the base is a part of such an answer. */
  | { readonly kind: "based"; readonly digits: string; readonly base: number }
  | { readonly kind: "text"; readonly text: string };

const RELATIONS = ["=", "<", ">", "<=", ">=", "!=", "in", "~"] as const;
/** "~": approximately equal. */
export type Relation = (typeof RELATIONS)[number];

/** An expression with the unit behind it. */
export interface Quantity {
  readonly node: Node;
  readonly unit: string | null;
  /** As it was written, in canonical form. */
  readonly source: string;
}

/** One of the parts between commas. */
export type Item =
  | { readonly kind: "quantity"; readonly quantity: Quantity }
  /** sides[0] relations[0] sides[1] ... */
  | {
    readonly kind: "relation";
    readonly sides: readonly Quantity[];
    readonly relations: readonly Relation[];
  }
  /** `3:4`, and times of day. */
  | { readonly kind: "ratio"; readonly parts: readonly Quantity[] };

export const operation = (operator: Operator, ...operands: Node[]): Node => ({
  kind: "operation",
  operator,
  operands,
});
/** One factor is its own product. */
export const productOf = (factors: Node[]) =>
  factors.length === 1 ? factors[0]! : operation("product", ...factors);

export const number = (numerator: bigint, denominator = 1n): Node => ({
  kind: "number",
  value: { numerator, denominator },
});
export const symbol = (name: string): Node => ({ kind: "symbol", name });

/** The parts of a node, for walking through a tree. */
function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "operation":
      return node.operands;
    case "either":
      return node.first === null ? [node.second] : [node.first, node.second];
    case "tuple":
    case "set":
      return node.items;
    case "combination":
      return node.sets;
    case "matrix":
      return node.rows.flat();
    default:
      return [];
  }
}

/** Whether a test holds for a node or any part of it. */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => some(child, test));
}
