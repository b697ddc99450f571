// bgpo-dare: omega A u / n where the clipped term flows, for A <= 0 times s = exp(d_j); omega by tokens or responses.
fn weight(w: WeightInputs) -> f32 {
  let omega = select(1.0 / totals.responses, w.completion_length / totals.completion_tokens, hyper[2] != 0.0);
  let scale = omega * w.advantage * w.unit / w.response_states;
  if (w.advantage > 0.0) { return select(0.0, scale, 1.0 + w.state_delta <= 1.0 + hyper[0]); }
  let s = ratio(w.state_delta);
  return select(0.0, scale * s, s >= 1.0 - hyper[0] && s <= hyper[1]);
}
