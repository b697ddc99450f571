/**
 * Reads expressions, by recursive descent:
 *
 *     infix    = union [ ("\over" | "\choose") union ]
 *     union    = sum { ("\cup" | "\cap" | "\setminus") sum }
 *     sum      = [sign] term { ("+" | "-" | "\pm" | "\mp") term }
 *     term     = factor { ["\cdot" | "\times" | "*" | "/" | "\div"] factor }
 *     factor   = primary { "^" argument | "!" | "'" | "%" }
 *
 * Where people do not write as TeX sets: `\sqrt12` and `2^10` take all digits (TeX takes one), `137\frac12` is a
 * mixed number, and `\frac12` is a half (as in TeX). Juxtaposed digits such as `4{10}` are refused.
 */

import { FRACTIONS, INFIXES, isBareName, STOPS } from "./commands.ts";
import { type Cursor, refuse } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import { primaryReader } from "./primary.ts";
import { type Node, number, operation, productOf, symbol } from "./tree.ts";
import { countedWords } from "./units.ts";

/** Words behind a number are looked at up to so many. */
const MAX_RUN = 8;

export interface ExpressionReader {
  readonly infix: () => Node;
  /** How many words without `\text` behind a node are its unit, or say what is counted. */
  readonly unitWordsAt: (before: Node) => number;
  /** Whether a dollar sign stood before a number since the last call. */
  readonly tookDollars: () => boolean;
}

