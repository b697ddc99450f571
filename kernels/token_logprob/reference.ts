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

/** How far two distributions are apart: total variation, or Kullback-Leibler divergence in nats. */
export type DivergenceKind = "tv" | "kl";

/**
 * Divergence of a known distribution P from q = softmax(z) over the tokens that P is known at and, unless these are
 * the whole vocabulary, one category for the rest: TV = 1/2 sum |p - q|, KL = sum p log(p / q).
 * @param tokens the known ones; the first may occur once more, which does not count
 * @param logp their log-probs under P
 */
export function divergence(z: Row, tokens: Row, logp: Row, kind: DivergenceKind): number {
  const logq = logSoftmax(z);
  const known = Array.from(tokens).flatMap((token, c) =>
    c > 0 && token === tokens[0] ? [] : [{ token, logp: logp[c]! }]
  );
  const pairs = known.map(({ token, logp }) => [Math.exp(logp), logq[token]!] as const);
  if (known.length < z.length) {
    const listed = new Set(known.map(({ token }) => token));
    const restOfP = pairs.reduce((left, [p]) => left - p, 1);
    const restOfQ = logq.reduce((sum, l, v) => listed.has(v) ? sum : sum + Math.exp(l), 0);
    pairs.push([Math.max(0, restOfP), Math.log(Math.max(restOfQ, LEAST_REST))]);
  }
  return pairs.reduce((sum, [p, logq]) => {
    if (kind === "tv") return sum + Math.abs(p - Math.exp(logq)) / 2;
    return p === 0 ? sum : sum + p * (Math.log(p) - logq);
  }, 0);
}

/** The least mass of the rest of q, the least normal f32: a rest of 0 would be infinitely far away. */
export const LEAST_REST = 2 ** -126;

/** The k tokens of the largest logits, descending, ties by ascending token. */
export function topK(z: Row, k: number): number[] {
  return Array.from(z, (_, v) => v).sort((a, b) => z[b]! - z[a]! || a - b).slice(0, k);
}
