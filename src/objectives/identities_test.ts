/** Identities between objectives, and cases worked by hand. Those of bgpo and vrpo-ol stand in their own tests. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { testData } from "../../kernels/testing.ts";
import { advantagesOf } from "./advantage.ts";
import { OFF } from "./clipping.ts";
import { hyperOf, planFacts, valueOf, weightsOf } from "./value.ts";
import type { Hyper } from "./objective.ts";
import { byColumn } from "../../kernels/objectives/inputs.ts";
import { positionSums } from "../../kernels/objectives/position_sums.ts";
import { objectiveById } from "./registry.ts";
import { randomUpdate, type Update } from "../../kernels/objectives/testing.ts";
import { updateWithDeltas } from "./testing.ts";

const weights = (id: string, { facts, logProbs }: Update, settings: Hyper = {}) =>
  weightsOf(objectiveById(id), hyperOf(objectiveById(id), settings), facts, logProbs);
const value = (id: string, { facts, logProbs }: Update, settings: Hyper = {}) =>
  valueOf(objectiveById(id), hyperOf(objectiveById(id), settings), facts, logProbs);
const onPolicy = ({ facts, logProbs }: Update): Update => ({
  facts,
  logProbs: { ...logProbs, anchor: logProbs.logp },
});

interface StateOfUpdate {
  readonly positions: readonly number[];
  readonly unit: number;
  readonly logp: readonly number[];
  readonly anchor?: readonly number[];
  readonly reference?: readonly number[];
}

/** One prompt; states of each response by hand. */
function updateOf(
  advantages: readonly number[],
  responses: readonly (readonly StateOfUpdate[])[],
  { length = 4, completions = new Array<number>(advantages.length).fill(length) } = {},
): Update {
  const states = responses.flatMap((own, response) => own.map((state) => ({ response, ...state })));
  const facts = planFacts(
    states.map(({ response, positions, unit }) => ({
      response,
      positions: Uint32Array.from(positions),
      units: new Float64Array(positions.length).fill(unit),
    })),
    {
      groups: advantages.map(() => 0),
      lengths: advantages.map(() => length),
      completionLengths: completions,
      advantages,
    },
  );
  const logp = Float64Array.from(states.flatMap((state) => state.logp));
  const column = (name: "anchor" | "reference") =>
    Float64Array.from(states.flatMap((state) => state[name] ?? state.logp));
  const zeros = new Float64Array(logp.length);
  return {
    facts,
    logProbs: {
      ...byColumn(() => zeros),
      logp,
      anchor: column("anchor"),
      reference: column("reference"),
    },
  };
}

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-14): void {
  assertEquals(found.length, expected.length);
  for (let k = 0; k < found.length; k++) assertAlmostEquals(found[k]!, expected[k]!, tolerance);
}

const UNCLIPPED = { clipLow: OFF, clipHigh: OFF };

Deno.test("grpo-elbo with Z = 1, no clipping and beta 0 is vrpo-ol", () => {
  for (const salt of [1, 2, 3]) {
    const update = randomUpdate(salt, { drift: 0.3 });
    assertClose(weights("grpo-elbo", update, { normalize: 0, ...UNCLIPPED }), weights("vrpo-ol", update));
    assertAlmostEquals(
      value("grpo-elbo", update, { normalize: 0, ...UNCLIPPED }),
      value("vrpo-ol", update),
      1e-13,
    );
  }
});

Deno.test("grpo-elbo with Z = L is espo on the same states, in groups of one size", () => {
  for (const beta of [0, 0.01]) {
    const update = randomUpdate(4, { drift: 0.3 });
    assertClose(weights("grpo-elbo", update, { beta }), weights("espo", update, { beta }), 1e-15);
    assertAlmostEquals(value("grpo-elbo", update, { beta }), value("espo", update, { beta }), 1e-14);
  }
});

Deno.test("espo on-policy: the ratio is exactly 1 and the gradient that of reinforce-elbo over L", () => {
  const update = onPolicy(randomUpdate(5));
  // Bounds of 0 pass a ratio of exactly 1 only.
  for (const bounds of [{}, { clipLow: 0, clipHigh: 0 }]) {
    const found = weights("espo", update, { beta: 0, ...bounds });
    const length = update.facts.responses[0]!.length;
    assertClose(found, weights("reinforce-elbo", update).map((w) => w / length), 1e-15);
    assert(found.some((w) => w !== 0));
  }
});

