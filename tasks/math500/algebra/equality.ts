/**
 * Whether two answers are the same answer.
 *
 * - Equal texts (without spaces and layout) are equal; words are compared without case and punctuation, a choice
 *   by its letter. What cannot be read as mathematics is compared as text only.
 * - Numbers are equal exactly: 0.25 is 1/4, 0.33 is not 1/3; irrational ones, and those of more than 8192 bits,
 *   to 60 digits. Expressions in variables are equal when their values at fixed points are, wherever both have one.
 * - Lists and sets are unordered; \pm is written out. Points, vectors and intervals keep order and brackets. A vector
 *   may be a sum of unit vectors, a square matrix a multiple of the identity I.
 * - What an answer leaves out, the question says: one without a name, a unit or a degree or percent sign is
 *   compared with another by its number. What both state must agree: 5 is `x = 5`, 5 cm and 5 %, and these three
 *   differ. So equality is symmetric, and transitive between answers that state as much.
 * - A base is a part of the number: 52 is not 52_8.
 * - Equations and inequalities are equal up to a constant factor; bounds of one quantity are the interval, with "and"
 *   between them what they have in common.
 * - An answer with a word that denies it or makes another of it ("not", "half of", "3 dozen") is compared as text only.
 */

import { type Answer, MAX_CHARACTERS, type Part, readAnswer, write } from "./answer.ts";
import { BUDGET, type Budget } from "./evaluate.ts";
import { sameChoice, wordsOf } from "./notation.ts";
import { regionOf, withinBounds } from "./regions.ts";
import { ALL, intersection, NONE, type RealSet, sameSet, union } from "./set_of_reals.ts";
import { type Node, number, operation, some, symbol } from "./tree.ts";
import { type Values, valuesWithin } from "./values.ts";

export interface Comparison {
  readonly equal: boolean;
  /** Why, in a few words. */
  readonly reason: string;
}

/** Compares two answers given as texts. Symmetric and total; its cost is bounded whatever they contain. */
export function compare(left: string, right: string): Comparison {
  const a = write(left);
  if (left === right && a.text !== "") return { equal: true, reason: "the same text" };
  const b = write(right);
  if (a.text === b.text && a.text !== "") return { equal: true, reason: "the same text" };
  if (sameChoice(a.plain, b.plain)) return { equal: true, reason: "the same choice" };
  if (left.length > MAX_CHARACTERS || right.length > MAX_CHARACTERS) {
    return { equal: false, reason: "too long" };
  }
  return compareAnswers(readAnswer(a.plain), readAnswer(b.plain));
}

/** Compares two answers by their words or as mathematics. */
export function compareAnswers(a: Answer, b: Answer): Comparison {
  if (a.kind === "words" || b.kind === "words") {
    const words = wordsOf(a.plain), equal = words !== "" && words === wordsOf(b.plain);
    return { equal, reason: equal ? "the same words" : "different words" };
  }
  if (a.kind === "text" || b.kind === "text") {
    return { equal: false, reason: "not readable as mathematics, and a different text" };
  }
  const budget: Budget = { left: BUDGET };
  const equal = sameParts(a, b, valuesWithin(budget));
  if (budget.left < 0) return { equal: false, reason: "too costly to compare" };
  return { equal, reason: equal ? "mathematically equal" : "mathematically different" };
}

/** Of comparing an element of a list with one of another. */
const PAIR_COST = 16;

/** Whether the one is a rearrangement of the other: a perfect matching, by augmenting paths. */
function sameUnordered<T>(
  a: readonly T[],
  b: readonly T[],
  budget: Budget,
  same: (x: T, y: T) => boolean,
): boolean {
  if (a.length !== b.length) return false;
  const partner = new Array<number>(b.length).fill(-1);
  const known = new Map<number, boolean>();
  function fits(i: number, j: number): boolean {
    const key = i * b.length + j;
    if (!known.has(key)) {
      budget.left -= PAIR_COST;
      known.set(key, budget.left >= 0 && same(a[i]!, b[j]!));
    }
    return known.get(key)!;
  }
  function place(i: number, tried: Set<number>): boolean {
    for (let j = 0; j < b.length; j++) {
      if (tried.has(j) || !fits(i, j)) continue;
      tried.add(j);
      if (partner[j] === -1 || place(partner[j]!, tried)) {
        partner[j] = i;
        return true;
      }
    }
    return false;
  }
  return a.every((_, i) => place(i, new Set()));
}

