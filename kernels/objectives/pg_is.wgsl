// pg-is: r A, over all tokens.
fn weight(w: WeightInputs) -> f32 { return truncated_weight(w, true, 1e30); }
