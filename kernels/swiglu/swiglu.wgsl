// SwiGLU, gateUp: [rows, 2 * hidden] with the gate columns first, y: [rows, hidden].
//   forward   y[r,c] = silu(g) u,  g = gateUp[r,c],  u = gateUp[r,hidden+c],  silu(g) = g sigmoid(g)
//   backward  dg = dy u sigmoid(g) (1 + g (1 - sigmoid(g))),  du = dy silu(g), in the places of g and u, and y in that of dy
// One invocation owns one element of y, or four neighbours when hidden is a multiple of 4 (`*_by_four`).
// Bytes moved per element of y: forward 12, backward 24.

struct Shape { rows: u32, hidden: u32 }

// sigmoid(g) and 1 - sigmoid(g), from exp(-|g|) so that nothing overflows and neither loses digits.
struct Sigmoid { value: vec4f, complement: vec4f }
fn sigmoid(g: vec4f) -> Sigmoid {
  let e = exp(-abs(g));
  let large = 1.0 / (1.0 + e);
  let small = e * large;
  return Sigmoid(select(small, large, g >= vec4f()), select(large, small, g >= vec4f()));
}

struct Gradient { gate: vec4f, up: vec4f, y: vec4f }
fn gradient(gate: vec4f, up: vec4f, dy: vec4f) -> Gradient {
  let s = sigmoid(gate);
  return Gradient(dy * up * s.value * (1.0 + gate * s.complement), dy * gate * s.value, gate * s.value * up);
}

@group(0) @binding(0) var<storage, read> gate_up: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> f: Shape;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= f.rows * f.hidden) { return; }
  let gate = i + i / f.hidden * f.hidden;
  y[i] = gate_up[gate] * sigmoid(vec4f(gate_up[gate])).value.x * gate_up[gate + f.hidden];
}

@group(0) @binding(0) var<storage, read> gate_up4: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y4: array<vec4f>;

@compute @workgroup_size(64)
fn forward_by_four(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                   @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let hidden4 = f.hidden / 4u;
  if (i >= f.rows * hidden4) { return; }
  let gate = i + i / hidden4 * hidden4;
  let g = gate_up4[gate];
  y4[i] = g * sigmoid(g).value * gate_up4[gate + hidden4];
}

@group(0) @binding(0) var<storage, read_write> in_place: array<f32>;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<uniform> b: Shape;

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= b.rows * b.hidden) { return; }
  let gate = i + i / b.hidden * b.hidden;
  let d = gradient(vec4f(in_place[gate]), vec4f(in_place[gate + b.hidden]), vec4f(dy[i]));
  in_place[gate] = d.gate.x;
  in_place[gate + b.hidden] = d.up.x;
  dy[i] = d.y.x;
}

@group(0) @binding(0) var<storage, read_write> in_place4: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dy4: array<vec4f>;

@compute @workgroup_size(64)
fn backward_by_four(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                    @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let hidden4 = b.hidden / 4u;
  if (i >= b.rows * hidden4) { return; }
  let gate = i + i / hidden4 * hidden4;
  let d = gradient(in_place4[gate], in_place4[gate + hidden4], dy4[i]);
  in_place4[gate] = d.gate;
  in_place4[gate + hidden4] = d.up;
  dy4[i] = d.y;
}
