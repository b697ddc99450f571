import { assert, assertEquals, assertThrows } from "@std/assert";
import { alignElements, slice, type View } from "../backend.ts";
import { backendTest, checkOp } from "../testing.ts";
import {
  allocatePlan,
  freePlan,
  positionSums,
  responseMeans,
  stateSums,
  weigh,
  weighStates,
  type WeightForm,
  weightKernel,
  writePlan,
} from "./mod.ts";
import { placesOf, planTotals } from "./facts.ts";
import {
  byColumn,
  COLUMNS,
  type Input,
  INPUTS,
  MEASURED,
  neutralInputs,
  ONE_TARGET,
  snake,
  type Source,
  SOURCES,
  TOTALS,
} from "./inputs.ts";
import { packPlan, RECORDS } from "./pack.ts";
import { neededColumns, weightInputsOf } from "./reference.ts";
import { randomUpdate, type Update } from "./testing.ts";

const PRELUDE = await Deno.readTextFile(new URL("./prelude.wgsl", import.meta.url));

/** Numbers of targets around the workgroup width come from the sizes of these updates. */
const UPDATES: Record<string, Update> = {
  "1 response of 1 state": randomUpdate(11, { prompts: 1, group: 1, states: 1, length: 1 }),
  "6 responses of 4 states": randomUpdate(2),
  "65 responses of 1 state": randomUpdate(3, { prompts: 65, group: 1, states: 1, length: 3 }),
  "2 responses of 64 states": randomUpdate(4, { prompts: 1, group: 2, states: 64, length: 5 }),
  "131 states of up to 70 targets": randomUpdate(5, { prompts: 131, group: 1, states: 1, length: 70 }),
};

const ALL = { ...byColumn(() => true), positions: true };
const NONE = { ...byColumn(() => false), positions: false };

/** All columns one behind the other, as `allocatePlan` lays them out. */
function givenOf({ logProbs }: Update): Float32Array {
  const stride = alignElements(logProbs.logp.length);
  const given = new Float32Array(stride * COLUMNS.length);
  COLUMNS.forEach(({ name }, i) => given.set(logProbs[name], i * stride));
  return given;
}

/** The columns of `givenOf` on the device. */
function columnsIn<V extends { given: View; logp: View }>(views: V) {
  const stride = alignElements(views.logp.length);
  return { ...views, ...byColumn((_, i) => slice(views.given, i * stride, views.logp.length)) };
}

/** Power of the mass at a position. */
const POWER = 1.5;

/** What every weight may ask for. */
const EVERYTHING = { scope: "response", needs: ALL, power: POWER } as const;

/** Inputs of every kernel, and the expected sums in f64. */
function prepare(update: Update) {
  const { facts, logProbs } = update;
  const plan = packPlan(facts.states, facts.responses);
  const inputs = weightInputsOf(EVERYTHING, facts, logProbs);
  const sums = new Float64Array(facts.states.length * 2),
    means = new Float64Array(facts.responses.length * 2);
  facts.states.forEach(({ response, units }, s) => {
    const w = inputs[plan.firstTarget[s]!];
    if (units.length === 0 || !w) return;
    sums.set([w.stateDelta, w.stateReferenceDelta], 2 * s);
    means.set([w.responseDelta, w.responseReferenceDelta], 2 * response);
  });
  const positions = new Float64Array(plan.places.length * 3);
  inputs.forEach((w, k) => {
    const place = plan.targets[4 * k + 2]!;
    positions.set([w.positionDelta, w.positionReferenceDelta, w.positionLogMass], 3 * place);
  });
  return {
    plan,
    inputs,
    sums,
    means,
    positions,
    logProbs: { logp: Float32Array.from(logProbs.logp), given: givenOf(update) },
    totals: planTotals(facts),
  };
}

for (const [name, update] of Object.entries(UPDATES)) {
  backendTest(`sums and means of ${name} equal the f64 form`, async (backend) => {
    const { plan, sums, means, positions, logProbs, totals } = prepare(update);
    if (totals.targets === 0) throw new Error("the update has no target: choose another salt");
    const { targets, states, responses, places } = plan;
    // d is a sum of up to 70 terms u delta below 70 * 6, each with an error of a few 2^-24.
    const tolerance = { absolute: 1e-6, relative: 1e-5 };
    await checkOp(backend, {
      inputs: { targets, states, ...logProbs },
      outputs: { sums: totals.states * 2 },
      run: (b, views) => stateSums(b, columnsIn(views), { first: 0, count: totals.states }),
      expected: { sums },
      tolerance: { sums: tolerance },
    });
    await checkOp(backend, {
      inputs: { responses, sums: Float32Array.from(sums) },
      outputs: { means: totals.responses * 2 },
      run: (b, views) => responseMeans(b, views, { count: totals.responses }),
      expected: { means },
      tolerance: { means: tolerance },
    });
    await checkOp(backend, {
      inputs: { targets, places, ...logProbs },
      outputs: { positionSums: totals.positions * 3 },
      run: (b, views) => positionSums(b, columnsIn(views), { count: totals.positions, power: POWER }),
      expected: { positionSums: positions },
      tolerance: { positionSums: tolerance },
    });
  });
}

