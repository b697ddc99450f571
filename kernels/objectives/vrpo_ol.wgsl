// vrpo-ol: A exp(mean_j d_j) u / n, times the share of the response.
fn weight(w: WeightInputs) -> f32 {
  return w.share * w.advantage * exp(w.response_delta) * w.unit / w.response_states;
}
