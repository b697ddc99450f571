/** Exact fractions of integers, denominator positive. */

export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export function integer(value: bigint): Rational {
  return { numerator: value, denominator: 1n };
}

/** `left operator right` for + - * /; null for a division by zero. */
export function apply(operator: string, left: Rational, right: Rational): Rational | null {
  const { numerator: a, denominator: b } = left, { numerator: c, denominator: d } = right;
  switch (operator) {
    case "+":
      return { numerator: a * d + c * b, denominator: b * d };
    case "-":
      return { numerator: a * d - c * b, denominator: b * d };
    case "*":
      return { numerator: a * c, denominator: b * d };
    case "/":
      if (c === 0n) return null;
      return c < 0n ? { numerator: -a * d, denominator: b * -c } : { numerator: a * d, denominator: b * c };
    default:
      throw new TypeError(`expected one of + - * /, found ${JSON.stringify(operator)}`);
  }
}

/** Whether two fractions, reduced or not, have one value. */
export function equals(left: Rational, right: Rational): boolean {
  return left.numerator * right.denominator === right.numerator * left.denominator;
}

/** Whether the value is the integer. */
export function equalsInteger({ numerator, denominator }: Rational, value: bigint): boolean {
  return numerator === value * denominator;
}

/** "7/3", "-2", "0". */
export function format({ numerator, denominator }: Rational): string {
  let a = numerator < 0n ? -numerator : numerator, b = denominator;
  while (b !== 0n) [a, b] = [b, a % b];
  return denominator === a ? `${numerator / a}` : `${numerator / a}/${denominator / a}`;
}
