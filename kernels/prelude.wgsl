// Shared by every kernel. Sentinels instead of infinities: WGSL may assume that no value is infinite.
const LOWEST: f32 = -1e30;

// Index of an invocation in a grid made by flatGrid, for workgroups of `width` x 1 x 1 invocations.
fn flat_index(group: vec3u, groups: vec3u, local: u32, width: u32) -> u32 {
  return (group.y * groups.x + group.x) * width + local;
}

// NaN or infinity, by bits: comparisons may be compiled away under the no-NaN assumption.
fn non_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u;
}
