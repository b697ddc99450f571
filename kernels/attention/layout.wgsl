// Where things lie, for every form of attention.
// kv: [batch * sequence, 2 * kv_heads * head_dim], first the key heads, then the value heads. Query head h reads key and
// value head g = floor(h * kv_heads / heads).
// q, out, dout, dq: [queries, heads * head_dim], only the rows whose output is asked for, grouped by sequence: those of
// sequence b are starts[b] .. starts[b + 1] - 1, at most `sequence`. Statistics (lse, delta): [heads, queries].

struct Shape { batch: u32, sequence: u32, queries: u32, heads: u32, kv_heads: u32, head_dim: u32, scale: f32 }

// Smallest query head that reads key head g.
fn first_head(g: u32, heads: u32, kv_heads: u32) -> u32 { return (g * heads + kv_heads - 1u) / kv_heads; }
