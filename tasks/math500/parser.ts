/**
 * Reads LaTeX answers by recursive descent into trees. What it cannot read it refuses, rather than guess: then
 * answers are compared as texts.
 *
 *     items    = item { separator item }                       "," ";" "and" "or"
 *     item     = quantity { relation quantity } | quantity ":" quantity ...
 *     quantity = union [ unit ]
 *     union    = sum { ("\cup" | "\setminus") sum }
 *     sum      = [sign] term { ("+" | "-" | "\pm" | "\mp") term }
 *     term     = factor { ["\cdot" | "\times" | "*" | "/" | "\div"] factor }
 *     factor   = primary { "^" argument | "!" | "'" | "%" }
 *
 * Where people do not write as TeX sets: `\sqrt12` and `2^10` take all digits (TeX takes one), `137\frac12` is a
 * mixed number, and `\frac12` is a half (as in TeX). Juxtaposed digits such as `4{10}` are refused.
 *
 * Linear in the text; bracket depth is limited, so that the call stack is.
 */

import { type Token, tokenize } from "./lexer.ts";
import { canonicalText, numeralOf } from "./notation.ts";
import {
  FUNCTIONS,
  type Item,
  type Node,
  number,
  operation,
  type Quantity,
  type Relation,
  symbol,
} from "./tree.ts";
import { isBareUnit, readSuffix } from "./units.ts";

const MAX_DEPTH = 48;

/** Thrown inside only; one object, as its place says nothing. */
const UNREADABLE = new Error("not an answer that can be read");

const FRACTIONS = new Set(["frac", "dfrac", "tfrac", "cfrac"]);
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
  named.has(word) || word === "pi" || word === "sqrt" || word === "log" || INFINITY.has(word);

const RELATION_COMMANDS: Readonly<Record<string, Relation>> = {
  le: "<=",
  leq: "<=",
  leqslant: "<=",
  lt: "<",
  ge: ">=",
  geq: ">=",
  geqslant: ">=",
  gt: ">",
  ne: "!=",
  neq: "!=",
  in: "in",
  approx: "~",
};
/** Commands that end a product. */
const STOPS = new Set([
  ...Object.keys(RELATION_COMMANDS),
  ..."cup setminus backslash pm mp cdot times div ast rangle rfloor rceil rvert circ end mid colon & % \\ }"
    .split(" "),
]);
/** " and ", ", or" and so on, of word tokens. */
const SEPARATOR = /^\W*(?:and|or)?\W*$/i;

export interface Items {
  readonly items: readonly Item[];
  /** Whether the word between the parts was "or". */
  readonly alternatives: boolean;
}

/** The parts of an answer; null for what cannot be read. Never throws. */
export function parse(source: string): Items | null {
  try {
    return parseTokens(source, tokenize(source));
  } catch (error) {
    if (error === UNREADABLE) return null;
    throw error;
  }
}

function refuse(): never {
  throw UNREADABLE;
}

