// One reverse-diffusion step after the model; shapes and formulas as in denoise.wgsl. Sums over a row of logits run in
// four lanes, tokens mod 4. Ties go to the lowest token or position. `logits` holds the rows of slots [first, first +
// count); other positions are left alone.

import { exp4, log1, log_normal4 } from "../wasm/math.as";
import { philox4x32, uniforms_from_words } from "../wasm/philox.as";
import { first_lanes, load_tail, madd, max_lanes, sum_lanes } from "../wasm/vector.as";

const LOWEST: f32 = -1e30;
const LAST_BLOCK: u32 = 0xffffffff;

// Sixteen random words.
const words = memory.data(64, 16);

// What softmax_of found: the largest logit m, log S and T / S with S = sum exp(z - m), T = sum exp(z - m) (z - m).
let top: f32 = 0;
let log_sum: f32 = 0;
let mean_shift: f32 = 0;

function softmax_of(logits: usize, vocab: u32): void {
  const whole: usize = (vocab & ~3) << 2, tail: u32 = vocab & 3;
  let highest = v128.load32_splat(logits);
  for (let i: usize = 0; i < whole; i += 16) highest = f32x4.pmax(highest, v128.load(logits + i));
  if (tail) highest = f32x4.pmax(highest, load_tail(logits + whole, tail, highest));
  top = max_lanes(highest);
  const top4 = f32x4.splat(top);
  let sums = f32x4.splat(0), weighted = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const shifted = f32x4.sub(v128.load(logits + i), top4), e = exp4(shifted);
    sums = f32x4.add(sums, e);
    weighted = madd(e, shifted, weighted);
  }
  if (tail) {
    const shifted = f32x4.sub(load_tail(logits + whole, tail, top4), top4);
    const e = v128.and(exp4(shifted), first_lanes(tail));
    sums = f32x4.add(sums, e);
    weighted = madd(e, shifted, weighted);
  }
  const sum = sum_lanes(sums);
  log_sum = log1(sum);
  mean_shift = sum_lanes(weighted) / sum;
}

// Words 16 b to 16 b + 15 of the sequence at (seed, stream; step, row key, position), for b = quarter / 4.
function draw(quarter: u32, position: u32, key: u32, step: u32, seed: u32, stream: u32): void {
  philox4x32(
    i32x4.add(i32x4.splat(quarter), i32x4(0, 1, 2, 3)),
    i32x4.splat(position),
    i32x4.splat(key),
    i32x4.splat(step),
    i32x4.splat(seed),
    i32x4.splat(stream),
    words,
  );
}

// The largest of four lanes with a token each, the lowest token first.
function best_token(values: v128, tokens: v128): u32 {
  v128.store(words, values);
  v128.store(words, tokens, 16);
  let best = load<f32>(words), token = load<u32>(words, 16);
  for (let lane: usize = 4; lane < 16; lane += 4) {
    const value = load<f32>(words + lane), other = load<u32>(words + lane, 16);
    if (value > best || (value == best && other < token)) {
      best = value;
      token = other;
    }
  }
  return token;
}

// argmax_v z_v + temperature * g_v with Gumbel noise g_v = -log(-log u_v), the mask token left out.
function candidate(
  logits: usize,
  vocab: u32,
  maskId: u32,
  temperature: f32,
  position: u32,
  key: u32,
  step: u32,
  seed: u32,
  stream: u32,
): u32 {
  const heat = f32x4.splat(temperature), mask = i32x4.splat(maskId), end = i32x4.splat(vocab);
  let best = f32x4.splat(LOWEST), tokens = i32x4.splat(maskId == 0 ? 1 : 0);
  let token = i32x4(0, 1, 2, 3);
  for (let v: u32 = 0; v < vocab; v += 4) {
    let value = v128.load(logits + (<usize> v << 2));
    if (temperature > 0) {
      if ((v & 15) == 0) draw(v >> 2, position, key, step, seed, stream);
      const u = uniforms_from_words(v128.load(words + ((v & 15) << 2)));
      value = f32x4.sub(value, f32x4.mul(heat, log_normal4(f32x4.neg(log_normal4(u)))));
    }
    const allowed = v128.andnot(i32x4.lt_u(token, end), i32x4.eq(token, mask));
    const better = v128.and(f32x4.gt(value, best), allowed);
    best = v128.bitselect(value, best, better);
    tokens = v128.bitselect(token, tokens, better);
    token = i32x4.add(token, i32x4.splat(4));
  }
  return best_token(best, tokens);
}

