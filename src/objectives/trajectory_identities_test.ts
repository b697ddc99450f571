import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { testData } from "../../kernels/testing.ts";
import { backward, divergence, forward, logSoftmax } from "../../kernels/token_logprob/reference.ts";
import { center } from "./advantage.ts";
import { OFF, passes } from "./clipping.ts";
import { rankAdvantages, RETURNS } from "./egspo_sa.ts";
import { hyperOf, valueOf, weightsOf } from "./value.ts";
import type { Hyper } from "./objective.ts";
import { objectiveById } from "./registry.ts";
import { randomUpdate, type Update } from "../../kernels/objectives/testing.ts";
import { updateWithDeltas } from "./testing.ts";
import { binaryKl, binaryTv, within } from "./trust_region.ts";

const TOKEN_FAMILY = [
  "ppo-clip",
  "clip-higher",
  "cispo",
  "pg-is",
  "pg-tis",
  "minirl",
  "dppo-binary-tv",
  "dppo-binary-kl",
  "dppo-topk-tv",
  "dppo-topk-kl",
];
const DPPO = TOKEN_FAMILY.filter((id) => id.startsWith("dppo"));

const weights = (id: string, { facts, logProbs }: Update, changes: Hyper = {}) => {
  const objective = objectiveById(id);
  return weightsOf(objective, hyperOf(objective, changes), facts, logProbs);
};
/** The same update, its current policy that of the rollout. */
const onPolicy = ({ facts, logProbs }: Update): Update => {
  const { logp } = logProbs;
  return { facts, logProbs: { ...logProbs, anchor: logp, recomputed: logp, divergence: logp.map(() => 0) } };
};
/** One token per state with the given probabilities under rollout and policy. */
function tokens(rows: readonly { mu: number; pi: number; advantage: number }[]): Update {
  const update = updateWithDeltas(rows.map(({ advantage }) => advantage), rows.map(() => [0]));
  const logOf = (name: "mu" | "pi") => Float64Array.from(rows, (row) => Math.log(row[name]));
  return { ...update, logProbs: { ...update.logProbs, logp: logOf("pi"), anchor: logOf("mu") } };
}
const advantagesOf = ({ facts }: Update) =>
  facts.states.flatMap(({ advantage, units }) => Array.from(units, () => advantage));
const update = randomUpdate(21, { drift: 0.8 });
const logRatios = update.logProbs.logp.map((logp, k) => logp - update.logProbs.anchor[k]!);

Deno.test("at ratio 1 every token objective has the same gradient: A over the number of tokens", () => {
  const still = onPolicy(update), advantages = advantagesOf(still);
  for (const id of TOKEN_FAMILY) {
    weights(id, still).forEach((w, k) =>
      assertAlmostEquals(w, advantages[k]! / advantages.length, 1e-16, id)
    );
  }
});

Deno.test("with D = |r - 1| and delta = eps the mask of DPPO is that of PPO", () => {
  for (const eps of [0.05, 0.2, 0.5]) {
    for (const [k, logRatio] of logRatios.entries()) {
      const ratio = Math.exp(logRatio), advantage = advantagesOf(update)[k]!;
      const ppo = passes(ratio, advantage, { clipLow: eps, clipHigh: eps });
      assertEquals(within(Math.abs(ratio - 1), logRatio, advantage, eps), ppo);
    }
  }
});

for (const id of DPPO) {
  Deno.test(`${id}: an infinite delta gives pg-is; delta 0 stops every outward move and no other`, () => {
    const free = weights("pg-is", update), advantages = advantagesOf(update);
    assertEquals(weights(id, update, { delta: OFF, truncation: OFF }), free);
    weights(id, update, { delta: 0, truncation: OFF }).forEach((w, k) => {
      assertEquals(w, advantages[k]! * logRatios[k]! > 0 ? 0 : free[k]!);
    });
  });

  Deno.test(`${id}: never masks a move towards the rollout policy, whatever the divergence`, () => {
    const far = { ...update.logProbs, divergence: update.logProbs.logp.map(() => 1e6) };
    const free = weights("pg-is", update), advantages = advantagesOf(update);
    const found = weights(id, { ...update, logProbs: far }, { truncation: OFF });
    found.forEach((w, k) => {
      if (advantages[k]! * logRatios[k]! <= 0) assertEquals(w, free[k]);
    });
  });
}

