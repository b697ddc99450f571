/** Norm of a gradient in f64, from the formula. */

/** sqrt(sum g_i^2) over the elements with |g_i| <= largest, and the number of the others. */
export function forward(gradients: ArrayLike<number>, largest: number): { norm: number; nonFinite: number } {
  let squares = 0, nonFinite = 0;
  for (let i = 0; i < gradients.length; i++) {
    if (Math.abs(gradients[i]!) <= largest) squares += gradients[i]! ** 2;
    else nonFinite++;
  }
  return { norm: Math.sqrt(squares), nonFinite };
}
