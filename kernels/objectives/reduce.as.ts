// The sums a weight may need; records and formulas as in reduce.wgsl and prelude.wgsl. Sums run in order, in f64.

const ABSENT: u32 = 0xffffffff;

export function objectives_state_sums(
  targets: usize,
  states: usize,
  logp: usize,
  given: usize,
  sums: usize,
  first: u32,
  count: u32,
  anchor: u32,
  reference: u32,
): void {
  // Without a column the difference is 0: logp takes its place.
  const from_anchor = anchor === ABSENT ? logp : given + (<usize> anchor << 2);
  const from_reference = reference === ABSENT ? logp : given + (<usize> reference << 2);
  for (let state = first; state < first + count; state++) {
    const facts = states + <usize> state * 36;
    const begin = load<u32>(facts, 12), end = begin + load<u32>(facts, 16);
    let to_anchor: f64 = 0, to_reference: f64 = 0;
    for (let k = begin; k < end; k++) {
      const at: usize = k << 2, unit = <f64> load<f32>(targets + (at << 2)), current = <f64> load<f32>(logp + at);
      to_anchor += unit * (current - <f64> load<f32>(from_anchor + at));
      to_reference += unit * (current - <f64> load<f32>(from_reference + at));
    }
    store<f32>(sums + (<usize> state << 3), <f32> to_anchor);
    store<f32>(sums + (<usize> state << 3), <f32> to_reference, 4);
  }
}

export function objectives_response_means(responses: usize, sums: usize, means: usize, count: u32): void {
  for (let g: u32 = 0; g < count; g++, responses += 8, means += 8) {
    const first = load<u32>(responses), states = load<u32>(responses, 4);
    let to_anchor: f64 = 0, to_reference: f64 = 0;
    for (let state = first; state < first + states; state++) {
      to_anchor += <f64> load<f32>(sums + (<usize> state << 3));
      to_reference += <f64> load<f32>(sums + (<usize> state << 3), 4);
    }
    store<f32>(means, <f32> (to_anchor / states));
    store<f32>(means, <f32> (to_reference / states), 4);
  }
}
