// egspo-sa: (A rho where the surrogate passes - beta (1 - e^-(step - ref))) u / tokensPerStep, times the share of the
// response. hyper: clipLow, clipHigh, beta, tokensPerStep.
fn weight(w: WeightInputs) -> f32 {
  let slope = grpo_derivative(
    w.state_delta, w.state_reference_delta, w.advantage, hyper[0], hyper[1], hyper[2],
  );
  return w.share * w.unit * slope / hyper[3];
}
