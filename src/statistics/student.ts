/** Student's t distribution with whole degrees of freedom, by finite sums that are equal on every machine. */

/** P(|T| <= t): Abramowitz & Stegun 26.7.3 and 26.7.4. */
export function tProbability(t: number, degrees: number): number {
  const cosSquare = degrees / (degrees + t * t), sin = Math.abs(t) / Math.sqrt(degrees + t * t);
  let term = degrees % 2 === 1 ? Math.sqrt(cosSquare) : 1, sum = 0;
  for (let k = degrees % 2 === 1 ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= cosSquare * (k - 1) / k;
  }
  if (degrees % 2 === 0) return sin * sum;
  return 2 / Math.PI * (arctangent(Math.abs(t) / Math.sqrt(degrees)) + sin * sum);
}

/**
 * The t with P(|T| <= t) = `confidence`, by bisection.
 * @param confidence from 0 to 0.9999, below 1
 * @throws RangeError unless `degrees` is a positive integer and the confidence in its range
 */
export function tQuantile(degrees: number, confidence = 0.95): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new RangeError(`tQuantile expects a positive integer of degrees of freedom, found ${degrees}`);
  }
  if (!(confidence >= 0 && confidence <= 0.9999)) {
    throw new RangeError(`tQuantile expects a confidence from 0 to 0.9999, found ${confidence}`);
  }
  // One degree of freedom at 0.9999 gives 6366.
  let low = 0, high = 8192;
  while (low < high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (tProbability(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** Arc tangent of x >= 0: three halvings of the angle, then the series. Math.atan is left to the engine. */
function arctangent(x: number): number {
  // Beyond 1 the halving would lose digits: atan x = pi/2 - atan 1/x.
  if (x > 1) return Math.PI / 2 - arctangent(1 / x);
  let y = x;
  for (let i = 0; i < 3; i++) y = y / (1 + Math.sqrt(1 + y * y));
  const square = y * y;
  let series = 0;
  for (let k = 25; k >= 1; k -= 2) series = 1 / k - square * series;
  return 8 * y * series;
}
