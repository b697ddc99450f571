import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Backend, readFloats } from "../../kernels/backend.ts";
import { backendTest, instrumented, testData } from "../../kernels/testing.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import { type HostTensor, loadParameters, type NamedTensors, readParameters } from "../model/parameters.ts";
import {
  assertCloseTensors,
  assertSameBits,
  assertSameTensors,
  differenceAlong,
  gradientAlong,
  logitsOf,
  openModel,
  smallConfig,
  smallTensors,
  testDirection,
  testIntegers,
} from "../model/testing.ts";
import { weightTolerance } from "../objectives/device_tolerance.ts";
import { estimate, mean } from "../objectives/elbo_samples.ts";
import { hyperOf, planFacts, valueOf, weightsOf } from "../objectives/value.ts";
import { type PlanFacts, planTotals } from "../../kernels/objectives/facts.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";
import type { State } from "../diffusion/state.ts";
import { objectiveById } from "../objectives/registry.ts";
import { bytesOf } from "../model/activations.ts";
import { createLearner, freeLearner, type Learner } from "./learner.ts";
import { ADAMW } from "./testing.ts";
import type { Update } from "./prepared_update.ts";
import type { PlannedUpdate } from "./rollout_plan.ts";
import { beginUpdate, collectGradients, finishUpdate, type UpdateResult } from "./update.ts";
import {
  createUpdateEngine,
  type EngineOptions,
  freeUpdateEngine,
  keptBytes,
  type MemoryMode,
  type UpdateEngine,
} from "./update_engine.ts";

const reinforceElbo = objectiveById("reinforce-elbo");
const vrpoOl = objectiveById("vrpo-ol");
const bgpo = objectiveById("bgpo");
const LEARNT = [reinforceElbo, vrpoOl, bgpo];
/** Objectives whose masked states need nothing of the rollout but its tokens. */
const MASKING = [
  ...LEARNT,
  ...["grpo-elbo", "bgpo-dare", "diffu-grpo", "unigrpo", "wd1", "coupled-grpo", "spg", "espo"]
    .map(objectiveById),
];

const config = smallConfig({ layers: 1 });
const tensors = smallTensors(config);
const LENGTH = 5;
/** A token that only the second prompt has. */
const RARE = 19;
const GROUPS = [0, 0, 1, 1];
const ADVANTAGES = [1, -0.75, -1.25, 0.5];
const COMPLETIONS = [5, 3, 4, 5];
const REFERENCE = smallTensors(config, 2);
/** Two responses to each of two prompts of different lengths. */
const TRAJECTORIES: Trajectory[] = GROUPS.map((prompt, response) => ({
  prompt: prompt === 0 ? Uint32Array.of(3, 4, 5) : Uint32Array.of(RARE, 6),
  tokens: testIntegers(LENGTH, RARE - 2, response).map((id) => id + 2),
  revealStep: new Uint32Array(LENGTH),
  logp: new Float32Array(LENGTH),
  entropy: new Float32Array(LENGTH),
}));

interface Plan {
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly states: readonly State[];
  readonly facts: PlanFacts;
}

/** Masked states of the responses: `samples` of each. */
function planOf(
  objective: Objective,
  { samples = 3, innerUpdate = 0, advantages = ADVANTAGES, settings = {} as Hyper } = {},
): Plan {
  const wanted = { samples, systematicCounts: 1, blockLength: 2 };
  const known = Object.entries(wanted).filter(([name]) => name in objective.defaults);
  const hyper = hyperOf(objective, { ...Object.fromEntries(known), ...settings });
  const random = { seed: 1, stream: 6 };
  const request = {
    trajectories: TRAJECTORIES,
    completionLengths: COMPLETIONS,
    step: 0,
    innerUpdate,
    innerUpdates: 2,
    rolloutSteps: 5,
    maskId: config.maskId,
    random,
  };
  return withStates({ objective, hyper }, objective.plan(request, hyper), advantages);
}

