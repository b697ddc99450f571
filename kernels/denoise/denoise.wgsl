// One reverse-diffusion step: ask for the logits of masked positions, and after the model propose a token at every masked
// position of the block, then reveal the most confident ones. Needs prelude.wgsl and philox.wgsl.
//   candidate  argmax_v z_v + T * g_v,  g_v = -log(-log u_v)  (a draw from softmax(z / T); T = 0: argmax)
//   logp       z_candidate - lse(z)          entropy  lse(z) - sum_v p_v z_v          (both at temperature 1)
// u_v is word v of the Philox sequence at (seed, stream; step, row key, position in the response).
// One invocation owns one output, so nothing is shared and no barrier is needed. `logits` may be a part of all: the rows
// of slots [first, first + count), and other positions are left alone.

const LAST_BLOCK: u32 = 0xffffffffu;

// Natural log of a positive, normal x, within 16 * 2^-24 of itself. The builtin may be wrong by 2^-21 around 1,
// where -log u is small and a Gumbel draw would be lost.
// x = m * 2^e with m in [sqrt(1/2), sqrt(2));  log m = 2 atanh(s),  s = (m - 1) / (m + 1)
fn natural_log(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let e = bitcast<i32>(bits - 0x3f3504f3u) >> 23u;
  let m = bitcast<f32>(bits - (bitcast<u32>(e) << 23u));
  let s = (m - 1.0) / (m + 1.0);
  let s2 = s * s;
  let series = 1.0 + s2 * (0.33333333 + s2 * (0.2 + s2 * (0.14285715 + s2 * 0.11111111)));
  return f32(e) * 0.69314718 + 2.0 * s * series;
}

@group(0) @binding(0) var<storage, read> asked_ids: array<u32>;
@group(0) @binding(1) var<storage, read> states: array<u32>;
@group(0) @binding(2) var<storage, read> leaders: array<u32>;
@group(0) @binding(3) var<storage, read_write> slots_out: array<u32>;
@group(0) @binding(4) var<storage, read_write> rows_out: array<u32>;
@group(0) @binding(5) var<storage, read_write> starts_out: array<u32>;
struct Ask { batch: u32, length: u32, sequence: u32, prompt: u32, mask_id: u32, block_start: u32, asked: u32 }
@group(0) @binding(6) var<uniform> a: Ask;

// One invocation owns a row, and the state that it leads.
@compute @workgroup_size(8)
fn ask(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
       @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 8u);
  if (row >= a.batch) { return; }
  let state = states[row];
  let leads = leaders[state] == row;
  let first = state * a.asked;
  if (leads) {
    if (state == 0u) { starts_out[0] = 0u; }
    starts_out[state + 1u] = first + a.asked;
  }
  var slot = first;
  for (var i = a.block_start; i < a.length && slot < first + a.asked; i++) {
    if (asked_ids[row * a.sequence + a.prompt + i] != a.mask_id) { continue; }
    slots_out[row * a.length + i] = slot;
    if (leads) { rows_out[slot] = state * a.sequence + a.prompt + i; }
    slot++;
  }
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> slots: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
// Of each row the key of its random numbers, and the bits of its temperature.
@group(0) @binding(3) var<storage, read> draws: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> token_out: array<u32>;
@group(0) @binding(5) var<storage, read_write> confidence_out: array<f32>;
@group(0) @binding(6) var<storage, read_write> logp_out: array<f32>;
@group(0) @binding(7) var<storage, read_write> entropy_out: array<f32>;
struct Propose {
  batch: u32, length: u32, sequence: u32, prompt: u32, vocab: u32, mask_id: u32,
  block_start: u32, block_length: u32, step: u32, seed: u32, stream: u32, random_remasking: u32, first: u32, count: u32,
}
@group(0) @binding(8) var<uniform> p: Propose;

// What was found among some tokens of a row of logits: sums of e and e d, with d = z - top and e = exp d, and the largest
// noisy logit with its token.
struct Draw { sum: f32, weighted: f32, best: f32, token: u32 }

