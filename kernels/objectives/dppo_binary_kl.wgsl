// dppo-binary-kl: M min(r, C) A over all tokens, D = KL of {token, rest}; trust_region.ts. hyper: delta, truncation C.
fn weight(w: WeightInputs) -> f32 {
  let log_mu = w.logp - w.delta;
  let rest_of_mu = -expm1(log_mu);
  let rest_of_pi = max(-expm1(w.logp), 2.98023224e-8);
  var divergence = -exp(log_mu) * w.delta;
  if (rest_of_mu > 0.0) { divergence += rest_of_mu * (log(rest_of_mu) - log(rest_of_pi)); }
  return truncated_weight(w, within(divergence, w.delta, w.advantage, hyper[0]), hyper[1]);
}
