// wd1: (w+ - w-) / prompts; the advantage is the difference of the two softmax weights.
fn weight(w: WeightInputs) -> f32 {
  return w.advantage / totals.prompts;
}
