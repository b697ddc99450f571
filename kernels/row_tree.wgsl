// Reductions over the invocations of a workgroup of 256, in a fixed tree: what a row gives depends on the row alone.
// Every invocation gets the result; all of a workgroup call together. For rows too long for one invocation each.

const ROW_LANES: u32 = 256u;
var<workgroup> tree_values: array<f32, 256>;
var<workgroup> tree_tokens: array<u32, 256>;

fn tree_max(lane: u32, x: f32) -> f32 {
  tree_values[lane] = x;
  for (var half = ROW_LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree_values[lane] = max(tree_values[lane], tree_values[lane + half]); }
  }
  workgroupBarrier();
  let result = tree_values[0];
  workgroupBarrier();
  return result;
}

fn tree_sum(lane: u32, x: f32) -> f32 {
  tree_values[lane] = x;
  for (var half = ROW_LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree_values[lane] += tree_values[lane + half]; }
  }
  workgroupBarrier();
  let result = tree_values[0];
  workgroupBarrier();
  return result;
}

struct Best { value: f32, token: u32 }

// The largest value and its token, of equal ones the lowest token.
fn tree_best(lane: u32, value: f32, token: u32) -> Best {
  tree_values[lane] = value;
  tree_tokens[lane] = token;
  for (var half = ROW_LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      let other = tree_values[lane + half];
      let other_token = tree_tokens[lane + half];
      let better = other > tree_values[lane] || (other == tree_values[lane] && other_token < tree_tokens[lane]);
      if (better) {
        tree_values[lane] = other;
        tree_tokens[lane] = other_token;
      }
    }
  }
  workgroupBarrier();
  let result = Best(tree_values[0], tree_tokens[0]);
  workgroupBarrier();
  return result;
}
