/** A solution of a Countdown problem with three numbers, where the file has none. */

import { apply, equalsInteger, integer, type Rational } from "../answers/rational.ts";

const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const;
const OPERATORS = ["+", "-", "*", "/"] as const;

const applied = (operator: string, left: Rational | null, right: Rational | null) =>
  left && right && apply(operator, left, right);

/** The first expression, brackets and all, that uses each number once and equals the target; null without one. */
export function solve(numbers: readonly number[], target: number): string | null {
  if (numbers.length !== 3) throw new RangeError(`expected three numbers, found ${numbers.length}`);
  const values = numbers.map((number) => integer(BigInt(number)));
  for (const [a, b, c] of ORDERS) {
    for (const first of OPERATORS) {
      for (const second of OPERATORS) {
        const left = applied(second, applied(first, values[a]!, values[b]!), values[c]!);
        if (left && equalsInteger(left, BigInt(target))) {
          return `(${numbers[a]}${first}${numbers[b]})${second}${numbers[c]}`;
        }
        const right = applied(first, values[a]!, applied(second, values[b]!, values[c]!));
        if (right && equalsInteger(right, BigInt(target))) {
          return `${numbers[a]}${first}(${numbers[b]}${second}${numbers[c]})`;
        }
      }
    }
  }
  return null;
}
