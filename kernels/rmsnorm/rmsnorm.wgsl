// RMSNorm, x: [rows, dim], weight: [dim].
//   forward   rstd[r] = 1 / sqrt(mean_c x[r,c]^2 + eps),  y[r,c] = x[r,c] * rstd[r] * weight[c]
//   backward  dx[r,c] += rstd * (weight[c] dy[r,c] - x[r,c] * rstd^2 * mean_k(dy[r,k] weight[k] x[r,k]))
//   weight    dweight[c] += sum_r dy[r,c] x[r,c] rstd[r]   (rows in order)
// forward, backward: one invocation owns a row, so sums run in one order and no barrier is needed.
// weight: one invocation owns a column.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> rstd_out: array<f32>;
struct Forward { rows: u32, dim: u32, eps: f32 }
@group(0) @binding(4) var<uniform> f: Forward;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= f.rows) { return; }
  let base = row * f.dim;
  var squares = 0.0;
  for (var c = 0u; c < f.dim; c++) { squares += x[base + c] * x[base + c]; }
  let rstd = 1.0 / sqrt(squares / f32(f.dim) + f.eps);
  for (var c = 0u; c < f.dim; c++) { y[base + c] = x[base + c] * rstd * weight[c]; }
  rstd_out[row] = rstd;
}

@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
struct Backward { rows: u32, dim: u32 }
@group(0) @binding(5) var<uniform> b: Backward;

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local, 64u);
  if (row >= b.rows) { return; }
  let base = row * b.dim;
  let r = rstd[row];
  var dot = 0.0;
  for (var c = 0u; c < b.dim; c++) { dot += dy[base + c] * weight[c] * x[base + c]; }
  let shift = dot / f32(b.dim) * r * r;
  for (var c = 0u; c < b.dim; c++) { dx[base + c] += r * (weight[c] * dy[base + c] - x[base + c] * shift); }
}

@group(0) @binding(1) var<storage, read> rstd_of: array<f32>;
@group(0) @binding(2) var<storage, read> dy_of: array<f32>;
@group(0) @binding(3) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(4) var<uniform> w: Backward;

@compute @workgroup_size(8)
fn backward_weight(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                   @builtin(local_invocation_index) local: u32) {
  let c = flat_index(group, groups, local, 8u);
  if (c >= w.dim) { return; }
  var sum = dweight[c];
  for (var row = 0u; row < w.rows; row++) {
    let at = row * w.dim + c;
    sum += dy_of[at] * x[at] * rstd_of[row];
  }
  dweight[c] = sum;
}
