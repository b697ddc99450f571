import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backendTest, checkGradient } from "../../kernels/testing.ts";
import { deviceWeightsOf } from "./device.ts";
import { weightTolerance } from "./device_tolerance.ts";
import { hyperOf, needsOf, valueOf, weightsOf } from "./value.ts";
import type { Objective } from "./objective.ts";
import { objectiveById, OBJECTIVES } from "./registry.ts";
import { byColumn } from "../../kernels/objectives/inputs.ts";
import { randomUpdate, type Update } from "../../kernels/objectives/testing.ts";
import { updateWithDeltas } from "./testing.ts";

const [reinforceElbo, vrpoOl, bgpo] = ["reinforce-elbo", "vrpo-ol", "bgpo"].map(objectiveById) as [
  Objective,
  Objective,
  Objective,
];
const weights = (objective: Objective, { facts, logProbs }: Update) =>
  weightsOf(objective, hyperOf(objective), facts, logProbs);
const value = (objective: Objective, { facts, logProbs }: Update) =>
  valueOf(objective, hyperOf(objective), facts, logProbs);

Deno.test("a case by hand: two samples with d = 1 and -3, A = 2 and A = -2, one prompt", () => {
  const update = updateWithDeltas([2, -2], [[1, -3], [1, -3]]);
  const half = (numbers: number[]) => numbers.map((w) => w / 2); // mean over a group of two
  const close = (found: Float64Array, expected: number[]) =>
    found.forEach((w, k) => assertAlmostEquals(w, expected[k]!, 1e-15));
  close(weights(reinforceElbo, update), half([1, 1, -1, -1]));
  close(weights(vrpoOl, update), half([1, 1, -1, -1].map((w) => w * Math.exp(-1))));
  close(weights(bgpo, update), half([1, 1, -Math.exp(1), -Math.exp(-3)]));
  assertAlmostEquals(value(reinforceElbo, update), 0, 1e-15);
  assertAlmostEquals(value(vrpoOl, update), 0, 1e-15);
  assertAlmostEquals(value(bgpo, update), (2 * (1 + -1) - 2 * (Math.exp(1) + Math.exp(-3)) / 2) / 2, 1e-15);
});

for (const objective of OBJECTIVES) {
  Deno.test(`${objective.id}: the weights are the derivatives of the literal objective`, () => {
    for (const [salt, drift] of [[1, 0.02], [2, 0.2], [3, 0.6]] as const) {
      const { facts, logProbs } = randomUpdate(salt, { drift });
      const hyper = hyperOf(objective), stopped = logProbs.logp;
      checkGradient(
        (logp) => Float64Array.of(valueOf(objective, hyper, facts, { ...logProbs, logp, stopped })),
        (_, [upstream]) => weights(objective, { facts, logProbs }).map((w) => w * upstream!),
        logProbs.logp,
        { tolerance: 1e-7 },
      );
    }
  });

  for (const [name, { facts, logProbs }] of Object.entries(twinCases())) {
    backendTest(`${objective.id}: the WGSL form equals the f64 form, ${name}`, async (backend) => {
      const hyper = hyperOf(objective);
      const exact = weightsOf(objective, hyper, facts, logProbs);
      const whole = await deviceWeightsOf(backend, { objective, hyper }, facts, logProbs);
      const { reference: referred } = needsOf(objective, hyper);
      const tolerance = weightTolerance(facts, {
        ...logProbs,
        reference: referred ? logProbs.reference : null,
      });
      const flat = { ...facts, states: facts.states.map((state) => ({ ...state, advantage: 0 })) };
      // A weight is a part that comes from the advantage and one that does not; each is exact to its own size.
      const penalty = weightsOf(objective, hyper, flat, logProbs);
      const responseOf = facts.states.flatMap(({ response, units }) => Array.from(units, () => response));
      const largest = new Array<number>(facts.responses.length).fill(0);
      exact.forEach((w, k) => {
        largest[responseOf[k]!] = Math.max(largest[responseOf[k]!]!, Math.abs(w));
      });
      whole.forEach((w, k) => {
        const error = Math.abs(w - exact[k]!);
        const parts = Math.abs(exact[k]! - penalty[k]!) + Math.abs(penalty[k]!);
        const scale = referred ? largest[responseOf[k]!]! : parts;
        assert(error <= tolerance * scale, `weight ${k}: ${w}, expected ${exact[k]}`);
      });
      const chunks = await deviceWeightsOf(backend, { objective, hyper, chunk: 3 }, facts, logProbs);
      assertEquals(chunks, whole, "micro-batches change the weights");
    });
  }
}

/** Settings with and without the penalties that an objective may have. */
const settingsOf = (objective: Objective) => [
  hyperOf(objective),
  ...("beta" in objective.defaults && objective.id !== "spg" ? [hyperOf(objective, { beta: 0 })] : []),
];

for (const objective of OBJECTIVES) {
  backendTest(
    `${objective.id}: weights at an advantage of 0 are exactly 0 where it is declared, and nowhere else`,
    async (backend) => {
      for (const hyper of settingsOf(objective)) {
        for (const { facts, logProbs } of [randomUpdate(6), randomUpdate(12, { drift: 3 })]) {
          const dead = facts.states.flatMap(({ advantage, units }) =>
            Array.from(units, () => advantage === 0)
          );
          assert(dead.includes(true) && dead.includes(false));
          const silent = (weights: ArrayLike<number>) => dead.every((at, k) => !at || weights[k] === 0);
          const declared = objective.vanishes?.(hyper) ?? false;
          const found = silent(weightsOf(objective, hyper, facts, logProbs));
          assertEquals(
            found,
            declared,
            found
              ? "its weight is 0 at an advantage of 0: declare `vanishes`, and no backward pass goes over such states"
              : "`vanishes` is declared, and a weight at an advantage of 0 is not 0",
          );
          assertEquals(silent(await deviceWeightsOf(backend, { objective, hyper }, facts, logProbs)), found);
        }
      }
    },
  );
}

