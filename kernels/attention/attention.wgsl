// Bidirectional attention, any head dimension; the vec4 form in attention_vec4.wgsl serves the usual ones.
//   forward         s[j] = scale q . k[j],  lse = log sum_j exp(s[j]),  out = sum_j exp(s[j] - lse) v[j]
//   backward_query  delta = dout . out,  p[j] = exp(s[j] - lse),  ds[j] = p[j] (dout . v[j] - delta),
//                   dq = scale sum_j ds[j] k[j]
//   backward_key    dv[j] = sum_{h,i} p[i,j] dout[i],  dk[j] = scale sum_{h,i} ds[i,j] q[i], h over the heads of g
// Shapes: layout.wgsl. One invocation owns one (row, query head) or, in backward_key, one (row, key head), and sums in order.
// Its accumulator is its own part of the output buffer, hence no limit on headDim.

// Where the i-th (batch, head, position) lies: its head, its row, and the first row of its sequence.
struct Place { head: u32, row: u32, first: u32 }
fn place(i: u32, heads: u32, sequence: u32) -> Place {
  let first = i / sequence / heads * sequence;
  return Place(i / sequence % heads, first + i % sequence, first);
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse_result: array<f32>;
@group(0) @binding(3) var<uniform> f: Shape;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= f.rows * f.heads) { return; }
  let at = place(i, f.heads, f.sequence);
  let stride = (f.heads + 2u * f.kv_heads) * f.head_dim;
  let query = at.row * stride + at.head * f.head_dim;
  let key = at.first * stride + (f.heads + at.head * f.kv_heads / f.heads) * f.head_dim;
  let value = key + f.kv_heads * f.head_dim;
  let y = (at.row * f.heads + at.head) * f.head_dim;

  var highest = LOWEST;
  for (var j = 0u; j < f.sequence; j++) {
    var score = 0.0;
    for (var c = 0u; c < f.head_dim; c++) { score += qkv[query + c] * qkv[key + j * stride + c]; }
    highest = max(highest, score * f.scale);
  }
  for (var c = 0u; c < f.head_dim; c++) { result[y + c] = 0.0; }
  var total = 0.0;
  for (var j = 0u; j < f.sequence; j++) {
    var score = 0.0;
    for (var c = 0u; c < f.head_dim; c++) { score += qkv[query + c] * qkv[key + j * stride + c]; }
    let p = exp(score * f.scale - highest);
    total += p;
    for (var c = 0u; c < f.head_dim; c++) { result[y + c] += p * qkv[value + j * stride + c]; }
  }
  for (var c = 0u; c < f.head_dim; c++) { result[y + c] /= total; }
  lse_result[i] = highest + log(total);
}

@group(0) @binding(1) var<storage, read> out_of: array<f32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(5) var<storage, read_write> delta_result: array<f32>;
@group(0) @binding(6) var<uniform> b: Shape;

@compute @workgroup_size(64)
fn backward_query(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                  @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= b.rows * b.heads) { return; }
  let at = place(i, b.heads, b.sequence);
  let stride = (b.heads + 2u * b.kv_heads) * b.head_dim;
  let query = at.row * stride + at.head * b.head_dim;
  let key = at.first * stride + (b.heads + at.head * b.kv_heads / b.heads) * b.head_dim;
  let value = key + b.kv_heads * b.head_dim;
  let y = (at.row * b.heads + at.head) * b.head_dim;

  var delta = 0.0;
  for (var c = 0u; c < b.head_dim; c++) {
    delta += dout[y + c] * out_of[y + c];
    dqkv[query + c] = 0.0;
  }
  let normalizer = lse[i];
  delta_result[i] = delta;
  for (var j = 0u; j < b.sequence; j++) {
    let k = key + j * stride;
    let v = value + j * stride;
    var score = 0.0;
    var dp = 0.0;
    for (var c = 0u; c < b.head_dim; c++) {
      score += qkv[query + c] * qkv[k + c];
      dp += dout[y + c] * qkv[v + c];
    }
    let ds = b.scale * exp(score * b.scale - normalizer) * (dp - delta);
    for (var c = 0u; c < b.head_dim; c++) { dqkv[query + c] += ds * qkv[k + c]; }
  }
}

@group(0) @binding(1) var<storage, read> lse_of: array<f32>;
@group(0) @binding(2) var<storage, read> delta_of: array<f32>;
@group(0) @binding(5) var<uniform> k: Shape;

@compute @workgroup_size(64)
fn backward_key(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= k.rows * k.kv_heads) { return; }
  let at = place(i, k.kv_heads, k.sequence);
  let stride = (k.heads + 2u * k.kv_heads) * k.head_dim;
  let key = at.row * stride + (k.heads + at.head) * k.head_dim;
  let value = key + k.kv_heads * k.head_dim;

  for (var c = 0u; c < k.head_dim; c++) { dqkv[key + c] = 0.0; dqkv[value + c] = 0.0; }
  for (var h = first_head(at.head, k.heads, k.kv_heads); h < first_head(at.head + 1u, k.heads, k.kv_heads); h++) {
    let statistics = (at.first / k.sequence * k.heads + h) * k.sequence;
    for (var j = 0u; j < k.sequence; j++) {
      let query = (at.first + j) * stride + h * k.head_dim;
      let y = ((at.first + j) * k.heads + h) * k.head_dim;
      var score = 0.0;
      var dp = 0.0;
      for (var c = 0u; c < k.head_dim; c++) {
        score += qkv[query + c] * qkv[key + c];
        dp += dout[y + c] * qkv[value + c];
      }
      let p = exp(score * k.scale - lse_of[statistics + j]);
      let ds = k.scale * p * (dp - delta_of[statistics + j]);
      for (var c = 0u; c < k.head_dim; c++) {
        dqkv[value + c] += p * dout[y + c];
        dqkv[key + c] += ds * qkv[query + c];
      }
    }
  }
}
