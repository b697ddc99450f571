// pg-tis: min(r, C) A, over all tokens. hyper: truncation C.
fn weight(w: WeightInputs) -> f32 { return truncated_weight(w, true, hyper[0]); }
