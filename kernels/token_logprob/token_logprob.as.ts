// Log-prob of a target token, entropy and KL; shapes and formulas as in token_logprob.wgsl. Sums over a row run in four
// lanes, tokens mod 4. Bytes moved per logit: forward 4 (twice, the second time from cache), backward 8.

import { exp4, log1 } from "../wasm/math.as";
import { first_lanes, load_tail, madd, max_lanes, store_tail, sum_lanes } from "../wasm/vector.as";

export function token_logprob_forward(
  logits: usize,
  targets: usize,
  logp: usize,
  lse: usize,
  entropy: usize,
  places: usize,
  count: u32,
  vocab: u32,
): void {
  const width: usize = vocab << 2, whole: usize = width & ~15, tail: u32 = vocab & 3;
  for (let row: u32 = 0; row < count; row++, logits += width) {
    let highest = v128.load32_splat(logits);
    for (let i: usize = 0; i < whole; i += 16) highest = f32x4.pmax(highest, v128.load(logits + i));
    if (tail) highest = f32x4.pmax(highest, load_tail(logits + whole, tail, highest));
    const top = max_lanes(highest), top4 = f32x4.splat(top);
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
    // With S >= 1 and T <= 0, log S - T / S adds two terms that are never negative: nothing cancels.
    const s = sum_lanes(sums), t = sum_lanes(weighted), log_s = log1(s);
    const at = <usize> load<u32>(places + (<usize> row << 2)) << 2;
    store<f32>(logp + at, (load<f32>(logits + (<usize> load<u32>(targets + at) << 2)) - top) - log_s);
    store<f32>(lse + at, top + log_s);
    store<f32>(entropy + at, log_s - t / s);
  }
}

