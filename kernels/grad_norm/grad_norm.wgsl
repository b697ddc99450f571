// L2 norm of a gradient and the number of its elements that no update may use.
//   partial  per invocation: sum of squares of 32 vec4s and the count of elements left out
//   reduce   in place: slot i of a level becomes the sum of its 128 slots, the level above has one slot per group
//   finish   the last level (at most 128 slots) in order; stats = [bits of the f32 norm, count]
// A slot is two words: the bits of an f32 sum and a u32 count (a count kept as f32 bits would be a denormal, which a
// device may flush to zero). A workgroup reads 64 * 32 consecutive vec4s, each invocation every 64th of them. The tree
// depends on the length alone, not on the device; an invocation owns every slot it reads and writes.

const GROUP: u32 = 64u;
const VECTORS: u32 = 32u;
const FAN_IN: u32 = 128u;
// 2^50. Squares up to 2^100 leave room for 2^27 of them in an f32; larger elements are left out and counted.
const LARGEST: f32 = 1125899906842624.0;

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec2u>;
struct Partial { length: u32, first: u32 }
@group(0) @binding(2) var<uniform> p: Partial;

fn unusable(x: f32) -> bool { return non_finite(x) || abs(x) > LARGEST; }

@compute @workgroup_size(64)
fn partial(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) local: u32) {
  let slot = flat_index(group, groups, local, GROUP);
  let start = slot / GROUP * GROUP * VECTORS + local;
  if (start - local >= (p.length + 3u) / 4u) { return; }
  var squares = vec4f();
  var count = vec4u();
  for (var i = 0u; i < VECTORS; i++) {
    let at = start + i * GROUP;
    if (at * 4u >= p.length) { break; }
    let inside = vec4u(0u, 1u, 2u, 3u) + at * 4u < vec4u(p.length);
    let x = gradients[at];
    let bad = vec4<bool>(unusable(x.x), unusable(x.y), unusable(x.z), unusable(x.w));
    let used = select(vec4f(), x, inside & !bad);
    squares += used * used;
    count += select(vec4u(), vec4u(1u), inside & bad);
  }
  let sum = (squares.x + squares.y) + (squares.z + squares.w);
  partials[p.first + slot] = vec2u(bitcast<u32>(sum), count.x + count.y + count.z + count.w);
}

// Slots of the level are `stride` apart.
struct Level { slots: u32, stride: u32 }
@group(0) @binding(0) var<storage, read_write> tree: array<vec2u>;
@group(0) @binding(1) var<uniform> r: Level;

@compute @workgroup_size(64)
fn reduce(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) local: u32) {
  let begin = flat_index(group, groups, local, GROUP) * FAN_IN;
  if (begin >= r.slots) { return; }
  let end = min(begin + FAN_IN, r.slots);
  var sum = 0.0;
  var count = 0u;
  for (var i = begin; i < end; i++) {
    let slot = tree[i * r.stride];
    sum += bitcast<f32>(slot.x);
    count += slot.y;
  }
  tree[begin * r.stride] = vec2u(bitcast<u32>(sum), count);
}

@group(0) @binding(0) var<storage, read> top: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> stats: array<u32>;
@group(0) @binding(2) var<uniform> f: Level;

@compute @workgroup_size(1)
fn finish() {
  var sum = 0.0;
  var count = 0u;
  for (var i = 0u; i < f.slots; i++) {
    let slot = top[i * f.stride];
    sum += bitcast<f32>(slot.x);
    count += slot.y;
  }
  stats[0] = bitcast<u32>(sqrt(sum));
  stats[1] = count;
}