function withStates(
  plan: Pick<Plan, "objective" | "hyper">,
  states: readonly State[],
  advantages = ADVANTAGES,
): Plan {
  const lengths = GROUPS.map(() => LENGTH);
  const facts = planFacts(states, { groups: GROUPS, lengths, completionLengths: COMPLETIONS, advantages });
  return { ...plan, states, facts };
}

const targetsOf = ({ states }: Plan) => states.reduce((sum, { targets }) => sum + targets.length, 0);

interface Options {
  readonly weights?: NamedTensors;
  readonly reference?: NamedTensors;
  /** Log-probs that ratios are taken against; the policy's own when absent. */
  readonly anchor?: Float32Array;
  readonly mode?: MemoryMode;
  /** Graphs that two passes may keep; default 0. */
  readonly keepGraphs?: number;
  /** States per micro-batch. */
  readonly microBatch?: number;
  /** Over the rollout. */
  readonly updates?: number;
  readonly logitRows?: number;
  readonly capacity?: EngineOptions["capacity"];
}

/** Runs `fn` with an engine for updates like `plan` and frees everything. */
async function withEngine<T>(
  backend: Backend,
  { objective, hyper, facts, states }: Plan,
  {
    weights = tensors,
    reference,
    mode = "two-pass",
    keepGraphs = 0,
    microBatch = 4,
    updates = 1,
    logitRows,
    capacity,
  }: Options,
  fn: (engine: UpdateEngine, learner: Learner) => Promise<T>,
): Promise<T> {
  const learner = createLearner(backend, config, weights, {
    rows: microBatch * (3 + LENGTH),
    targets: microBatch * LENGTH,
    ...(logitRows && { logitRows }),
  });
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    keepBytes: keepGraphs * bytesOf({ batch: learner.batch, saved: learner.saved }),
    updates,
    capacity: capacity ??
      { responses: facts.responses.length, states: states.length, targets: states.length * LENGTH },
    reference: reference ?? null,
  });
  try {
    return await fn(engine, learner);
  } finally {
    freeUpdateEngine(engine);
    freeLearner(learner);
  }
}

const planned = ({ states, facts }: Plan, anchor?: Float32Array): PlannedUpdate => ({
  states,
  facts,
  anchor: anchor ?? null,
  recordedTop: null,
  finite: true,
});

interface Outcome extends UpdateResult {
  readonly gradient: Map<string, HostTensor>;
  readonly dlogp: Float32Array;
}

/** Collects the gradient of an update that was begun, and finishes it. */
async function complete(
  update: Update,
  { learningRate = 0, settings = ADAMW, number = 1 } = {},
): Promise<Outcome> {
  const { backend, optimizer } = update.engine.learner;
  collectGradients(update);
  const gradient = await readParameters(backend, optimizer.gradients);
  const dlogp = await readFloats(backend, { ...update.buffers.dlogp, length: update.totals.targets });
  return {
    ...await finishUpdate(update, { settings, learningRate, number }),
    gradient,
    dlogp,
  };
}

/** Value and gradient of one update. */
function update(backend: Backend, plan: Plan, options: Options = {}): Promise<Outcome> {
  return withEngine(
    backend,
    plan,
    options,
    (engine) => complete(beginUpdate(engine, planned(plan, options.anchor), 0)),
  );
}

/** Log-probs of another policy at the targets of a plan: these plus or minus up to 0.1. */
async function driftedLogp(
  backend: Backend,
  plan: Plan,
  salt = 1,
  options: Options = {},
): Promise<Float32Array> {
  const { logp } = await update(backend, plan, options);
  const drift = testData(logp.length, salt);
  return logp.map((value, k) => value + 0.1 * drift[k]!);
}

