// clip-higher: r A, 0 where the clipped surrogate is flat; over all tokens. hyper: clipLow, clipHigh.
fn weight(w: WeightInputs) -> f32 {
  let r = ratio(w.delta);
  if (w.advantage == 0.0 || !passes(r, w.advantage, hyper[0], hyper[1])) { return 0.0; }
  return r * w.advantage / totals.targets;
}
