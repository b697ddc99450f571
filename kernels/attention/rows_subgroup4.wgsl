// Eight rows j, j+1, ... of a block, the last row repeated past the end: each of the
// 4 lanes loads two and the others read them there. The workgroup lies in one subgroup; control flow is uniform.
// `start` is the part of row 0, `stride` the distance of rows in vec4s.

fn spread(own: vec4f, next: vec4f) -> Rows {
  return Rows(subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u),
              subgroupBroadcast(own, 2u), subgroupBroadcast(own, 3u),
              subgroupBroadcast(next, 0u), subgroupBroadcast(next, 1u),
              subgroupBroadcast(next, 2u), subgroupBroadcast(next, 3u));
}

fn spread_one(own: f32, next: f32) -> Octet {
  return Octet(vec4f(subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u),
                     subgroupBroadcast(own, 2u), subgroupBroadcast(own, 3u)),
               vec4f(subgroupBroadcast(next, 0u), subgroupBroadcast(next, 1u),
                     subgroupBroadcast(next, 2u), subgroupBroadcast(next, 3u)));
}

fn kv_rows(start: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return spread(kv[start + min(j + lane, last) * stride], kv[start + min(j + 4u + lane, last) * stride]);
}

fn q_rows(start: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return spread(q[start + min(j + lane, last) * stride], q[start + min(j + 4u + lane, last) * stride]);
}

fn dout_rows(start: u32, stride: u32, j: u32, last: u32, lane: u32) -> Rows {
  return spread(dout[start + min(j + lane, last) * stride], dout[start + min(j + 4u + lane, last) * stride]);
}

fn lse_octet(start: u32, j: u32, last: u32, lane: u32) -> Octet {
  return spread_one(lse[start + min(j + lane, last)], lse[start + min(j + 4u + lane, last)]);
}

fn delta_octet(start: u32, j: u32, last: u32, lane: u32) -> Octet {
  return spread_one(delta[start + min(j + lane, last)], delta[start + min(j + 4u + lane, last)]);
}
