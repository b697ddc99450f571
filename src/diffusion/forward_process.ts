/**
 * The forward process of masked diffusion: which positions of a finished response are masked (Nie et al. 2025,
 * "Large language diffusion models"; Sahoo et al. 2024). Prompt tokens are never masked. Each state carries the
 * weight u that makes `sum u * logp` over its masked tokens an unbiased sample of the ELBO.
 */

import type { RandomSequence } from "../../kernels/philox/random.ts";
import type { State } from "../objectives/objective.ts";
import type { Trajectory } from "./trajectory.ts";

/** The part of a trajectory that is masked and scored. */
export type Response = Pick<Trajectory, "prompt" | "tokens">;

/**
 * The state in which exactly `positions` are masked, all of them scored with weight `unit`. Without positions it is
 * the clean response, a state without targets.
 * @param index of the response in its batch
 * @param positions in the response, from 0, ascending and distinct
 * @throws RangeError if positions are not ascending inside the response
 */
export function maskedState(
  index: number,
  { prompt, tokens }: Response,
  positions: ArrayLike<number>,
  unit: number,
  maskId: number,
): State {
  const count = positions.length;
  const inputIds = new Uint32Array(prompt.length + tokens.length);
  inputIds.set(prompt);
  inputIds.set(tokens, prompt.length);
  const absolute = new Uint32Array(count), targets = new Uint32Array(count);
  let previous = -1;
  for (let k = 0; k < count; k++) {
    const position = positions[k]!;
    if (!(Number.isInteger(position) && position > previous && position < tokens.length)) {
      throw new RangeError(
        `masked position ${position} after ${previous}: expected ascending positions in [0, ${tokens.length})`,
      );
    }
    absolute[k] = prompt.length + position;
    targets[k] = tokens[position]!;
    inputIds[absolute[k]!] = maskId;
    previous = position;
  }
  return {
    response: index,
    inputIds,
    positions: absolute,
    targets,
    units: new Float64Array(count).fill(unit),
  };
}

/**
 * Bernoulli form: every response token is masked independently with probability t; u = 1 / t. With t uniform on
 * (0, 1] the expectation is the ELBO. A draw may mask nothing.
 * @throws RangeError unless 0 < t <= 1
 */
export function bernoulliState(
  index: number,
  response: Response,
  t: number,
  maskId: number,
  random: RandomSequence,
): State {
  if (!(t > 0 && t <= 1)) throw new RangeError(`mask ratio ${t}: expected 0 < t <= 1`);
  const positions: number[] = [];
  for (let i = 0; i < response.tokens.length; i++) if (random.uniform() < t) positions.push(i);
  return maskedState(index, response, positions, 1 / t, maskId);
}

/**
 * Count form: exactly `count` of the L response tokens are masked, uniformly without replacement; u = L / count.
 * With count uniform on {1..L} the expectation is the same ELBO, at lower variance.
 * @throws RangeError unless count is an integer in [1, L]
 */
export function countState(
  index: number,
  response: Response,
  count: number,
  maskId: number,
  random: RandomSequence,
): State {
  const length = response.tokens.length;
  if (!(count >= 1)) throw new RangeError(`${count} masked tokens: expected 1 to ${length}`);
  return maskedState(index, response, drawPositions(length, count, random), length / count, maskId);
}

/**
 * `count` of `length` positions, every subset equally likely, ascending.
 * @throws RangeError unless count is an integer in [0, length]
 */
export function drawPositions(length: number, count: number, random: RandomSequence): Uint32Array {
  if (!(Number.isInteger(count) && count >= 0 && count <= length)) {
    throw new RangeError(`${count} masked tokens: expected an integer in [0, ${length}]`);
  }
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
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
