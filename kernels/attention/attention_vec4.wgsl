// Bidirectional attention for head dimensions that are multiples of 4, up to 128. Formulas: attention.wgsl.
// A workgroup owns `lanes` neighbouring rows of one head of one sequence, an invocation one of them: its query (forward,
// backward_query) or its key and value (backward_key). It runs over the other side in blocks of 8 rows; the rows of a
// block reach all lanes through rows_plain.wgsl, rows_subgroup*.wgsl or rows_tiled.wgsl, which have all lanes take part:
// control flow is uniform in a workgroup until results are stored. Every sum runs in the order of rows and columns,
// whatever the number of lanes. Past the end of a sequence, or of what is asked of it, lanes repeat the last row and
// store nothing, and rows of a block weigh nothing. Workgroups are counted as if every row were asked for; those of
// queries that are not return at once.
// forward keeps the highest score so far and rescales its sums when a block raises it (online softmax).
// Bytes loaded per pair of rows, divided by the lanes that share a load: forward 8, backward_query 12,
// backward_key 16, times head_dim.

// Lanes of a workgroup: as many as rows_subgroup*.wgsl shares rows among, or any number with the others.
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

// The tile of a workgroup: a head of sequence b, and the first of its rows.
struct Tile { b: u32, head: u32, first: u32 }
fn tile_of(index: u32, heads: u32, sequence: u32) -> Tile {
  let tiles = tiles_of(sequence);
  return Tile(index / tiles / heads, index / tiles % heads, index % tiles * lanes);
}

fn tiles_of(sequence: u32) -> u32 { return (sequence + lanes - 1u) / lanes; }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;
@group(0) @binding(1) var<storage, read> kv: array<vec4f>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> lse_result: array<f32>;
@group(0) @binding(5) var<uniform> f: Shape;

@compute @workgroup_size(lanes)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) lane: u32) {
  let tile = tile_of(flat_index(group, groups, 0u, 1u), f.heads, f.sequence);
  if (tile.b >= f.batch) { return; }
  let first = starts[tile.b];
  let asked = starts[tile.b + 1u] - first;
  if (tile.first >= asked) { return; }
  let parts = parts_of(f.head_dim);
  let stride = 2u * f.kv_heads * parts;
  let row = first + min(tile.first + lane, asked - 1u);
  let query = (row * f.heads + tile.head) * parts;
  let key = tile.b * f.sequence * stride + tile.head * f.kv_heads / f.heads * parts;
  let value = key + f.kv_heads * parts;
  let last = f.sequence - 1u;

  var own: array<vec4f, MAX_PARTS>;
  var sum: array<vec4f, MAX_PARTS>;
  for (var p = 0u; p < parts; p++) {
    own[p] = q[query + p] * f.scale;
    sum[p] = vec4f();
  }
  var highest = LOWEST;
  var total = 0.0;
  for (var j = 0u; j < f.sequence; j += 8u) {
    stage_kv(key, value, parts, stride, j, last, lane);
    var score = Octet();
    for (var p = 0u; p < parts; p++) {
      score = add_inner(score, own[p], key_rows(key, p, parts, stride, j, last, lane));
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
      sum[p] = add_rows(sum[p] * shrink, w, value_rows(value, p, parts, stride, j, last, lane));
    }
  }
  if (tile.first + lane >= asked) { return; }
  for (var p = 0u; p < parts; p++) { result[query + p] = sum[p] / total; }
  lse_result[tile.head * f.queries + row] = highest + log(total);
}

@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
@group(0) @binding(5) var<storage, read> dout: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dq: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dkv: array<vec4f>;
@group(0) @binding(8) var<uniform> s: Shape;

@compute @workgroup_size(lanes)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) lane: u32) {
  let index = flat_index(group, groups, 0u, 1u);
  let of_queries = s.batch * s.heads * tiles_of(s.sequence);
  if (index < of_queries) {
    backward_query(tile_of(index, s.heads, s.sequence), lane);
  } else {
    backward_key(tile_of(index - of_queries, s.kv_heads, s.sequence), lane);
  }
}

