// The rows of a block straight from storage, by rows_plain.wgsl or rows_subgroup*.wgsl: nothing is staged.
// `start` is row 0, `p` the part of a row, `stride` the distance of rows in vec4s.

fn stage_kv(key: u32, value: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) {}
fn stage_queries(query: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) {}

fn key_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return kv_rows(start + p, stride, j, last, lane);
}
fn value_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return kv_rows(start + p, stride, j, last, lane);
}
fn asked_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return q_rows(start + p, stride, j, last, lane);
}
fn upstream_rows(start: u32, p: u32, parts: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return dout_rows(start + p, stride, j, last, lane);
}
