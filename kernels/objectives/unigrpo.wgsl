// unigrpo: d/dlogp of S(rho, A) - beta k3, a mean over masked tokens of the batch or, without tokenMean, of the response.
fn weight(w: WeightInputs) -> f32 {
  let scale = select(w.share / w.state_targets, 1.0 / totals.targets, hyper[0] != 0.0);
  return scale * grpo_derivative(w.delta, w.reference_delta, w.advantage, hyper[1], hyper[2], hyper[3]);
}
