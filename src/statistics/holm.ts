/** Correction for the number of tests. */

/**
 * p values adjusted by Holm's step-down method (1979), in the order given: rejecting where the adjusted p is at
 * most alpha keeps the chance of any false rejection at alpha, whatever the tests' dependence.
 */
export function holm(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length);
  const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]! || i - j);
  let largest = 0;
  order.forEach((index, place) => {
    largest = Math.max(largest, Math.min(1, (p.length - place) * p[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}
