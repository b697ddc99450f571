// Where things lie, for every form of attention.
// qkv: [rows, stride], rows = batch * sequence, stride = (heads + 2 * kv_heads) * head_dim: first the query heads,
// then the key heads, then the value heads. Query head h reads key and value head g = floor(h * kv_heads / heads).
// out, dout: [rows, heads * head_dim]. Statistics (lse, delta): [batch, heads, sequence].

struct Shape { rows: u32, sequence: u32, heads: u32, kv_heads: u32, head_dim: u32, scale: f32 }

// Smallest query head that reads key head g.
fn first_head(g: u32, heads: u32, kv_heads: u32) -> u32 { return (g * heads + kv_heads - 1u) / kv_heads; }