// Adds four neighbouring tokens, the words of one Philox block.
fn draw_quad(found: ptr<function, Draw>, quad: u32, base: u32, top: f32, row: u32, position: u32) {
  let temperature = bitcast<f32>(draws[row].y);
  var words = vec4u();
  if (temperature > 0.0) {
    words = philox4x32(vec4u(quad, position, draws[row].x, p.step), vec2u(p.seed, p.stream));
  }
  let end = min(quad * 4u + 4u, p.vocab);
  for (var v = quad * 4u; v < end; v++) {
    let z = logits[base + v];
    let d = z - top;
    let e = exp(d);
    (*found).sum += e;
    (*found).weighted += d * e;
    var noisy = z;
    if (temperature > 0.0) {
      noisy = z - temperature * natural_log(-natural_log(uniform_from_word(words.x)));
      words = words.yzwx;
    }
    if (noisy > (*found).best && v != p.mask_id) {
      (*found).best = noisy;
      (*found).token = v;
    }
  }
}

// The proposal at a revealed position is its token.
fn keep(slot: u32, id: u32) {
  token_out[slot] = id;
  confidence_out[slot] = LOWEST;
  logp_out[slot] = 0.0;
  entropy_out[slot] = 0.0;
}

// The proposal at a masked position; `shifted` is the logit of the token less the largest one.
fn put(slot: u32, row: u32, position: u32, token: u32, shifted: f32, sum: f32, weighted: f32) {
  let log_sum = natural_log(sum);
  let logp = shifted - log_sum;
  var confidence = logp;
  if (p.random_remasking != 0u) {
    let block = philox4x32(vec4u(LAST_BLOCK, position, draws[row].x, p.step), vec2u(p.seed, p.stream));
    confidence = uniform_from_word(block.x);
  }
  token_out[slot] = token;
  confidence_out[slot] = confidence;
  logp_out[slot] = logp;
  entropy_out[slot] = log_sum - weighted / sum;
}

@compute @workgroup_size(64)
fn propose(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  // Eight neighbouring invocations take the j-th masked position of eight rows, so that they are busy or done
  // together. Masked positions are counted from the front, revealed ones from the back.
  let index = flat_index(group, groups, local, 64u);
  let j = index / 8u % p.block_length;
  let row = index / (8u * p.block_length) * 8u + index % 8u;
  if (row >= p.batch) { return; }
  let block = row * p.sequence + p.prompt + p.block_start;
  var at = 0u;
  var masked = 0u;
  for (var i = 0u; i < p.block_length; i++) {
    if (ids[block + i] == p.mask_id) {
      if (masked == j) { at = i; }
      masked++;
    } else if (p.block_length - 1u - (i - masked) == j) { at = i; }
  }
  let slot = row * p.block_length + at;
  if (j >= masked) {
    keep(slot, ids[block + at]);
    return;
  }

  let position = p.block_start + at;
  let own = slots[row * p.length + position] - p.first;
  if (own >= p.count) { return; }
  let base = own * p.vocab;
  var top = logits[base];
  for (var v = 1u; v < p.vocab; v++) { top = max(top, logits[base + v]); }

  var found = Draw(0.0, 0.0, LOWEST, select(0u, 1u, p.mask_id == 0u));
  for (var quad = 0u; quad * 4u < p.vocab; quad++) { draw_quad(&found, quad, base, top, row, position); }
  put(slot, row, position, found.token, logits[base + found.token] - top, found.sum, found.weighted);
}

@group(0) @binding(0) var<storage, read> token: array<u32>;
@group(0) @binding(1) var<storage, read> confidence: array<f32>;
@group(0) @binding(2) var<storage, read> logp: array<f32>;
@group(0) @binding(3) var<storage, read> entropy: array<f32>;
@group(0) @binding(4) var<storage, read_write> ids_state: array<u32>;
@group(0) @binding(5) var<storage, read_write> step_state: array<u32>;
@group(0) @binding(6) var<storage, read_write> logp_state: array<f32>;
@group(0) @binding(7) var<storage, read_write> entropy_state: array<f32>;
struct Reveal {
  batch: u32, length: u32, sequence: u32, prompt: u32, mask_id: u32,
  block_start: u32, block_length: u32, step: u32, reveal: u32,
}
@group(0) @binding(8) var<uniform> r: Reveal;

