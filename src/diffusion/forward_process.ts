/**
 * The forward process of masked diffusion: which positions of a finished response are masked (Nie et al. 2025,
 * "Large language diffusion models"; Sahoo et al. 2024). Prompt tokens are masked only by the objectives that ask
 * for it. Each state carries one weight u for all its targets: of an ELBO sample the one that makes `sum u * logp`
 * unbiased.
 */

import type { RandomSequence } from "../../kernels/philox/random.ts";
import type { State } from "./state.ts";
import type { Trajectory } from "./trajectory.ts";

/** The part of a trajectory that is masked and scored. */
export type CleanResponse = Pick<Trajectory, "prompt" | "tokens">;

/** A finished response that states are made of. */
export interface MaskableResponse {
  /** In its batch. */
  readonly index: number;
  readonly response: CleanResponse;
  readonly maskId: number;
}

/** What a state hides and scores. Positions are those of the response, from 0, ascending and distinct. */
export interface Masking {
  readonly masked: ArrayLike<number>;
  /** Among `masked`; all of them when absent. */
  readonly scored?: ArrayLike<number>;
  /** Positions of the prompt that are hidden as well; none when absent. */
  readonly prompt?: ArrayLike<number>;
}

/**
 * The state in which exactly `positions` are masked, all of them scored with weight `unit`. Without positions it is
 * the clean response, a state without targets.
 * @param positions in the response, from 0, ascending and distinct
 * @throws RangeError if positions are not ascending inside the response
 */
export function maskedState(
  of: MaskableResponse,
  positions: ArrayLike<number>,
  unit: number,
): State {
  return partlyScoredState(of, { masked: positions }, unit);
}

/**
 * The state that hides `masked` and scores `scored`, each with weight `unit`.
 * @throws RangeError if positions are not ascending inside response and prompt, or a scored one is not masked
 */
export function partlyScoredState(
  { index, response: { prompt, tokens }, maskId }: MaskableResponse,
  { masked, scored = masked, prompt: maskedPrompt = [] }: Masking,
  unit: number,
): State {
  checkAscending(masked, tokens.length);
  checkAscending(scored, tokens.length);
  checkAscending(maskedPrompt, prompt.length);
  const inputIds = new Uint32Array(prompt.length + tokens.length);
  inputIds.set(prompt);
  inputIds.set(tokens, prompt.length);
  for (let k = 0; k < maskedPrompt.length; k++) inputIds[maskedPrompt[k]!] = maskId;
  for (let k = 0; k < masked.length; k++) inputIds[prompt.length + masked[k]!] = maskId;
  const positions = new Uint32Array(scored.length), targets = new Uint32Array(scored.length);
  for (let k = 0; k < scored.length; k++) {
    const position = prompt.length + scored[k]!;
    if (inputIds[position] !== maskId) throw new RangeError(`position ${scored[k]} is scored and not masked`);
    positions[k] = position;
    targets[k] = tokens[scored[k]!]!;
  }
  return { response: index, inputIds, positions, targets, units: new Float64Array(scored.length).fill(unit) };
}

function checkAscending(positions: ArrayLike<number>, length: number): void {
  let previous = -1;
  for (let k = 0; k < positions.length; k++) {
    const position = positions[k]!;
    if (!(Number.isInteger(position) && position > previous && position < length)) {
      throw new RangeError(
        `masked position ${position} after ${previous}: expected ascending positions in [0, ${length})`,
      );
    }
    previous = position;
  }
}

/** Positions 0 to `length` - 1. */
export function everyPosition(length: number): Uint32Array {
  const positions = new Uint32Array(length);
  for (let i = 0; i < length; i++) positions[i] = i;
  return positions;
}

/** Each of `length` positions independently with probability `ratio`, ascending. May be none. */
export function drawIndependently(length: number, ratio: number, random: RandomSequence): Uint32Array {
  return everyPosition(length).filter(() => random.uniform() < ratio);
}

/**
 * Bernoulli form: every response token is masked independently with probability t; u = 1 / t. With t uniform on
 * (0, 1] the expectation is the ELBO. A draw may mask nothing.
 * @throws RangeError unless 0 < t <= 1
 */
export function bernoulliState(
  of: MaskableResponse,
  t: number,
  random: RandomSequence,
): State {
  if (!(t > 0 && t <= 1)) throw new RangeError(`mask ratio ${t}: expected 0 < t <= 1`);
  const positions = drawIndependently(of.response.tokens.length, t, random);
  return maskedState(of, positions, 1 / t);
}

/**
 * Count form: exactly `count` of the L response tokens are masked, uniformly without replacement; u = L / count.
 * With count uniform on {1..L} the expectation is the same ELBO, at lower variance.
 * @throws RangeError unless count is an integer in [1, L]
 */
export function countState(
  of: MaskableResponse,
  count: number,
  random: RandomSequence,
): State {
  const length = of.response.tokens.length;
  if (!(count >= 1)) throw new RangeError(`${count} masked tokens: expected 1 to ${length}`);
  return maskedState(of, drawPositions(length, count, random), length / count);
}