// Values of any kind.

function sameSequence(a: readonly Node[], b: readonly Node[], values: Values): boolean {
  return a.length === b.length && a.every((node, index) => sameNode(node, b[index]!, values));
}

/** Components of a point or a column vector; null for anything else. */
function vectorOf(node: Node): readonly Node[] | null {
  if (node.kind === "tuple" && node.open === "(" && node.close === ")") return node.items;
  if (node.kind === "matrix" && node.rows.length > 1 && node.rows.every((row) => row.length === 1)) {
    return node.rows.map((row) => row[0]!);
  }
  return null;
}

/** Unit vectors in their notations: i is the imaginary unit where nothing says otherwise. */
const UNIT_VECTORS: readonly (readonly Node[])[] = [
  [{ kind: "constant", name: "i" }, symbol("j"), symbol("k")],
  ...["hat", "vec", "overrightarrow"].map((accent) =>
    ["i", "j", "k"].map((name) => symbol(`\\${accent} ${name}`))
  ),
];

/** Whether an expression in unit vectors is a vector, or one in the identity a square matrix. */
function isCombination(scalar: Node, array: Node, values: Values): boolean {
  const has = (unit: Node) =>
    unit.kind === "symbol" && some(scalar, (part) => part.kind === "symbol" && part.name === unit.name);
  const vector = vectorOf(array);
  if (vector !== null) {
    if (vector.length > 3) return false;
    const units = UNIT_VECTORS.find((units) => units.some(has));
    if (units === undefined) return false;
    const terms = vector.map((component, index) => operation("product", component, units[index]!));
    return values.same(operation("sum", ...terms), scalar);
  }
  if (array.kind !== "matrix" || array.rows.some((row) => row.length !== array.rows.length)) return false;
  const identity = [symbol("I"), symbol(`I_${array.rows.length}`)].find(has);
  if (identity === undefined) return false;
  return array.rows.every((row, i) =>
    row.every((element, j) =>
      sameNode(operation("product", element, identity), i === j ? scalar : NOTHING, values)
    )
  );
}
const NOTHING = number(0n);

const isScalar = ({ kind }: Node) =>
  kind === "number" || kind === "constant" || kind === "symbol" || kind === "operation";

function sameNode(a: Node, b: Node, values: Values): boolean {
  if (isScalar(a)) return isScalar(b) ? values.same(a, b) : isCombination(a, b, values);
  if (isScalar(b)) return isCombination(b, a, values);
  if (a.kind === "text" && b.kind === "text") return wordsOf(a.text) === wordsOf(b.text);
  if (a.kind === "based" && b.kind === "based") return a.digits === b.digits && a.base === b.base;
  const left = regionOf(a, false, values), right = regionOf(b, false, values);
  if (left !== null || right !== null) {
    const x = left ?? regionOf(a, true, values), y = right ?? regionOf(b, true, values);
    return x !== null && y !== null && sameSet(x, y);
  }
  const v = vectorOf(a), w = vectorOf(b);
  if (v !== null || w !== null) return v !== null && w !== null && sameSequence(v, w, values);
  if (a.kind === "tuple" && b.kind === "tuple") {
    return a.open === b.open && a.close === b.close && sameSequence(a.items, b.items, values);
  }
  if (a.kind === "matrix" && b.kind === "matrix") {
    return a.rows.length === b.rows.length && a.rows.every((row, i) => sameSequence(row, b.rows[i]!, values));
  }
  const same = (x: Node, y: Node) => sameNode(x, y, values);
  if (a.kind === "set" && b.kind === "set") return sameUnordered(a.items, b.items, values.budget, same);
  if (a.kind === "combination" && b.kind === "combination" && a.operator === b.operator) {
    return a.operator !== "without"
      ? sameUnordered(a.sets, b.sets, values.budget, same)
      : sameSequence(a.sets, b.sets, values);
  }
  return false;
}

// Parts and whole answers.

/** What a part states the value of its name to be; null when it states none. */
function statedNode({ node, claims }: Part, values: Values): Node | null {
  return node !== null && claims.every((claim) => sameNode(claim, node, values)) ? node : null;
}

