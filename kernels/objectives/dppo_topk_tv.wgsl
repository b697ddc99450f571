// dppo-topk-tv: M min(r, C) A over all tokens, D evaluated with the log-probs. hyper: delta, truncation C.
fn weight(w: WeightInputs) -> f32 {
  return truncated_weight(w, within(w.divergence, w.delta, w.advantage, hyper[0]), hyper[1]);
}
