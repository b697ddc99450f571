// Bidirectional attention, any head dimension; the vec4 form in attention_vec4.wgsl serves the usual ones.
//   forward   s[j] = scale q . k[j],  lse = log sum_j exp(s[j]),  out = sum_j exp(s[j] - lse) v[j]
//   backward  p[j] = exp(s[j] - lse),  ds[j] = p[j] (dout . v[j] - delta),  dq = scale sum_j ds[j] k[j],
//             dv[j] = sum_{h,i} p[i,j] dout[i],  dk[j] = scale sum_{h,i} ds[i,j] q[i], h over the heads of g
// with delta = dout . out (delta.wgsl). Shapes: layout.wgsl. One invocation owns one (query, query head) or one (row, key
// head), and sums in order. Its accumulator is its own part of the output buffer, hence no limit on headDim.

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> kv: array<f32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse_result: array<f32>;
@group(0) @binding(5) var<uniform> f: Shape;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let b = i / f.sequence / f.heads;
  if (b >= f.batch) { return; }
  let row = starts[b] + i % f.sequence;
  if (row >= starts[b + 1u]) { return; }
  let head = i / f.sequence % f.heads;
  let stride = 2u * f.kv_heads * f.head_dim;
  let query = (row * f.heads + head) * f.head_dim;
  let key = b * f.sequence * stride + head * f.kv_heads / f.heads * f.head_dim;
  let value = key + f.kv_heads * f.head_dim;

  var highest = LOWEST;
  for (var j = 0u; j < f.sequence; j++) {
    var score = 0.0;
    for (var c = 0u; c < f.head_dim; c++) { score += q[query + c] * kv[key + j * stride + c]; }
    highest = max(highest, score * f.scale);
  }
  for (var c = 0u; c < f.head_dim; c++) { result[query + c] = 0.0; }
  var total = 0.0;
  for (var j = 0u; j < f.sequence; j++) {
    var score = 0.0;
    for (var c = 0u; c < f.head_dim; c++) { score += q[query + c] * kv[key + j * stride + c]; }
    let p = exp(score * f.scale - highest);
    total += p;
    for (var c = 0u; c < f.head_dim; c++) { result[query + c] += p * kv[value + j * stride + c]; }
  }
  for (var c = 0u; c < f.head_dim; c++) { result[query + c] /= total; }
  lse_result[head * f.queries + row] = highest + log(total);
}

@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
@group(0) @binding(5) var<storage, read> dout: array<f32>;
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(0) @binding(7) var<storage, read_write> dkv: array<f32>;
@group(0) @binding(8) var<uniform> s: Shape;

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let of_queries = s.batch * s.heads * s.sequence;
  if (i < of_queries) {
    backward_query(i / s.sequence / s.heads, i / s.sequence % s.heads, i % s.sequence);
  } else {
    let rest = i - of_queries;
    backward_key(rest / s.sequence / s.kv_heads, rest / s.sequence % s.kv_heads, rest % s.sequence);
  }
}

fn backward_query(b: u32, head: u32, i: u32) {
  let row = starts[b] + i;
  if (row >= starts[b + 1u]) { return; }
  let stride = 2u * s.kv_heads * s.head_dim;
  let query = (row * s.heads + head) * s.head_dim;
  let key = b * s.sequence * stride + head * s.kv_heads / s.heads * s.head_dim;
  let value = key + s.kv_heads * s.head_dim;
  let normalizer = lse[head * s.queries + row];
  let shift = delta[head * s.queries + row];

  for (var c = 0u; c < s.head_dim; c++) { dq[query + c] = 0.0; }
  for (var j = 0u; j < s.sequence; j++) {
    let k = key + j * stride;
    let v = value + j * stride;
    var score = 0.0;
    var dp = 0.0;
    for (var c = 0u; c < s.head_dim; c++) {
      score += q[query + c] * kv[k + c];
      dp += dout[query + c] * kv[v + c];
    }
    let ds = s.scale * exp(score * s.scale - normalizer) * (dp - shift);
    for (var c = 0u; c < s.head_dim; c++) { dq[query + c] += ds * kv[k + c]; }
  }
}

fn backward_key(b: u32, g: u32, i: u32) {
  if (b >= s.batch) { return; }
  let stride = 2u * s.kv_heads * s.head_dim;
  let key = (b * s.sequence + i) * stride + g * s.head_dim;
  let value = key + s.kv_heads * s.head_dim;

  for (var c = 0u; c < s.head_dim; c++) { dkv[key + c] = 0.0; dkv[value + c] = 0.0; }
  for (var h = first_head(g, s.heads, s.kv_heads); h < first_head(g + 1u, s.heads, s.kv_heads); h++) {
    for (var row = starts[b]; row < starts[b + 1u]; row++) {
      let query = (row * s.heads + h) * s.head_dim;
      var score = 0.0;
      var dp = 0.0;
      for (var c = 0u; c < s.head_dim; c++) {
        score += q[query + c] * kv[key + c];
        dp += dout[query + c] * kv[value + c];
      }
      let p = exp(score * s.scale - lse[h * s.queries + row]);
      let ds = s.scale * p * (dp - delta[h * s.queries + row]);
      for (var c = 0u; c < s.head_dim; c++) {
        dkv[value + c] += p * dout[query + c];
        dkv[key + c] += ds * q[query + c];
      }
    }
  }
}
