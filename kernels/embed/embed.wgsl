// Token embedding. table: [vocab, dim], position: [sequence, dim], x: [rows, dim], rows = batch * sequence.
//   forward            x[r] = table[ids[r]] (+ position[r % sequence] when learned)
//   backward_table     dtable[v] += sum of dx[r] over the rows r = order[starts[v] .. starts[v + 1]], in that order
//   backward_position  dposition[p] += sum over b of dx[b * sequence + p], b in order
// One invocation owns one output element; the forms whose name ends in 4 own four neighbours and need dim % 4 == 0.

struct Forward { rows: u32, dim: u32, sequence: u32, learned: u32 }
@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> position: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> table4: array<vec4f>;
@group(0) @binding(2) var<storage, read> position4: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x4: array<vec4f>;
@group(0) @binding(4) var<uniform> f: Forward;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  if (at >= f.rows * f.dim) { return; }
  let row = at / f.dim;
  let column = at - row * f.dim;
  var value = table[ids[row] * f.dim + column];
  if (f.learned != 0u) { value += position[row % f.sequence * f.dim + column]; }
  x[at] = value;
}

@compute @workgroup_size(64)
fn forward4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  let dim4 = f.dim / 4u;
  if (at >= f.rows * dim4) { return; }
  let row = at / dim4;
  let column = at - row * dim4;
  var value = table4[ids[row] * dim4 + column];
  if (f.learned != 0u) { value += position4[row % f.sequence * dim4 + column]; }
  x4[at] = value;
}

struct Table { vocab: u32, dim: u32 }
@group(0) @binding(0) var<storage, read> dx: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> dtable: array<f32>;
@group(0) @binding(0) var<storage, read> dx4: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dtable4: array<vec4f>;
@group(0) @binding(4) var<uniform> t: Table;

@compute @workgroup_size(64)
fn backward_table(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                  @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  if (at >= t.vocab * t.dim) { return; }
  let token = at / t.dim;
  let column = at - token * t.dim;
  let end = starts[token + 1u];
  var sum = dtable[at];
  for (var i = starts[token]; i < end; i++) { sum += dx[order[i] * t.dim + column]; }
  dtable[at] = sum;
}

@compute @workgroup_size(64)
fn backward_table4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                   @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  let dim4 = t.dim / 4u;
  if (at >= t.vocab * dim4) { return; }
  let token = at / dim4;
  let column = at - token * dim4;
  let end = starts[token + 1u];
  var sum = dtable4[at];
  for (var i = starts[token]; i < end; i++) { sum += dx4[order[i] * dim4 + column]; }
  dtable4[at] = sum;
}

struct Position { rows: u32, dim: u32, sequence: u32 }
@group(0) @binding(1) var<storage, read_write> dposition: array<f32>;
@group(0) @binding(1) var<storage, read_write> dposition4: array<vec4f>;
@group(0) @binding(2) var<uniform> p: Position;

// Both walk down a column of dx: one batch entry of the position is `sequence` rows further.
@compute @workgroup_size(64)
fn backward_position(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                     @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  let stride = p.sequence * p.dim;
  if (at >= stride) { return; }
  let end = p.rows * p.dim;
  var sum = dposition[at];
  for (var i = at; i < end; i += stride) { sum += dx[i]; }
  dposition[at] = sum;
}

@compute @workgroup_size(64)
fn backward_position4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                      @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local, 64u);
  let dim4 = p.dim / 4u;
  let stride = p.sequence * dim4;
  if (at >= stride) { return; }
  let end = p.rows * dim4;
  var sum = dposition4[at];
  for (var i = at; i < end; i += stride) { sum += dx4[i]; }
  dposition4[at] = sum;
}