for (const objective of MASKING) {
  backendTest(
    `${objective.id}: the gradient is minus the derivative of the value, off-policy`,
    async (backend) => {
      const plan = planOf(objective), anchor = await driftedLogp(backend, plan, 1, { reference: REFERENCE });
      const { gradient } = await update(backend, plan, { anchor, reference: REFERENCE });
      const value = async (weights: NamedTensors) =>
        (await update(backend, plan, { anchor, reference: REFERENCE, weights })).value;
      for (const salt of [10, 20]) {
        const direction = testDirection(tensors, tensors.keys(), salt);
        const expected = await differenceAlong(value, tensors, direction, 2 ** -5);
        assertAlmostEquals(-gradientAlong(gradient, direction), expected, 1e-4);
      }
    },
  );
}

/** One objective of each scope, and those that need sums by position. */
const OF_EACH_KIND = [...LEARNT, objectiveById("coupled-grpo"), objectiveById("spg")];

/** Sequences that backward passes go over. */
function countingBackwards(backend: Backend): { counting: Backend; backwards: () => number } {
  let backwards = 0;
  const run: Backend["run"] = (kernel, buffers, scalars) => {
    const { rows, sequence } = scalars as Record<string, number>;
    if (kernel.name.startsWith("embed_backward_position")) backwards += rows! / sequence!;
    backend.run(kernel, buffers, scalars);
  };
  return { counting: instrumented(backend, run), backwards: () => backwards };
}

/** Of the first prompt's responses all are dead, of the second prompt's one. */
const PARTLY_DEAD = [0, 0, -1.25, 0];

for (const objective of OF_EACH_KIND) {
  backendTest(
    `${objective.id}: leaving out the backward passes of dead states changes no bit and no measure`,
    async (backend) => {
      const settings: Hyper = objective.id === "coupled-grpo" ? { beta: 0 } : {};
      const short = planOf(objective, { advantages: PARTLY_DEAD, settings });
      assert(objective.vanishes!(short.hyper));
      const { vanishes: _, ...rest } = objective, whole: Plan = { ...short, objective: rest };
      const anchor = await driftedLogp(backend, whole);
      const live = short.states.filter(({ response, targets }) => PARTLY_DEAD[response] && targets.length);
      for (const mode of ["two-pass", "retain"] as const) {
        // Micro-batches of dead states alone, of both, and one of all.
        for (const microBatch of [1, 4, short.states.length]) {
          const { counting, backwards } = countingBackwards(backend);
          const found = await update(counting, short, { anchor, mode, microBatch });
          const expected = await update(backend, whole, { anchor, mode, microBatch });
          assertSameTensors(found.gradient, expected.gradient);
          assertSameBits(found.logp, expected.logp, "log-prob");
          assertSameBits(found.dlogp, expected.dlogp, "upstream gradient");
          const measures = ({ value, gradNorm, trust }: Outcome) => [value, gradNorm, trust];
          assertEquals(measures(found), measures(expected));
          assertEquals(backwards(), live.length);
        }
      }
    },
  );
}

for (const objective of OF_EACH_KIND) {
  backendTest(
    `${objective.id}: micro-batches of any size give the gradient of one batch`,
    async (backend) => {
      const plan = planOf(objective), anchor = await driftedLogp(backend, plan, 1, { reference: REFERENCE });
      const whole = await update(backend, plan, {
        anchor,
        reference: REFERENCE,
        microBatch: plan.states.length,
      });
      for (const microBatch of [1, 2, 5]) {
        const parts = await update(backend, plan, { anchor, reference: REFERENCE, microBatch });
        assertSameBits(parts.logp, whole.logp, "log-prob");
        assertSameBits(parts.dlogp, whole.dlogp, "upstream gradient");
        assertEquals(parts.value, whole.value);
        assertCloseTensors(parts.gradient, whole.gradient, 2e-6);
      }
    },
  );
}

