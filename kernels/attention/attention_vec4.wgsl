// Bidirectional attention for head dimensions that are multiples of 4, up to 128. Formulas: attention.wgsl.
// A workgroup owns `lanes` neighbouring positions of one head of one sequence, an invocation one of them: its
// query (forward, backward_query) or its key and value (backward_key). It runs over the other side in blocks of 8
// rows; the rows of a block reach all lanes through rows_plain.wgsl or rows_subgroup*.wgsl. Every sum runs in
// the order of rows and columns, whatever the number of lanes. Past the end of a sequence, lanes repeat its last
// row and store nothing, and rows of a block weigh nothing.
// forward keeps the highest score so far and rescales its sums when a block raises it (online softmax).
// Bytes loaded per pair of rows, divided by the lanes that share a load: forward 8, backward_query 12,
// backward_key 16, times head_dim.

// Lanes of a workgroup: as many as rows_subgroup*.wgsl shares rows among, or any number with rows_plain.wgsl.
override lanes: u32 = 8u;
// head_dim / 4 when known, so that the compiler can keep the private arrays in registers; else 0.
override known_parts: u32 = 0u;
const MAX_PARTS = 32u;

// One vec4 column part of each row of a block, and one number per row.
struct Rows { r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f, r4: vec4f, r5: vec4f, r6: vec4f, r7: vec4f }
struct Octet { low: vec4f, high: vec4f }

// Written out, so that the order of the sum is the same on every driver.
fn inner(x: vec4f, y: vec4f) -> f32 {
  let xy = x * y;
  return ((xy.x + xy.y) + xy.z) + xy.w;
}

// sums + the inner products of x with each row.
fn add_inner(sums: Octet, x: vec4f, r: Rows) -> Octet {
  return Octet(sums.low + vec4f(inner(x, r.r0), inner(x, r.r1), inner(x, r.r2), inner(x, r.r3)),
               sums.high + vec4f(inner(x, r.r4), inner(x, r.r5), inner(x, r.r6), inner(x, r.r7)));
}

// sum + the rows, each times its weight.
fn add_rows(sum: vec4f, w: Octet, r: Rows) -> vec4f {
  let low = (((sum + w.low.x * r.r0) + w.low.y * r.r1) + w.low.z * r.r2) + w.low.w * r.r3;
  return (((low + w.high.x * r.r4) + w.high.y * r.r5) + w.high.z * r.r6) + w.high.w * r.r7;
}

// x for the rows of a block of which `rest` are left in the sequence, `otherwise` past its end.
fn where_present(x: Octet, rest: u32, otherwise: f32) -> Octet {
  return Octet(select(vec4f(otherwise), x.low, vec4u(0u, 1u, 2u, 3u) < vec4u(rest)),
               select(vec4f(otherwise), x.high, vec4u(4u, 5u, 6u, 7u) < vec4u(rest)));
}

fn exp_less(x: Octet, y: f32) -> Octet { return Octet(exp(x.low - y), exp(x.high - y)); }

fn parts_of(head_dim: u32) -> u32 { return select(head_dim / 4u, known_parts, known_parts > 0u); }

// The tile of a workgroup: a head of the sequence that begins at row `first`, its first index into the
// statistics, and the position of this lane. `last` is the last position of the sequence.
struct Tile { inside: bool, head: u32, first: u32, statistics: u32, position: u32, last: u32 }
fn tile_of(group: vec3u, groups: vec3u, lane: u32, rows: u32, heads: u32, sequence: u32) -> Tile {
  let tiles = (sequence + lanes - 1u) / lanes;
  let tile = flat_index(group, groups, 0u, 1u);
  let first = tile / tiles / heads * sequence;
  return Tile(first < rows, tile / tiles % heads, first, tile / tiles * sequence, tile % tiles * lanes + lane,
              sequence - 1u);
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> lse_result: array<f32>;
@group(0) @binding(3) var<uniform> f: Shape;

@compute @workgroup_size(lanes)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) lane: u32) {
  let tile = tile_of(group, groups, lane, f.rows, f.heads, f.sequence);
  if (!tile.inside) { return; }
  let parts = parts_of(f.head_dim);
  let stride = (f.heads + 2u * f.kv_heads) * parts;
  let row = tile.first + min(tile.position, tile.last);
  let query = row * stride + tile.head * parts;
  let key = tile.first * stride + (f.heads + tile.head * f.kv_heads / f.heads) * parts;
  let value = key + f.kv_heads * parts;

  var q: array<vec4f, MAX_PARTS>;
  var sum: array<vec4f, MAX_PARTS>;
  for (var p = 0u; p < parts; p++) {
    q[p] = qkv[query + p] * f.scale;
    sum[p] = vec4f();
  }
  var highest = LOWEST;
  var total = 0.0;
  for (var j = 0u; j < f.sequence; j += 8u) {
    var score = Octet();
    for (var p = 0u; p < parts; p++) {
      score = add_inner(score, q[p], qkv_rows(key + p, stride, j, tile.last, lane));
    }
    score = where_present(score, f.sequence - j, LOWEST);
    let four = max(score.low, score.high);
    let peak = max(highest, max(max(four.x, four.y), max(four.z, four.w)));
    let shrink = exp(highest - peak);
    let w = exp_less(score, peak);
    highest = peak;
    total = (((total * shrink + w.low.x) + w.low.y) + w.low.z) + w.low.w;
    total = (((total + w.high.x) + w.high.y) + w.high.z) + w.high.w;
    for (var p = 0u; p < parts; p++) {
      sum[p] = add_rows(sum[p] * shrink, w, qkv_rows(value + p, stride, j, tile.last, lane));
    }
  }
  if (tile.position > tile.last) { return; }
  let y = (row * f.heads + tile.head) * parts;
  for (var p = 0u; p < parts; p++) { result[y + p] = sum[p] / total; }
  lse_result[tile.statistics + tile.position] = highest + log(total);
}