Deno.test("espo: the gradient of its KL term is beta (B - B_ref) / L", () => {
  const [length, beta] = [4, 0.5];
  const states = [
    { positions: [0, 2], unit: 5 / 2, logp: [-1, -2], reference: [-1.5, -1.25] },
    { positions: [1, 3], unit: 5 / 2, logp: [-0.5, -3], reference: [-1, -2] },
  ];
  const update = updateOf([0], [states], { length });
  const difference = (5 / 2) * (0.5 - 0.75 + 0.5 - 1) / 2;
  const slope = -beta * difference / length; // by B; each logp has 5 / 2 / 2 of it
  assertClose(weights("espo", update, { beta }), new Array(4).fill(slope * 5 / 4));
  assertAlmostEquals(value("espo", update, { beta }), -beta * difference ** 2 / (2 * length), 1e-15);
});

Deno.test("bgpo-dare with raw sums, no clipping and equal weights of responses is bgpo", () => {
  const settings = { clip: OFF, dualClip: OFF, tokenMean: 0 };
  for (const drift of [0.02, 0.4]) {
    const update = randomUpdate(6, { drift });
    assertClose(weights("bgpo-dare", update, settings), weights("bgpo", update), 1e-13);
    assertAlmostEquals(value("bgpo-dare", update, settings), value("bgpo", update), 1e-12);
  }
});

Deno.test("bgpo-dare stays finite for d <= -1, where exp(log(1 + d)) is NaN", () => {
  const update = updateWithDeltas([1, -1], [[-1, -40], [-1, -40]]);
  assert(Number.isFinite(value("bgpo-dare", update)));
  assertEquals(Math.log(1 - 40), NaN);
  // A > 0: inward moves flow whatever 1 + d; A < 0: exp(-1) and exp(-40) lie below the bound.
  assertEquals([...weights("bgpo-dare", update)], [0.25, 0.25, -0, -0]);
});

Deno.test("bgpo-dare by hand: bounds 0.8 to 1.2, the dual bound 3, responses weighed by their length", () => {
  const settings = { clip: 0.2, dualClip: 3, tokenMean: 1 };
  const one = (d: number) => ({ positions: [0], unit: 1, logp: [d], anchor: [0] });
  const update = updateOf([2, -2], [
    [one(0.1), one(0.3)],
    [one(Math.log(0.5)), one(Math.log(2)), one(Math.log(4))],
  ], { completions: [3, 1] });
  const [long, short] = [3 / 4, 1 / 4];
  assertClose(weights("bgpo-dare", update, settings), [2 * long / 2, 0, 0, -2 * 2 * short / 3, 0]);
  // min(2 s, 2.4): 2.2 and 2.4;  A < 0: clipped to 0.8, 2, and at most the loss 2 * 3.
  assertAlmostEquals(
    value("bgpo-dare", update, settings),
    long * (2.2 + 2.4) / 2 + short * (-1.6 - 4 - 6) / 3,
    1e-14,
  );
});

Deno.test("diffu-grpo by hand: a clipped, a flowing and a zero-advantage token, k3 to the reference", () => {
  const beta = 0.1;
  const update = updateOf([1, -1, 0], [
    [{ positions: [0, 1], unit: 1, logp: [Math.log(0.8), Math.log(0.2)], anchor: [Math.log(0.4), -1] }],
    [{ positions: [0], unit: 1, logp: [-1], anchor: [-1], reference: [-1 + Math.log(2)] }],
    [{ positions: [0], unit: 1, logp: [-1], anchor: [-2] }],
  ], { completions: [2, 1, 1] });
  const flowing = 0.2 * Math.E;
  assertClose(weights("diffu-grpo", update, { beta }), [0, flowing / 4, (-1 - beta * (1 - 2)) / 4, 0]);
  const k3 = 2 - Math.log(2) - 1;
  assertAlmostEquals(value("diffu-grpo", update, { beta }), (1.5 + flowing - 1 - beta * k3) / 4, 1e-15);
});

Deno.test("diffu-grpo and unigrpo on-policy: the ratio is 1, so without KL the weights are A over the tokens", () => {
  const update = onPolicy(randomUpdate(7, { states: 1 }));
  const { facts } = update, targets = update.logProbs.logp.length;
  const advantages = facts.states.flatMap(({ advantage, units }) => Array.from(units, () => advantage));
  const tokens = facts.responses.reduce((sum, { completionLength }) => sum + completionLength, 0);
  assertClose(weights("diffu-grpo", update, { beta: 0 }), advantages.map((a) => a / tokens), 1e-16);
  assertClose(weights("unigrpo", update, { beta: 0 }), advantages.map((a) => a / targets), 1e-16);
});