export function token_logprob_backward(
  logits: usize,
  targets: usize,
  lse: usize,
  entropy: usize,
  dlogp: usize,
  dentropy: usize,
  places: usize,
  dlogits: usize,
  count: u32,
  vocab: u32,
  entropyTerm: u32,
): void {
  const width: usize = vocab << 2, whole: usize = width & ~15, tail: u32 = vocab & 3;
  for (let row: u32 = 0; row < count; row++, logits += width, dlogits += width) {
    const at = <usize> load<u32>(places + (<usize> row << 2)) << 2;
    const target = i32x4.splat(load<u32>(targets + at));
    const lse4 = v128.load32_splat(lse + at), d = v128.load32_splat(dlogp + at);
    let tokens = i32x4(0, 1, 2, 3);
    if (entropyTerm) {
      const h = v128.load32_splat(entropy + at), dh = v128.load32_splat(dentropy + at);
      for (let i: usize = 0; i < width; i += 16) {
        const log_p = f32x4.sub(v128.load(logits + i), lse4), p = exp4(log_p);
        const of_entropy = f32x4.mul(dh, f32x4.mul(p, f32x4.add(log_p, h)));
        const g = f32x4.sub(f32x4.mul(d, f32x4.sub(one_hot(tokens, target), p)), of_entropy);
        if (i < whole) v128.store(dlogits + i, g);
        else store_tail(dlogits + i, g, tail);
        tokens = i32x4.add(tokens, i32x4.splat(4));
      }
    } else {
      for (let i: usize = 0; i < width; i += 16) {
        const p = exp4(f32x4.sub(v128.load(logits + i), lse4));
        const g = f32x4.mul(d, f32x4.sub(one_hot(tokens, target), p));
        if (i < whole) v128.store(dlogits + i, g);
        else store_tail(dlogits + i, g, tail);
        tokens = i32x4.add(tokens, i32x4.splat(4));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function one_hot(tokens: v128, target: v128): v128 {
  return v128.and(i32x4.eq(tokens, target), f32x4.splat(1));
}

export function token_logprob_kl_forward(
  logits: usize,
  lse: usize,
  referenceLogits: usize,
  referenceLse: usize,
  kl: usize,
  places: usize,
  count: u32,
  vocab: u32,
): void {
  const width: usize = vocab << 2, whole: usize = width & ~15, tail: u32 = vocab & 3;
  for (let row: u32 = 0; row < count; row++, logits += width, referenceLogits += width) {
    const at = <usize> load<u32>(places + (<usize> row << 2)) << 2;
    const lse4 = v128.load32_splat(lse + at), reference4 = v128.load32_splat(referenceLse + at);
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < width; i += 16) {
      const log_p = f32x4.sub(v128.load(logits + i), lse4);
      const ratio = f32x4.sub(log_p, f32x4.sub(v128.load(referenceLogits + i), reference4));
      const term = f32x4.mul(exp4(log_p), ratio);
      sums = f32x4.add(sums, i < whole ? term : v128.and(term, first_lanes(tail)));
    }
    store<f32>(kl + at, sum_lanes(sums));
  }
}

export function token_logprob_kl_backward(
  logits: usize,
  lse: usize,
  referenceLogits: usize,
  referenceLse: usize,
  kl: usize,
  dkl: usize,
  places: usize,
  dlogits: usize,
  count: u32,
  vocab: u32,
): void {
  const width: usize = vocab << 2, whole: usize = width & ~15, tail: u32 = vocab & 3;
  for (
    let row: u32 = 0;
    row < count;
    row++, logits += width, referenceLogits += width, dlogits += width
  ) {
    const at = <usize> load<u32>(places + (<usize> row << 2)) << 2;
    const lse4 = v128.load32_splat(lse + at), reference4 = v128.load32_splat(referenceLse + at);
    const divergence = v128.load32_splat(kl + at), d = v128.load32_splat(dkl + at);
    for (let i: usize = 0; i < width; i += 16) {
      const log_p = f32x4.sub(v128.load(logits + i), lse4);
      const ratio = f32x4.sub(log_p, f32x4.sub(v128.load(referenceLogits + i), reference4));
      const g = madd(d, f32x4.mul(exp4(log_p), f32x4.sub(ratio, divergence)), v128.load(dlogits + i));
      if (i < whole) v128.store(dlogits + i, g);
      else store_tail(dlogits + i, g, tail);
    }
  }
}

// The tokens listed for a row are distinct, but for a second occurrence of the first, which does not count.
export function token_logprob_divergence(
  logits: usize,
  lse: usize,
  tokens: usize,
  logp: usize,
  divergence: usize,
  places: usize,
  count: u32,
  vocab: u32,
  categories: u32,
  kl: u32,
): void {
  for (let row: u32 = 0; row < count; row++, logits += <usize> vocab << 2) {
    const place = <usize> load<u32>(places + (<usize> row << 2)), list = place * categories << 2;
    const listed = tokens + list, listed_logp = logp + list, model_lse = load<f32>(lse + (place << 2));
    let sum: f32 = 0, rest_of_listed: f32 = 1, known: u32 = 0;
    for (let c: u32 = 0; c < categories; c++) {
      const at: usize = c << 2, token = load<u32>(listed + at);
      if (c > 0 && token === load<u32>(listed)) continue;
      const of_listed = load<f32>(listed_logp + at);
      const of_model = load<f32>(logits + (<usize> token << 2)) - model_lse;
      const both = exp4(f32x4(of_listed, of_model, 0, 0)), mass = f32x4.extract_lane(both, 0);
      sum += kl ? mass * (of_listed - of_model) : abs<f32>(mass - f32x4.extract_lane(both, 1));
      rest_of_listed -= mass;
      known++;
    }
    if (known < vocab) {
      const rest = rest_of_row(logits, vocab, model_lse, listed, categories);
      if (!kl) sum += abs<f32>(max<f32>(0, rest_of_listed) - rest);
      else if (rest_of_listed > 0) {
        sum += rest_of_listed * (log1(rest_of_listed) - log1(max<f32>(rest, 1.17549435e-38)));
      }
    }
    store<f32>(divergence + (place << 2), kl ? sum : 0.5 * sum);
  }
}

// Mass of the tokens that are not listed.
function rest_of_row(logits: usize, vocab: u32, lse: f32, tokens: usize, categories: u32): f32 {
  const tail: u32 = vocab & 3, lse4 = f32x4.splat(lse), end: usize = categories << 2;
  let sums = f32x4.splat(0), ids = i32x4(0, 1, 2, 3);
  for (let v: u32 = 0; v < vocab; v += 4) {
    let listed = i32x4.splat(0);
    for (let c: usize = 0; c < end; c += 4) {
      listed = v128.or(listed, i32x4.eq(ids, i32x4.splat(load<u32>(tokens + c))));
    }
    const e = v128.andnot(exp4(f32x4.sub(v128.load(logits + (<usize> v << 2)), lse4)), listed);
    sums = f32x4.add(sums, v + 4 <= vocab ? e : v128.and(e, first_lanes(tail)));
    ids = i32x4.add(ids, i32x4.splat(4));
  }
  return sum_lanes(sums);
}

// Every pass finds the first token after the last one found, in the order (logit descending, token ascending).
export function token_logprob_top_k(
  logits: usize,
  lse: usize,
  ids: usize,
  logp: usize,
  count: u32,
  vocab: u32,
  k: u32,
): void {
  for (let row: u32 = 0; row < count; row++, lse += 4, logits += <usize> vocab << 2) {
    let last: f32 = 0, last_token = vocab;
    for (let rank: u32 = 0; rank < k; rank++, ids += 4, logp += 4) {
      let best: f32 = 0, best_token = vocab;
      for (let token: u32 = 0; token < vocab; token++) {
        const z = load<f32>(logits + (<usize> token << 2));
        const remains = rank == 0 || z < last || (z == last && token > last_token);
        if (remains && (best_token == vocab || z > best)) {
          best = z;
          best_token = token;
        }
      }
      store<u32>(ids, best_token);
      store<f32>(logp, best - load<f32>(lse));
      last = best;
      last_token = best_token;
    }
  }
}
