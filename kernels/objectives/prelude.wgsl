// What the weight function of an objective may use. The fields of WeightInputs and Totals are those of the lists in
// inputs.ts, in their order, and described there. Terms that the objective does not ask for are 0. A file <id>.wgsl
// defines
//   fn weight(w: WeightInputs) -> f32     the weight on grad logp of one target; the objective is maximised
// and may read `hyper` (in the order of the objective's wgslHyper) and `totals`.

struct WeightInputs {
  logp: f32,
  delta: f32,
  reference_delta: f32,
  unit: f32,
  advantage: f32,
  state_delta: f32,
  state_reference_delta: f32,
  response_delta: f32,
  response_reference_delta: f32,
  position_delta: f32,
  position_reference_delta: f32,
  position_log_mass: f32,
  recomputed_delta: f32,
  divergence: f32,
  state_targets: f32,
  response_states: f32,
  response_length: f32,
  completion_length: f32,
  response_positions: f32,
  share: f32,
}

struct Totals {
  prompts: f32,
  responses: f32,
  states: f32,
  targets: f32,
  positions: f32,
  completion_tokens: f32,
  response_tokens: f32,
}

var<private> hyper: array<f32, 8>;
var<private> totals: Totals;

// e^delta, exactly 1 for equal log-probs: WGSL leaves the last bits of exp to the device.
fn ratio(delta: f32) -> f32 {
  if (delta == 0.0) { return 1.0; }
  return exp(delta);
}

// Whether the gradient of min(r A, clamp(r, 1 - low, 1 + high) A) flows; on a bound it does.
fn passes(r: f32, advantage: f32, low: f32, high: f32) -> bool {
  return !(advantage > 0.0 && r > 1.0 + high) && !(advantage < 0.0 && r < 1.0 - low);
}

// d/dlogp of S(e^delta, A) - beta k3, with k3 to the reference; grpo_term.ts.
fn grpo_derivative(delta: f32, reference_delta: f32, advantage: f32, low: f32, high: f32, beta: f32) -> f32 {
  let r = ratio(delta);
  let flow = select(0.0, advantage * r, advantage != 0.0 && passes(r, advantage, low, high));
  return flow - beta * k3_slope(reference_delta);
}

// e^x - 1, without the cancellation near 0: the series to x^8 is exact to f32 for |x| < 0.35.
fn expm1(x: f32) -> f32 {
  if (abs(x) >= 0.35) { return exp(x) - 1.0; }
  var term = 1.0;
  for (var k = 8.0; k > 1.0; k -= 1.0) { term = 1.0 + term * x / k; }
  return x * term;
}

// d k3 / d logp at d = logp - logp_other: 1 - e^-d; src/objectives/kl.ts.
fn k3_slope(d: f32) -> f32 { return -expm1(-d); }

// DPPO's mask: whether a move of log r keeps its gradient, at a divergence and its bound; trust_region.ts.
fn within(divergence: f32, log_ratio: f32, advantage: f32, bound: f32) -> bool {
  return divergence <= bound ||
    !((advantage > 0.0 && log_ratio > 0.0) || (advantage < 0.0 && log_ratio < 0.0));
}

// M min(r, C) A over all tokens; token_mean.ts.
fn truncated_weight(w: WeightInputs, kept: bool, cap: f32) -> f32 {
  if (!kept || w.advantage == 0.0) { return 0.0; }
  return min(ratio(w.delta), cap) * w.advantage / totals.targets;
}

// Records of one update: RECORDS of pack.ts, packed there.
struct TargetFacts { unit: f32, state: u32, place: u32, next: u32 }
struct StateFacts {
  advantage: f32,
  share: f32,
  response: u32,
  first_target: u32,
  state_targets: u32,
  response_states: u32,
  response_length: u32,
  completion_length: u32,
  response_positions: u32,
}
struct ResponseFacts { first_state: u32, states: u32 }
struct PositionSums { delta: f32, reference_delta: f32, log_mass: f32 }

// Ends the targets of a place.
const NO_TARGET = 0xffffffffu;

// Start of a column of `given` that the update does not have.
const ABSENT = 0xffffffffu;
