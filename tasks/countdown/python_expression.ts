/**
 * The value that Python gives an arithmetic expression, for grading as d1's grader does, which hands the answer to
 * Python's `eval`. Nothing is evaluated here: this reads the part of Python's grammar that can be written with
 * digits, `+ - * / ( ) .` and space, by recursive descent, and computes with Python's numbers: integers of any
 * size, floats, and the complex numbers that roots of negative ones are.
 *
 *     sum    = term { ("+" | "-") term }
 *     term   = factor { ("*" | "/" | "//") factor }
 *     factor = ("+" | "-") factor | atom [ "**" factor ]
 *     atom   = integer | float | "(" sum ")"
 *
 * What Python would also take, `()`, `...` and calls, never has a number as its value. The cost is bounded by LIMITS,
 * not by a clock: `9**9**9` is refused.
 */

/** Beyond any value that matters; nesting as deep as Python's own limit. */
const PYTHON_LIMITS = { tokens: 2000, depth: 200, bits: 1 << 16 } as const;

export type PythonNumber =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "complex"; readonly re: number; readonly im: number };

/** Python would raise, or the value is beyond the limits. */
class NoValue extends Error {}

const int = (value: bigint): PythonNumber => {
  if (bitLength(value) > PYTHON_LIMITS.bits) throw new NoValue("a number beyond the cost bound");
  return { kind: "int", value };
};
const float = (value: number): PythonNumber => ({ kind: "float", value });
const complex = (re: number, im: number): PythonNumber => ({ kind: "complex", re, im });

/**
 * The value of an expression, or why it has none.
 * @param source stripped of space at both ends
 */
export function pythonValue(source: string): PythonNumber | string {
  try {
    return read(tokenize(source));
  } catch (error) {
    if (error instanceof NoValue) return error.message;
    throw error;
  }
}

/** `abs(value - target) < tolerance`. */
export function isNear(value: PythonNumber, target: number, tolerance: number): boolean {
  switch (value.kind) {
    case "int":
      return value.value === BigInt(target);
    case "float":
      return Math.abs(value.value - target) < tolerance;
    case "complex":
      return Math.hypot(value.re - target, value.im) < tolerance;
  }
}

/** As Python prints it, near enough for people. */
export function showPython(value: PythonNumber): string {
  if (value.kind !== "complex") return String(value.value);
  return `(${value.re}${value.im < 0 ? "-" : "+"}${Math.abs(value.im)}j)`;
}

const TOKEN = /[ \t\f]*(\d+\.?\d*|\.\d+|\*\*|\/\/|[-+*/()]|[\r\n]|$)/y;

function tokenize(source: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let depth = 0;;) {
    const token = TOKEN.exec(source)?.[1];
    if (token === undefined) throw new NoValue("no Python expression");
    if (token === "") return tokens;
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (token === "\r" || token === "\n") {
      // Between brackets a line end is a space; elsewhere it ends the expression.
      if (depth <= 0) throw new NoValue("no Python expression");
      continue;
    }
    if (depth > PYTHON_LIMITS.depth) throw new NoValue("too many nested brackets");
    tokens.push(token);
    if (tokens.length > PYTHON_LIMITS.tokens) throw new NoValue("an expression beyond the cost bound");
  }
}