Deno.test("mu 1e-4 to pi 1e-2, A > 0: the ratio is 100 and PPO masks, the TV is 0.0099 and DPPO keeps", () => {
  const one = tokens([{ mu: 1e-4, pi: 1e-2, advantage: 1 }]);
  assertEquals(weights("ppo-clip", one)[0], 0);
  assertAlmostEquals(binaryTv(Math.log(1e-4), Math.log(1e-2)), 0.0099, 1e-15);
  assertAlmostEquals(weights("dppo-binary-tv", one, { truncation: OFF })[0]!, 100, 1e-12);
  assertAlmostEquals(weights("dppo-binary-kl", one)[0]!, 5, 1e-12);
});

Deno.test("mu 0.99 to pi 0.80, A < 0: the ratio is 0.81 and PPO keeps, the TV is 0.19 and DPPO masks", () => {
  const one = tokens([{ mu: 0.99, pi: 0.8, advantage: -1 }]);
  assertAlmostEquals(weights("ppo-clip", one)[0]!, -0.8 / 0.99, 1e-12);
  assertAlmostEquals(binaryTv(Math.log(0.99), Math.log(0.8)), 0.19, 1e-15);
  assertEquals(weights("dppo-binary-tv", one)[0], 0);
  assertEquals(weights("dppo-binary-kl", one)[0], 0);
});

Deno.test("binary divergences: TV is mu |r - 1|, both are those over {token, rest}, and a certain token is finite", () => {
  for (let i = 0; i < 8; i++) {
    const p = logSoftmax(testData(7, 60 + i)), z = testData(7, 80 + i);
    const logq = logSoftmax(z);
    const tv = binaryTv(p[i % 7]!, logq[i % 7]!), kl = binaryKl(p[i % 7]!, logq[i % 7]!);
    assertAlmostEquals(tv, Math.exp(p[i % 7]!) * Math.abs(Math.exp(logq[i % 7]! - p[i % 7]!) - 1), 1e-15);
    assertAlmostEquals(tv, divergence(z, [i % 7], [p[i % 7]!], "tv"), 1e-15);
    assertAlmostEquals(kl, divergence(z, [i % 7], [p[i % 7]!], "kl"), 1e-15);
    assert(kl >= 0 && tv <= Math.sqrt(kl / 2));
  }
  assertEquals(binaryKl(0, 0), 0);
  assert(Number.isFinite(binaryKl(Math.log(0.5), 0)) && binaryKl(Math.log(0.5), 0) > 5);
});

Deno.test("cispo gives every token a gradient, ppo-clip none to a clipped one", () => {
  const rows = [{ mu: 0.2, pi: 0.5, advantage: 1 }, { mu: 0.5, pi: 0.2, advantage: -1 }];
  const clipped = tokens(rows);
  assertEquals([...weights("ppo-clip", clipped)], [0, -0]);
  [...weights("cispo", clipped)].forEach((w, k) => assertAlmostEquals(w, [1.28, -0.8][k]! / 2, 1e-15));
});

Deno.test("pg-tis caps the ratio and is pg-is below the cap; minirl truncates the same where its mask keeps", () => {
  const rows = [{ mu: 0.1, pi: 0.5, advantage: 1 }, { mu: 0.5, pi: 0.2, advantage: 1 }];
  assertEquals([...weights("pg-tis", tokens(rows))].map((w) => Number(w.toFixed(12))), [1.5, 0.2]);
  const recomputed = tokens(rows).logProbs.logp;
  const kept = { ...tokens(rows), logProbs: { ...tokens(rows).logProbs, recomputed } };
  assertEquals(weights("minirl", kept, { truncation: 3 }), weights("pg-tis", kept));
  assertEquals(weights("minirl", kept), weights("pg-is", kept));
});

Deno.test("an advantage of 0 gives weights of exactly 0, at any ratio", () => {
  const flat = updateWithDeltas([0, -0], [[800, -800, 0], [60, 0, 900]]);
  for (const id of [...TOKEN_FAMILY, "trace-rl"]) {
    const changes: Hyper = id === "trace-rl" ? { beta: 0 } : {};
    assert(weights(id, flat, changes).every((w) => w === 0), id);
  }
  for (const id of ["egspo", "egspo-sa"]) {
    assert(weights(id, flat, { beta: 0 }).every((w) => w === 0), id);
  }
});