function parseTokens(source: string, tokens: Token[]): Items {
  let at = 0, depth = 0, bars = 0;
  /** Whether the quantity being read has a dollar sign. */
  let dollars = false;

  const isSign = (text: string, place = at) => tokens[place]?.kind === "sign" && tokens[place]!.text === text;
  const isCommand = (text: string, place = at) =>
    tokens[place]?.kind === "command" && tokens[place]!.text === text;

  function take(kind: Token["kind"], text: string): boolean {
    if (tokens[at]?.kind !== kind || tokens[at]!.text !== text) return false;
    at++;
    return true;
  }
  function expect(kind: Token["kind"], text: string): void {
    if (!take(kind, text)) refuse();
  }
  function nested<Result>(read: () => Result): Result {
    if (++depth > MAX_DEPTH) refuse();
    const result = read();
    depth--;
    return result;
  }
  /** Reads inside brackets, where a bar opens and does not close. */
  function enclosed<Result>(read: () => Result): Result {
    const outside = bars;
    bars = 0;
    const result = nested(read);
    bars = outside;
    return result;
  }

  /** Takes the first character of a token and leaves the rest. */
  function takeCharacter(token: Token): string {
    if (token.text.length === 1) at++;
    else {
      const text = token.text.slice(1);
      const value = token.kind === "number" ? { value: { numerator: BigInt(text), denominator: 1n } } : {};
      tokens[at] = { kind: token.kind, text, start: token.start + 1, end: token.end, ...value };
    }
    return token.text[0]!;
  }

  const isInteger = (token: Token | undefined) => token?.kind === "number" && /^\d+$/.test(token.text);

  // Lists, relations, units.

  function items(): Items {
    const parts = [item()];
    let alternatives = false;
    while (at < tokens.length) {
      let separated = false;
      for (;;) {
        const token = tokens[at];
        const isSeparator = token !== undefined &&
          (token.kind === "sign"
            ? token.text === "," || token.text === ";"
            : token.kind === "word"
            ? SEPARATOR.test(token.text)
            : token.kind === "letters" && (token.text === "and" || token.text === "or"));
        if (!isSeparator) break;
        if (/or/i.test(token.text)) alternatives = true;
        separated = true;
        at++;
      }
      if (!separated) refuse();
      parts.push(item());
    }
    return { items: parts, alternatives };
  }

  function item(): Item {
    // "= 5", "\approx 5"
    relation();
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
    const token = tokens[at];
    if (token?.kind === "command" && Object.hasOwn(RELATION_COMMANDS, token.text)) {
      at++;
      return RELATION_COMMANDS[token.text]!;
    }
    if (take("sign", "=")) return "=";
    for (const sign of ["<", ">"] as const) {
      if (take("sign", sign)) return take("sign", "=") ? `${sign}=` : sign;
    }
    return null;
  }

  function quantity(): Quantity {
    const start = tokens[at]?.start ?? source.length;
    dollars = false;
    const node = union();
    const found = suffix(node);
    const end = tokens[at - 1]!.end;
    return {
      ...found,
      unit: dollars ? "dollar" : found.unit,
      source: canonicalText(source.slice(start, end)),
    };
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
    let words = "", exponent = 1;
    for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
      if (
        token.kind === "word" ? SEPARATOR.test(token.text) : !(token.kind === "letters" && isUnitAt(node))
      ) {
        break;
      }
      words += ` ${token.text}`;
      at++;
      if (take("sign", "^")) {
        const braced = take("sign", "{"), digit = tokens[at++];
        if (digit?.kind !== "number" || !/^[23]$/.test(digit.text)) refuse();
        if (braced) expect("sign", "}");
        exponent = Number(digit.text);
      }
      const next = tokens[at + 1];
      if (isSign("/") && (next?.kind === "word" || next?.kind === "letters" && isBareUnit(next.text))) {
        words += " per";
        at++;
      }
    }
    if (words === "") return { node, unit: null };
    // Long or numeric words are conditions or prose, which may change everything.
    const { unit, scale, base } = readSuffix(words, exponent);
    if (base !== null) return { node: basedNode(node, base), unit: null };
    if (/\d/.test(words) || words.trim().split(/\s+/).length > 4) refuse();
    return { node: scale === 0 ? node : operation("product", node, number(10n ** BigInt(scale))), unit };
  }

  const isUnitAt = (before: Node) =>
    tokens[at]?.kind === "letters" && before.kind !== "symbol" && before.kind !== "text" &&
    isBareUnit(tokens[at]!.text);

  function basedNode(node: Node, base: string): Node {
    if (node.kind !== "number" || node.value.denominator !== 1n) refuse();
    return based(String(node.value.numerator), base);
  }

  // Sets, sums, products.

  function union(): Node {
    let left = sum();
    for (;;) {
      const operator = isCommand("cup")
        ? "union"
        : isCommand("setminus") || isCommand("backslash")
        ? "without"
        : null;
      if (operator === null) return left;
      at++;
      const right = sum();
      left = left.kind === "combination" && operator === "union" && left.operator === "union"
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
    if (sign !== null) at++;
    let terms: Node[] = [];
    for (;;) {
      const next = term();
      if (sign === "\\pm" || sign === "\\mp") {
        const first = terms.length === 0 ? null : sumOf(terms);
        terms = [{ kind: "either", first, second: next, opposite: sign === "\\mp" }];
      } else terms.push(sign === "-" ? operation("negate", next) : next);
      sign = signAt();
      if (sign === null) return sumOf(terms);
      at++;
    }
  }

  const sumOf = (terms: Node[]) => terms.length === 1 ? terms[0]! : operation("sum", ...terms);
  const productOf = (factors: Node[]) =>
    factors.length === 1 ? factors[0]! : operation("product", ...factors);

  function term(): Node {
    let factors: Node[] = [];
    /** Whether the last factor is an integer as it was written, which a fraction makes a mixed number. */
    let integer = isInteger(tokens[at]);
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
      } else if (isInteger(tokens[at])) {
        // "5 1/2"
        if (!integer || last.kind !== "number" || !isSign("/", at + 1) || !isInteger(tokens[at + 2])) {
          refuse();
        }
        const above = tokens[at]!.value!, below = tokens[at + 2]!.value!;
        if (above.numerator >= below.numerator) refuse();
        at += 3;
        const fraction = number(above.numerator, below.numerator);
        factors[factors.length - 1] = operation("sum", last, fraction);
        integer = false;
      } else if (startsFactor(last)) {
        const isFraction = tokens[at]!.kind === "command" && FRACTIONS.has(tokens[at]!.text);
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
    const token = tokens[at];
    if (token === undefined || token.kind === "word") return false;
    if (token.kind === "number") refuse();
    if (token.kind === "command") return !STOPS.has(token.text);
    if (token.kind === "letters") return token.text !== "and" && token.text !== "or" && !isUnitAt(before);
    if (token.text === "{" || token.text === "_") refuse();
    return token.text === "(" || token.text === "[" || (token.text === "|" && bars === 0);
  }

  function factor(): Node {
    let node = primary();
    for (;;) {
      if (take("sign", "^")) node = raised(node);
      else if (take("sign", "!")) node = operation("factorial", node);
      else if (take("sign", "%") || take("command", "%")) node = operation("percent", node);
      else if (take("command", "circ")) node = operation("degree", node);
      else if (isSign("'") && node.kind === "symbol") {
        at++;
        node = symbol(`${node.name}'`);
      } else return node;
    }
  }

  function raised(base: Node): Node {
    const braced = isSign("{");
    if (isCommand("circ", braced ? at + 1 : at)) {
      at += braced ? 2 : 1;
      if (braced) expect("sign", "}");
      return operation("degree", base);
    }
    const exponent = argument(true);
    return operation("power", base, take("sign", "^") ? nested(() => raised(exponent)) : exponent);
  }

  /** What a command or a `^` applies to: a group, or a single token. */
  function argument(allDigits: boolean): Node {
    const token = tokens[at];
    if (token === undefined) refuse();
    if (take("sign", "{")) {
      const inside = enclosed(union);
      expect("sign", "}");
      return inside;
    }
    if (allDigits && take("sign", "-")) return operation("negate", nested(() => argument(true)));
    if (token.kind === "number" && !allDigits && isInteger(token)) {
      return number(BigInt(takeCharacter(token)));
    }
    return token.kind === "word" ? refuse() : nested(primary);
  }

  // What stands for itself.

  function primary(): Node {
    const token = tokens[at];
    if (token === undefined) refuse();
    if (token.kind === "number") {
      at++;
      if (isSign("_")) return numeral(token.text);
      // Of digits in letters, as in 152A_{11}.
      const digits = tokens[at];
      if (digits?.kind === "letters" && digits.end === tokens[at + 1]?.start && isSign("_", at + 1)) {
        const next = isSign("{", at + 2) ? tokens[at + 3] : tokens[at + 2];
        if (/^[A-F]+$/.test(digits.text) && next?.kind === "number") {
          at++;
          return numeral(token.text + digits.text);
        }
      }
      return { kind: "number", value: token.value! };
    }
    if (token.kind === "word") {
      at++;
      if (isSign("_")) return numeral(token.text.trim());
      return { kind: "text", text: token.text };
    }
    if (token.kind === "letters") {
      if (isBareName(token.text)) {
        at++;
        return command(token.text);
      }
      return letter(takeCharacter(token));
    }
    at++;
    if (token.kind === "command") return command(token.text);
    switch (token.text) {
      case "(":
      case "[":
        return bracket(token.text);
      case "{": {
        const inside = enclosed(union);
        expect("sign", "}");
        return inside;
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
    const token = tokens[at++];
    if (token === undefined || token.kind === "sign" || token.kind === "command") refuse();
    if (braced) expect("sign", "}");
    return based(digits, token.text.replace(/^\s*base\s*/i, "").trim());
  }

  function based(digits: string, base: string): Node {
    const value = numeralOf(base) ?? (/^\d{1,2}$/.test(base) ? Number(base) : 0);
    const isNumeral = /^[0-9A-Z]*\.?[0-9A-Z]+$/.test(digits) &&
      [...digits].every((digit) => digit === "." || parseInt(digit, 36) < value);
    if (!isNumeral || value < 2 || value > 36) refuse();
    return { kind: "based", digits: digits.replace(/^0+(?=[^.])/, ""), base: value };
  }

  function letter(name: string): Node {
    if (isSign("_")) return symbol(name + subscript());
    if (name === "e" || name === "i") return { kind: "constant", name };
    return symbol(name);
  }

  function subscript(): string {
    expect("sign", "_");
    const token = tokens[at];
    if (token === undefined) refuse();
    if (token.kind !== "sign") {
      at++;
      return `_${token.text}`;
    }
    expect("sign", "{");
    let name = "_";
    for (;;) {
      const part = tokens[at++];
      if (part === undefined || (part.kind === "sign" && part.text === "{")) refuse();
      if (part.kind === "sign" && part.text === "}") return name;
      name += part.text;
    }
  }

  function bracket(open: "(" | "["): Node {
    const inside = enclosed(() => {
      const nodes = [union()];
      while (take("sign", ",") || take("sign", ";")) nodes.push(union());
      return nodes;
    });
    const close = isSign(")") ? ")" : "]";
    expect("sign", close);
    if (inside.length > 1) return { kind: "tuple", open, close, items: inside };
    return (open === "(") === (close === ")") ? inside[0]! : refuse();
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
    if (named.has(name) || name === "log" || name === "lg") return application(name);
    if (GREEK.has(name)) return symbol(`\\${name}` + (isSign("_") ? subscript() : ""));
    if (ACCENTS.has(name)) {
      const start = tokens[at]?.start ?? source.length;
      nested(() => argument(false));
      return symbol(`\\${name} ${canonicalText(source.slice(start, tokens[at - 1]!.end))}`);
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
        const inside = enclosed(() => {
          const nodes = [union()];
          while (take("sign", ",")) nodes.push(union());
          return nodes;
        });
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
    const inside: Node[] = [];
    if (take("command", "}")) return { kind: "set", items: inside };
    enclosed(() => {
      do inside.push(union()); while (take("sign", ",") || take("sign", ";"));
    });
    expect("command", "}");
    return { kind: "set", items: inside };
  }

  function environment(): string {
    expect("sign", "{");
    const name = tokens[at++];
    if (name?.kind !== "letters") refuse();
    expect("sign", "}");
    return name.text;
  }

  function matrix(): Node {
    const name = environment();
    if (!MATRICES.has(name)) refuse();
    // \begin{array}{cc}
    if (name === "array" && isSign("{")) { while (!take("sign", "}")) if (at++ >= tokens.length) refuse(); }
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
    const value = operator === undefined
      ? operation("log", inside, base ?? number(10n))
      : operation(operator, inside);
    return exponent === null ? value : operation("power", value, exponent);
  }

  const isMinusOne = (node: Node) =>
    node.kind === "operation" && node.operator === "negate" && node.operands[0]!.kind === "number" &&
    node.operands[0].value.numerator === 1n && node.operands[0].value.denominator === 1n;

  function applied(): Node {
    if (isSign("(") || isSign("{")) return primary();
    const factors = [take("sign", "-") ? operation("negate", factor()) : factor()];
    for (;;) {
      const token = tokens[at], last = factors[factors.length - 1]!;
      const isFunction = token?.kind === "command" && (named.has(token.text) || token.text === "log");
      if (isFunction || isSign("(") || isSign("[") || !startsFactor(last)) return productOf(factors);
      factors.push(factor());
    }
  }

  const result = items();
  return at === tokens.length ? result : refuse();
}