for (const objective of LEARNT) {
  backendTest(
    `${objective.id}: duplicating every sample leaves value and gradient unchanged`,
    async (backend) => {
      const plan = planOf(objective), anchor = await driftedLogp(backend, plan);
      const once = await update(backend, plan, { anchor });
      let target = 0;
      const doubledAnchor = plan.states.flatMap(({ targets }) => {
        const own = [...anchor.subarray(target, target += targets.length)];
        return [...own, ...own];
      });
      const twice = await update(backend, withStates(plan, plan.states.flatMap((state) => [state, state])), {
        anchor: Float32Array.from(doubledAnchor),
      });
      assertAlmostEquals(twice.value, once.value, 1e-6);
      assertCloseTensors(twice.gradient, once.gradient, 1e-5);
    },
  );
}

for (const objective of OF_EACH_KIND.filter(({ scope }) => scope === "response")) {
  backendTest(
    `${objective.id}: two passes give the bits of retained graphs, and of any number that is kept, off-policy`,
    async (backend) => {
      const plan = planOf(objective, { advantages: PARTLY_DEAD });
      const anchor = await driftedLogp(backend, plan, 1, { reference: REFERENCE });
      for (const microBatch of [1, 3]) {
        const options = { anchor, reference: REFERENCE, microBatch };
        const twoPass = await update(backend, plan, options);
        const others: Options[] = [
          { mode: "retain" },
          ...[1, 2, 100].map((keepGraphs) => ({ keepGraphs })),
        ];
        for (const other of others) {
          const found = await update(backend, plan, { ...options, ...other });
          assertSameTensors(found.gradient, twoPass.gradient);
          assertSameBits(found.logp, twoPass.logp);
          assertEquals(found.value, twoPass.value);
        }
      }
    },
  );
}

backendTest(
  "on-policy bgpo and vrpo-ol have the value sum of share A, and all objectives one gradient",
  async (backend) => {
    const [reinforce, ...others] = LEARNT.map((objective) => planOf(objective));
    const expected = await update(backend, reinforce!);
    for (const plan of others) {
      assertEquals(plan.states, reinforce!.states);
      const found = await update(backend, plan);
      // Each response has a quarter of the weight.
      assertAlmostEquals(found.value, ADVANTAGES.reduce((sum, a) => sum + a, 0) / 4, 1e-12);
      assertSameBits(found.logp, expected.logp);
      assertCloseTensors(found.gradient, expected.gradient, 1e-6);
    }
  },
);

backendTest(
  "bgpo: for A >= 0 the old policy does not enter the gradient, for A < 0 it does",
  async (backend) => {
    const gradients = async (advantages: number[]) => {
      const plan = planOf(bgpo, { advantages });
      const anchors = [1, 2].map((salt) => driftedLogp(backend, plan, salt));
      const outcomes = [];
      for (const anchor of anchors) outcomes.push(await update(backend, plan, { anchor: await anchor }));
      assertNotEquals(outcomes[0]!.value, outcomes[1]!.value);
      return outcomes.map(({ gradient }) => gradient);
    };
    const [a, b] = await gradients([1, 0.5, 0, 2]);
    assertSameTensors(a!, b!);
    const [c, d] = await gradients([1, 0.5, -0.5, 2]);
    assertNotEquals(c!, d!);
  },
);

