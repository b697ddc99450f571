// natural_log on the device: x [n] -> y [n].

@group(0) @binding(0) var<storage, read> log_in: array<f32>;
@group(0) @binding(1) var<storage, read_write> log_out: array<f32>;
struct Size { n: u32 }
@group(0) @binding(2) var<uniform> size: Size;

@compute @workgroup_size(64)
fn logs(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < size.n) { log_out[id.x] = natural_log(log_in[id.x]); }
}
