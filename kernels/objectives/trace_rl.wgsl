// trace-rl: (A r where the surrogate passes / tokens of the row - beta (1 - e^-(logp - old))) / rows.
// hyper: clipLow, clipHigh, beta.
fn weight(w: WeightInputs) -> f32 {
  let r = ratio(w.delta);
  var flow = 0.0;
  if (w.advantage != 0.0 && passes(r, w.advantage, hyper[0], hyper[1])) { flow = w.advantage * r; }
  var penalty = 0.0;
  if (hyper[2] != 0.0) { penalty = hyper[2] * k3_slope(w.delta); }
  return (flow / w.state_targets - penalty) / totals.states;
}
