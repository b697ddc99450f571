/**
 * Reads what stands for itself in an expression: numbers, names, brackets, commands with what they apply to, functions
 * with their argument. What stands inside is read by the operators of `expression.ts`.
 */

import {
  ACCENTS,
  BINOMIALS,
  FRACTIONS,
  GREEK,
  INFINITY,
  INVERSES,
  isBareName,
  MATRICES,
  named,
} from "./commands.ts";
import { type Cursor, refuse } from "./cursor.ts";
import { numeralOf } from "./notation.ts";
import { type Node, number, operation, productOf, symbol } from "./tree.ts";

const IMAGINARY: Node = { kind: "constant", name: "i" };

/** A numeral in a base of 2 to 36, as a number or in words. */
export function based(digits: string, base: string): Node {
  const value = numeralOf(base) ?? (/^\d{1,2}$/.test(base) ? Number(base) : 0);
  const isNumeral = /^[0-9A-Z]*\.?[0-9A-Z]+$/.test(digits) &&
    [...digits].every((digit) => digit === "." || parseInt(digit, 36) < value);
  if (!isNumeral || value < 2 || value > 36) refuse();
  return { kind: "based", digits: digits.replace(/^0+(?=[^.])/, ""), base: value };
}

/** What reads the inside of a primary, or asks what follows it. */
export interface Operators {
  readonly infix: () => Node;
  readonly sum: () => Node;
  readonly factor: () => Node;
  /** What a command applies to: a group, or a single token; all digits of a number, or one. */
  readonly argument: (allDigits: boolean) => Node;
  /** Whether a factor follows without a sign between. */
  readonly startsFactor: (before: Node) => boolean;
}

export interface PrimaryReader {
  readonly primary: () => Node;
  /** Reads inside brackets, where a bar opens and does not close. */
  readonly enclosed: <Result>(read: () => Result) => Result;
  /** Whether a bar closes here. */
  readonly isBetweenBars: () => boolean;
  /** Whether a dollar sign stood before a number since the last call. */
  readonly tookDollars: () => boolean;
}

