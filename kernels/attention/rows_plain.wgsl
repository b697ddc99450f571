// Eight rows j, j+1, ... of a block, the last row repeated past the end: every lane loads
// them all, from the same addresses as its neighbours.
// `start` is the part of row 0, `stride` the distance of rows in vec4s.

fn kv_rows(start: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return Rows(kv[start + j * stride], kv[start + min(j + 1u, last) * stride],
              kv[start + min(j + 2u, last) * stride], kv[start + min(j + 3u, last) * stride],
              kv[start + min(j + 4u, last) * stride], kv[start + min(j + 5u, last) * stride],
              kv[start + min(j + 6u, last) * stride], kv[start + min(j + 7u, last) * stride]);
}

fn q_rows(start: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return Rows(q[start + j * stride], q[start + min(j + 1u, last) * stride],
              q[start + min(j + 2u, last) * stride], q[start + min(j + 3u, last) * stride],
              q[start + min(j + 4u, last) * stride], q[start + min(j + 5u, last) * stride],
              q[start + min(j + 6u, last) * stride], q[start + min(j + 7u, last) * stride]);
}

fn dout_rows(start: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return Rows(dout[start + j * stride], dout[start + min(j + 1u, last) * stride],
              dout[start + min(j + 2u, last) * stride], dout[start + min(j + 3u, last) * stride],
              dout[start + min(j + 4u, last) * stride], dout[start + min(j + 5u, last) * stride],
              dout[start + min(j + 6u, last) * stride], dout[start + min(j + 7u, last) * stride]);
}
