// diffu-grpo: d/dlogp of S(rho, A) - beta k3, a mean over the completion tokens of the batch.
fn weight(w: WeightInputs) -> f32 {
  return grpo_derivative(w.delta, w.reference_delta, w.advantage, hyper[0], hyper[1], hyper[2])
    / totals.completion_tokens;
}
