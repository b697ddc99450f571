// grpo-elbo: ([flows] A rho - beta (B - B_ref)) u / (n Z), times the share of the response; Z = L or 1.
fn weight(w: WeightInputs) -> f32 {
  let z = select(1.0, w.response_length, hyper[0] != 0.0);
  let rho = ratio(w.response_delta / z);
  let flow = select(0.0, w.advantage * rho, passes(rho, w.advantage, hyper[1], hyper[2]));
  return w.share * (flow - hyper[3] * w.response_reference_delta) * w.unit / (w.response_states * z);
}
