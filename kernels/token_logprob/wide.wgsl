// The reductions of token_logprob.wgsl with a workgroup per row, for large vocabularies: formulas and bindings are there.
// Needs row_tree.wgsl and token_logprob.wgsl. A lane takes every 256th token, in ascending order.

@compute @workgroup_size(256)
fn forward_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= f.count) { return; }
  let start = row * f.vocab;
  let end = start + f.vocab;
  var highest = logits[start + lane];
  for (var i = start + lane + ROW_LANES; i < end; i += ROW_LANES) { highest = max(highest, logits[i]); }
  highest = tree_max(lane, highest);
  var s = 0.0;
  var t = 0.0;
  for (var i = start + lane; i < end; i += ROW_LANES) {
    let shifted = logits[i] - highest;
    let e = exp(shifted);
    s += e;
    t += e * shifted;
  }
  s = tree_sum(lane, s);
  t = tree_sum(lane, t);
  let at = places[row];
  if (lane == 0u) { put_row(at, highest, s, t, logits[start + targets[at]]); }
}

@compute @workgroup_size(256)
fn kl_forward_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                   @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= f.count) { return; }
  let at = places[row];
  let end = (row + 1u) * f.vocab;
  var sum = 0.0;
  for (var i = row * f.vocab + lane; i < end; i += ROW_LANES) {
    let log_p = logits[i] - k_lse[at];
    sum += exp(log_p) * (log_p - (reference_logits[i] - reference_lse[at]));
  }
  sum = tree_sum(lane, sum);
  if (lane == 0u) { kl_out[at] = sum; }
}

@compute @workgroup_size(256)
fn divergence_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                   @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= d.count) { return; }
  var rest = 0.0;
  for (var v = lane; v < d.vocab; v += ROW_LANES) {
    if (!is_listed(row, v)) { rest += exp(logits[row * d.vocab + v] - k_lse[places[row]]); }
  }
  rest = tree_sum(lane, rest);
  if (lane == 0u) { put_divergence(row, rest); }
}

@compute @workgroup_size(256)
fn top_k_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= top.count) { return; }
  let start = row * top.vocab;
  var last = Best(0.0, top.vocab);
  for (var rank = 0u; rank < top.k; rank++) {
    var best = Best(LOWEST, top.vocab);
    for (var v = lane; v < top.vocab; v += ROW_LANES) {
      let z = logits[start + v];
      let remains = rank == 0u || z < last.value || (z == last.value && v > last.token);
      if (remains && (best.token == top.vocab || z > best.value)) { best = Best(z, v); }
    }
    last = tree_best(lane, best.value, best.token);
    if (lane == 0u) {
      top_ids[row * top.k + rank] = last.token;
      top_logp[row * top.k + rank] = last.value - k_lse[row];
    }
  }
}
