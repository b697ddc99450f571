// dlogp[k] = -weight(inputs of target k) for targets [first, first + count): the loss is minus the objective.
// One invocation owns a target. Terms outside the scope (0 token, 1 state, 2 response) are 0.
// Sums by position are 0 unless `by_position` is set. `Weigh`, `inputs_of`, `totals_of` and `hyper_of` follow from the
// list of inputs: weigh_text.ts.
// Bytes: 24 per target and 4 per column, its state's 52 and its place's 12 from cache.

@group(0) @binding(0) var<storage, read> targets: array<TargetFacts>;
@group(0) @binding(1) var<storage, read> states: array<StateFacts>;
@group(0) @binding(2) var<storage, read> logp: array<f32>;
@group(0) @binding(3) var<storage, read> given: array<f32>;
@group(0) @binding(4) var<storage, read> sums: array<vec2f>;
@group(0) @binding(5) var<storage, read> means: array<vec2f>;
@group(0) @binding(6) var<storage, read> position_sums: array<PositionSums>;
@group(0) @binding(7) var<storage, read_write> dlogp: array<f32>;
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
  hyper = hyper_of();
  totals = totals_of();
  let target_facts = targets[k];
  let state = states[target_facts.state];
  var sum = vec2f();
  var mean = vec2f();
  if (p.scope >= 1u) { sum = sums[target_facts.state]; }
  if (p.scope >= 2u) { mean = means[state.response]; }
  var position = PositionSums();
  if (p.by_position != 0u) { position = position_sums[target_facts.place]; }
  dlogp[k] = -weight(inputs_of(k, target_facts, state, sum, mean, position));
}
