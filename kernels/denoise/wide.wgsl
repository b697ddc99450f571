// The forms of propose, greedy and top_k with a workgroup per row of logits, for large vocabularies: what they compute is
// in denoise.wgsl. Needs row_tree.wgsl and denoise.wgsl. A lane takes quads of tokens, the words of one Philox block, 256
// quads apart, in ascending order.

@compute @workgroup_size(256)
fn propose_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                @builtin(local_invocation_index) lane: u32) {
  let slot = group.y * groups.x + group.x;
  if (slot >= p.batch * p.block_length) { return; }
  let row = slot / p.block_length;
  let position = p.block_start + slot % p.block_length;
  let id = ids[row * p.sequence + p.prompt + position];
  if (id != p.mask_id) {
    if (lane == 0u) { keep(slot, id); }
    return;
  }
  let own = slots[row * p.length + position] - p.first;
  if (own >= p.count) { return; }
  let base = own * p.vocab;
  var top = LOWEST;
  for (var v = lane; v < p.vocab; v += ROW_LANES) { top = max(top, logits[base + v]); }
  top = tree_max(lane, top);

  var found = Draw(0.0, 0.0, LOWEST, select(0u, 1u, p.mask_id == 0u));
  for (var quad = lane; quad * 4u < p.vocab; quad += ROW_LANES) { draw_quad(&found, quad, base, top, row, position); }
  let sum = tree_sum(lane, found.sum);
  let weighted = tree_sum(lane, found.weighted);
  let token = tree_best(lane, found.best, found.token).token;
  if (lane == 0u) { put(slot, row, position, token, logits[base + token] - top, sum, weighted); }
}

@compute @workgroup_size(256)
fn greedy_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
               @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  if (index >= g.batch * g.length) { return; }
  let id = ids[index / g.length * g.sequence + g.prompt + index % g.length];
  if (id != g.mask_id) {
    if (lane == 0u) { greedy_out[index] = id; }
    return;
  }
  let own = slots[index] - g.first;
  if (own >= g.count) { return; }
  let base = own * g.vocab;
  var best = LOWEST;
  var best_token = select(0u, 1u, g.mask_id == 0u);
  for (var v = lane; v < g.vocab; v += ROW_LANES) {
    let z = logits[base + v];
    if (z > best && v != g.mask_id) {
      best = z;
      best_token = v;
    }
  }
  let found = tree_best(lane, best, best_token);
  if (lane == 0u) { greedy_out[index] = found.token; }
}

@compute @workgroup_size(256)
fn top_k_wide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  if (index >= t.batch * t.block_length) { return; }
  let row = index / t.block_length;
  let position = t.block_start + index % t.block_length;
  let at = row * t.length + position;
  let own = slots[at] - t.first;
  if (ids[row * t.sequence + t.prompt + position] == t.mask_id || reveal_step[at] != t.step || own >= t.count) {
    return;
  }
  let base = own * t.vocab;
  var top = LOWEST;
  for (var v = lane; v < t.vocab; v += ROW_LANES) { top = max(top, logits[base + v]); }
  top = tree_max(lane, top);
  var sum = 0.0;
  for (var v = lane; v < t.vocab; v += ROW_LANES) { sum += exp(logits[base + v] - top); }
  let log_sum = natural_log(tree_sum(lane, sum));

  var last = Best(top, 0u);
  for (var rank = 0u; rank < t.k; rank++) {
    var next = Best(LOWEST, 0u);
    for (var v = lane; v < t.vocab; v += ROW_LANES) {
      let z = logits[base + v];
      let after = rank == 0u || z < last.value || (z == last.value && v > last.token);
      if (after && z > next.value) { next = Best(z, v); }
    }
    last = tree_best(lane, next.value, next.token);
    if (lane == 0u) {
      top_tokens[at * t.k + rank] = last.token;
      top_logp[at * t.k + rank] = last.value - top - log_sum;
    }
  }
}