/**
 * `count` of `length` positions, every subset equally likely, ascending.
 * @throws RangeError unless count is an integer in [0, length]
 */
export function drawPositions(length: number, count: number, random: RandomSequence): Uint32Array {
  if (!(Number.isInteger(count) && count >= 0 && count <= length)) {
    throw new RangeError(`${count} masked tokens: expected an integer in [0, ${length}]`);
  }
  const order = everyPosition(length);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(length - i);
    const chosen = order[j]!;
    order[j] = order[i]!;
    order[i] = chosen;
  }
  return order.slice(0, count).sort();
}

/** The positions of the response that `positions` (ascending) leaves out: the mask of a coupled, antithetic state. */
export function complementPositions(length: number, positions: ArrayLike<number>): Uint32Array {
  const rest = new Uint32Array(length - positions.length);
  for (let i = 0, k = 0; i < length; i++) {
    if (positions[k] === i) k++;
    else rest[i - k] = i;
  }
  return rest;
}

/**
 * Coupled count form (ESPO): a mask of `count` tokens and its complement, weighing (L + 1) / count and
 * (L + 1) / (L - count). With count uniform on {0..L} half of their sum is an unbiased sample of the ELBO, and every
 * token is scored exactly once. A part without tokens is a state without targets.
 * @throws RangeError unless count is an integer in [0, L]
 */
export function coupledStates(
  of: MaskableResponse,
  count: number,
  random: RandomSequence,
): [State, State] {
  const length = of.response.tokens.length;
  const masked = drawPositions(length, count, random);
  const rest = complementPositions(length, masked);
  const part = (positions: Uint32Array) =>
    maskedState(of, positions, (length + 1) / Math.max(1, positions.length));
  return [part(masked), part(rest)];
}

export interface BlockMasking {
  /** Tokens of the response that are scored; everything after them is masked in every state. */
  readonly completionLength: number;
  readonly blockLength: number;
  /** Probability with which prompt tokens and those of earlier blocks are masked. */
  readonly lightRatio: number;
}

/**
 * Block-wise form (SPG): one random block of those that hold completion tokens has a uniform number of its
 * completion tokens masked, at least one; later blocks are masked, the prompt and earlier blocks only lightly.
 * Masked completion tokens are scored with u = 1 / t, t their share of the completion.
 * @throws RangeError unless the completion is a part of the response and the block has a token
 */
export function blockState(
  of: MaskableResponse,
  { completionLength, blockLength, lightRatio }: BlockMasking,
  random: RandomSequence,
): State {
  const { prompt, tokens } = of.response;
  if (!(completionLength >= 1 && completionLength <= tokens.length && blockLength >= 1)) {
    throw new RangeError(
      `a completion of ${completionLength} in ${tokens.length} tokens, blocks of ${blockLength}: expected at ` +
        "least one token each, and no more in the completion than in the response",
    );
  }
  const maskedPrompt = drawIndependently(prompt.length, lightRatio, random);
  const first = blockLength * random.below(Math.ceil(completionLength / blockLength));
  const end = Math.min(first + blockLength, completionLength);
  const early = drawIndependently(first, lightRatio, random);
  const count = 1 + random.below(end - first);
  const inside = drawPositions(end - first, count, random).map((position) => first + position);
  const after = everyPosition(tokens.length - end).map((position) => end + position);
  const masked = [...early, ...inside, ...after];
  const scored = masked.filter((position) => position < completionLength);
  const unit = completionLength / scored.length;
  return partlyScoredState(of, { masked, scored, prompt: maskedPrompt }, unit);
}

/** `n` independent mask counts, uniform on {1..length}. */
export function uniformCounts(length: number, n: number, random: RandomSequence): number[] {
  return Array.from({ length: n }, () => 1 + random.below(length));
}

/**
 * `n` mask counts on an even grid of spacing length / n that starts at k and wraps around:
 * l_j = ((round(k + j length / n) - 1) mod length) + 1. With k uniform on {1..length} every l_j is uniform, because
 * halves are rounded up; rounding them to even, as Python and torch do, is not uniform for every n.
 * @throws RangeError unless k is an integer in [1, length] and n one of at least 1
 */
export function systematicCounts(length: number, n: number, k: number): number[] {
  if (!(Number.isInteger(k) && k >= 1 && k <= length)) {
    throw new RangeError(`start ${k} of the systematic grid: expected an integer in [1, ${length}]`);
  }
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(`${n} mask counts: expected an integer of at least 1`);
  }
  // round(k + j L / n) = floor((2 k n + 2 j L + n) / 2n), in integers.
  return Array.from({ length: n }, (_, j) => {
    const rounded = Math.floor((2 * (k * n + j * length) + n) / (2 * n));
    return (rounded - 1) % length + 1;
  });
}