export function denoise_ask(
  ids: usize,
  states: usize,
  leaders: usize,
  slots: usize,
  rows: usize,
  starts: usize,
  batch: u32,
  length: u32,
  sequence: u32,
  promptLength: u32,
  maskId: u32,
  blockStart: u32,
  asked: u32,
): void {
  store<u32>(starts, 0);
  for (let row: u32 = 0; row < batch; row++) {
    const state = load<u32>(states + (<usize> row << 2)), first = state * asked;
    const leads = load<u32>(leaders + (<usize> state << 2)) == row;
    if (leads) store<u32>(starts + (<usize> state << 2), first + asked, 4);
    let slot = first;
    for (let i = blockStart; i < length && slot < first + asked; i++) {
      if (load<u32>(ids + (<usize> (row * sequence + promptLength + i) << 2)) != maskId) continue;
      store<u32>(slots + (<usize> (row * length + i) << 2), slot);
      if (leads) store<u32>(rows + (<usize> slot << 2), state * sequence + promptLength + i);
      slot++;
    }
  }
}

export function denoise_propose(
  logits: usize,
  slots: usize,
  ids: usize,
  draws: usize,
  token: usize,
  confidence: usize,
  logp: usize,
  entropy: usize,
  batch: u32,
  length: u32,
  sequence: u32,
  promptLength: u32,
  vocab: u32,
  maskId: u32,
  blockStart: u32,
  blockLength: u32,
  step: u32,
  seed: u32,
  stream: u32,
  randomRemasking: u32,
  first: u32,
  count: u32,
): void {
  for (let row: u32 = 0; row < batch; row++) {
    const own = draws + (<usize> row << 3), key = load<u32>(own), temperature = load<f32>(own, 4);
    const block = ids + (<usize> (row * sequence + promptLength + blockStart) << 2);
    for (let i: u32 = 0; i < blockLength; i++) {
      const slot = <usize> (row * blockLength + i) << 2, id = load<u32>(block + (<usize> i << 2));
      if (id != maskId) {
        store<u32>(token + slot, id);
        store<f32>(confidence + slot, LOWEST);
        store<f32>(logp + slot, 0);
        store<f32>(entropy + slot, 0);
        continue;
      }
      const position = blockStart + i;
      const place: u32 = load<u32>(slots + (<usize> (row * length + position) << 2)) - first;
      if (place >= count) continue;
      const z = logits + (<usize> place * vocab << 2);
      softmax_of(z, vocab);
      const chosen = candidate(z, vocab, maskId, temperature, position, key, step, seed, stream);
      const log_p = load<f32>(z + (<usize> chosen << 2)) - top - log_sum;
      let certainty = log_p;
      if (randomRemasking) {
        draw(LAST_BLOCK, position, key, step, seed, stream);
        certainty = f32x4.extract_lane(uniforms_from_words(v128.load(words)), 0);
      }
      store<u32>(token + slot, chosen);
      store<f32>(confidence + slot, certainty);
      store<f32>(logp + slot, log_p);
      store<f32>(entropy + slot, log_sum - mean_shift);
    }
  }
}

