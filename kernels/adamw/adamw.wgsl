// One AdamW step over a flat buffer, in place. One invocation owns one vec4 of every buffer.
//   c  = min(1, max_grad_norm / (norm + 1e-6)), or 1 when max_grad_norm is 0
//   m  = beta1 m + (1 - beta1) c g
//   v  = beta2 v + (1 - beta2) (c g)^2
//   p  = keep p - step_size m / (sqrt(v) / root_correction2 + epsilon)
//   g  = 0
// keep = 1 - learning rate * weight decay, one value below decay_length and one from there on;
// step_size = learning rate / (1 - beta1^t), root_correction2 = sqrt(1 - beta2^t).
// stats = [bits of the f32 norm, count of values no update may use]; with a count only g = 0 happens.

struct Step {
  length: u32, decay_length: u32,
  keep: f32, keep_1d: f32,
  beta1: f32, rest1: f32,
  beta2: f32, rest2: f32,
  step_size: f32, root_correction2: f32,
  epsilon: f32, max_grad_norm: f32,
}
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> first_moment: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> second_moment: array<vec4f>;
@group(0) @binding(4) var<storage, read> stats: array<u32>;
@group(0) @binding(5) var<uniform> s: Step;

@compute @workgroup_size(64)
fn step(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  if (at * 4u >= s.length) { return; }
  let element = vec4u(0u, 1u, 2u, 3u) + at * 4u;
  // The last vec4 may reach past the end: what lies there stays.
  let inside = element < vec4u(s.length);
  let g = gradients[at];
  gradients[at] = select(g, vec4f(), inside);
  if (stats[1] != 0u) { return; }
  var clip = 1.0;
  if (s.max_grad_norm > 0.0) { clip = min(1.0, s.max_grad_norm / (bitcast<f32>(stats[0]) + 1e-6)); }
  let keep = select(vec4f(s.keep_1d), vec4f(s.keep), element < vec4u(s.decay_length));
  let clipped = g * clip;
  let p = parameters[at];
  let m = first_moment[at];
  let v = second_moment[at];
  let next_m = s.beta1 * m + s.rest1 * clipped;
  let next_v = s.beta2 * v + s.rest2 * (clipped * clipped);
  let next_p = keep * p - s.step_size * next_m / (sqrt(next_v) / s.root_correction2 + s.epsilon);
  parameters[at] = select(p, next_p, inside);
  first_moment[at] = select(m, next_m, inside);
  second_moment[at] = select(v, next_v, inside);
}