export function primaryReader(cursor: Cursor, operators: Operators): PrimaryReader {
  const { isSign, isCommand, take, expect, nested } = cursor;
  const { infix, sum, factor, argument, startsFactor } = operators;
  let bars = 0, dollars = false;

  function enclosed<Result>(read: () => Result): Result {
    const outside = bars;
    bars = 0;
    const result = nested(read);
    bars = outside;
    return result;
  }

  function primary(): Node {
    const token = cursor.peek();
    if (token === undefined) refuse();
    if (token.kind === "number") {
      cursor.advance();
      if (isSign("_")) return numeral(token.text);
      // Of digits in letters, as in 152A_{11}.
      const digits = cursor.peek();
      if (digits?.kind === "letters" && digits.end === cursor.peek(1)?.start && isSign("_", 1)) {
        const next = isSign("{", 2) ? cursor.peek(3) : cursor.peek(2);
        if (/^[A-F]+$/.test(digits.text) && next?.kind === "number") {
          cursor.advance();
          return numeral(token.text + digits.text);
        }
      }
      return { kind: "number", value: token.value! };
    }
    if (token.kind === "word") {
      cursor.advance();
      if (isSign("_")) return numeral(token.text.trim());
      return { kind: "text", text: token.text };
    }
    if (token.kind === "letters") {
      if (isBareName(token.text)) {
        cursor.advance();
        return command(token.text);
      }
      return letter(cursor.takeCharacter());
    }
    cursor.advance();
    if (token.kind === "command") return command(token.text);
    switch (token.text) {
      case "(":
      case "[":
      case "]":
        return bracket(token.text);
      case "{": {
        const inside = elements();
        expect("sign", "}");
        return inside.length === 1 ? inside[0]! : { kind: "set", items: inside };
      }
      case "|":
        return absolute(() => expect("sign", "|"));
      default:
        return refuse();
    }
  }

  function numeral(digits: string): Node {
    expect("sign", "_");
    const braced = take("sign", "{");
    const token = cursor.next();
    if (token === undefined || token.kind === "sign" || token.kind === "command") refuse();
    if (braced) expect("sign", "}");
    return based(digits, token.text.replace(/^\s*base\s*/i, "").trim());
  }

  function letter(name: string): Node {
    if (isSign("_")) return symbol(name + subscript());
    if (name === "e" || name === "i") return { kind: "constant", name };
    return symbol(name);
  }

  function subscript(): string {
    expect("sign", "_");
    const token = cursor.peek();
    if (token === undefined) refuse();
    if (token.kind !== "sign") {
      cursor.advance();
      return `_${token.text}`;
    }
    expect("sign", "{");
    let name = "_";
    for (;;) {
      const part = cursor.next();
      if (part === undefined || (part.kind === "sign" && part.text === "{")) refuse();
      if (part.kind === "sign" && part.text === "}") return name;
      name += part.text;
    }
  }

  /** What stands between separators, inside of brackets. */
  function elements(): Node[] {
    return enclosed(() => {
      const nodes = [infix()];
      while (take("sign", ",") || take("sign", ";")) nodes.push(infix());
      return nodes;
    });
  }

  /** Brackets that open away from what they enclose leave it out: ]2, 5[. */
  function bracket(opening: "(" | "[" | "]"): Node {
    const inside = elements();
    const closing = isSign(")") ? ")" : isSign("[") ? "[" : "]";
    expect("sign", closing);
    const open = opening === "[" ? "[" : "(", close = closing === "]" ? "]" : ")";
    if (inside.length > 1) return { kind: "tuple", open, close, items: inside };
    const matches = opening === "(" && closing === ")" || opening === "[" && closing === "]";
    return matches ? inside[0]! : refuse();
  }

  function absolute(close: () => void): Node {
    const outside = bars;
    bars = 1;
    const inside = nested(sum);
    bars = outside;
    close();
    return operation("absolute", inside);
  }

  function command(name: string): Node {
    if (name === "pi") return { kind: "constant", name: "pi" };
    if (INFINITY.has(name)) return { kind: "constant", name: "infinity" };
    if (FRACTIONS.has(name)) {
      const above = argument(false);
      return operation("quotient", above, argument(false));
    }
    if (BINOMIALS.has(name)) {
      const above = argument(false);
      return operation("binomial", above, argument(false));
    }
    if (name === "sqrt") {
      let index = number(2n);
      if (take("sign", "[")) {
        index = enclosed(sum);
        expect("sign", "]");
      }
      return operation("root", argument(true), index);
    }
    if (named.has(name) || name === "log" || name === "lg" || name === "cis") return application(name);
    if (GREEK.has(name)) return symbol(`\\${name}` + (isSign("_") ? subscript() : ""));
    if (ACCENTS.has(name)) {
      const [, source] = cursor.sourceOf(() => nested(() => argument(false)));
      return symbol(`\\${name} ${source.replace(/^\{?\\([ij])math\}?$/, "$1")}`);
    }
    switch (name) {
      case "{":
        return set();
      case "$":
        dollars = true;
        return nested(primary);
      case "reals":
        return { kind: "reals" };
      case "emptyset":
      case "varnothing":
        return { kind: "set", items: [] };
      case "lvert":
        return absolute(() => expect("command", "rvert"));
      case "|":
        return refuse();
      case "lfloor":
      case "lceil": {
        const inside = enclosed(sum);
        expect("command", name === "lfloor" ? "rfloor" : "rceil");
        return operation(name === "lfloor" ? "floor" : "ceiling", inside);
      }
      case "langle": {
        const inside = elements();
        expect("command", "rangle");
        return { kind: "tuple", open: "(", close: ")", items: inside };
      }
      case "begin":
        return matrix();
      default:
        return refuse();
    }
  }

  function set(): Node {
    if (take("command", "}")) return { kind: "set", items: [] };
    const items = elements();
    expect("command", "}");
    return { kind: "set", items };
  }

  function environment(): string {
    expect("sign", "{");
    const name = cursor.next();
    if (name?.kind !== "letters") refuse();
    expect("sign", "}");
    return name.text;
  }

  function matrix(): Node {
    const name = environment();
    if (!MATRICES.has(name)) refuse();
    // \begin{array}{cc}
    if (name === "array" && isSign("{")) {
      while (!take("sign", "}")) if (cursor.next() === undefined) refuse();
    }
    const rows: Node[][] = [];
    enclosed(() => {
      while (!isCommand("end")) {
        const row = [sum()];
        while (take("sign", "&")) row.push(sum());
        rows.push(row);
        if (!take("command", "\\") && !isCommand("end")) refuse();
      }
    });
    expect("command", "end");
    if (environment() !== name || rows.length === 0) refuse();
    return { kind: "matrix", rows };
  }

  /** A function with its base, power and argument: brackets, or factors up to the next function. */
  function application(name: string): Node {
    let base: Node | null = null, exponent: Node | null = null;
    if (name === "log" && take("sign", "_")) base = argument(true);
    if (take("sign", "^")) exponent = argument(true);
    const operator = named.get(name);
    if (exponent !== null && isMinusOne(exponent)) {
      if (operator === undefined || !Object.hasOwn(INVERSES, operator)) refuse();
      return operation(INVERSES[operator]!, nested(applied));
    }
    const inside = nested(applied);
    const value = name === "cis"
      ? cis(inside)
      : operator === undefined
      ? operation("log", inside, base ?? number(10n))
      : operation(operator, inside);
    return exponent === null ? value : operation("power", value, exponent);
  }

  /** cos + i sin */
  const cis = (angle: Node) =>
    operation("sum", operation("cos", angle), operation("product", IMAGINARY, operation("sin", angle)));

  const isMinusOne = (node: Node) =>
    node.kind === "operation" && node.operator === "negate" && node.operands[0]!.kind === "number" &&
    node.operands[0].value.numerator === 1n && node.operands[0].value.denominator === 1n;

  function applied(): Node {
    if (isSign("(") || isSign("{")) return primary();
    const factors = [take("sign", "-") ? operation("negate", factor()) : factor()];
    for (;;) {
      const token = cursor.peek(), last = factors[factors.length - 1]!;
      const isFunction = token?.kind === "command" && (named.has(token.text) || token.text === "log");
      if (isFunction || isSign("(") || isSign("[") || !startsFactor(last)) return productOf(factors);
      factors.push(factor());
    }
  }

  return {
    primary,
    enclosed,
    isBetweenBars: () => bars > 0,
    tookDollars() {
      const took = dollars;
      dollars = false;
      return took;
    },
  };
}