export function expressionReader(cursor: Cursor): ExpressionReader {
  const { isSign, isCommand, take, expect, nested } = cursor;
  const { primary, enclosed, isBetweenBars, tookDollars } = primaryReader(cursor, {
    infix,
    sum,
    factor,
    argument,
    startsFactor,
  });

  const isInteger = (token: Token | undefined) => token?.kind === "number" && /^\d+$/.test(token.text);

  /** How many of the runs of letters that follow a node are the unit behind it. */
  function unitWordsAt(before: Node): number {
    const token = cursor.peek();
    if (token?.kind !== "letters" || token.text.length === 1) return 0;
    if (before.kind === "symbol" || before.kind === "text") return 0;
    const words: string[] = [];
    for (
      let next = cursor.peek();
      next?.kind === "letters" && words.length < MAX_RUN;
      next = cursor.peek(words.length)
    ) {
      if (isBareName(next.text) || next.text === "and" || next.text === "or") break;
      words.push(next.text);
    }
    return countedWords(words);
  }

  function infix(): Node {
    const left = union(), token = cursor.peek();
    if (token?.kind !== "command" || !Object.hasOwn(INFIXES, token.text)) return left;
    cursor.advance();
    return operation(INFIXES[token.text]!, left, union());
  }

  function union(): Node {
    let left = sum();
    for (;;) {
      const operator = isCommand("cup")
        ? "union"
        : isCommand("cap")
        ? "intersection"
        : isCommand("setminus") || isCommand("smallsetminus") || isCommand("backslash")
        ? "without"
        : null;
      if (operator === null) return left;
      cursor.advance();
      const right = sum();
      left = left.kind === "combination" && operator !== "without" && left.operator === operator
        ? { ...left, sets: [...left.sets, right] }
        : { kind: "combination", operator, sets: [left, right] };
    }
  }

  function signAt(): "+" | "-" | "\\pm" | "\\mp" | null {
    if (isSign("+")) return "+";
    if (isSign("-")) return "-";
    if (isCommand("pm")) return "\\pm";
    return isCommand("mp") ? "\\mp" : null;
  }

  function sum(): Node {
    let sign = signAt();
    if (sign !== null) cursor.advance();
    let terms: Node[] = [];
    for (;;) {
      const next = term();
      if (sign === "\\pm" || sign === "\\mp") {
        const first = terms.length === 0 ? null : sumOf(terms);
        terms = [{ kind: "either", first, second: next, opposite: sign === "\\mp" }];
      } else terms.push(sign === "-" ? operation("negate", next) : next);
      sign = signAt();
      if (sign === null) return sumOf(terms);
      cursor.advance();
    }
  }

  /** `\mathbb{R} - \{2\}` is a set, as any set is from which one is taken. */
  function sumOf(terms: Node[]): Node {
    const [first, ...rest] = terms;
    if (rest.length === 0) return first!;
    const taken = rest.map((term) =>
      term.kind === "operation" && term.operator === "negate" ? term.operands[0]! : null
    );
    const isDifference = taken.every((term) =>
      term !== null && (first!.kind === "reals" || term.kind === "set")
    );
    if (!isDifference) return operation("sum", ...terms);
    const sets = taken.map((term): Node => term!.kind === "number" ? { kind: "set", items: [term!] } : term!);
    return { kind: "combination", operator: "without", sets: [first!, ...sets] };
  }

  function term(): Node {
    let factors: Node[] = [];
    /** Whether the last factor is an integer as it was written, which a fraction makes a mixed number. */
    let integer = isInteger(cursor.peek());
    factors.push(factor());
    for (;;) {
      const last = factors[factors.length - 1]!;
      if (
        take("sign", "*") || take("command", "cdot") || take("command", "times") || take("command", "ast")
      ) {
        integer = false;
        factors.push(signedFactor());
      } else if (take("sign", "/") || take("command", "div")) {
        factors = [operation("quotient", productOf(factors), signedFactor())];
        integer = false;
      } else if (isInteger(cursor.peek())) {
        // "5 1/2"
        if (!integer || last.kind !== "number" || !isSign("/", 1) || !isInteger(cursor.peek(2))) {
          refuse();
        }
        const above = cursor.peek()!.value!, below = cursor.peek(2)!.value!;
        if (above.numerator >= below.numerator) refuse();
        cursor.advance(3);
        const fraction = number(above.numerator, below.numerator);
        factors[factors.length - 1] = operation("sum", last, fraction);
        integer = false;
      } else if (startsFactor(last)) {
        const isFraction = cursor.peek()!.kind === "command" && FRACTIONS.has(cursor.peek()!.text);
        const next = factor();
        if (integer && isFraction && last.kind === "number" && isProperFraction(next)) {
          factors[factors.length - 1] = operation("sum", last, next);
        } else factors.push(next);
        integer = false;
      } else return productOf(factors);
    }
  }

  function isProperFraction(node: Node): boolean {
    if (node.kind !== "operation" || node.operator !== "quotient") return false;
    const [above, below] = node.operands;
    return above!.kind === "number" && below!.kind === "number" &&
      above!.value.denominator === 1n && below!.value.denominator === 1n &&
      above!.value.numerator < below!.value.numerator;
  }

  function signedFactor(): Node {
    if (take("sign", "-")) return operation("negate", factor());
    take("sign", "+");
    return factor();
  }

  /** Whether a factor follows without a sign between. A number or a bare group does not: `x2`, `4{10}`. */
  function startsFactor(before: Node): boolean {
    const token = cursor.peek();
    if (token === undefined || token.kind === "word") return false;
    if (token.kind === "number") refuse();
    if (token.kind === "command") return !STOPS.has(token.text);
    if (token.kind === "letters") {
      return token.text !== "and" && token.text !== "or" && unitWordsAt(before) === 0;
    }
    if (token.text === "{" || token.text === "_") refuse();
    if (token.text === "[") return !closes();
    return token.text === "(" || (token.text === "|" && !isBetweenBars());
  }

  /** Whether a `[` ends an open interval, as in ]2, 5[. */
  function closes(): boolean {
    const next = cursor.peek(1);
    if (next === undefined || next.kind === "word") return true;
    if (next.kind === "command") return STOPS.has(next.text);
    return next.kind === "sign" ? ",;)]}=".includes(next.text) : next.text === "and" || next.text === "or";
  }

  function factor(): Node {
    let node = primary();
    for (;;) {
      if (take("sign", "^")) node = raised(node);
      else if (take("sign", "!")) node = operation("factorial", node);
      else if (take("sign", "%") || take("command", "%")) node = operation("percent", node);
      else if (take("command", "circ")) node = operation("degree", node);
      else if (isSign("'") && node.kind === "symbol") {
        cursor.advance();
        node = symbol(`${node.name}'`);
      } else return node;
    }
  }

  function raised(base: Node): Node {
    const braced = isSign("{");
    if (isCommand("circ", braced ? 1 : 0)) {
      cursor.advance(braced ? 2 : 1);
      if (braced) expect("sign", "}");
      return operation("degree", base);
    }
    const exponent = argument(true);
    return operation("power", base, take("sign", "^") ? nested(() => raised(exponent)) : exponent);
  }

  /** What a command or a `^` applies to: a group, or a single token. */
  function argument(allDigits: boolean): Node {
    const token = cursor.peek();
    if (token === undefined) refuse();
    if (take("sign", "{")) {
      const inside = enclosed(infix);
      expect("sign", "}");
      return inside;
    }
    if (allDigits && take("sign", "-")) return operation("negate", nested(() => argument(true)));
    if (token.kind === "number" && !allDigits && isInteger(token)) {
      return number(BigInt(cursor.takeCharacter()));
    }
    return token.kind === "word" ? refuse() : nested(primary);
  }

  return {
    infix,
    unitWordsAt,
    tookDollars,
  };
}