function read(tokens: readonly string[]): PythonNumber {
  let at = 0;

  function chain(operators: readonly string[], operand: () => PythonNumber): PythonNumber {
    let left = operand();
    while (operators.includes(tokens[at] ?? "")) {
      const operator = tokens[at++]!;
      left = binary(operator, left, operand());
    }
    return left;
  }
  const sum = (): PythonNumber => chain(["+", "-"], term);
  const term = (): PythonNumber => chain(["*", "/", "//"], factor);

  function factor(): PythonNumber {
    let negative = false;
    for (; tokens[at] === "-" || tokens[at] === "+"; at++) negative = negative !== (tokens[at] === "-");
    let value = atom();
    if (tokens[at] === "**") {
      at++;
      value = power(value, factor());
    }
    return negative ? negated(value) : value;
  }

  function atom(): PythonNumber {
    const token = tokens[at++];
    if (token === "(") {
      const inside = sum();
      if (tokens[at++] !== ")") throw new NoValue("no Python expression");
      return inside;
    }
    if (token === undefined || !/\d/.test(token)) throw new NoValue("no Python expression");
    if (token.includes(".")) return float(Number(token));
    if (/^0+[1-9]/.test(token)) throw new NoValue("no Python expression: an integer with leading zeros");
    // Bits are checked before the digits are read: reading takes more than linear time.
    if (token.length > PYTHON_LIMITS.bits / 4) throw new NoValue("a number beyond the cost bound");
    return int(BigInt(token));
  }

  const value = sum();
  if (at < tokens.length) throw new NoValue("no Python expression");
  return value;
}

function negated(value: PythonNumber): PythonNumber {
  switch (value.kind) {
    case "int":
      return int(-value.value);
    case "float":
      return float(-value.value);
    case "complex":
      return complex(-value.re, -value.im);
  }
}

function binary(operator: string, left: PythonNumber, right: PythonNumber): PythonNumber {
  if (left.kind === "int" && right.kind === "int") return ofIntegers(operator, left.value, right.value);
  if (left.kind === "complex" || right.kind === "complex") {
    return ofComplex(operator, toComplex(left), toComplex(right));
  }
  return ofFloats(operator, toFloat(left), toFloat(right));
}

function ofIntegers(operator: string, left: bigint, right: bigint): PythonNumber {
  switch (operator) {
    case "+":
      return int(left + right);
    case "-":
      return int(left - right);
    case "*":
      if (bitLength(left) + bitLength(right) > PYTHON_LIMITS.bits + 1) {
        throw new NoValue("a number beyond the cost bound");
      }
      return int(left * right);
    case "//":
      return int(floorDivision(left, right));
    default:
      return float(trueDivision(left, right));
  }
}

function ofFloats(operator: string, left: number, right: number): PythonNumber {
  if (operator === "+") return float(left + right);
  if (operator === "-") return float(left - right);
  if (operator === "*") return float(left * right);
  if (right === 0) throw new NoValue("division by zero");
  if (operator === "/") return float(left / right);
  // The remainder is exact and takes the sign of the divisor; the quotient is rounded from what it leaves.
  const remainder = left % right;
  const quotient = (left - remainder) / right - (remainder !== 0 && remainder < 0 !== right < 0 ? 1 : 0);
  const floor = Math.floor(quotient);
  return float(quotient - floor > 0.5 ? floor + 1 : floor);
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

function ofComplex(operator: string, left: Complex, right: Complex): PythonNumber {
  const { re: a, im: b } = left, { re: c, im: d } = right;
  if (operator === "+") return complex(a + c, b + d);
  if (operator === "-") return complex(a - c, b - d);
  if (operator === "*") return complex(a * c - b * d, a * d + b * c);
  if (operator === "//") throw new NoValue("complex numbers have no floor division");
  if (c === 0 && d === 0) throw new NoValue("division by zero");
  // Smith's division: scaled by the larger part.
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c, scale = c + d * ratio;
    return complex((a + b * ratio) / scale, (b - a * ratio) / scale);
  }
  const ratio = c / d, scale = c * ratio + d;
  return complex((a * ratio + b) / scale, (b * ratio - a) / scale);
}

function power(base: PythonNumber, exponent: PythonNumber): PythonNumber {
  if (base.kind === "int" && exponent.kind === "int" && exponent.value >= 0n) {
    return int(integerPower(base.value, exponent.value));
  }
  if (base.kind === "complex" || exponent.kind === "complex") {
    return complexPower(toComplex(base), toComplex(exponent));
  }
  const b = toFloat(base), e = toFloat(exponent);
  if (e === 0 || b === 1) return float(1);
  if (b === 0 && e < 0) throw new NoValue("division by zero");
  if (b < 0 && Number.isFinite(b) && Number.isFinite(e) && !Number.isInteger(e)) {
    return complexPower({ re: b, im: 0 }, { re: e, im: 0 });
  }
  const value = Math.pow(b, e);
  if (!Number.isFinite(value) && Number.isFinite(b) && Number.isFinite(e)) {
    throw new NoValue("a float overflows");
  }
  return float(value);
}

