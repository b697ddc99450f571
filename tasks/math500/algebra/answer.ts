/**
 * An answer, read: its parts with names, units and relations, or the words it consists of, or only its text.
 */

import { canonicalText, inWords, numeralOf, TEXT_COMMANDS } from "./notation.ts";
import { parseNamed } from "./named_sides.ts";
import { type Joint, parse } from "./parser.ts";
import { plainAnswer } from "./spelling.ts";
import { type Item, type Node, number, operation, type Quantity, type Relation, some } from "./tree.ts";
import { isDenied } from "./units.ts";

/** Longer texts are compared as texts only. The longest gold answer of MATH has 159 characters. */
export const MAX_CHARACTERS = 1000;
const MAX_SIGNS = 4;

/** What stands between two commas, after signs like \pm were written out. */
export interface Part {
  /** The quantity it says the value of: "x" of `x = 5`, null of `5`. */
  readonly name: string | null;
  /** The value; null for equations and inequalities that state none. */
  readonly node: Node | null;
  /** Other sides of an equation that must equal `node`, or else it states no value: the 10/2 of `x = 10/2 = 5`. */
  readonly claims: readonly Node[];
  readonly unit: string | null;
  /** left - right, and how it relates to 0. */
  readonly relation: { readonly difference: Node; readonly sign: "=" | "<" | "<=" | "!=" } | null;
  /** Bounds of `a < name <= b` and the like, each with its relation read from the name's side. */
  readonly bounds: readonly Bound[] | null;
  /** `clock`: the signs of a time of day, as in 9:24, whose parts have no common value. */
  readonly ratio: { readonly nodes: readonly Node[]; readonly clock: boolean } | null;
}
/** name <relation> node */
export interface Bound {
  readonly relation: "<" | "<=" | ">" | ">=" | "!=";
  readonly node: Node;
}

/** An answer as a text. */
export interface Written {
  /** In one spelling of signs. */
  readonly plain: string;
  /** Without spaces and layout: equal texts are equal answers. */
  readonly text: string;
}

export interface Answer {
  /** In one spelling of signs. */
  readonly plain: string;
  /** `words`: compared by words. `text`: what could not be read, compared as text. */
  readonly kind: "mathematics" | "words" | "text";
  readonly parts: readonly Part[];
  /** Whether the parts are alternatives, as in `x < 1 or x > 3`, or hold together. */
  readonly joint: Joint;
}

