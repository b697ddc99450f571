// dppo-binary-tv: M min(r, C) A over all tokens, D = |mu - pi|. hyper: delta, truncation C.
fn weight(w: WeightInputs) -> f32 {
  let divergence = abs(exp(w.logp - w.delta) - exp(w.logp));
  return truncated_weight(w, within(divergence, w.delta, w.advantage, hyper[0]), hyper[1]);
}
