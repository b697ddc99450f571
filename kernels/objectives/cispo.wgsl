// cispo: clip(r) A, over all tokens. hyper: clipLow, clipHigh.
fn weight(w: WeightInputs) -> f32 {
  if (w.advantage == 0.0) { return 0.0; }
  return clamp(ratio(w.delta), 1.0 - hyper[0], 1.0 + hyper[1]) * w.advantage / totals.targets;
}