const TEXT_OPENING = new RegExp(`^\\\\(?:${[...TEXT_COMMANDS].join("|")}|mathrm|mathbf)\\s*\\{([^{}]*)\\}$`);
/** Not a product of variables: nobody answers with four of them in a row. */
const PROSE = /^[A-Za-z][A-Za-z '.-]*$/;

/** Whether an answer consists of words. */
function isProse(plain: string): boolean {
  const inside = TEXT_OPENING.exec(plain)?.[1];
  if (inside !== undefined) return /[A-Za-z]/.test(inside);
  return PROSE.test(plain) && /[A-Za-z]{4}/.test(plain) && !/^(?:sqrt|infinity)$/.test(plain);
}

/** An answer in the spelling in which it is read and compared. Total; linear in the text. */
export function write(source: string): Written {
  // Integers are most answers.
  if (source.length > MAX_CHARACTERS || /^-?\d+$/.test(source)) return { plain: source, text: source };
  let plain = plainAnswer(source);
  const inside = TEXT_OPENING.exec(plain)?.[1];
  const numeral = numeralOf((inside ?? plain).trim());
  if (numeral !== null) plain = String(numeral);
  // "\text{12 ways}"
  else if (inside !== undefined && (/^\s*-?\.?\d/.test(inside) || !/[A-Za-z]/.test(inside))) {
    plain = inside.trim();
  }
  plain = setInWords(plain) ?? conditionOf(plain) ?? plain;
  return { plain, text: canonicalText(plain) };
}

const ALL_REALS =
  /^\s*(?:the set of )?(?:(?:all |every |any )?(?:the )?real(?:s| numbers?)|all real)(?: [a-z])?(?: (?:except|other than|but)(?: for)?(?: [a-z] ?=)? (-?[\d./]+))?\s*$/i;

/** "all real numbers", "the empty set" in LaTeX; null for other words. */
function setInWords(plain: string): string | null {
  if (!/real|empty/i.test(plain)) return null;
  const words = inWords(plain).replace(/\s+/g, " ").replace(/^\s*\((.*)\)\s*$/, "$1");
  if (/^\s*(?:the )?empty set\s*$/i.test(words)) return "\\emptyset";
  const exception = ALL_REALS.exec(words);
  if (exception === null) return null;
  return exception[1] === undefined ? "\\mathbb{R}" : `\\mathbb{R}\\setminus\\{${exception[1]}\\}`;
}

const BUILDER =
  /^(?:\\?\{)?\s*([A-Za-z])\s*(?:\\in\s*\\(?:mathbb|Bbb)\s*(?:\{\s*R\s*\}|R)\s*)?(?:\\(?:mid|colon|vert)(?![A-Za-z])|[|:])(.*?)(?:\\?\})?$/s;
const CONDITION = /[<>=]|\\(?:[lg]eq?|[lg]t|neq?|in)(?![A-Za-z])/;

/** The condition of `\{x : 2 < x < 5\}`, which says of x what the set is; null for other sets. */
function conditionOf(plain: string): string | null {
  if (!/[:|]|\\(?:mid|vert|colon)/.test(plain)) return null;
  const [, name, condition] = BUILDER.exec(plain.replace(SPACING, " ").trim()) ?? [];
  if (name === undefined || !condition!.includes(name) || !CONDITION.test(condition!)) return null;
  return /[{}]/.test(condition!.replace(/\{[^{}]*\}/g, "")) ? null : condition!.trim();
}

const SPACING = /\\(?:left|right)(?![A-Za-z])|\\[,;:! ]/g;

/** Reads an answer, as `write` spells it. Total; linear in the text. */
export function readAnswer(plain: string): Answer {
  const unread = { plain, parts: [], joint: null };
  if (isProse(plain)) return { kind: "words", ...unread };
  const read = isDenied(plain) ? null : parse(plain) ?? parseNamed(plain);
  const parts = read && partsOf(read.items);
  if (parts === null) return { kind: "text", ...unread };
  return { kind: "mathematics", plain, parts, joint: read!.joint };
}

function partsOf(items: readonly Item[]): Part[] | null {
  const parts: Part[] = [];
  for (const item of items) {
    const part = partOf(item);
    if (part === null) return null;
    for (const element of elementsOf(part)) {
      const written = withoutEither(element);
      if (written === null) return null;
      parts.push(...written);
    }
  }
  return parts;
}

const NOTHING = { name: null, node: null, claims: [], unit: null, relation: null, bounds: null, ratio: null };

function partOf(item: Item): Part | null {
  switch (item.kind) {
    case "quantity":
      return valuePart(null, item.quantity);
    case "ratio": {
      const nodes = item.parts.map(({ node }) => node), unit = item.parts.at(-1)!.unit;
      const clock = item.parts.slice(1).every(({ node, source }) =>
        node.kind === "number" && /^\d\d\D*$/.test(source)
      );
      // 2:00 p.m. is 2 p.m.
      const isHour = clock && (unit === "am" || unit === "pm") && nodes.slice(1).every(isZero);
      const value = isHour
        ? nodes[0]!
        : nodes.length === 2 && !clock
        ? operation("quotient", nodes[0]!, nodes[1]!)
        : null;
      return { ...NOTHING, node: value, unit, ratio: { nodes, clock } };
    }
    case "relation":
      return relationPart(item.sides, item.relations);
  }
}

function valuePart(name: string | null, { node, unit }: Quantity): Part {
  return { ...NOTHING, name, node: spread(node), unit };
}

const isZero = (node: Node) => node.kind === "number" && node.value.numerator === 0n;
const isArray = (node: Node) => node.kind === "matrix" || node.kind === "tuple";

/** Sums of vectors or matrices as one, and factors taken into them. */
function spread(node: Node): Node {
  if (node.kind !== "operation") return node;
  const operands = node.operands.map(spread), arrays = operands.filter(isArray);
  if (node.operator === "sum" && arrays.length > 0) return sumOf(operands) ?? node;
  if (arrays.length !== 1) return node;
  const place = operands.findIndex(isArray), array = operands[place]!;
  const scales = node.operator === "product" || node.operator === "negate" ||
    (node.operator === "quotient" && place === 0);
  if (!scales) return node;
  return mapElements([array], ([element]) => operation(node.operator, ...operands.with(place, element!)))!;
}

/** With multiples of the identity written out; null for other summands that are no arrays. */
function sumOf(operands: readonly Node[]): Node | null {
  const like = operands.find(isArray)!, arrays: Node[] = [];
  for (const operand of operands) {
    const factor = isArray(operand) ? null : identityFactor(operand);
    if (isArray(operand)) arrays.push(operand);
    else if (factor === null || like.kind !== "matrix") return null;
    else {arrays.push({
        ...like,
        rows: like.rows.map((row, i) => row.map((_, j) => i === j ? factor : number(0n))),
      });}
  }
  const isSquare = like.kind !== "matrix" || like.rows.every((row) => row.length === like.rows.length);
  if (!isSquare && !operands.every(isArray)) return null;
  return mapElements(arrays, (elements) => operation("sum", ...elements));
}

/** The factor of the identity matrix in a product with it; null for anything else. */
function identityFactor(node: Node): Node | null {
  if (node.kind === "symbol") return node.name === "I" ? number(1n) : null;
  if (node.kind !== "operation" || !/^(?:negate|product|quotient)$/.test(node.operator)) return null;
  const factors = node.operands.map(identityFactor), place = factors.findIndex((factor) => factor !== null);
  const factor = place < 0 || (node.operator === "quotient" && place > 0) ? null : factors[place]!;
  return factor && operation(node.operator, ...node.operands.with(place, factor));
}

/** An array made of the elements at each place of several; null unless all have the same shape. */
function mapElements(arrays: readonly Node[], map: (elements: readonly Node[]) => Node): Node | null {
  const first = arrays[0]!;
  const rowsOf = (node: Node) =>
    node.kind === "matrix" ? node.rows : node.kind === "tuple" ? [node.items] : [];
  const isLike = (node: Node) =>
    node.kind === first.kind && rowsOf(node).length === rowsOf(first).length &&
    rowsOf(node).every((row, i) => row.length === rowsOf(first)[i]!.length) &&
    (node.kind !== "tuple" || first.kind !== "tuple" ||
      node.open === first.open && node.close === first.close);
  if (!arrays.every(isLike)) return null;
  const rows = rowsOf(first).map((row, i) =>
    row.map((_, j) => map(arrays.map((array) => rowsOf(array)[i]![j]!)))
  );
  if (first.kind === "matrix") return { ...first, rows };
  return first.kind === "tuple" ? { ...first, items: rows[0]! } : null;
}

const isVariable = (node: Node) => node.kind === "symbol";
const varies = (node: Node) => some(node, isVariable);

/**
 * Whether a side of an equation names what the other side is the value of: `x`, `f(x)`, `f^{-1}(x)`,
 * `\text{area}`, `AB`, and any expression without the coordinates x, y, z: `a + b = 7` answers what a + b is,
 * `x + y = 7` is a line, and `a + b - 7 = 0` is an equation.
 */
function isName({ node, source }: Quantity, other: Quantity): boolean {
  if (node.kind === "symbol" || node.kind === "text") return true;
  // "\text{lcm}(4, 6)", "dy/dx"
  if (node.kind === "operation" && node.operator === "product" && node.operands[0]!.kind === "text") {
    return true;
  }
  if (/^\\frac\{d\w?\}\{d\w\}$/.test(source)) return true;
  if (/^[A-Za-z](?:_\w|_\{\w+\})?'*(?:\^\{-1\})?\([^()=]*\)$/.test(source)) return true;
  if (node.kind === "tuple") return node.items.every(isVariable);
  if (isZero(other.node)) return false;
  return varies(node) && !some(node, (part) => part.kind === "symbol" && /^[xyz]$/.test(part.name));
}

function relationPart(allSides: readonly Quantity[], allRelations: readonly Relation[]): Part | null {
  let sides = allSides, relations = allRelations;
  const about = relations.indexOf("~");
  if (about >= 0) {
    // `x \approx 8.2` says what x is; `2/3 \approx 0.67` says it before.
    if (about === 0 && isName(sides[0]!, sides[1]!)) relations = relations.with(0, "=");
    else [sides, relations] = [sides.slice(0, about + 1), relations.slice(0, about)];
    if (relations.includes("~")) return null;
    if (relations.length === 0) return valuePart(null, sides[0]!);
  }
  if (relations.every((relation) => relation === "=")) return equationPart(sides);
  if (relations.length === 1 && relations[0] === "in") return valuePart(sides[0]!.source, sides[1]!);
  return inequalityPart(sides, relations);
}

/** The value of the last side, under the name of the first, or of whatever equals it. */
function equationPart(allSides: readonly Quantity[]): Part {
  const sides = allSides.every(({ unit }) => unit === allSides[0]!.unit)
    ? allSides
    : allSides.map(withoutMark);
  const [left, right] = [sides[0]!, sides[1]!];
  const swapped = sides.length === 2 && !isName(left, right) && isName(right, left);
  const [first, ...rest] = swapped ? [right, left] : sides, last = rest.at(-1)!;
  const difference = operation("sum", first!.node, operation("negate", last.node));
  const relation = sides.length === 2 ? { difference, sign: "=" } as const : null;
  const named = isName(first!, last);
  const claims = (named ? rest : sides).map(({ node }) => node)
    .filter((node) => node !== last.node && node.kind !== "text");
  return { ...valuePart(named ? first!.source : null, last), claims, relation };
}

/** 56 % as the number 0.56. */
function withoutMark(quantity: Quantity): Quantity {
  const { node, unit } = quantity;
  return unit === "percent" ? { ...quantity, node: operation(unit, node), unit: null } : quantity;
}

function inequalityPart(sides: readonly Quantity[], relations: readonly Relation[]): Part | null {
  if (relations.length > 2) return null;
  for (const relation of relations) {
    if (relation === "in" || relation === "=" || relation === "~") return null;
  }
  const middle = sides.length === 3 ? 1 : varies(sides[0]!.node) ? 0 : 1;
  const bounds: Bound[] = [];
  for (const [index, side] of sides.entries()) {
    if (index === middle) continue;
    const relation = relations[Math.min(index, middle)] as Bound["relation"];
    bounds.push({ relation: index < middle ? FLIPPED[relation] : relation, node: side.node });
  }
  const part = { ...NOTHING, name: sides[middle]!.source, unit: sides.at(-1)!.unit, bounds };
  if (sides.length === 3) return part;
  const [left, right] = relations[0]!.startsWith(">") ? [sides[1]!, sides[0]!] : [sides[0]!, sides[1]!];
  const sign = (relations[0] === "!=" ? "!=" : relations[0]!.endsWith("=") ? "<=" : "<") as "<" | "<=" | "!=";
  return {
    ...part,
    relation: { difference: operation("sum", left.node, operation("negate", right.node)), sign },
  };
}

const FLIPPED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!=" } as const;

/** The same tree with other children, in the order of `childrenOf`. */
function mapChildren(node: Node, map: (node: Node) => Node): Node {
  switch (node.kind) {
    case "operation":
      return { ...node, operands: node.operands.map(map) };
    case "either":
      return { ...node, first: node.first && map(node.first), second: map(node.second) };
    case "tuple":
    case "set":
      return { ...node, items: node.items.map(map) };
    case "combination":
      return { ...node, sets: node.sets.map(map) };
    case "matrix":
      return { ...node, rows: node.rows.map((row) => row.map(map)) };
    default:
      return node;
  }
}

/** The parts that one with \pm stands for: all upper, all lower where there is \mp, else every choice of signs. */
function withoutEither(part: Part): Part[] | null {
  if (part.node === null || !some(part.node, ({ kind }) => kind === "either")) return [part];
  let signs = 0;
  some(part.node, ({ kind }) => (kind === "either" && signs++, false));
  if (signs > MAX_SIGNS) return null;
  const linked = some(part.node, (node) => node.kind === "either" && node.opposite);
  const parts: Part[] = [];
  for (let choice = 0; choice < (linked ? 2 : 2 ** signs); choice++) {
    let index = 0;
    const write = (node: Node): Node => {
      if (node.kind !== "either") return mapChildren(node, write);
      const plus = linked ? (choice === 0) !== node.opposite : (choice >> index++ & 1) === 0;
      const first = node.first && write(node.first), second = write(node.second);
      const signed = plus ? second : operation("negate", second);
      return first === null ? signed : operation("sum", first, signed);
    };
    parts.push({ ...part, node: write(part.node), relation: null });
  }
  return parts;
}

/** The elements of a set in braces, else the part itself. */
function elementsOf(part: Part): Part[] {
  if (part.node?.kind !== "set") return [part];
  return part.node.items.map((node) => ({ ...NOTHING, name: part.name, node, unit: part.unit }));
}