/** Every input of a weight by its index, so that a test can look at each of them. */
const FIELDS = Object.keys(INPUTS) as Input[];
const TOTAL_NAMES = Object.keys(TOTALS) as (keyof typeof TOTALS)[];
const inputsFrom = (...kinds: Source["from"][]) =>
  SOURCES.filter(([, { from }]) => kinds.includes(from)).map(([name]) => name);
const PROBE_WGSL = `fn weight(w: WeightInputs) -> f32 {
  switch u32(hyper[1]) {
    ${FIELDS.map((name, i) => `case ${i}u: { return w.${snake(name)}; }`).join("\n    ")}
    ${TOTAL_NAMES.map((name, i) => `case ${100 + i}u: { return totals.${snake(name)}; }`).join("\n    ")}
    default: { return hyper[u32(hyper[0])]; }
  }
}`;
const PROBE_HYPER = ["index", "field", "c", "d", "e", "f", "g", "last"];
const probe = (scope: WeightForm["scope"]): WeightForm => ({
  id: `probe ${scope}`,
  scope,
  wgsl: PROBE_WGSL,
  wgslHyper: PROBE_HYPER,
  weight(w, hyper, totals) {
    const field = hyper.field!;
    if (field < FIELDS.length) return w[FIELDS[field]!];
    if (field >= 100) return totals[TOTAL_NAMES[field - 100]!];
    return hyper[PROBE_HYPER[hyper.index!]!]!;
  },
});
const HYPER = { index: 0, field: 0, c: 2.5, d: 3.5, e: 4.5, f: 5.5, g: 6.5, last: 7.5 };

/** Fields of a struct of prelude.wgsl, in order. */
function wgslStruct(name: string): { name: string; type: string }[] {
  const body = PRELUDE.match(new RegExp(`^struct ${name} \\{([^}]*)\\}`, "m"))?.[1];
  assert(body !== undefined, `prelude.wgsl has no struct ${name}`);
  return [...body.matchAll(/(\w+): (\w+)/g)].map(([, name, type]) => ({ name: name!, type: type! }));
}

Deno.test("the structs of prelude.wgsl have the fields of the lists, in their order", () => {
  const fields = (types: Readonly<Record<string, string>>) =>
    Object.entries(types).map(([name, type]) => ({ name: snake(name), type }));
  assertEquals(wgslStruct("WeightInputs"), FIELDS.map((name) => ({ name: snake(name), type: "f32" })));
  assertEquals(wgslStruct("Totals"), fields(TOTALS));
  for (const [name, { types }] of Object.entries(RECORDS)) assertEquals(wgslStruct(name), fields(types));
});

Deno.test("neutral inputs: known facts are 1, everything else 0, and what is given stands", () => {
  const w = neutralInputs({ delta: 0.25, share: 0.5 });
  assertEquals(Object.keys(w), FIELDS);
  const ones = FIELDS.filter((name) => w[name] === 1);
  assertEquals(ones, inputsFrom("target", "state").filter((name) => name !== "share"));
  assertEquals([w.delta, w.share, w.logp, w.divergence], [0.25, 0.5, 0, 0]);
  assertEquals(Object.keys(ONE_TARGET), TOTAL_NAMES);
});

Deno.test("a column that is needed and not given is asked for by its name", () => {
  const logp = [-1, -2];
  for (const { name, values } of COLUMNS) {
    const needs = { ...NONE, [name]: true };
    assertThrows(
      () => neededColumns(needs, { logp }, 2),
      RangeError,
      `expected 2 ${values} in "${name}", one per target, found none`,
    );
    assertEquals(neededColumns(needs, { logp, [name]: [3, 4] }, 2)[name], [3, 4]);
  }
  const standIns = neededColumns(NONE, { logp }, 2);
  for (const { name } of COLUMNS) {
    const measured = (MEASURED as readonly string[]).includes(name);
    assertEquals(Array.from(standIns[name]), measured ? [0, 0] : logp, name);
  }
});

