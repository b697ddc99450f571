// spg: A / sum len times u / m (lower bound), for A < 0 mixed with len q / N (upper bound); q: share of this state in
// the mass of its position.
fn weight(w: WeightInputs) -> f32 {
  let scale = w.advantage / totals.completion_tokens;
  let lower = w.unit / w.response_states;
  if (w.advantage >= 0.0) { return scale * lower; }
  let q = w.unit * exp(hyper[0] * w.logp - w.position_log_mass);
  return scale * mix(lower, w.completion_length / w.response_positions * q, hyper[1]);
}
