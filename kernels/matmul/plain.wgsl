// C[M,N] (+)= A[M,K] * B[K,N] for any sizes and layouts: element (m, k) of A lies at m * a_row + k * a_inner,
// element (k, n) of B at k * b_inner + n * b_col, C is row-major. `load_b` reads B as it is stored (storage.ts). One
// invocation owns 4 rows x 4 columns and sums k in order, mul then add. Per k it loads 8 values for 16 multiplications.
// Indices past an edge are clamped to the last row or column; what is computed there is not stored.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
struct Shape {
  m: u32, n: u32, k: u32,
  a_row: u32, a_inner: u32, b_inner: u32, b_col: u32,
  accumulate: u32, storage: u32,
}
@group(0) @binding(3) var<uniform> shape: Shape;

// What the sum goes on from.
fn start_of(row: u32, col: u32) -> vec4f {
  var sum = vec4f();
  if (shape.accumulate != 2u || row >= shape.m) { return sum; }
  for (var i = 0u; i < min(4u, shape.n - col); i++) { sum[i] = c[row * shape.n + col + i]; }
  return sum;
}

fn store_row(row: u32, col: u32, sum: vec4f) {
  if (row >= shape.m) { return; }
  let at = row * shape.n + col;
  for (var i = 0u; i < min(4u, shape.n - col); i++) {
    var value = sum[i];
    if (shape.accumulate == 1u) { value += c[at + i]; }
    c[at + i] = value;
  }
}

@compute @workgroup_size(64)
fn plain(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) local: u32) {
  let block = flat_index(group, groups, local, 64u);
  let blocks_per_row = (shape.n + 3u) / 4u;
  let row = block / blocks_per_row * 4u;
  let col = block % blocks_per_row * 4u;
  if (row >= shape.m) { return; }

  let a_at = min(vec4u(row, row + 1u, row + 2u, row + 3u), vec4u(shape.m - 1u)) * shape.a_row;
  let b_at = min(vec4u(col, col + 1u, col + 2u, col + 3u), vec4u(shape.n - 1u)) * shape.b_col;
  var sum0 = start_of(row, col);
  var sum1 = start_of(row + 1u, col);
  var sum2 = start_of(row + 2u, col);
  var sum3 = start_of(row + 3u, col);
  for (var k = 0u; k < shape.k; k++) {
    let i = a_at + k * shape.a_inner;
    let j = b_at + k * shape.b_inner;
    let across = vec4f(load_b(j.x), load_b(j.y), load_b(j.z), load_b(j.w));
    sum0 += a[i.x] * across;
    sum1 += a[i.y] * across;
    sum2 += a[i.z] * across;
    sum3 += a[i.w] * across;
  }
  store_row(row, col, sum0);
  store_row(row + 1u, col, sum1);
  store_row(row + 2u, col, sum2);
  store_row(row + 3u, col, sum3);
}
