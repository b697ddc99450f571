// Eight rows j, j+1, ... of a block out of workgroup memory, which the lanes fill together whenever the rows in it are
// used up: every row is read from storage once per workgroup. Past the end the last row is repeated. 16 KiB, all that
// every device has, hold 16 rows of both sides at head dimension 128 and 256 at 8.

const ROOM = 512u;
// Keys and values, or queries and what comes from above; [rows][parts].
var<workgroup> tile_x: array<vec4f, ROOM>;
var<workgroup> tile_y: array<vec4f, ROOM>;

fn staged_rows(parts: u32) -> u32 { return ROOM / parts / 8u * 8u; }

// vec4s to be copied for the rows from j on.
fn staged_room(parts: u32, j: u32, last: u32) -> u32 {
  return min(staged_rows(parts), (last - j) / 8u * 8u + 8u) * parts;
}

fn stage_kv(key: u32, value: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) {
  if (j % staged_rows(parts) != 0u) { return; }
  workgroupBarrier();
  for (var i = lane; i < staged_room(parts, j, last); i += lanes) {
    let at = min(j + i / parts, last) * stride + i % parts;
    tile_x[i] = kv[key + at];
    tile_y[i] = kv[value + at];
  }
  workgroupBarrier();
}

fn stage_queries(query: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) {
  if (j % staged_rows(parts) != 0u) { return; }
  workgroupBarrier();
  for (var i = lane; i < staged_room(parts, j, last); i += lanes) {
    let at = query + min(j + i / parts, last) * stride + i % parts;
    tile_x[i] = q[at];
    tile_y[i] = dout[at];
  }
  workgroupBarrier();
}

fn x_rows(p: u32, parts: u32, j: u32) -> Rows {
  let at = j % staged_rows(parts) * parts + p;
  return Rows(tile_x[at], tile_x[at + parts], tile_x[at + 2u * parts], tile_x[at + 3u * parts],
              tile_x[at + 4u * parts], tile_x[at + 5u * parts], tile_x[at + 6u * parts],
              tile_x[at + 7u * parts]);
}

fn y_rows(p: u32, parts: u32, j: u32) -> Rows {
  let at = j % staged_rows(parts) * parts + p;
  return Rows(tile_y[at], tile_y[at + parts], tile_y[at + 2u * parts], tile_y[at + 3u * parts],
              tile_y[at + 4u * parts], tile_y[at + 5u * parts], tile_y[at + 6u * parts],
              tile_y[at + 7u * parts]);
}

fn key_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return x_rows(p, parts, j);
}
fn value_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return y_rows(p, parts, j);
}
fn asked_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return x_rows(p, parts, j);
}
fn upstream_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return y_rows(p, parts, j);
}