Deno.test("unigrpo: a mean over the tokens of the batch is one over responses where all have as many", () => {
  const state = (logp: number[]) => [{ positions: [0, 3], unit: 1, logp, anchor: logp.map((x) => x + 0.1) }];
  const even = updateOf([1, -0.5], [state([-1, -2]), state([-0.5, -3])]);
  assertClose(weights("unigrpo", even, { tokenMean: 1 }), weights("unigrpo", even, { tokenMean: 0 }), 1e-15);
  const uneven = updateOf([1, -0.5], [state([-1, -2]), [{ positions: [1], unit: 1, logp: [-1] }]]);
  const found = weights("unigrpo", uneven, { tokenMean: 0, beta: 0 });
  assertAlmostEquals(found[0]!, Math.exp(-0.1) / 4, 1e-15);
  assertAlmostEquals(found[2]!, -0.5 / 2, 1e-15);
});

Deno.test("wd1: weights sum to zero over a group, vanish for equal rewards, and shifted rewards change nothing", () => {
  const tokens = [{ positions: [0, 1], unit: 1, logp: [-1, -2] }];
  const update = (rewards: number[]) =>
    updateOf(
      [...advantagesOf(rewards, rewards.map(() => 0), { kind: "softmax-difference", psi: 1 })],
      rewards.map(() => tokens),
    );
  const rewards = [2, 0.5, 0.25, 1];
  const found = weights("wd1", update(rewards));
  assertAlmostEquals(found.reduce((a, b) => a + b, 0), 0, 1e-15);
  assert(found[0]! > 0 && found[4]! < 0);
  assertEquals([...weights("wd1", update([0.7, 0.7, 0.7]))], new Array(6).fill(0));
  // Quarters and 8 are exact, so a shift leaves the bits.
  const shifted = update(rewards.map((r) => r + 8));
  assertEquals([...weights("wd1", shifted)], [...found]);
  assertEquals(value("wd1", shifted), value("wd1", update(rewards)));
});

Deno.test("wd1 by hand: two answers, rewards 1 and 0, psi 1", () => {
  const advantages = [...advantagesOf([1, 0], [0, 0], { kind: "softmax-difference", psi: 1 })];
  const update = updateOf(advantages, [
    [{ positions: [0, 1], unit: 1, logp: [-1, -2] }],
    [{ positions: [0], unit: 1, logp: [-4] }],
  ]);
  const w = Math.tanh(0.5);
  assertClose(weights("wd1", update), [w, w, -w], 1e-15);
  assertAlmostEquals(value("wd1", update), w * (-3 + 4), 1e-15);
});

Deno.test("coupled-grpo by hand: the ratio of a token holds both its states, each with its share u", () => {
  const q = 0.25, settings = { beta: 0 };
  const update = updateOf([1], [[
    { positions: [0, 1], unit: 1 / 2, logp: [-1, -1], anchor: [-1.2, -1.2] },
    { positions: [1], unit: 1 / (2 * q), logp: [-2], anchor: [-1.9] },
    { positions: [0], unit: 1 / (2 * (1 - q)), logp: [-2], anchor: [-2.3] },
  ]], { completions: [2] });
  const first = Math.exp(0.2 / 2 + 0.3 / 1.5), second = Math.exp(0.2 / 2 - 0.1 / 0.5);
  assertClose(weights("coupled-grpo", update, settings), [
    first / 4,
    second / 4,
    second / 2 * 2,
    first / 2 / 1.5,
  ]);
  assertAlmostEquals(value("coupled-grpo", update, settings), (first + second) / 2, 1e-15);
});

Deno.test("coupled-grpo on-policy: both states of a token carry A u over the completion tokens", () => {
  const update = onPolicy(randomUpdate(8));
  const tokens = update.facts.responses.reduce((sum, { completionLength }) => sum + completionLength, 0);
  const expected = update.facts.states.flatMap(({ advantage, units }) =>
    Array.from(units, (u) => advantage * u / tokens)
  );
  assertClose(weights("coupled-grpo", update, { beta: 0 }), expected, 1e-15);
});

const LENGTH = 4;
/** A state of a response of 4 completion tokens, u = 1 / t. */
const masked = (positions: number[], logp: number[]) => ({
  positions,
  unit: LENGTH / positions.length,
  logp,
});