Deno.test("egspo on-policy: every token of every step has A / tokensPerStep, REINFORCE on the step log-probs", () => {
  const still = onPolicy(update), hyper = { beta: 0, tokensPerStep: 3 };
  const share = still.facts.responses[0]!.share;
  const expected = still.facts.states.flatMap(({ advantage, units }) =>
    Array.from(units, (unit) => share * unit * advantage / 3)
  );
  for (const id of ["egspo", "egspo-sa"]) {
    weights(id, still, hyper).forEach((w, k) => assertAlmostEquals(w, expected[k]!, 1e-15));
  }
});

Deno.test("egspo clips the ratio of a step, not of its tokens", () => {
  // Ratios of two tokens 1.4 and 1 / 1.4: both outside of [0.8, 1.2], their product inside.
  const d = Math.log(1.4);
  const states = [{ response: 0, units: [1, 1], positions: [0, 1], advantage: 1 }];
  const facts = { ...updateWithDeltas([1], [[0]]).facts, states };
  const logProbs = { logp: [d - 1, -d - 1], anchor: [-1, -1], reference: null };
  const objective = objectiveById("egspo");
  const hyper = hyperOf(objective, { clipHigh: 0.2, beta: 0, tokensPerStep: 1 });
  assertEquals([...weightsOf(objective, hyper, facts, logProbs)], [1, 1]);
  assertAlmostEquals(valueOf(objective, hyper, facts, logProbs), 1, 1e-15);
});

const REWARDS = [1, 0.25, 0, 0.5], COMPLETED = [0.5, 0.75, 0, 1];
const advantagesWith = (completed: number[], changes: Hyper) =>
  rankAdvantages(REWARDS, completed, { lambda: 0.5, returns: RETURNS.normalized, ...changes });
const close = (found: ArrayLike<number>, expected: ArrayLike<number>) =>
  Array.from(found).forEach((a, i) => assertAlmostEquals(a, expected[i]!, 1e-15));

Deno.test("stepwise advantages with lambda 0 are those of egspo, for every kind of returns", () => {
  for (const returns of Object.values(RETURNS)) {
    close(advantagesWith(COMPLETED, { lambda: 0, returns }), center(REWARDS));
  }
});

Deno.test("completions that earn what the response earns shrink advantages by 1 / (1 + lambda); none, not at all", () => {
  close(advantagesWith(REWARDS, {}), center(REWARDS).map((a) => a / 1.5));
  close(advantagesWith([0, 0, 0, 0], {}), center(REWARDS));
});

Deno.test("stepwise advantages sum to 0 at every rank, but not with the uncentred step term", () => {
  const sum = (returns: number) => advantagesWith(COMPLETED, { returns }).reduce((a, b) => a + b, 0);
  assertAlmostEquals(sum(RETURNS.normalized), 0, 1e-15);
  assertAlmostEquals(sum(RETURNS.raw), 0, 1e-15);
  // lambda (sum R - sum r) / (1 + lambda)
  assertAlmostEquals(sum(RETURNS.uncentred), 0.5 * (1.75 - 2.25) / 1.5, 1e-15);
});

Deno.test("the expected gradient of log p under the policy itself is 0 in every state", () => {
  const z = testData(9, 31).map((x) => 3 * x);
  const mean = new Float64Array(9);
  logSoftmax(z).forEach((logp, v) => {
    backward(z, v, 1, 0).forEach((g, i) => mean[i]! += Math.exp(logp) * g);
  });
  for (const g of mean) assertAlmostEquals(g, 0, 1e-15);
});

Deno.test("a step without entropy has no gradient, so dropping it changes nothing", () => {
  for (const gap of [20, 60]) {
    const z = Float64Array.of(0, gap, 0, 0), { entropy } = forward(z, 1);
    const largest = backward(z, 1, 1, 0).reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    assert(entropy < 1e-6 && largest <= entropy + 1e-16, `entropy ${entropy}, gradient ${largest}`);
  }
});