backendTest("weigh hands every input, total and setting to the weight function", async (backend) => {
  const update = UPDATES["6 responses of 4 states"]!;
  const { plan, inputs, sums, means, positions, logProbs, totals } = prepare(update);
  const form = probe("response");
  const check = (hyper: Partial<typeof HYPER>, expected: readonly number[]) =>
    checkOp(backend, {
      inputs: {
        targets: plan.targets,
        states: plan.states,
        ...logProbs,
        sums: Float32Array.from(sums),
        means: Float32Array.from(means),
        positionSums: Float32Array.from(positions),
      },
      outputs: { dlogp: totals.targets },
      run: (b, views) =>
        weigh(b, form, columnsIn(views), { first: 0, count: totals.targets }, {
          hyper: { ...HYPER, ...hyper },
          totals,
        }),
      expected: { dlogp: expected.map((w) => -w) },
    });
  for (const [field, name] of FIELDS.entries()) await check({ field }, inputs.map((w) => w[name]));
  for (const [i, name] of TOTAL_NAMES.entries()) {
    await check(
      { field: 100 + i },
      inputs.map(() => totals[name]),
    );
  }
  for (const index of [2, 3, 4, 5, 6, 7]) await check({ index, field: 99 }, inputs.map(() => index + 0.5));
});

for (const scope of ["token", "state", "response"] as const) {
  backendTest(`scope ${scope}: terms outside it are 0, whatever the buffers hold`, async (backend) => {
    const update = UPDATES["6 responses of 4 states"]!;
    const { plan, sums, means, positions, logProbs, totals } = prepare(update);
    const inputs = weightInputsOf({ ...EVERYTHING, scope }, update.facts, update.logProbs);
    for (const name of inputsFrom("stateSum", "responseMean")) {
      await checkOp(backend, {
        inputs: {
          targets: plan.targets,
          states: plan.states,
          ...logProbs,
          sums: Float32Array.from(sums),
          means: Float32Array.from(means),
          positionSums: Float32Array.from(positions),
        },
        outputs: { dlogp: totals.targets },
        run: (b, views) => {
          const hyper = { ...HYPER, field: FIELDS.indexOf(name) };
          weigh(b, probe(scope), columnsIn(views), { first: 0, count: totals.targets }, { hyper, totals });
        },
        expected: { dlogp: inputs.map((w) => -w[name]) },
      });
    }
  });
}

backendTest("a range of states writes its own targets only", async (backend) => {
  const { plan, logProbs, totals } = prepare(UPDATES["6 responses of 4 states"]!);
  const capacity = {
    targets: totals.targets + 9,
    states: totals.states + 5,
    responses: totals.responses + 1,
  };
  const buffers = allocatePlan(backend, capacity, ALL);
  try {
    writePlan(backend, buffers, plan);
    backend.write(buffers.logp, logProbs.logp);
    for (const { name } of COLUMNS) backend.write(buffers[name]!, logProbs.logp);
    backend.write(buffers.dlogp, new Float32Array(capacity.targets).fill(123));
    const hyper = { ...HYPER, index: 2, field: 99 };
    weighStates(backend, probe("state"), buffers, plan, { first: 5, count: 3 }, { hyper, totals });
    const [words] = await backend.read(buffers.dlogp);
    new Float32Array(words!).forEach((value, k) => {
      const inside = k >= plan.firstTarget[5]! && k < plan.firstTarget[8]!;
      assertEquals(value, inside ? -2.5 : 123, `target ${k}`);
    });
  } finally {
    freePlan(backend, buffers);
  }
});

backendTest("without a column its difference, or the divergence, is exactly 0", async (backend) => {
  const { plan, logProbs, totals } = prepare(UPDATES["6 responses of 4 states"]!);
  const before = backend.memory().bytes;
  const buffers = allocatePlan(backend, totals, NONE);
  writePlan(backend, buffers, plan);
  backend.write(buffers.logp, logProbs.logp);
  for (const name of inputsFrom("difference", "measure", "stateSum", "responseMean")) {
    const hyper = { ...HYPER, field: FIELDS.indexOf(name) };
    const range = { first: 0, count: totals.states };
    weighStates(backend, probe("response"), buffers, plan, range, { hyper, totals });
    const [words] = await backend.read(buffers.dlogp);
    assert(new Float32Array(words!).every((value) => value === 0), name);
  }
  freePlan(backend, buffers);
  assertEquals(backend.memory().bytes, before);
});

backendTest(
  "part of a response is refused for a response-scoped objective, a missing setting always",
  async (b) => {
    const { plan, totals } = prepare(UPDATES["6 responses of 4 states"]!);
    const buffers = allocatePlan(b, totals, NONE);
    const form = probe("response");
    const part = { first: 0, count: 3 };
    assertThrows(
      () => weighStates(b, form, buffers, plan, part, { hyper: HYPER, totals }),
      RangeError,
      "expected the range of all 24 states, found 3 from 0",
    );
    const all = { first: 0, count: totals.states };
    assertThrows(
      () => weighStates(b, form, buffers, plan, all, { hyper: { index: 0 }, totals }),
      TypeError,
      '"field" has no value',
    );
    await b.read(buffers.dlogp);
    freePlan(b, buffers);
  },
);