for (const objective of [vrpoOl, bgpo]) {
  backendTest(
    `${objective.id}: the second inner update weighs against the rollout policy`,
    async (backend) => {
      const plans = [0, 1].map((innerUpdate) => planOf(objective, { innerUpdate }));
      assertNotEquals(plans[0]!.states, plans[1]!.states);
      const { hyper, facts } = plans[1]!;
      await withEngine(backend, plans[0]!, { updates: 2 }, async (engine, learner) => {
        const updates = plans.map((plan, number) => beginUpdate(engine, planned(plan), number));
        const learningRate = 0.02;
        const first = await complete(updates[0]!, { learningRate });
        assertSameBits(first.logp, (await update(backend, plans[0]!)).logp);
        const current = await readParameters(backend, learner.parameters);

        const second = await complete(updates[1]!, { learningRate, number: 2 });
        const anchor = await readFloats(backend, {
          ...updates[1]!.buffers.anchor!,
          length: targetsOf(plans[1]!),
        });
        assertSameBits(anchor, (await update(backend, plans[1]!)).logp, "log-prob of the rollout policy");
        const onPolicy = await update(backend, plans[1]!, { weights: current });
        assertSameBits(second.logp, onPolicy.logp, "log-prob of the policy after one update");

        const logProbs = { logp: second.logp, anchor, reference: null };
        const weights = weightsOf(objective, hyper, facts, logProbs);
        const tolerance = weightTolerance(facts, logProbs);
        second.dlogp.forEach((gradient, k) =>
          assertAlmostEquals(-gradient, weights[k]!, tolerance * Math.abs(weights[k]!))
        );
        assertEquals(second.value, valueOf(objective, hyper, facts, logProbs));
        assertNotEquals(second.dlogp, onPolicy.dlogp);
      });
    },
  );
}

backendTest(
  "graphs that are kept save forward passes, and their bytes are told apart from those needed",
  async (backend) => {
    const plan = planOf(vrpoOl, { samples: 6 });
    const measured = async (keepGraphs: number) => {
      let forwards = 0;
      const counting = instrumented(backend, (kernel, buffers, scalars) => {
        if (kernel.name.startsWith("embed_forward")) forwards++;
        backend.run(kernel, buffers, scalars);
      });
      backend.resetPeak();
      const needed = await withEngine(counting, plan, { keepGraphs, microBatch: 4 }, async (engine) => {
        await complete(beginUpdate(engine, planned(plan), 0));
        assertEquals(engine.graphs.length, Math.min(keepGraphs, 6));
        return backend.memory().peakBytes - keptBytes(engine);
      });
      return { forwards, needed };
    };
    // The first finds kernels' work space not yet there.
    await measured(0);
    const twice = await measured(0);
    assertEquals(twice.forwards, 12);
    for (const [keepGraphs, forwards] of [[1, 11], [4, 8], [100, 6]] as const) {
      assertEquals(await measured(keepGraphs), { forwards, needed: twice.needed });
    }
  },
);

backendTest(
  "device memory: retained graphs grow with the samples, two passes and streams do not",
  async (backend) => {
    const capacity = { responses: 4, states: 64, targets: 64 * LENGTH };
    const peak = async (objective: Objective, mode: MemoryMode, samples: number) => {
      const before = backend.memory().bytes;
      backend.resetPeak();
      await update(backend, planOf(objective, { samples }), { mode, microBatch: 1, capacity });
      return backend.memory().peakBytes - before;
    };
    // The first finds kernels' work space not yet there.
    await peak(vrpoOl, "retain", 6);
    for (const objective of LEARNT) {
      assertEquals(await peak(objective, "two-pass", 2), await peak(objective, "two-pass", 6));
    }
    for (const objective of [reinforceElbo, bgpo]) {
      assertEquals(await peak(objective, "retain", 6), await peak(objective, "two-pass", 6));
    }
    const [two, four, six] = [
      await peak(vrpoOl, "retain", 2),
      await peak(vrpoOl, "retain", 4),
      await peak(vrpoOl, "retain", 6),
    ];
    assert(four - two > 8 * 1024, `eight more graphs take ${four - two} bytes`);
    assertEquals(six - four, four - two);
  },
);

