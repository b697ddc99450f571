// The sums a weight may need, both to the anchor (x) and to the reference (y).
//   state_sums      sums[j] = sum_k u_k (logp_k - anchor_k), (logp_k - reference_k)   states [first, first + count)
//   response_means  means[g] = mean over the states of response g of sums[j]
//   position_sums   sums of one place, over the targets of a response at one position in any state:
//                   sum_k u_k (logp_k - anchor_k), sum_k u_k (logp_k - reference_k), log sum_k u_k p_k^power
// One invocation owns a state, a response or a place and adds in order, so a result depends on nothing else in the plan.
// `anchor` and `reference` are starts of columns of `given`; without one the difference is 0.
// Bytes: 28 per target and 44 per state; 8 per state and 16 per response; 48 per target and 16 per place.

@group(0) @binding(0) var<storage, read> targets: array<TargetFacts>;
@group(0) @binding(1) var<storage, read> states: array<StateFacts>;
@group(0) @binding(2) var<storage, read> logp: array<f32>;
@group(0) @binding(3) var<storage, read> given: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;
struct StateRange { first: u32, count: u32, anchor: u32, reference: u32 }
@group(0) @binding(5) var<uniform> s: StateRange;

fn difference(k: u32, column: u32) -> f32 {
  if (column == ABSENT) { return 0.0; }
  return logp[k] - given[column + k];
}

@compute @workgroup_size(64)
fn state_sums(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, local, 64u);
  if (index >= s.count) { return; }
  let state = states[s.first + index];
  var sum = vec2f();
  for (var i = 0u; i < state.state_targets; i++) {
    let k = state.first_target + i;
    sum += targets[k].unit * vec2f(difference(k, s.anchor), difference(k, s.reference));
  }
  sums[s.first + index] = sum;
}

@group(0) @binding(0) var<storage, read> responses: array<ResponseFacts>;
@group(0) @binding(1) var<storage, read> sums_of: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> means: array<vec2f>;
struct ResponseRange { count: u32 }
@group(0) @binding(3) var<uniform> r: ResponseRange;

@compute @workgroup_size(64)
fn response_means(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                  @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, local, 64u);
  if (index >= r.count) { return; }
  let response = responses[index];
  var sum = vec2f();
  for (var i = 0u; i < response.states; i++) { sum += sums_of[response.first_state + i]; }
  means[index] = sum / f32(response.states);
}

@group(0) @binding(0) var<storage, read> places: array<u32>;
@group(0) @binding(1) var<storage, read> place_targets: array<TargetFacts>;
@group(0) @binding(2) var<storage, read> place_logp: array<f32>;
@group(0) @binding(3) var<storage, read> place_given: array<f32>;
@group(0) @binding(4) var<storage, read_write> place_sums: array<PositionSums>;
struct PlaceRange { count: u32, anchor: u32, reference: u32, power: f32 }
@group(0) @binding(5) var<uniform> q: PlaceRange;

fn place_difference(k: u32, column: u32) -> f32 {
  if (column == ABSENT) { return 0.0; }
  return place_logp[k] - place_given[column + k];
}

@compute @workgroup_size(64)
fn position_sums(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                 @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, local, 64u);
  if (index >= q.count) { return; }
  var result = PositionSums();
  var highest = LOWEST;
  for (var k = places[index]; k != NO_TARGET; k = place_targets[k].next) {
    let unit = place_targets[k].unit;
    result.delta += unit * place_difference(k, q.anchor);
    result.reference_delta += unit * place_difference(k, q.reference);
    highest = max(highest, place_logp[k]);
  }
  var mass = 0.0;
  for (var k = places[index]; k != NO_TARGET; k = place_targets[k].next) {
    mass += place_targets[k].unit * exp(q.power * (place_logp[k] - highest));
  }
  result.log_mass = q.power * highest + log(mass);
  place_sums[index] = result;
}
