// minirl: M min(r, C) A over all tokens, M = PPO's mask on the recomputed old policy. hyper: clipLow, clipHigh,
// truncation C.
fn weight(w: WeightInputs) -> f32 {
  let kept = passes(ratio(w.recomputed_delta), w.advantage, hyper[0], hyper[1]);
  return truncated_weight(w, kept, hyper[2]);
}