/** reinforce-elbo with every further term that a loss may have: k2 to the reference, its exact KL, entropy. */
const regularised: Objective = {
  ...reinforceElbo,
  id: "regularised",
  defaults: { ...reinforceElbo.defaults, beta: 0, kl: 0, entropy: 0 },
  needsReference: () => true,
  weight: ({ share, advantage, unit, referenceDelta, responseStates }, { beta }) =>
    share * (advantage * unit - beta! * referenceDelta) / responseStates,
  distribution: {
    terms: ({ kl, entropy }) => ({ kl: kl! > 0, entropy: entropy! > 0 }),
    weights: ({ share, unit, responseStates }, { kl, entropy }) => ({
      kl: -kl! * share * unit / responseStates,
      entropy: entropy! * share / responseStates,
    }),
  },
  value: ({ share, states }, { beta }) =>
    share * mean(states.map((state) => {
      const squares = Array.from(state.logp, (logp, k) => (logp - state.reference[k]!) ** 2);
      return state.advantage * estimate(state) - beta! / 2 * squares.reduce((sum, s) => sum + s, 0);
    })),
  wgsl: `fn weight(w: WeightInputs) -> f32 {
    return w.share * (w.advantage * w.unit - hyper[0] * w.reference_delta) / w.response_states;
  }`,
  wgslHyper: ["beta"],
};

backendTest("logits of some rows at a time change no bit, whatever terms a loss has", async (backend) => {
  const settings = { kl: 0.5, entropy: 0.25, beta: 0.75 }, { defaults, distribution } = regularised;
  const ofResponses = { ...vrpoOl, id: "vrpo-ol with terms", defaults, distribution: distribution! };
  for (const objective of [bgpo, vrpoOl, regularised, ofResponses]) {
    const plan = planOf(objective, { samples: 16, ...("kl" in objective.defaults && { settings }) });
    const anchor = await driftedLogp(backend, plan, 1, { reference: REFERENCE });
    const options = { reference: REFERENCE, anchor, microBatch: plan.states.length };
    const whole = await update(backend, plan, options);
    assert(whole.logp.length > 2 * 64, `${objective.id}: ${whole.logp.length} targets`);
    for (const keepGraphs of [0, 1]) {
      for (const logitRows of [64, 128]) {
        const parts = await update(backend, plan, { ...options, keepGraphs, logitRows });
        assertSameTensors(parts.gradient, whole.gradient);
        assertSameBits(parts.logp, whole.logp);
        assertSameBits(parts.dlogp, whole.dlogp);
        assertEquals(parts.value, whole.value);
      }
    }
  }
});

/** log softmax at every target of every state. */
async function distributionsOf(
  backend: Backend,
  { states }: Plan,
  weights: NamedTensors,
): Promise<Float64Array[]> {
  const { vocab } = config;
  using model = openModel(backend, config, weights, { rows: 3 + LENGTH, targets: LENGTH });
  const rows: Float64Array[] = [];
  for (const { inputIds, positions } of states) {
    const shape = { batch: 1, sequence: inputIds.length, targets: positions.length };
    const logits = await logitsOf(model, { ids: inputIds, targetRows: positions, shape });
    for (let k = 0; k < positions.length; k++) {
      const row = Float64Array.from(logits.subarray(k * vocab, (k + 1) * vocab));
      const lse = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
      rows.push(row.map((z) => z - lse));
    }
  }
  return rows;
}

const TERMS: Record<string, Hyper> = {
  "a KL to the reference": { kl: 0.5 },
  "an entropy bonus": { entropy: 0.5 },
  "squared differences to the reference": { beta: 0.5 },
  "all terms": { kl: 0.5, entropy: 0.25, beta: 0.75 },
};