export function denoise_reveal(
  token: usize,
  confidence: usize,
  logp: usize,
  entropy: usize,
  ids: usize,
  revealStep: usize,
  logpState: usize,
  entropyState: usize,
  batch: u32,
  length: u32,
  sequence: u32,
  promptLength: u32,
  maskId: u32,
  blockStart: u32,
  blockLength: u32,
  step: u32,
  reveal: u32,
): void {
  for (let row: u32 = 0; row < batch; row++) {
    const block = ids + (<usize> (row * sequence + promptLength + blockStart) << 2);
    const slots = <usize> (row * blockLength) << 2;
    for (let count: u32 = 0; count < reveal; count++) {
      // The first masked position is taken whatever its confidence: a NaN then shows in logp, not as a mask left over.
      let pick = blockLength, best = LOWEST;
      for (let i: u32 = 0; i < blockLength; i++) {
        if (load<u32>(block + (<usize> i << 2)) != maskId) continue;
        const certainty = load<f32>(confidence + slots + (<usize> i << 2));
        if (pick == blockLength || certainty > best) {
          pick = i;
          best = certainty;
        }
      }
      if (pick == blockLength) break;
      const slot = slots + (<usize> pick << 2), at = <usize> (row * length + blockStart + pick) << 2;
      store<u32>(block + (<usize> pick << 2), load<u32>(token + slot));
      store<u32>(revealStep + at, step);
      store<u32>(logpState + at, load<u32>(logp + slot));
      store<u32>(entropyState + at, load<u32>(entropy + slot));
    }
  }
}

export function denoise_greedy(
  logits: usize,
  slots: usize,
  ids: usize,
  greedy: usize,
  batch: u32,
  length: u32,
  sequence: u32,
  promptLength: u32,
  vocab: u32,
  maskId: u32,
  first: u32,
  count: u32,
): void {
  for (let row: u32 = 0; row < batch; row++) {
    const response = ids + (<usize> (row * sequence + promptLength) << 2);
    for (let i: u32 = 0; i < length; i++, greedy += 4, slots += 4) {
      let id = load<u32>(response + (<usize> i << 2));
      if (id == maskId) {
        const place: u32 = load<u32>(slots) - first;
        if (place >= count) continue;
        const z = logits + (<usize> place * vocab << 2);
        id = candidate(z, vocab, maskId, 0, 0, 0, 0, 0, 0);
      }
      store<u32>(greedy, id);
    }
  }
}

// The k-th token is the first one after its predecessor in the order (logit descending, id ascending).
export function denoise_top_k(
  logits: usize,
  slots: usize,
  ids: usize,
  revealStep: usize,
  topTokens: usize,
  topLogp: usize,
  batch: u32,
  length: u32,
  sequence: u32,
  promptLength: u32,
  vocab: u32,
  maskId: u32,
  blockStart: u32,
  blockLength: u32,
  step: u32,
  k: u32,
  first: u32,
  count: u32,
): void {
  for (let row: u32 = 0; row < batch; row++) {
    for (let i: u32 = 0; i < blockLength; i++) {
      const position = blockStart + i, at = row * length + position;
      // Steps are counted from 0, which is also what a position not yet revealed holds.
      if (load<u32>(ids + (<usize> (row * sequence + promptLength + position) << 2)) == maskId) continue;
      if (load<u32>(revealStep + (<usize> at << 2)) != step) continue;
      const place: u32 = load<u32>(slots + (<usize> at << 2)) - first;
      if (place >= count) continue;
      const z = logits + (<usize> place * vocab << 2);
      softmax_of(z, vocab);
      let last = top, last_token: u32 = 0;
      for (let rank: u32 = 0; rank < k; rank++) {
        let next = LOWEST, next_token: u32 = 0;
        for (let v: u32 = 0; v < vocab; v++) {
          const value = load<f32>(z + (<usize> v << 2));
          const after = rank == 0 || value < last || (value == last && v > last_token);
          if (after && value > next) {
            next = value;
            next_token = v;
          }
        }
        const slot = <usize> (at * k + rank) << 2;
        store<u32>(topTokens + slot, next_token);
        store<f32>(topLogp + slot, next - top - log_sum);
        last = next;
        last_token = next_token;
      }
    }
  }
}
