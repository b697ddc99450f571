// Log-probability of a target token and entropy of the whole distribution, per row of logits [count, vocab].
// logits, dlogits belong to one micro-batch (row i); targets, logp, lse, entropy, kl and their gradients cover the
// plan (element places[i]). z: logits, p = softmax(z), q = softmax(reference logits), natural logarithm.
//   forward      lse = log sum exp z,  logp = z[target] - lse,  entropy H = -sum p log p
//   backward     dlogits  = dlogp (onehot(target) - p) - dentropy p (log p + H)
//   kl_forward   kl = sum p (log p - log q)
//   kl_backward  dlogits += dkl p ((log p - log q) - kl)
//   divergence   of a distribution P known at listed tokens from p: TV or KL over these and the rest
//   top_k        the k largest logits of a row, descending, ties by ascending token
// Reductions: one invocation owns a row, so sums run in one order and no barrier is needed; the forms whose name ends
// in 4 sum each residue of v mod 4 on its own and need vocab % 4 == 0; wide.wgsl has those for large vocabularies. Backward: one invocation owns one element
// (or four neighbours).

struct Shape { count: u32, vocab: u32 }

fn sum4(x: vec4f) -> f32 { return (x.x + x.y) + (x.z + x.w); }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(0) var<storage, read> logits4: array<vec4f>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> logp_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> lse_out: array<f32>;
@group(0) @binding(4) var<storage, read_write> entropy_out: array<f32>;
@group(0) @binding(5) var<storage, read> places: array<u32>;
@group(0) @binding(6) var<uniform> f: Shape;

// With m = max z, S = sum exp(z - m) >= 1 and T = sum exp(z - m) (z - m) <= 0, H = log S - T / S adds two terms that
// are never negative: nothing cancels when one token has all the mass.
fn put_row(at: u32, highest: f32, s: f32, t: f32, target_logit: f32) {
  logp_out[at] = (target_logit - highest) - log(s);
  lse_out[at] = highest + log(s);
  entropy_out[at] = log(s) - t / s;
}

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= f.count) { return; }
  let start = row * f.vocab;
  let end = start + f.vocab;
  var highest = logits[start];
  for (var i = start + 1u; i < end; i++) { highest = max(highest, logits[i]); }
  var s = 0.0;
  var t = 0.0;
  for (var i = start; i < end; i++) {
    let shifted = logits[i] - highest;
    let e = exp(shifted);
    s += e;
    t += e * shifted;
  }
  let at = places[row];
  put_row(at, highest, s, t, logits[start + targets[at]]);
}

@compute @workgroup_size(64)
fn forward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= f.count) { return; }
  let start = row * (f.vocab / 4u);
  let end = start + f.vocab / 4u;
  var highest4 = logits4[start];
  for (var i = start + 1u; i < end; i++) { highest4 = max(highest4, logits4[i]); }
  let highest = max(max(highest4.x, highest4.y), max(highest4.z, highest4.w));
  var s = vec4f();
  var t = vec4f();
  for (var i = start; i < end; i++) {
    let shifted = logits4[i] - highest;
    let e = exp(shifted);
    s += e;
    t += e * shifted;
  }
  let at = places[row];
  let token = targets[at];
  put_row(at, highest, sum4(s), sum4(t), logits4[start + token / 4u][token % 4u]);
}

struct Backward { count: u32, vocab: u32, entropy_term: u32 }
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> entropy: array<f32>;
@group(0) @binding(4) var<storage, read> dlogp: array<f32>;
@group(0) @binding(5) var<storage, read> dentropy: array<f32>;
@group(0) @binding(6) var<storage, read> gradient_places: array<u32>;
@group(0) @binding(7) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(7) var<storage, read_write> dlogits4: array<vec4f>;
@group(0) @binding(8) var<uniform> b: Backward;

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= b.count * b.vocab) { return; }
  let row = i / b.vocab;
  let at = gradient_places[row];
  let log_p = logits[i] - lse[at];
  let p = exp(log_p);
  var g = dlogp[at] * (select(0.0, 1.0, i - row * b.vocab == targets[at]) - p);
  if (b.entropy_term != 0u) { g -= dentropy[at] * (p * (log_p + entropy[at])); }
  dlogits[i] = g;
}

@compute @workgroup_size(64)
fn backward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
             @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let vocab4 = b.vocab / 4u;
  if (i >= b.count * vocab4) { return; }
  let row = i / vocab4;
  let at = gradient_places[row];
  let token = vec4u(0u, 1u, 2u, 3u) + (i - row * vocab4) * 4u;
  let log_p = logits4[i] - lse[at];
  let p = exp(log_p);
  var g = dlogp[at] * (select(vec4f(), vec4f(1.0), token == vec4u(targets[at])) - p);
  if (b.entropy_term != 0u) { g -= dentropy[at] * (p * (log_p + entropy[at])); }
  dlogits4[i] = g;
}

@group(0) @binding(1) var<storage, read> k_lse: array<f32>;
@group(0) @binding(2) var<storage, read> reference_logits: array<f32>;
@group(0) @binding(2) var<storage, read> reference_logits4: array<vec4f>;
@group(0) @binding(3) var<storage, read> reference_lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> kl_out: array<f32>;

