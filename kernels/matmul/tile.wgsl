// C[M,N] (+)= A[M,K] * B[K,N] through workgroup memory, for GPUs. Element (m, k) of A lies at
// m * a_row + k * a_inner, element (k, n) of B at k * b_inner + n * b_col; one of the two strides is 1. C is
// row-major. `load_b` reads B as it is stored (storage.ts). A workgroup of 256 owns 64 x 64 elements of C, an
// invocation 4 x 4 of them, and sums k in order, mul then add. Per 16 k's a workgroup reads 64 x 16 of A and 16 x 64
// of B once: 8 KiB for 131072 flops. Elements past an edge are read as zero on both sides, which leaves the sums as
// they are.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
struct Shape {
  m: u32, n: u32, k: u32,
  a_row: u32, a_inner: u32, b_inner: u32, b_col: u32,
  accumulate: u32, storage: u32,
}
@group(0) @binding(3) var<uniform> shape: Shape;

const TILE = 64u;
const DEPTH = 16u;
// vec4s between two k's of a tile: one more than TILE / 4, so that a column of a tile spreads over the memory banks.
const PITCH = 17u;
// Both tiles lie as [k][4 neighbouring rows of A or columns of B].
var<workgroup> a_tile: array<vec4f, DEPTH * PITCH>;
var<workgroup> b_tile: array<vec4f, DEPTH * PITCH>;

fn a_value(row: u32, k: u32) -> f32 {
  if (row >= shape.m || k >= shape.k) { return 0.0; }
  return a[row * shape.a_row + k * shape.a_inner];
}

fn b_value(k: u32, col: u32) -> f32 {
  if (col >= shape.n || k >= shape.k) { return 0.0; }
  return load_b(k * shape.b_inner + col * shape.b_col);
}

// The (k, quad) that an invocation copies into a tile: neighbours follow the axis that is contiguous in storage.
fn copied(local: u32, inner_is_contiguous: bool) -> vec2u {
  let fast = local % 16u;
  let slow = local / 16u;
  return select(vec2u(slow, fast), vec2u(fast, slow), inner_is_contiguous);
}

// What the sum goes on from.
fn start_of(row: u32, col: u32) -> vec4f {
  var sum = vec4f();
  if (shape.accumulate != 2u || row >= shape.m || col >= shape.n) { return sum; }
  for (var i = 0u; i < min(4u, shape.n - col); i++) { sum[i] = c[row * shape.n + col + i]; }
  return sum;
}

fn store_row(row: u32, col: u32, sum: vec4f) {
  if (row >= shape.m || col >= shape.n) { return; }
  let at = row * shape.n + col;
  for (var i = 0u; i < min(4u, shape.n - col); i++) {
    var value = sum[i];
    if (shape.accumulate == 1u) { value += c[at + i]; }
    c[at + i] = value;
  }
}

@compute @workgroup_size(256)
fn tile(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, 0u, 1u);
  let tiles_per_row = (shape.n + TILE - 1u) / TILE;
  let row0 = index / tiles_per_row * TILE;
  let col0 = index % tiles_per_row * TILE;
  let from_a = copied(local, shape.a_inner == 1u);
  let from_b = copied(local, shape.b_inner == 1u);
  let a_row = row0 + from_a.y * 4u;
  let b_col = col0 + from_b.y * 4u;
  let row4 = local / 16u;
  let col4 = local % 16u;

  let row = row0 + row4 * 4u;
  let col = col0 + col4 * 4u;
  var sum0 = start_of(row, col);
  var sum1 = start_of(row + 1u, col);
  var sum2 = start_of(row + 2u, col);
  var sum3 = start_of(row + 3u, col);
  for (var k0 = 0u; k0 < shape.k; k0 += DEPTH) {
    let ka = k0 + from_a.x;
    let kb = k0 + from_b.x;
    a_tile[from_a.x * PITCH + from_a.y] =
      vec4f(a_value(a_row, ka), a_value(a_row + 1u, ka), a_value(a_row + 2u, ka), a_value(a_row + 3u, ka));
    b_tile[from_b.x * PITCH + from_b.y] =
      vec4f(b_value(kb, b_col), b_value(kb, b_col + 1u), b_value(kb, b_col + 2u), b_value(kb, b_col + 3u));
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let down = a_tile[k * PITCH + row4];
      let across = b_tile[k * PITCH + col4];
      sum0 += down.x * across;
      sum1 += down.y * across;
      sum2 += down.z * across;
      sum3 += down.w * across;
    }
    workgroupBarrier();
  }
  store_row(row, col, sum0);
  store_row(row + 1u, col, sum1);
  store_row(row + 2u, col, sum2);
  store_row(row + 3u, col, sum3);
}