for (const [name, settings] of Object.entries(TERMS)) {
  backendTest(`${name}: the value is the formula's, the gradient its derivative`, async (backend) => {
    const plan = planOf(regularised, { samples: 2, settings }), options = { reference: REFERENCE };
    const { kl, entropy, beta } = plan.hyper;
    const [policy, reference] = [
      await distributionsOf(backend, plan, tensors),
      await distributionsOf(backend, plan, REFERENCE),
    ];
    let target = 0, expected = 0;
    for (const { response, targets, units } of plan.states) {
      targets.forEach((token, k) => {
        const p = policy[target]!, q = reference[target]!;
        target++;
        const divergence = p.reduce((sum, l, v) => sum + Math.exp(l) * (l - q[v]!), 0);
        const uncertainty = p.reduce((sum, l) => sum - Math.exp(l) * l, 0);
        // Four responses of two states each share the weight.
        expected += (ADVANTAGES[response]! * units[k]! * p[token]! - kl! * units[k]! * divergence +
          entropy! * uncertainty - beta! / 2 * (p[token]! - q[token]!) ** 2) / 8;
      });
    }
    const found = await update(backend, plan, options);
    assertAlmostEquals(found.value, expected, 1e-5);

    const value = async (weights: NamedTensors) =>
      (await update(backend, plan, { ...options, weights })).value;
    for (const salt of [30, 40]) {
      const direction = testDirection(tensors, tensors.keys(), salt);
      const derivative = await differenceAlong(value, tensors, direction, 2 ** -5);
      assertAlmostEquals(-gradientAlong(found.gradient, direction), derivative, 1e-4);
    }
  });
}

backendTest(
  "terms over the distribution are the same in both modes and in micro-batches of any size",
  async (backend) => {
    const distribution = regularised.distribution!;
    const objective = { ...vrpoOl, id: "vrpo-ol with terms", defaults: regularised.defaults, distribution };
    const plan = planOf(objective, { settings: { kl: 0.5, entropy: 0.25 } });
    const options = { reference: REFERENCE, anchor: await driftedLogp(backend, planOf(vrpoOl)) };
    const whole = await update(backend, plan, { ...options, microBatch: 12 });
    for (const microBatch of [1, 5]) {
      const twoPass = await update(backend, plan, { ...options, microBatch });
      const retained = await update(backend, plan, { ...options, microBatch, mode: "retain" });
      assertSameTensors(retained.gradient, twoPass.gradient);
      assertEquals([retained.value, twoPass.value], [whole.value, whole.value]);
      assertCloseTensors(twoPass.gradient, whole.gradient, 2e-6);
    }
  },
);

/** What makes the gradient of an update unusable. */
const BREAKAGES: Record<string, { nan?: boolean; advantages?: number[]; anchor?: number }> = {
  "a NaN in the parameters of one micro-batch's tokens": { nan: true },
  "an infinite advantage": { advantages: [1, 1, Infinity, -1] },
  "a ratio beyond the range of exp": { anchor: -1000 },
};

for (const [name, { nan, advantages, anchor }] of Object.entries(BREAKAGES)) {
  backendTest(`${name} skips the update and changes no bit of the model or its moments`, async (backend) => {
    const plan = planOf(vrpoOl), broken = advantages ? planOf(vrpoOl, { advantages }) : plan;
    await withEngine(backend, plan, { microBatch: 3 }, async (engine, learner) => {
      const { parameters, optimizer } = learner;
      const settings = { ...ADAMW, weightDecay: 0.1, maxGradNorm: 1 };
      const run = async (of: Plan, recorded?: Float32Array) => {
        const update = beginUpdate(engine, planned(of, recorded), 0);
        return await complete(update, { learningRate: 0.01, settings });
      };
      const stores = { parameters, first: optimizer.firstMoment, second: optimizer.secondMoment };
      const contents = async () => {
        const words = [];
        for (const store of Object.values(stores)) words.push(...await backend.read(...store.shards));
        return words.map((each) => new Uint32Array(each));
      };
      assertEquals((await run(plan)).nonFinite, 0);
      const whole = await readParameters(backend, parameters);
      if (nan) loadParameters(backend, parameters, withNaN(whole, RARE));

      const before = await contents();
      const recorded = anchor === undefined ? undefined : new Float32Array(targetsOf(plan)).fill(anchor);
      const skipped = await run(broken, recorded);
      assert(skipped.nonFinite > 0);
      assert(Number.isFinite(skipped.gradNorm));
      assertEquals(await contents(), before);
      for (const [tensor, { data }] of await readParameters(backend, optimizer.gradients)) {
        assert(data.every((g) => g === 0), `the gradient of ${tensor} was not cleared`);
      }
      if (nan) {
        const finite = Array.from(skipped.logp, Number.isFinite);
        assert(finite.includes(true) && finite.includes(false), "one prompt's log-probs are finite");
      }

      loadParameters(backend, parameters, whole);
      assertEquals((await run(plan)).nonFinite, 0);
      assertNotEquals(await contents(), before);
    });
  });
}

