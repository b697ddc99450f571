// bgpo: A u / n for A >= 0, A exp(d_j) u / n for A < 0, times the share of the response.
fn weight(w: WeightInputs) -> f32 {
  let linear = w.share * w.advantage * w.unit / w.response_states;
  if (w.advantage < 0.0) { return linear * exp(w.state_delta); }
  return linear;
}
