import { assert, assertEquals } from "@std/assert";
import { distributionTerms } from "./distribution.ts";
import type { DistributionTerm, Hyper, Objective } from "./objective.ts";
import { objectiveById, OBJECTIVES } from "./registry.ts";
import { randomUpdate } from "../../kernels/objectives/testing.ts";
import { hyperOf, needsOf } from "./value.ts";
import { planTotals } from "../../kernels/objectives/facts.ts";
import { weightInputsOf } from "../../kernels/objectives/reference.ts";

const REFERENCE = [
  "referenceDelta",
  "stateReferenceDelta",
  "responseReferenceDelta",
  "positionReferenceDelta",
];
const TERMS: readonly DistributionTerm[] = ["kl", "entropy"];

/** Everything a weight may depend on, at the targets of random updates; nothing is 0 for want of a declaration. */
function randomInputs(objective: Objective, hyper: Hyper) {
  return [1, 2, 3].flatMap((salt) => {
    const { facts, logProbs } = randomUpdate(salt, { drift: 0.6 });
    const needs = { ...needsOf(objective, hyper), reference: true };
    const power = objective.positionSums?.power?.(hyper);
    const totals = planTotals(facts);
    return weightInputsOf({ scope: "response", needs, power }, facts, logProbs).map((inputs) => ({
      inputs,
      totals,
    }));
  });
}

/** What an objective declares under some settings and does not keep, a line each. */
function brokenDeclarations(objective: Objective, hyper: Hyper): string[] {
  const { weight, distribution } = objective, all = randomInputs(objective, hyper);
  const broken: string[] = [];
  const note = (name: string, declared: boolean, found: boolean) => {
    if (declared && !found) broken.push(`${name} is declared and never there`);
    if (!declared && found) broken.push(`${name} is not declared and there`);
  };
  note(
    "a reference model",
    needsOf(objective, hyper).reference,
    all.some(({ inputs, totals }) => {
      const without = { ...inputs, ...Object.fromEntries(REFERENCE.map((name) => [name, 0])) };
      return weight(inputs, hyper, totals) !== weight(without, hyper, totals);
    }),
  );
  const declared = distributionTerms(objective, hyper);
  for (const term of TERMS) {
    const found = all.some(({ inputs, totals }) =>
      (distribution?.weights(inputs, hyper, totals)[term] ?? 0) !== 0
    );
    note(`the term ${term}`, declared[term], found);
  }
  return broken;
}

for (const objective of OBJECTIVES) {
  const changes = "beta" in objective.defaults ? [{}, { beta: 0 }, { beta: 0.5 }] : [{}];
  for (const change of changes) {
    const hyper = hyperOf(objective, change);
    Deno.test(`${objective.id} keeps what it declares, ${JSON.stringify(change)}`, () => {
      assertEquals(brokenDeclarations(objective, hyper), []);
    });
  }
}

Deno.test("a reference model is needed where beta gives it a weight", () => {
  const holders = OBJECTIVES.filter(({ needsReference }) => needsReference);
  assert(holders.length > 0);
  for (const objective of holders) {
    const needed = [0, 0.5].map((beta) => needsOf(objective, hyperOf(objective, { beta })).reference);
    assertEquals(needed, [false, true], objective.id);
  }
});

const reinforce = objectiveById("reinforce-elbo");
/** With a KL of weight beta and an entropy bonus of weight `bonus`. */
const regularised: Objective = {
  ...reinforce,
  defaults: { ...reinforce.defaults, beta: 0, bonus: 0 },
  distribution: {
    terms: ({ beta, bonus }) => ({ kl: beta! > 0, entropy: bonus! > 0 }),
    weights: ({ share, unit, advantage }, { beta, bonus }) => ({
      kl: -beta! * share * unit,
      entropy: bonus! * share * advantage,
    }),
  },
};

Deno.test("terms over the whole distribution are those that are declared under the settings", () => {
  assertEquals(distributionTerms(reinforce, {}), { kl: false, entropy: false });
  const cases: readonly [Hyper, boolean, boolean][] = [
    [{}, false, false],
    [{ beta: 0.1 }, true, false],
    [{ bonus: 0.1 }, false, true],
    [{ beta: 0.1, bonus: 0.1 }, true, true],
  ];
  for (const [change, kl, entropy] of cases) {
    const hyper = hyperOf(regularised, change);
    assertEquals(distributionTerms(regularised, hyper), { kl, entropy });
    assertEquals(brokenDeclarations(regularised, hyper), []);
  }
});

Deno.test("a declaration that says too little or too much is found", () => {
  const hyper = hyperOf(regularised, { beta: 0.1, bonus: 0.1 });
  const declaring = (kl: boolean, entropy: boolean): Objective => ({
    ...regularised,
    distribution: { ...regularised.distribution!, terms: () => ({ kl, entropy }) },
  });
  assertEquals(brokenDeclarations(declaring(true, false), hyper), [
    "the term entropy is not declared and there",
  ]);
  assertEquals(brokenDeclarations(declaring(true, true), { ...hyper, beta: 0 }), [
    "the term kl is declared and never there",
  ]);
  const pulled: Objective = {
    ...reinforce,
    weight: (inputs, ...rest) => reinforce.weight(inputs, ...rest) - inputs.stateReferenceDelta,
  };
  assertEquals(brokenDeclarations(pulled, hyperOf(pulled)), [
    "a reference model is not declared and there",
  ]);
  const idle: Objective = { ...reinforce, needsReference: () => true };
  assertEquals(brokenDeclarations(idle, hyperOf(idle)), ["a reference model is declared and never there"]);
});