/** A value with its unit. */
interface Quantity {
  readonly node: Node;
  readonly unit: string | null;
}

function sameQuantity(
  { node: a, unit: unitA }: Quantity,
  { node: b, unit: unitB }: Quantity,
  values: Values,
): boolean {
  if (unitA === unitB) return sameNode(a, b, values);
  if (unitA !== null && unitB !== null) return false;
  const [bare, marked, unit] = unitA === null ? [a, b, unitB] : [b, a, unitA];
  if (sameNode(bare, marked, values)) return true;
  // 17 % is 0.17 as well as 17, and 30 degrees are pi/6.
  return (unit === "percent" || unit === "degree") && sameNode(bare, operation(unit, marked), values);
}

function samePart(a: Part, b: Part, values: Values): boolean {
  if (a.bounds || b.bounds) return sameBounds(a, b, values);
  if (a.relation && b.relation && values.isMultiple(a.relation.difference, b.relation.difference, false)) {
    return true;
  }
  if (a.name !== null && b.name !== null && a.name !== b.name) return false;
  if (a.ratio && b.ratio) return sameRatio(a.ratio, b.ratio, values) && agree(a.unit, b.unit);
  const left = statedNode(a, values), right = statedNode(b, values);
  return left !== null && right !== null &&
    sameQuantity({ node: left, unit: a.unit }, { node: right, unit: b.unit }, values);
}

/** Whether two annotations are equal, or one is left out. */
const agree = (a: string | null, b: string | null) => a === null || b === null || a === b;

function sameRatio(
  left: NonNullable<Part["ratio"]>,
  right: NonNullable<Part["ratio"]>,
  values: Values,
): boolean {
  if (left.clock || right.clock) return sameSequence(left.nodes, right.nodes, values);
  const [a, ...rest] = left.nodes, [b, ...others] = right.nodes;
  const product = (x: Node, y: Node) => operation("product", x, y);
  return rest.length === others.length &&
    rest.every((node, i) => values.same(product(a!, others[i]!), product(b!, node)));
}

/** Inequalities: the same relation up to a positive factor, or the same set for the same name. */
function sameBounds(a: Part, b: Part, values: Values): boolean {
  if (a.relation && b.relation && a.relation.sign === b.relation.sign) {
    const { difference, sign } = a.relation;
    if (values.isMultiple(difference, b.relation.difference, sign !== "!=")) return true;
  }
  if (!agree(a.name, b.name)) return false;
  const left = regionOfPart(a, values), right = regionOfPart(b, values);
  return left !== null && right !== null && sameSet(left, right);
}

function regionOfPart({ bounds, node }: Part, values: Values): RealSet | null {
  return bounds ? withinBounds(bounds, values) : node && regionOf(node, true, values);
}

/**
 * `x < 1 or x > 3`, `x > 1 and x < 3`, and any single part, as one set under its name; null for anything else. Bounds
 * between commas are alternatives.
 */
function regionOfParts(
  { parts, joint }: Answer,
  values: Values,
): { name: string | null; region: RealSet } | null {
  const combine = joint === "and" ? intersection : union;
  let region: RealSet = joint === "and" ? ALL : NONE;
  for (const part of parts) {
    const numbers = part.name === parts[0]!.name ? regionOfPart(part, values) : null;
    if (numbers === null) return null;
    region = combine(region, numbers);
  }
  return parts.length === 0 ? null : { name: parts[0]!.name, region };
}

const areBounds = ({ parts, joint }: Answer) => joint !== null && parts.some(({ bounds }) => bounds !== null);
/** `(-\infty, 1) or (3, \infty)` */
const areIntervals = ({ parts, joint }: Answer, values: Values) =>
  joint === "or" && parts.some(({ node }) => node !== null && regionOf(node, false, values) !== null);

function sameParts(a: Answer, b: Answer, values: Values): boolean {
  if (areBounds(a) || areBounds(b) || areIntervals(a, values) || areIntervals(b, values)) {
    const left = regionOfParts(a, values), right = regionOfParts(b, values);
    if (left !== null && right !== null) {
      return agree(left.name, right.name) && sameSet(left.region, right.region);
    }
  }
  return sameUnordered(a.parts, b.parts, values.budget, (x, y) => samePart(x, y, values));
}