Deno.test("spg: for one state with all tokens masked the upper bound is the lower, whatever beta", () => {
  const update = updateOf([-1], [[masked([0, 1, 2, 3], [-1, -2, -0.5, -3])]]);
  const lower = value("spg", update, { omega: 0 });
  assertAlmostEquals(lower, 6.5 / 4, 1e-15);
  for (const beta of [1, 1.5, 4]) {
    assertAlmostEquals(value("spg", update, { omega: 1, beta }), lower, 1e-14);
    assertClose(weights("spg", update, { omega: 1, beta }), weights("spg", update, { omega: 0 }), 1e-15);
  }
});

Deno.test("spg: the upper bound does not fall with beta where the weights [masked] / t average to 1", () => {
  // Each token is masked in both states with t = 1.
  const update = updateOf([-1], [[
    masked([0, 1, 2, 3], [-1, -2, -0.5, -3]),
    masked([0, 1, 2, 3], [-2, -0.3, -1.5, -2.5]),
  ]]);
  const bounds = [1, 1.5, 2, 4].map((beta) => -value("spg", update, { omega: 1, beta }));
  for (let i = 1; i < bounds.length; i++) assert(bounds[i]! > bounds[i - 1]!);
});

Deno.test("spg: with average weight above 1 the upper bound can fall with beta", () => {
  const update = updateOf([-1], [[masked([0], [-1]), masked([0], [-1])]]);
  const [first, second] = [1, 2].map((beta) => -value("spg", update, { omega: 1, beta }));
  assertAlmostEquals(first!, -1 + Math.log(4), 1e-15);
  assertAlmostEquals(second!, -1 + Math.log(4) / 2, 1e-15);
});

Deno.test("spg by hand: the responsibilities of a token in its states sum to 1 over them", () => {
  const update = updateOf([-2, 1], [
    [masked([0, 1], [-1, -2]), masked([1, 2, 3], [-0.5, -1, -3])],
    [masked([0, 1], [-1, -2]), masked([1, 2, 3], [-0.5, -1, -3])],
  ]);
  const beta = 2, first = 2 * Math.exp(-4), second = 4 / 3 * Math.exp(-1);
  const share = first / (first + second);
  // A len / (N sum len) q with A -2, len 4 of 8, N 4; and A u / (m sum len).
  const perToken = -2 * 4 / (4 * 8);
  assertClose(weights("spg", update, { omega: 1, beta }), [
    ...[1, share, 1 - share, 1, 1].map((q) => perToken * q),
    ...[2, 2, 4 / 3, 4 / 3, 4 / 3].map((u) => u / (2 * 8)),
  ]);
});

Deno.test("spg: probabilities far below the least double keep their responsibilities and their bound", () => {
  const far = updateOf([-1], [[masked([0, 1], [-1001, -1001]), masked([0, 1], [-1000, -1002])]]);
  const near = updateOf([-1], [[masked([0, 1], [-2, -2]), masked([0, 1], [-1, -3])]]);
  assertClose(weights("spg", far, { omega: 1 }), weights("spg", near, { omega: 1 }), 1e-12);
  assertAlmostEquals(value("spg", far, { omega: 1 }) - value("spg", near, { omega: 1 }), 999, 1e-9);
});

Deno.test("sums by position: every target belongs to one position, and their deltas add up to those of the states", () => {
  const logp = testData(9, 1), anchor = testData(9, 2);
  const states = [[0, 1, 2], [1, 2, 5], [5, 0, 7]].map((positions, s) => ({
    advantage: 1,
    positions,
    units: [s + 1, s + 1, s + 1],
    logp: logp.subarray(3 * s, 3 * s + 3),
    stopped: logp.subarray(3 * s, 3 * s + 3),
    anchor: anchor.subarray(3 * s, 3 * s + 3),
    reference: logp.subarray(3 * s, 3 * s + 3),
  }));
  const sums = positionSums(states, 1);
  assertEquals([...sums.keys()].sort(), [0, 1, 2, 5, 7]);
  const total = states.reduce(
    (sum, { units, logp, anchor }) => sum + units.reduce((own, u, k) => own + u * (logp[k]! - anchor[k]!), 0),
    0,
  );
  const found = [...sums.values()];
  assertAlmostEquals(found.reduce((sum, { delta }) => sum + delta, 0), total, 1e-13);
  assert(found.every(({ referenceDelta }) => referenceDelta === 0));
  assertAlmostEquals(sums.get(7)!.logMass, Math.log(3) + logp[8]!, 1e-13);
});
