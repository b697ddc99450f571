// Rotary position embedding, in place on the leading heads of x: [rows, stride].
// Within a head of 2 * half columns the pair (x[j], x[half+j]) turns by the angle a = position * theta^(-j/half):
//   x[j] <- x[j] cos a - d x[half+j] sin a,   x[half+j] <- x[half+j] cos a + d x[j] sin a
// with d = 1 forward and d = -1 backward, the inverse rotation. position = numbers[row] mod sequence.
// table: [positions, 2 * half], each row half cosines, then half sines.
// One invocation owns one pair, or four neighbouring pairs (`rotate_by_four`). Bytes moved per element: 8 + table.

struct Shape { rows: u32, sequence: u32, heads: u32, half: u32, stride: u32, direction: f32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> numbers: array<u32>;
@group(0) @binding(3) var<uniform> s: Shape;

@compute @workgroup_size(64)
fn rotate(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  if (i >= s.rows * s.heads * s.half) { return; }
  let j = i % s.half;
  let head = i / s.half % s.heads;
  let row = i / s.half / s.heads;
  let angle = numbers[row] % s.sequence * 2u * s.half + j;
  let cosine = table[angle];
  let sine = s.direction * table[angle + s.half];
  let at = row * s.stride + head * 2u * s.half + j;
  let low = x[at];
  let high = x[at + s.half];
  x[at] = low * cosine - high * sine;
  x[at + s.half] = high * cosine + low * sine;
}

@group(0) @binding(0) var<storage, read_write> x4: array<vec4f>;
@group(0) @binding(1) var<storage, read> table4: array<vec4f>;

@compute @workgroup_size(64)
fn rotate_by_four(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                  @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local, 64u);
  let half4 = s.half / 4u;
  if (i >= s.rows * s.heads * half4) { return; }
  let j = i % half4;
  let head = i / half4 % s.heads;
  let row = i / half4 / s.heads;
  let angle = numbers[row] % s.sequence * 2u * half4 + j;
  let cosine = table4[angle];
  let sine = s.direction * table4[angle + half4];
  let at = row * (s.stride / 4u) + head * 2u * half4 + j;
  let low = x4[at];
  let high = x4[at + half4];
  x4[at] = low * cosine - high * sine;
  x4[at + half4] = high * cosine + low * sine;
}