@compute @workgroup_size(64)
fn kl_forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= f.count) { return; }
  let at = places[row];
  let end = (row + 1u) * f.vocab;
  var sum = 0.0;
  for (var i = row * f.vocab; i < end; i++) {
    let log_p = logits[i] - k_lse[at];
    sum += exp(log_p) * (log_p - (reference_logits[i] - reference_lse[at]));
  }
  kl_out[at] = sum;
}

@compute @workgroup_size(64)
fn kl_forward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
               @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= f.count) { return; }
  let at = places[row];
  let end = (row + 1u) * (f.vocab / 4u);
  var sum = vec4f();
  for (var i = row * (f.vocab / 4u); i < end; i++) {
    let log_p = logits4[i] - k_lse[at];
    sum += exp(log_p) * (log_p - (reference_logits4[i] - reference_lse[at]));
  }
  kl_out[at] = sum4(sum);
}

@group(0) @binding(4) var<storage, read> kl: array<f32>;
@group(0) @binding(5) var<storage, read> dkl: array<f32>;
@group(0) @binding(8) var<uniform> k: Shape;

@compute @workgroup_size(64)
fn kl_backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
               @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= k.count * k.vocab) { return; }
  let at = gradient_places[i / k.vocab];
  let log_p = logits[i] - k_lse[at];
  let ratio = log_p - (reference_logits[i] - reference_lse[at]);
  dlogits[i] += dkl[at] * (exp(log_p) * (ratio - kl[at]));
}

@compute @workgroup_size(64)
fn kl_backward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let vocab4 = k.vocab / 4u;
  if (i >= k.count * vocab4) { return; }
  let at = gradient_places[i / vocab4];
  let log_p = logits4[i] - k_lse[at];
  let ratio = log_p - (reference_logits4[i] - reference_lse[at]);
  dlogits4[i] += dkl[at] * (exp(log_p) * (ratio - kl[at]));
}

struct Divergence { count: u32, vocab: u32, categories: u32, kl: u32 }
@group(0) @binding(2) var<storage, read> listed_tokens: array<u32>;
@group(0) @binding(3) var<storage, read> listed_logp: array<f32>;
@group(0) @binding(4) var<storage, read_write> divergence_out: array<f32>;
@group(0) @binding(6) var<uniform> d: Divergence;

// The tokens listed for a row are distinct, but for a second occurrence of the first, which does not count. The rest of
// p is summed, since one minus the others would cancel; 2^-126 keeps its logarithm finite.
fn is_listed(row: u32, token: u32) -> bool {
  let list = places[row] * d.categories;
  for (var c = 0u; c < d.categories; c++) { if (listed_tokens[list + c] == token) { return true; } }
  return false;
}

// From the rest of p, the mass of the tokens that are not listed.
fn put_divergence(row: u32, rest: f32) {
  let at = places[row];
  let list = at * d.categories;
  var sum = 0.0;
  var rest_of_listed = 1.0;
  var known = 0u;
  for (var c = 0u; c < d.categories; c++) {
    let token = listed_tokens[list + c];
    if (c > 0u && token == listed_tokens[list]) { continue; }
    let of_listed = listed_logp[list + c];
    let of_model = logits[row * d.vocab + token] - k_lse[at];
    let mass = exp(of_listed);
    sum += select(abs(mass - exp(of_model)), mass * (of_listed - of_model), d.kl != 0u);
    rest_of_listed -= mass;
    known++;
  }
  if (known < d.vocab) {
    if (d.kl == 0u) {
      sum += abs(max(0.0, rest_of_listed) - rest);
    } else if (rest_of_listed > 0.0) {
      sum += rest_of_listed * (log(rest_of_listed) - log(max(rest, 1.17549435e-38)));
    }
  }
  divergence_out[at] = select(0.5 * sum, sum, d.kl != 0u);
}

@compute @workgroup_size(64)
fn divergence(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= d.count) { return; }
  var rest = 0.0;
  for (var v = 0u; v < d.vocab; v++) {
    if (!is_listed(row, v)) { rest += exp(logits[row * d.vocab + v] - k_lse[places[row]]); }
  }
  put_divergence(row, rest);
}

struct TopK { count: u32, vocab: u32, k: u32 }
@group(0) @binding(2) var<storage, read_write> top_ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> top_logp: array<f32>;
@group(0) @binding(4) var<uniform> top: TopK;

// Every pass finds the first token after the last one found, in the order (logit descending, token ascending).
@compute @workgroup_size(64)
fn top_k(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= top.count) { return; }
  let start = row * top.vocab;
  var last = 0.0;
  var last_token = top.vocab;
  for (var rank = 0u; rank < top.k; rank++) {
    var best = 0.0;
    var best_token = top.vocab;
    for (var v = 0u; v < top.vocab; v++) {
      let z = logits[start + v];
      let remains = rank == 0u || z < last || (z == last && v > last_token);
      if (remains && (best_token == top.vocab || z > best)) {
        best = z;
        best_token = v;
      }
    }
    top_ids[row * top.k + rank] = best_token;
    top_logp[row * top.k + rank] = best - k_lse[row];
    last = best;
    last_token = best_token;
  }
}
