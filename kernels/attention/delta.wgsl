// What backward subtracts from dout . v of every query: delta = dout . out. out, dout: [queries, heads * head_dim];
// delta: [heads, queries]. One invocation owns one (head, query). Bytes read: 8 * head_dim each.

struct Delta { queries: u32, heads: u32, head_dim: u32 }
@group(0) @binding(0) var<storage, read> out_of: array<f32>;
@group(0) @binding(1) var<storage, read> dout: array<f32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>;
@group(0) @binding(3) var<uniform> d: Delta;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= d.queries * d.heads) { return; }
  let at = (i % d.queries * d.heads + i / d.queries) * d.head_dim;
  var sum = 0.0;
  for (var c = 0u; c < d.head_dim; c++) { sum += dout[at + c] * out_of[at + c]; }
  delta[i] = sum;
}
