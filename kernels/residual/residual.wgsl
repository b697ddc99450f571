// Residual stream, vectors of `length` elements.
//   forward     y[i] = a[i] + b[i]
//   accumulate  into[i] += from[i]
// One invocation owns four neighbouring elements; the last one stores only those before `length`.
// Bytes moved: 12 per element.

struct Shape { length: u32 }

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> f: Shape;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (4u * i >= f.length) { return; }
  let sum = a[i] + b[i];
  let rest = f.length - 4u * i;
  if (rest >= 4u) { y[i] = sum; return; }
  for (var c = 0u; c < rest; c++) { y[i][c] = sum[c]; }
}

@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> into: array<vec4f>;
@group(0) @binding(2) var<uniform> s: Shape;

@compute @workgroup_size(64)
fn accumulate(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (4u * i >= s.length) { return; }
  let sum = into[i] + source[i];
  let rest = s.length - 4u * i;
  if (rest >= 4u) { into[i] = sum; return; }
  for (var c = 0u; c < rest; c++) { into[i][c] = sum[c]; }
}
