// reinforce-elbo: A u / n, times the share of the response.
fn weight(w: WeightInputs) -> f32 {
  return w.share * w.advantage * w.unit / w.response_states;
}