Deno.test("the kernel of an objective is built once, and more than 8 settings are refused", () => {
  const form = probe("token");
  assert(weightKernel(form) === weightKernel(form));
  const many = { ...form, wgslHyper: [...form.wgslHyper, "ninth"] };
  assertThrows(() => weightKernel(many), RangeError, "9 WGSL settings, at most 8");
});

Deno.test("states out of response order and responses without states are refused", () => {
  const state = (response: number) => ({ response, advantage: 1, units: [1], positions: [0] });
  const responses = [0, 1].map(() => ({ share: 0.5, length: 4, completionLength: 3 }));
  assertThrows(() => packPlan([state(1), state(0)], responses), RangeError, "state 0 belongs to response 1");
  assertThrows(() => packPlan([state(0), state(1), state(0)], responses), RangeError, "state 2 belongs to");
  assertThrows(() => packPlan([state(0)], responses), RangeError, "states of 1 responses, expected 2");
});

Deno.test("every pair of response and position has one place, and units go with positions", () => {
  const state = (response: number, positions: number[]) => ({
    response,
    advantage: 1,
    units: positions.map(() => 1),
    positions,
  });
  const states = [state(0, [4, 6]), state(0, [6, 5]), state(1, []), state(1, [6, 4])];
  assertEquals(placesOf(states, 2), {
    places: Uint32Array.of(0, 1, 1, 2, 3, 4),
    perResponse: Uint32Array.of(3, 2),
    count: 5,
  });
  const wrong = { ...state(0, [4, 6]), units: [1] };
  assertThrows(() => placesOf([wrong], 1), RangeError, "state 0 has 1 units for 2 positions");
});

/** Two states that share position 4, and a third of another response at the same position. */
function sharedPositions(logp: readonly number[]) {
  const state = (response: number, units: number[], positions: number[]) => ({
    response,
    advantage: 1,
    units,
    positions,
  });
  const states = [state(0, [2, 1], [4, 6]), state(0, [3], [4]), state(1, [5], [4])];
  const responses = [0, 1].map(() => ({ share: 0.5, length: 8, completionLength: 8 }));
  const plan = packPlan(states, responses);
  return { plan, logp: Float32Array.from(logp), given: new Float32Array(alignElements(logp.length)) };
}

backendTest(
  "sums by position: by hand, and masses of probabilities far below the least f32",
  async (backend) => {
    const { plan, logp, given } = sharedPositions([-200, -1, -201, -0.5]);
    assertEquals([...plan.places], [0, 1, 3]);
    const power = 2;
    const mass = (terms: [number, number][]) => {
      const highest = Math.max(...terms.map(([, value]) => value));
      const sum = terms.reduce(
        (total, [unit, value]) => total + unit * Math.exp(power * (value - highest)),
        0,
      );
      return power * highest + Math.log(sum);
    };
    await checkOp(backend, {
      inputs: { targets: plan.targets, places: plan.places, logp, given },
      outputs: { positionSums: 9 },
      run: (b, views) => {
        const anchor = slice(views.given, 0, 4);
        const columns = { ...byColumn(() => null), anchor };
        positionSums(b, { ...views, ...columns }, { count: 3, power });
      },
      expected: {
        // The anchor is 0 everywhere, so a delta is u times the log-prob.
        positionSums: [
          ...[-2 * 200 - 3 * 201, 0, mass([[2, -200], [3, -201]])],
          ...[-1, 0, mass([[1, -1]])],
          ...[-2.5, 0, mass([[5, -0.5]])],
        ],
      },
      tolerance: { positionSums: { absolute: 1e-6, relative: 1e-6 } },
    });
  },
);

backendTest("sums by position need response scope and buffers for them", async (backend) => {
  const { plan, logProbs, totals } = prepare(UPDATES["6 responses of 4 states"]!);
  const range = { first: 0, count: totals.states };
  for (const [scope, needs] of [["token", ALL], ["response", NONE]] as const) {
    const buffers = allocatePlan(backend, totals, needs);
    const form = { ...probe(scope), positionSums: {} };
    writePlan(backend, buffers, plan);
    backend.write(buffers.logp, logProbs.logp);
    const constants = { hyper: HYPER, totals };
    assertThrows(
      () => weighStates(backend, form, buffers, plan, range, constants),
      TypeError,
      "need response scope",
    );
    await backend.read(buffers.dlogp);
    freePlan(backend, buffers);
  }
});
