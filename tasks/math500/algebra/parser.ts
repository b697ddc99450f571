/**
 * Reads LaTeX answers into trees. What it cannot read it refuses, rather than guess: then answers are compared as
 * texts.
 *
 *     items    = item { separator item }                       "," ";" "and" "or"
 *     item     = quantity { relation quantity } | quantity ":" quantity ...
 *     quantity = infix [ unit ]                                 `expression.ts`
 *
 * Linear in the text.
 */

import { type Cursor, cursorOver, refuse, UNREADABLE } from "./cursor.ts";
import { RELATION_COMMANDS } from "./commands.ts";
import { expressionReader } from "./expression.ts";
import { based } from "./primary.ts";
import type { Token } from "./lexer.ts";
import { type Item, type Node, number, operation, type Quantity, type Relation } from "./tree.ts";
import { isUnit, readSuffix } from "./units.ts";

/** " and ", ", or" and so on, of word tokens. */
const SEPARATOR = /^\W*(?:and|or)?\W*$/i;

export interface Items {
  readonly items: readonly Item[];
  /** The word between the parts; null where there are only commas, or both words. */
  readonly joint: Joint;
}
export type Joint = "and" | "or" | null;

/** The parts of an answer; null for what cannot be read. Never throws. */
export function parse(source: string): Items | null {
  try {
    return readItems(cursorOver(source));
  } catch (error) {
    if (error === UNREADABLE) return null;
    throw error;
  }
}

const SEPARATING_COMMANDS = new Set(["land", "lor", "wedge", "vee"]);

function isSeparator({ kind, text }: Token): boolean {
  switch (kind) {
    case "sign":
      return text === "," || text === ";";
    case "word":
      return SEPARATOR.test(text);
    case "letters":
      return text === "and" || text === "or";
    default:
      return SEPARATING_COMMANDS.has(text);
  }
}

function readItems(cursor: Cursor): Items {
  const { isSign, isCommand, take, expect } = cursor;
  const expression = expressionReader(cursor);

  function items(): Items {
    const parts = [item()];
    const words = new Set<"and" | "or">();
    while (!cursor.isDone()) {
      let separated = false;
      for (;;) {
        const token = cursor.peek();
        if (token === undefined || !isSeparator(token)) break;
        const { kind, text } = token;
        if (kind === "command" ? /^(?:lor|vee)$/.test(text) : /or/i.test(text)) words.add("or");
        else if (kind === "command" || /and/i.test(text)) words.add("and");
        separated = true;
        cursor.advance();
      }
      if (!separated) refuse();
      parts.push(item());
    }
    return { items: parts, joint: words.size === 1 ? [...words][0]! : null };
  }

  function item(): Item {
    // "= 5", "\approx 5"
    if (!take("sign", "=")) take("command", "approx");
    const sides = [quantity()];
    if (isSign(":") || isCommand("colon")) {
      while (take("sign", ":") || take("command", "colon")) sides.push(quantity());
      return { kind: "ratio", parts: sides };
    }
    const relations: Relation[] = [];
    for (let next = relation(); next !== null; next = relation()) {
      relations.push(next);
      sides.push(quantity());
    }
    return relations.length === 0
      ? { kind: "quantity", quantity: sides[0]! }
      : { kind: "relation", sides, relations };
  }

  function relation(): Relation | null {
    const token = cursor.peek();
    if (token?.kind === "command" && Object.hasOwn(RELATION_COMMANDS, token.text)) {
      cursor.advance();
      return RELATION_COMMANDS[token.text]!;
    }
    if (take("sign", "=")) return "=";
    for (const sign of ["<", ">"] as const) {
      if (take("sign", sign)) return take("sign", "=") ? `${sign}=` : sign;
    }
    return null;
  }

  function quantity(): Quantity {
    expression.tookDollars();
    const [found, source] = cursor.sourceOf(() => suffix(expression.infix()));
    if (!expression.tookDollars()) return { ...found, source };
    return found.unit === null ? { ...found, unit: "dollar", source } : refuse();
  }

  /** The unit behind a node, and the node with what the words say of its size. */
  function suffix(node: Node): { node: Node; unit: string | null } {
    if (node.kind === "operation" && (node.operator === "degree" || node.operator === "percent")) {
      return { node: node.operands[0]!, unit: node.operator };
    }
    if (
      node.kind === "operation" && node.operator === "negate" && node.operands[0]!.kind === "operation" &&
      (node.operands[0].operator === "degree" || node.operands[0].operator === "percent")
    ) {
      return { node: operation("negate", node.operands[0].operands[0]!), unit: node.operands[0].operator };
    }
    if (node.kind === "text") return { node, unit: null };
    let words = "", exponent = 1, bare = 0;
    for (let token = cursor.peek(); token !== undefined; token = cursor.peek()) {
      if (token.kind === "letters") {
        if (bare === 0) bare = expression.unitWordsAt(node);
        if (bare-- === 0) break;
      } else if (token.kind !== "word" || SEPARATOR.test(token.text)) break;
      words += ` ${token.text}`;
      cursor.advance();
      if (take("sign", "^")) {
        const braced = take("sign", "{"), digit = cursor.next();
        if (digit?.kind !== "number" || !/^[23]$/.test(digit.text)) refuse();
        if (braced) expect("sign", "}");
        exponent = Number(digit.text);
      }
      const next = cursor.peek(1);
      if (isSign("/") && (next?.kind === "word" || next?.kind === "letters" && isUnit(next.text))) {
        words += ` per ${next.text}`;
        cursor.advance(2);
      }
    }
    if (words === "") return { node, unit: null };
    if (/\bbase\s*$/i.test(words) && cursor.peek()?.kind === "number") words += cursor.next()!.text;
    const { isProse, unit, scale, base } = readSuffix(words, exponent);
    if (isProse) refuse();
    if (base !== null) return { node: basedNode(node, base), unit: null };
    const factor = scale < 0 ? number(1n, 10n ** BigInt(-scale)) : number(10n ** BigInt(scale));
    return { node: scale === 0 ? node : operation("product", node, factor), unit };
  }

  function basedNode(node: Node, base: string): Node {
    if (node.kind !== "number" || node.value.denominator !== 1n) refuse();
    return based(String(node.value.numerator), base);
  }

  return items();
}
