// espo: ([flows] A rho - beta (B - B_ref)) u / (2 M L), a mean over responses.
fn weight(w: WeightInputs) -> f32 {
  let rho = ratio(w.response_delta / w.response_length);
  let flow = select(0.0, w.advantage * rho, passes(rho, w.advantage, hyper[0], hyper[1]));
  let slope = flow - hyper[2] * w.response_reference_delta;
  return slope * w.unit / (w.response_states * w.response_length * totals.responses);
}
