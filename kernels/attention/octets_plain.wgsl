// Statistics of eight queries j, j+1, ... of a block, the last one repeated past the end: every lane loads them all.

fn lse_octet(start: u32, j: u32, last: u32, lane: u32) -> Octet {
  return Octet(vec4f(lse[start + j], lse[start + min(j + 1u, last)],
                     lse[start + min(j + 2u, last)], lse[start + min(j + 3u, last)]),
               vec4f(lse[start + min(j + 4u, last)], lse[start + min(j + 5u, last)],
                     lse[start + min(j + 6u, last)], lse[start + min(j + 7u, last)]));
}

fn delta_octet(start: u32, j: u32, last: u32, lane: u32) -> Octet {
  return Octet(vec4f(delta[start + j], delta[start + min(j + 1u, last)],
                     delta[start + min(j + 2u, last)], delta[start + min(j + 3u, last)]),
               vec4f(delta[start + min(j + 4u, last)], delta[start + min(j + 5u, last)],
                     delta[start + min(j + 6u, last)], delta[start + min(j + 7u, last)]));
}
