/** The denoising step in f64, from the formulas. */

import { randomSequence, uniformFromWord } from "../philox/random.ts";
import { philox4x32 } from "../philox/philox.ts";
import type { Remasking, Shape, Step } from "./mod.ts";

/** Candidates of the block, all [batch, blockLength]. */
export interface Proposal {
  token: Uint32Array;
  confidence: Float64Array;
  logp: Float64Array;
  entropy: Float64Array;
  /** By how much the candidate's noisy logit exceeds the second best; Infinity where nothing was drawn. */
  margin: Float64Array;
}

/** Logits, and the row of them that belongs to each position, [batch, length]. */
export interface Logits {
  readonly logits: ArrayLike<number>;
  readonly slots: ArrayLike<number>;
}

/** log softmax of one row of logits. */
function logSoftmax(logits: ArrayLike<number>, row: number, vocab: number): Float64Array {
  let top = -Infinity;
  for (let v = 0; v < vocab; v++) top = Math.max(top, logits[row * vocab + v]!);
  let sum = 0;
  for (let v = 0; v < vocab; v++) sum += Math.exp(logits[row * vocab + v]! - top);
  return Float64Array.from({ length: vocab }, (_, v) => logits[row * vocab + v]! - top - Math.log(sum));
}

/** See `propose` in mod.ts. */
export function propose(
  { logits, slots }: Logits,
  ids: ArrayLike<number>,
  { rowKeys, temperatures }: { rowKeys: ArrayLike<number>; temperatures: ArrayLike<number> },
  options: Shape & Step & {
    random: { seed: number; stream: number };
    remasking: Remasking;
  },
): Proposal {
  const { batch, length, sequence, promptLength, vocab, maskId, step, blockStart, blockLength } = options;
  const { random, remasking } = options;
  const size = batch * blockLength;
  const result: Proposal = {
    token: new Uint32Array(size),
    confidence: new Float64Array(size).fill(-1e30),
    logp: new Float64Array(size),
    entropy: new Float64Array(size),
    margin: new Float64Array(size).fill(Infinity),
  };
  for (let slot = 0; slot < size; slot++) {
    const row = Math.floor(slot / blockLength), position = blockStart + slot % blockLength;
    const id = ids[row * sequence + promptLength + position]!;
    result.token[slot] = id;
    if (id !== maskId) continue;
    const at = slots[row * length + position]!, temperature = Math.fround(temperatures[row]!);
    const sequenceOfDraws = randomSequence(random, step, rowKeys[row]!, position);
    const noisy = Array.from({ length: vocab }, (_, v) => {
      const gumbel = -Math.log(-Math.log(sequenceOfDraws.uniform()));
      return v === maskId
        ? -Infinity
        : logits[at * vocab + v]! + (temperature > 0 ? temperature * gumbel : 0);
    });
    const token = noisy.indexOf(Math.max(...noisy));
    const logp = logSoftmax(logits, at, vocab);
    result.token[slot] = token;
    result.logp[slot] = logp[token]!;
    result.entropy[slot] = logp.reduce((sum, l) => sum - Math.exp(l) * l, 0);
    result.margin[slot] = noisy[token]! - Math.max(...noisy.filter((_, v) => v !== token));
    result.confidence[slot] = remasking === "low-confidence" ? logp[token]! : uniformFromWord(
      philox4x32(0xffffffff, position, rowKeys[row]!, step, random.seed, random.stream)[0]!,
    );
  }
  return result;
}

/** Positions of the block that `reveal` picks in each row, by stable sorting. */
export function revealed(
  confidence: ArrayLike<number>,
  ids: ArrayLike<number>,
  options: Shape & Step & { reveal: number },
): number[][] {
  const { batch, sequence, promptLength, maskId, blockStart, blockLength } = options;
  return Array.from({ length: batch }, (_, row) =>
    Array.from({ length: blockLength }, (_, i) => i)
      .filter((i) => ids[row * sequence + promptLength + blockStart + i] === maskId)
      .sort((a, b) => confidence[row * blockLength + b]! - confidence[row * blockLength + a]! || a - b)
      .slice(0, options.reveal));
}

/** See `greedy` in mod.ts. */
export function greedy({ logits, slots }: Logits, ids: ArrayLike<number>, shape: Shape): Uint32Array {
  const { batch, length, sequence, promptLength, vocab, maskId } = shape;
  return Uint32Array.from({ length: batch * length }, (_, at) => {
    const id = ids[Math.floor(at / length) * sequence + promptLength + at % length]!;
    if (id !== maskId) return id;
    const row = Array.from(
      { length: vocab },
      (_, v) => v === maskId ? -Infinity : logits[slots[at]! * vocab + v]!,
    );
    return row.indexOf(Math.max(...row));
  });
}

/** The k most likely tokens of one row of logits, descending, ties lowest id. */
export function topK(
  logits: ArrayLike<number>,
  row: number,
  vocab: number,
  k: number,
): { tokens: number[]; logp: number[] } {
  const logp = logSoftmax(logits, row, vocab);
  const order = Array.from({ length: vocab }, (_, v) => v);
  const tokens = order.sort((a, b) => logits[row * vocab + b]! - logits[row * vocab + a]! || a - b).slice(
    0,
    k,
  );
  return { tokens, logp: tokens.map((v) => logp[v]!) };
}
