/** Token log-probabilities, entropy and KL divergence of one row of logits in f64, from the formula. */

type Row = ArrayLike<number>;

/** log p_v = z_v - log sum_k exp z_k */
export function logSoftmax(z: Row): Float64Array {
  const highest = Array.from(z).reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let v = 0; v < z.length; v++) sum += Math.exp(z[v]! - highest);
  return Float64Array.from(z, (value) => value - highest - Math.log(sum));
}

/** log p_target, log sum exp z, and H = -sum_v p_v log p_v. */
export function forward(z: Row, target: number): { logp: number; lse: number; entropy: number } {
  const logp = logSoftmax(z);
  const entropy = -logp.reduce((sum, l) => sum + Math.exp(l) * l, 0);
  return { logp: logp[target]!, lse: z[0]! - logp[0]!, entropy };
}

/** Gradient of dlogp * log p_target + dentropy * H with respect to z. */
export function backward(z: Row, target: number, dlogp: number, dentropy: number): Float64Array {
  const { entropy } = forward(z, target);
  return logSoftmax(z).map((l, v) =>
    dlogp * ((v === target ? 1 : 0) - Math.exp(l)) - dentropy * Math.exp(l) * (l + entropy)
  );
}

/** KL(p || q) = sum_v p_v (log p_v - log q_v), p = softmax(z), q = softmax(reference). */
export function kl(z: Row, reference: Row): number {
  const q = logSoftmax(reference);
  return logSoftmax(z).reduce((sum, l, v) => sum + Math.exp(l) * (l - q[v]!), 0);
}

/** Gradient of dkl * KL with respect to z. */
export function klBackward(z: Row, reference: Row, dkl: number): Float64Array {
  const q = logSoftmax(reference);
  const divergence = kl(z, reference);
  return logSoftmax(z).map((l, v) => dkl * Math.exp(l) * (l - q[v]! - divergence));
}

/** The k tokens of the largest logits, descending, ties by ascending token. */
export function topK(z: Row, k: number): number[] {
  return Array.from(z, (_, v) => v).sort((a, b) => z[b]! - z[a]! || a - b).slice(0, k);
}