// One invocation owns a row.
@compute @workgroup_size(8)
fn reveal(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 8u);
  if (row >= r.batch) { return; }
  let block = row * r.sequence + r.prompt + r.block_start;
  let slots = row * r.block_length;
  for (var count = 0u; count < r.reveal; count++) {
    // The first masked position is taken whatever its confidence: a NaN then shows in logp, not as a mask left over.
    var pick = r.block_length;
    var best = LOWEST;
    for (var i = 0u; i < r.block_length; i++) {
      if (ids_state[block + i] != r.mask_id) { continue; }
      let c = confidence[slots + i];
      if (pick == r.block_length || c > best) {
        pick = i;
        best = c;
      }
    }
    if (pick == r.block_length) { return; }
    let at = row * r.length + r.block_start + pick;
    ids_state[block + pick] = token[slots + pick];
    step_state[at] = r.step;
    logp_state[at] = logp[slots + pick];
    entropy_state[at] = entropy[slots + pick];
  }
}

@group(0) @binding(3) var<storage, read_write> greedy_out: array<u32>;
struct Greedy {
  batch: u32, length: u32, sequence: u32, prompt: u32, vocab: u32, mask_id: u32, first: u32, count: u32,
}
@group(0) @binding(4) var<uniform> g: Greedy;

// One invocation owns a position of the response.
@compute @workgroup_size(64)
fn greedy(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, local, 64u);
  if (index >= g.batch * g.length) { return; }
  let id = ids[index / g.length * g.sequence + g.prompt + index % g.length];
  if (id != g.mask_id) {
    greedy_out[index] = id;
    return;
  }
  let own = slots[index] - g.first;
  if (own >= g.count) { return; }
  let base = own * g.vocab;
  var best_token = select(0u, 1u, g.mask_id == 0u);
  var best = logits[base + best_token];
  for (var v = best_token + 1u; v < g.vocab; v++) {
    let z = logits[base + v];
    if (z > best && v != g.mask_id) {
      best = z;
      best_token = v;
    }
  }
  greedy_out[index] = best_token;
}

@group(0) @binding(3) var<storage, read> reveal_step: array<u32>;
@group(0) @binding(4) var<storage, read_write> top_tokens: array<u32>;
@group(0) @binding(5) var<storage, read_write> top_logp: array<f32>;
struct TopK {
  batch: u32, length: u32, sequence: u32, prompt: u32, vocab: u32, mask_id: u32,
  block_start: u32, block_length: u32, step: u32, k: u32, first: u32, count: u32,
}
@group(0) @binding(6) var<uniform> t: TopK;

// One invocation owns a position of the block. The k-th token is the first one after its predecessor in the order
// (logit descending, id ascending): k passes over the row, and no array to keep sorted.
@compute @workgroup_size(64)
fn top_k(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, local, 64u);
  if (index >= t.batch * t.block_length) { return; }
  let row = index / t.block_length;
  let position = t.block_start + index % t.block_length;
  let at = row * t.length + position;
  // Steps are counted from 0, which is also what a position not yet revealed holds.
  let own = slots[at] - t.first;
  if (ids[row * t.sequence + t.prompt + position] == t.mask_id || reveal_step[at] != t.step || own >= t.count) {
    return;
  }
  let base = own * t.vocab;
  var top = logits[base];
  for (var v = 1u; v < t.vocab; v++) { top = max(top, logits[base + v]); }
  var sum = 0.0;
  for (var v = 0u; v < t.vocab; v++) { sum += exp(logits[base + v] - top); }
  let log_sum = natural_log(sum);

  var last = top;
  var last_token = 0u;
  for (var rank = 0u; rank < t.k; rank++) {
    var next = LOWEST;
    var next_token = 0u;
    for (var v = 0u; v < t.vocab; v++) {
      let z = logits[base + v];
      let after = rank == 0u || z < last || (z == last && v > last_token);
      if (after && z > next) {
        next = z;
        next_token = v;
      }
    }
    top_tokens[at * t.k + rank] = next_token;
    top_logp[at * t.k + rank] = next - top - log_sum;
    last = next;
    last_token = next_token;
  }
}
