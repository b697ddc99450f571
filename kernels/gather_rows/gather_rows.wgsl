// Rows picked by index, and their gradient put back. x, dx: [rows, dim]; y, dy: [count, dim].
//   forward   y[i] = x[index[i]]
//   backward  dx[r] = dy[inverse[r]], or 0 where inverse[r] is NONE
// Both copy whole rows through a list. One invocation owns one output element; the forms whose name ends in 4 own
// four neighbours and need dim % 4 == 0.

const NONE: u32 = 0xffffffffu;

// `rows` counts the rows of the output.
struct Shape { rows: u32, dim: u32 }
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(0) var<storage, read> source4: array<vec4f>;
@group(0) @binding(1) var<storage, read> list: array<u32>;
@group(0) @binding(2) var<storage, read_write> target_: array<f32>;
@group(0) @binding(2) var<storage, read_write> target4: array<vec4f>;
@group(0) @binding(3) var<uniform> s: Shape;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  if (at >= s.rows * s.dim) { return; }
  let row = at / s.dim;
  target_[at] = source[list[row] * s.dim + at - row * s.dim];
}

@compute @workgroup_size(64)
fn forward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  let dim4 = s.dim / 4u;
  if (at >= s.rows * dim4) { return; }
  let row = at / dim4;
  target4[at] = source4[list[row] * dim4 + at - row * dim4];
}

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  if (at >= s.rows * s.dim) { return; }
  let row = at / s.dim;
  var value = 0.0;
  if (list[row] != NONE) { value = source[list[row] * s.dim + at - row * s.dim]; }
  target_[at] = value;
}

@compute @workgroup_size(64)
fn backward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
             @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  let dim4 = s.dim / 4u;
  if (at >= s.rows * dim4) { return; }
  let row = at / dim4;
  var value = vec4f();
  if (list[row] != NONE) { value = source4[list[row] * dim4 + at - row * dim4]; }
  target4[at] = value;
}
