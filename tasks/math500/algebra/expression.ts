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

import { type Cursor, refuse } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import { numeralOf } from "./notation.ts";
import { FUNCTIONS, type Node, number, operation, type Relation, symbol } from "./tree.ts";
import { countedWords } from "./units.ts";

const FRACTIONS = new Set(["frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"]);
/** Commands between two operands, of all that stands in the group. */
const INFIXES: Readonly<Record<string, "quotient" | "binomial">> = { over: "quotient", choose: "binomial" };
const BINOMIALS = new Set(["binom", "dbinom", "tbinom"]);
const ACCENTS = new Set(["overline", "bar", "hat", "widehat", "vec", "overrightarrow", "tilde", "widetilde"]);
const MATRICES = new Set(["pmatrix", "bmatrix", "matrix", "Bmatrix", "smallmatrix", "array"]);
const GREEK = new Set(
  ("alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau " +
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell angle triangle")
    .split(" "),
);
const INFINITY = new Set(["infty", "infinity", "inf", "oo"]);
const named = new Map<string, (typeof FUNCTIONS)[number]>([
  ...FUNCTIONS.map((name) => [name, name] as const),
  ["asin", "arcsin"],
  ["acos", "arccos"],
  ["atan", "arctan"],
]);
const INVERSES: Readonly<Record<string, (typeof FUNCTIONS)[number]>> = {
  sin: "arcsin",
  cos: "arccos",
  tan: "arctan",
};
/** Words that may stand without a backslash. */
const isBareName = (word: string) =>
  named.has(word) || word === "pi" || word === "sqrt" || word === "log" || word === "cis" ||
  INFINITY.has(word);

/** Commands between two sides. */
export const RELATION_COMMANDS: Readonly<Record<string, Relation>> = {
  le: "<=",
  leq: "<=",
  leqslant: "<=",
  leqq: "<=",
  lt: "<",
  ge: ">=",
  geq: ">=",
  geqslant: ">=",
  geqq: ">=",
  gt: ">",
  ne: "!=",
  neq: "!=",
  in: "in",
  approx: "~",
};
/** Commands that end a product. */
const STOPS = new Set([
  ...Object.keys(RELATION_COMMANDS),
  ..."cup cap setminus smallsetminus backslash land lor wedge vee over choose pm mp cdot times div ast rangle rfloor rceil rvert circ end mid colon & % \\ }"
    .split(" "),
]);
/** Words behind a number are looked at up to so many. */
const MAX_RUN = 8;
const IMAGINARY: Node = { kind: "constant", name: "i" };

/** A numeral in a base of 2 to 36, as a number or in words. */
export function based(digits: string, base: string): Node {
  const value = numeralOf(base) ?? (/^\d{1,2}$/.test(base) ? Number(base) : 0);
  const isNumeral = /^[0-9A-Z]*\.?[0-9A-Z]+$/.test(digits) &&
    [...digits].every((digit) => digit === "." || parseInt(digit, 36) < value);
  if (!isNumeral || value < 2 || value > 36) refuse();
  return { kind: "based", digits: digits.replace(/^0+(?=[^.])/, ""), base: value };
}

export interface ExpressionReader {
  readonly infix: () => Node;
  /** How many words without `\text` behind a node are its unit, or say what is counted. */
  readonly unitWordsAt: (before: Node) => number;
  /** Whether a dollar sign stood before a number since the last call. */
  readonly tookDollars: () => boolean;
}

export function expressionReader(cursor: Cursor): ExpressionReader {
  const { isSign, isCommand, take, expect, nested } = cursor;
  let bars = 0, dollars = false;

  /** Reads inside brackets, where a bar opens and does not close. */
  function enclosed<Result>(read: () => Result): Result {
    const outside = bars;
    bars = 0;
    const result = nested(read);
    bars = outside;
    return result;
  }

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

  const productOf = (factors: Node[]) =>
    factors.length === 1 ? factors[0]! : operation("product", ...factors);

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
    return token.text === "(" || (token.text === "|" && bars === 0);
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

  // What stands for itself.

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
    infix,
    unitWordsAt,
    tookDollars() {
      const took = dollars;
      dollars = false;
      return took;
    },
  };
}