@group(0) @binding(1) var<storage, read> out_of: array<vec4f>;
@group(0) @binding(2) var<storage, read> lse_of: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> delta_result: array<f32>;
@group(0) @binding(6) var<uniform> b: Shape;

@compute @workgroup_size(lanes)
fn backward_query(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                  @builtin(local_invocation_index) lane: u32) {
  let tile = tile_of(group, groups, lane, b.rows, b.heads, b.sequence);
  if (!tile.inside) { return; }
  let parts = parts_of(b.head_dim);
  let stride = (b.heads + 2u * b.kv_heads) * parts;
  let position = min(tile.position, tile.last);
  let query = (tile.first + position) * stride + tile.head * parts;
  let key = tile.first * stride + (b.heads + tile.head * b.kv_heads / b.heads) * parts;
  let value = key + b.kv_heads * parts;
  let y = ((tile.first + position) * b.heads + tile.head) * parts;

  var q: array<vec4f, MAX_PARTS>;
  var dy: array<vec4f, MAX_PARTS>;
  var dq: array<vec4f, MAX_PARTS>;
  var delta = 0.0;
  for (var p = 0u; p < parts; p++) {
    q[p] = qkv[query + p] * b.scale;
    dy[p] = dout[y + p];
    dq[p] = vec4f();
    delta += inner(dy[p], out_of[y + p]);
  }
  let normalizer = lse_of[tile.statistics + position];
  for (var j = 0u; j < b.sequence; j += 8u) {
    var score = Octet();
    var dp = Octet();
    for (var p = 0u; p < parts; p++) {
      score = add_inner(score, q[p], qkv_rows(key + p, stride, j, tile.last, lane));
      dp = add_inner(dp, dy[p], qkv_rows(value + p, stride, j, tile.last, lane));
    }
    let w = where_present(exp_less(score, normalizer), b.sequence - j, 0.0);
    let ds = Octet(w.low * (dp.low - delta), w.high * (dp.high - delta));
    for (var p = 0u; p < parts; p++) {
      dq[p] = add_rows(dq[p], ds, qkv_rows(key + p, stride, j, tile.last, lane));
    }
  }
  if (tile.position > tile.last) { return; }
  for (var p = 0u; p < parts; p++) { dqkv[query + p] = dq[p] * b.scale; }
  delta_result[tile.statistics + position] = delta;
}

@group(0) @binding(1) var<storage, read> lse: array<f32>;
@group(0) @binding(2) var<storage, read> delta: array<f32>;
@group(0) @binding(5) var<uniform> s: Shape;

@compute @workgroup_size(lanes)
fn backward_key(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                @builtin(local_invocation_index) lane: u32) {
  let tile = tile_of(group, groups, lane, s.rows, s.kv_heads, s.sequence);
  if (!tile.inside) { return; }
  let parts = parts_of(s.head_dim);
  let stride = (s.heads + 2u * s.kv_heads) * parts;
  let key = (tile.first + min(tile.position, tile.last)) * stride + (s.heads + tile.head) * parts;
  let value = key + s.kv_heads * parts;

  var k: array<vec4f, MAX_PARTS>;
  var v: array<vec4f, MAX_PARTS>;
  var dk: array<vec4f, MAX_PARTS>;
  var dv: array<vec4f, MAX_PARTS>;
  for (var p = 0u; p < parts; p++) {
    k[p] = qkv[key + p] * s.scale;
    v[p] = qkv[value + p];
    dk[p] = vec4f();
    dv[p] = vec4f();
  }
  let end = first_head(tile.head + 1u, s.heads, s.kv_heads);
  for (var head = first_head(tile.head, s.heads, s.kv_heads); head < end; head++) {
    let query = tile.first * stride + head * parts;
    let y = (tile.first * s.heads + head) * parts;
    let statistics = (tile.first / s.sequence * s.heads + head) * s.sequence;
    for (var j = 0u; j < s.sequence; j += 8u) {
      var score = Octet();
      var dp = Octet();
      for (var p = 0u; p < parts; p++) {
        score = add_inner(score, k[p], qkv_rows(query + p, stride, j, tile.last, lane));
        dp = add_inner(dp, v[p], dout_rows(y + p, s.heads * parts, j, tile.last, lane));
      }
      let normalizer = lse_octet(statistics, j, tile.last, lane);
      let shift = delta_octet(statistics, j, tile.last, lane);
      let raw = Octet(exp(score.low - normalizer.low), exp(score.high - normalizer.high));
      let w = where_present(raw, s.sequence - j, 0.0);
      let ds = Octet(w.low * (dp.low - shift.low), w.high * (dp.high - shift.high));
      for (var p = 0u; p < parts; p++) {
        dk[p] = add_rows(dk[p], ds, qkv_rows(query + p, stride, j, tile.last, lane));
        dv[p] = add_rows(dv[p], w, dout_rows(y + p, s.heads * parts, j, tile.last, lane));
      }
    }
  }
  if (tile.position > tile.last) { return; }
  for (var p = 0u; p < parts; p++) {
    dqkv[key + p] = dk[p] * s.scale;
    dqkv[value + p] = dv[p];
  }
}