/** The same tensors with NaN in the embedding of one token. */
function withNaN(from: NamedTensors, token: number): NamedTensors {
  return new Map(Array.from(from, ([name, { shape, data }]) => {
    const row = (i: number) => Math.floor(i / config.dim);
    return [name, {
      shape,
      data: data.map((w, i) => name.endsWith("wte.weight") && row(i) === token ? NaN : w),
    }];
  }));
}

backendTest(
  "states without targets count, and an update of nothing else changes nothing",
  async (backend) => {
    const plan = planOf(reinforceElbo),
      empty = { positions: new Uint32Array(), targets: new Uint32Array(), units: new Float64Array() };
    const half = withStates(plan, plan.states.flatMap((state) => [state, { ...state, ...empty }]));
    const [all, diluted] = [await update(backend, plan), await update(backend, half)];
    assertAlmostEquals(diluted.value, all.value / 2, 1e-6);
    const halved = new Map(
      Array.from(all.gradient, ([name, { shape, data }]) => [name, { shape, data: data.map((g) => g / 2) }]),
    );
    assertCloseTensors(diluted.gradient, halved, 2e-6);
    for (const objective of LEARNT) {
      const nothing = withStates(planOf(objective), plan.states.map((state) => ({ ...state, ...empty })));
      const { gradNorm, logp, gradient } = await update(backend, nothing);
      assertEquals([gradNorm, logp.length], [0, 0]);
      for (const { data } of gradient.values()) assert(data.every((g) => g === 0));
    }
  },
);

backendTest("what an objective needs and was not given is refused", async (backend) => {
  const rollout: Objective = { ...vrpoOl, id: "anchored", anchor: "rollout" };
  await withEngine(backend, planOf(rollout), {}, (engine, learner) => {
    const plan = planOf(rollout);
    assertThrows(
      () => beginUpdate(engine, planned(plan), 0),
      Error,
      "anchored needs the log-probs recorded at rollout",
    );
    const options = {
      mode: "two-pass",
      updates: 1,
      capacity: planTotals(plan.facts),
      reference: null,
    } as const;
    const create = (objective: Objective, hyper: Hyper) =>
      createUpdateEngine(learner, { ...options, objective, hyper });
    const { bytes } = backend.memory();
    assertThrows(
      () => create(regularised, hyperOf(regularised)),
      Error,
      "regularised needs a reference model and none was given",
    );
    const held = { ...bgpo, distribution: regularised.distribution! }, hyper = hyperOf(regularised);
    assertThrows(() => create(held, { ...hyper, kl: 0.1 }), Error, "bgpo needs a reference model");
    freeUpdateEngine(create(held, { ...hyper, entropy: 0.1 }));
    assertEquals(backend.memory().bytes, bytes);
    return Promise.resolve();
  });
});

backendTest("engines and learners return their memory, with all that grew in between", async (backend) => {
  const before = backend.memory().bytes;
  const distribution = regularised.distribution!;
  const objective = { ...vrpoOl, id: "vrpo-ol with KL", defaults: regularised.defaults, distribution };
  await update(backend, planOf(objective, { settings: { kl: 0.5, entropy: 0.5 } }), {
    reference: REFERENCE,
    mode: "retain",
    microBatch: 2,
    updates: 2,
  });
  assertEquals(backend.memory().bytes, before);
});