for (const objective of [reinforceElbo, vrpoOl, bgpo]) {
  Deno.test(`${objective.id}: on-policy its weights are those of reinforce-elbo`, () => {
    const { facts, logProbs } = randomUpdate(5);
    const update = { facts, logProbs: { ...logProbs, anchor: logProbs.logp as Float64Array } };
    assertEquals(weights(objective, update), weights(reinforceElbo, update));
  });

  Deno.test(`${objective.id}: duplicating every sample leaves the gradient unchanged`, () => {
    const { facts, logProbs } = randomUpdate(7);
    const spans = stateTargets(facts.states.map(({ units }) => units.length));
    const doubled = {
      facts: { ...facts, states: facts.states.flatMap((state) => [state, state]) },
      logProbs: mapColumns(logProbs, (flat) => twice(flat, spans)),
    };
    const once = twice(weights(objective, { facts, logProbs }), spans);
    // Each copy carries half of the gradient.
    weights(objective, doubled).forEach((w, k) => assertAlmostEquals(2 * w, once[k]!, 1e-14));
    assertAlmostEquals(value(objective, doubled), value(objective, { facts, logProbs }), 1e-13);
  });

  Deno.test(`${objective.id}: a state's gradient does not depend on the order of the samples`, () => {
    const { facts, logProbs } = randomUpdate(8, { prompts: 1, group: 1, states: 5, advantages: [-1.5] });
    const spans = stateTargets(facts.states.map(({ units }) => units.length));
    const order = [3, 0, 4, 2, 1];
    const pick = (flat: ArrayLike<number>) => Float64Array.from(order.flatMap((s) => slice(flat, spans[s]!)));
    const shuffled = {
      facts: { ...facts, states: order.map((s) => facts.states[s]!) },
      logProbs: mapColumns(logProbs, pick),
    };
    const expected = pick(weights(objective, { facts, logProbs }));
    weights(objective, shuffled).forEach((w, k) => assertAlmostEquals(w, expected[k]!, 1e-14));
  });
}

function twinCases(): Record<string, Update> {
  const policy = randomUpdate(11);
  return {
    "random updates": randomUpdate(9),
    "many states": randomUpdate(10, { prompts: 3, group: 5, states: 6, length: 23 }),
    "ratio 1": { ...policy, logProbs: { ...policy.logProbs, anchor: policy.logProbs.logp as Float64Array } },
    "d of 0, 60 and -60, both signs of A and A = 0": updateWithDeltas(
      [1.5, -0.5, 0, -0],
      [[0, 60, -60], [0, 60, -60], [60, 60, 60], [-60, -60, 0]],
    ),
    "equal samples": updateWithDeltas([1, -1], [[0.25, 0.25], [0.25, 0.25]]),
    "one target": updateWithDeltas([-1], [[0.5]]),
  };
}

/** First and last target of each state. */
function stateTargets(counts: readonly number[]): [number, number][] {
  let first = 0;
  return counts.map((count) => [first, first += count]);
}

function mapColumns(
  logProbs: Update["logProbs"],
  change: (flat: Float64Array) => Float64Array,
): Update["logProbs"] {
  return { ...byColumn(({ name }) => change(logProbs[name])), logp: change(logProbs.logp) };
}

function slice(flat: ArrayLike<number>, [first, last]: readonly [number, number]): number[] {
  return Array.from(flat).slice(first, last);
}

/** The targets of each state, twice in a row. */
function twice(flat: ArrayLike<number>, spans: readonly [number, number][]): Float64Array {
  return Float64Array.from(spans.flatMap((span) => [...slice(flat, span), ...slice(flat, span)]));
}

Deno.test("an unknown objective is refused with the known ones", () => {
  const error = assertThrows(() => objectiveById("bpgo"), Error, 'unknown objective "bpgo"');
  for (const { id } of OBJECTIVES) assert(error.message.includes(id));
});

Deno.test("names are unique, and every setting that a kernel reads is a setting", () => {
  assertEquals(new Set(OBJECTIVES.map(({ id }) => id)).size, OBJECTIVES.length);
  for (const { wgslHyper, defaults } of OBJECTIVES) {
    for (const name of wgslHyper) assert(name in defaults, `${name} has no default`);
  }
});

Deno.test("a setting that an objective does not have is refused with those it has", () => {
  assertThrows(
    () => hyperOf(bgpo, { clip: 0.2 }),
    TypeError,
    'bgpo has no setting "clip"; its settings are: samples',
  );
});

Deno.test("log-probs of another number than the targets are refused", () => {
  const { facts, logProbs } = updateWithDeltas([1], [[0.5, 0.1]]);
  const wrong = { ...logProbs, anchor: Float64Array.of(0) };
  assertThrows(() => weightsOf(bgpo, hyperOf(bgpo), facts, wrong), RangeError, "expected 2 anchor log-probs");
});
