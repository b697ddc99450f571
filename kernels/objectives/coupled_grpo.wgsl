// coupled-grpo: u d/dlogp of S(rho, A) - beta k3, rho and k3 of the sum over the position, a mean over completion tokens.
fn weight(w: WeightInputs) -> f32 {
  return w.unit / totals.completion_tokens * grpo_derivative(
    w.position_delta, w.position_reference_delta, w.advantage, hyper[0], hyper[1], hyper[2],
  );
}
