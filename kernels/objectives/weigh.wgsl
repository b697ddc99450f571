// dlogp[k] = -weight(inputs of target k) for targets [first, first + count): the loss is minus the objective.
// One invocation owns a target. Terms outside the scope (0 token, 1 state, 2 response) are 0.
// `anchor`, `reference`, `recomputed` and `divergence` are starts of columns of `given`.
// Sums by position are 0 unless `by_position` is set.
// Bytes: 24 per target and 4 per column, its state's 52 and its place's 12 from cache.

@group(0) @binding(0) var<storage, read> targets: array<TargetFacts>;
@group(0) @binding(1) var<storage, read> states: array<StateFacts>;
@group(0) @binding(2) var<storage, read> logp: array<f32>;
@group(0) @binding(3) var<storage, read> given: array<f32>;
@group(0) @binding(4) var<storage, read> sums: array<vec2f>;
@group(0) @binding(5) var<storage, read> means: array<vec2f>;
@group(0) @binding(6) var<storage, read> position_sums: array<PositionSums>;
@group(0) @binding(7) var<storage, read_write> dlogp: array<f32>;
struct Weigh {
  first: u32, count: u32, scope: u32, by_position: u32,
  anchor: u32, reference: u32, recomputed: u32, divergence: u32,
  prompts: f32, responses: f32, states: f32, targets: f32, positions: f32,
  completion_tokens: f32, response_tokens: f32,
  hyper0: f32, hyper1: f32, hyper2: f32, hyper3: f32, hyper4: f32, hyper5: f32, hyper6: f32, hyper7: f32,
}
@group(0) @binding(8) var<uniform> p: Weigh;

// Element k of a column, or what takes its place.
fn column(start: u32, k: u32, otherwise: f32) -> f32 {
  if (start == ABSENT) { return otherwise; }
  return given[start + k];
}

@compute @workgroup_size(64)
fn weigh(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, local, 64u);
  if (index >= p.count) { return; }
  let k = p.first + index;
  hyper = array(p.hyper0, p.hyper1, p.hyper2, p.hyper3, p.hyper4, p.hyper5, p.hyper6, p.hyper7);
  totals = Totals(
    p.prompts, p.responses, p.states, p.targets, p.positions, p.completion_tokens, p.response_tokens,
  );
  let target_facts = targets[k];
  let state = states[target_facts.state];
  var sum = vec2f();
  var mean = vec2f();
  if (p.scope >= 1u) { sum = sums[target_facts.state]; }
  if (p.scope >= 2u) { mean = means[state.response]; }
  var position = PositionSums();
  if (p.by_position != 0u) { position = position_sums[target_facts.place]; }
  let current = logp[k];
  dlogp[k] = -weight(WeightInputs(
    current, current - column(p.anchor, k, current), current - column(p.reference, k, current),
    target_facts.unit, state.advantage,
    sum.x, sum.y, mean.x, mean.y,
    position.delta, position.reference_delta, position.log_mass,
    current - column(p.recomputed, k, current), column(p.divergence, k, 0.0),
    f32(state.targets), f32(state.response_states), f32(state.response_length),
    f32(state.completion_length), f32(state.response_positions), state.share,
  ));
}