fn backward_query(tile: Tile, lane: u32) {
  let first = starts[tile.b];
  let asked = starts[tile.b + 1u] - first;
  if (tile.first >= asked) { return; }
  let parts = parts_of(s.head_dim);
  let stride = 2u * s.kv_heads * parts;
  let row = first + min(tile.first + lane, asked - 1u);
  let query = (row * s.heads + tile.head) * parts;
  let key = tile.b * s.sequence * stride + tile.head * s.kv_heads / s.heads * parts;
  let value = key + s.kv_heads * parts;
  let last = s.sequence - 1u;

  var own: array<vec4f, MAX_PARTS>;
  var dy: array<vec4f, MAX_PARTS>;
  var sum: array<vec4f, MAX_PARTS>;
  for (var p = 0u; p < parts; p++) {
    own[p] = q[query + p] * s.scale;
    dy[p] = dout[query + p];
    sum[p] = vec4f();
  }
  let normalizer = lse[tile.head * s.queries + row];
  let shift = delta[tile.head * s.queries + row];
  for (var j = 0u; j < s.sequence; j += 8u) {
    stage_kv(key, value, parts, stride, j, last, lane);
    var score = Octet();
    var dp = Octet();
    for (var p = 0u; p < parts; p++) {
      score = add_inner(score, own[p], key_rows(key, p, parts, stride, j, last, lane));
      dp = add_inner(dp, dy[p], value_rows(value, p, parts, stride, j, last, lane));
    }
    let w = where_present(exp_less(score, normalizer), s.sequence - j, 0.0);
    let ds = Octet(w.low * (dp.low - shift), w.high * (dp.high - shift));
    for (var p = 0u; p < parts; p++) {
      sum[p] = add_rows(sum[p], ds, key_rows(key, p, parts, stride, j, last, lane));
    }
  }
  if (tile.first + lane >= asked) { return; }
  for (var p = 0u; p < parts; p++) { dq[query + p] = sum[p] * s.scale; }
}

fn backward_key(tile: Tile, lane: u32) {
  if (tile.b >= s.batch) { return; }
  let first = starts[tile.b];
  let asked = starts[tile.b + 1u] - first;
  let parts = parts_of(s.head_dim);
  let across = s.heads * parts;
  let key = (tile.b * s.sequence + min(tile.first + lane, s.sequence - 1u)) * 2u * s.kv_heads * parts + tile.head * parts;
  let value = key + s.kv_heads * parts;

  var k: array<vec4f, MAX_PARTS>;
  var v: array<vec4f, MAX_PARTS>;
  var dk: array<vec4f, MAX_PARTS>;
  var dv: array<vec4f, MAX_PARTS>;
  for (var p = 0u; p < parts; p++) {
    k[p] = kv[key + p] * s.scale;
    v[p] = kv[value + p];
    dk[p] = vec4f();
    dv[p] = vec4f();
  }
  let end = first_head(tile.head + 1u, s.heads, s.kv_heads);
  for (var head = first_head(tile.head, s.heads, s.kv_heads); head < end; head++) {
    let query = (first * s.heads + head) * parts;
    let statistics = head * s.queries + first;
    for (var j = 0u; j < asked; j += 8u) {
      let last = asked - 1u;
      stage_queries(query, parts, across, j, last, lane);
      var score = Octet();
      var dp = Octet();
      for (var p = 0u; p < parts; p++) {
        score = add_inner(score, k[p], asked_rows(query, p, parts, across, j, last, lane));
        dp = add_inner(dp, v[p], upstream_rows(query, p, parts, across, j, last, lane));
      }
      let normalizer = lse_octet(statistics, j, last, lane);
      let shift = delta_octet(statistics, j, last, lane);
      let raw = Octet(exp(score.low - normalizer.low), exp(score.high - normalizer.high));
      let w = where_present(raw, asked - j, 0.0);
      let ds = Octet(w.low * (dp.low - shift.low), w.high * (dp.high - shift.high));
      for (var p = 0u; p < parts; p++) {
        dk[p] = add_rows(dk[p], ds, asked_rows(query, p, parts, across, j, last, lane));
        dv[p] = add_rows(dv[p], w, upstream_rows(query, p, parts, across, j, last, lane));
      }
    }
  }
  if (tile.first + lane >= s.sequence) { return; }
  for (var p = 0u; p < parts; p++) {
    dkv[key + p] = dk[p] * s.scale;
    dkv[value + p] = dv[p];
  }
}