function integerPower(base: bigint, exponent: bigint): bigint {
  if (base === 0n || base === 1n) return exponent === 0n ? 1n : base;
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
  // The power has more than (bits - 1) * exponent bits.
  if (
    exponent > BigInt(PYTHON_LIMITS.bits) ||
    BigInt(bitLength(base) - 1) * exponent > BigInt(PYTHON_LIMITS.bits)
  ) {
    throw new NoValue("a power beyond the cost bound");
  }
  return base ** exponent;
}

/** Polar form, but repeated multiplication for small whole exponents, as in CPython. */
function complexPower(base: Complex, exponent: Complex): PythonNumber {
  if (exponent.re === 0 && exponent.im === 0) return complex(1, 0);
  if (base.re === 0 && base.im === 0) {
    if (exponent.im !== 0 || exponent.re < 0) throw new NoValue("division by zero");
    return complex(0, 0);
  }
  if (exponent.im === 0 && Number.isInteger(exponent.re) && Math.abs(exponent.re) <= 100) {
    let product: PythonNumber = complex(1, 0);
    for (let times = Math.abs(exponent.re); times > 0; times--) {
      product = ofComplex("*", toComplex(product), base);
    }
    return checkedComplex(exponent.re < 0 ? ofComplex("/", { re: 1, im: 0 }, toComplex(product)) : product);
  }
  const size = Math.hypot(base.re, base.im), angle = Math.atan2(base.im, base.re);
  const length = Math.pow(size, exponent.re) * Math.exp(-angle * exponent.im);
  const phase = angle * exponent.re + exponent.im * Math.log(size);
  return checkedComplex(complex(length * Math.cos(phase), length * Math.sin(phase)));
}

function checkedComplex(value: PythonNumber): PythonNumber {
  const { re, im } = toComplex(value);
  if (!Number.isFinite(re) || !Number.isFinite(im)) throw new NoValue("a complex number overflows");
  return value;
}

function toFloat(value: PythonNumber): number {
  if (value.kind === "complex") throw new TypeError("expected a real number, found a complex one");
  if (value.kind === "float") return value.value;
  const nearest = Number(value.value);
  if (!Number.isFinite(nearest)) throw new NoValue("an integer too large for a float");
  return nearest;
}

function toComplex(value: PythonNumber): Complex {
  return value.kind === "complex" ? value : { re: toFloat(value), im: 0 };
}

function bitLength(value: bigint): number {
  const digits = (value < 0n ? -value : value).toString(16);
  return digits === "0" ? 0 : 4 * (digits.length - 1) + 32 - Math.clz32(parseInt(digits[0]!, 16));
}

function floorDivision(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new NoValue("division by zero");
  const quotient = left / right;
  return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient;
}

/** The float nearest to the exact quotient: Python divides integers without rounding them first. */
function trueDivision(left: bigint, right: bigint): number {
  if (right === 0n) throw new NoValue("division by zero");
  const negative = left < 0n !== right < 0n;
  const a = left < 0n ? -left : left, b = right < 0n ? -right : right;
  // A quotient of 64 bits and more, its last bit set if anything is left: rounded once, to 53 bits.
  const shift = 66 - bitLength(a) + bitLength(b);
  const above = shift > 0 ? a << BigInt(shift) : a, below = shift > 0 ? b : b << BigInt(-shift);
  const quotient = above / below | (above % below === 0n ? 0n : 1n);
  // In two steps, as a power of two by itself may overflow.
  const half = Math.trunc(shift / 2);
  const value = Number(quotient) * 2 ** -half * 2 ** (half - shift);
  if (!Number.isFinite(value)) throw new NoValue("an integer quotient too large for a float");
  return negative ? -value : value;
}
