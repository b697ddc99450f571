// Lemma 2 of BGPO for both signs: A exp(d_j) u / n.
fn weight(w: WeightInputs) -> f32 {
  return w.share * w.advantage * exp(w.state_delta) * w.unit / w.response_states;
}
