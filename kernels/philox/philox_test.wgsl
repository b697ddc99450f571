// Runs the generator on the device: counters [n, 4], keys [n, 2] -> words [n, 4], uniforms [n, 4].

@group(0) @binding(0) var<storage, read> counters: array<vec4u>;
@group(0) @binding(1) var<storage, read> keys: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> words: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> uniforms: array<vec4f>;
struct Size { n: u32 }
@group(0) @binding(4) var<uniform> size: Size;

@compute @workgroup_size(64)
fn generate(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= size.n) { return; }
  let block = philox4x32(counters[id.x], keys[id.x]);
  words[id.x] = block;
  uniforms[id.x] = vec4f(uniform_from_word(block.x), uniform_from_word(block.y),
                         uniform_from_word(block.z), uniform_from_word(block.w));
}
