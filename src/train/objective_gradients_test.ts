import { assert, assertAlmostEquals } from "@std/assert";
import { type Backend, readFloats } from "../../kernels/backend.ts";
import { MEASURED, type MeasuredColumn } from "../../kernels/objectives/inputs.ts";
import { backendTest, testData } from "../../kernels/testing.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import { type HostTensor, type NamedTensors, readParameters } from "../model/parameters.ts";
import {
  differenceAlong,
  gradientAlong,
  smallConfig,
  smallTensors,
  testDirection,
  testIntegers,
} from "../model/testing.ts";
import { hyperOf, type LogProbs, needsOf, planFacts, valueOf } from "../objectives/value.ts";
import { type PlanFacts, planTotals } from "../../kernels/objectives/facts.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";
import type { State } from "../diffusion/state.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { createLearner, freeLearner } from "./learner.ts";
import { ADAMW } from "./testing.ts";
import { beginUpdate, collectGradients, finishUpdate } from "./update.ts";
import { createUpdateEngine, freeUpdateEngine, topCount } from "./update_engine.ts";

const config = smallConfig({ layers: 1 });
const tensors = smallTensors(config), referenceTensors = smallTensors(config, 9);
const LENGTH = 6, STEPS = 3, GROUPS = [0, 0, 1, 1];
const ADVANTAGES = [1, -0.75, -1.25, 0.5];
const TRAJECTORIES: Trajectory[] = GROUPS.map((_, g) => ({
  prompt: Uint32Array.of(3, 4, 5),
  tokens: testIntegers(LENGTH, config.vocab - 2, g).map((id) => id + 1),
  revealStep: Uint32Array.from({ length: LENGTH }, (_, i) => (i + g) % STEPS),
  logp: new Float32Array(LENGTH),
  entropy: testData(LENGTH, g + 40).map(Math.abs),
}));
/** Settings that make the plans small and the exponents moderate; each objective takes those it has. */
const SMALL = { samples: 2, systematicCounts: 1, normalize: 1, steps: 2, shrink: 2, topK: 4 };

interface Plan {
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly states: readonly State[];
  readonly facts: PlanFacts;
}

/** Bounds inside the range of the divergences here, 0.27 to 0.45 and 0.31 to 1.16. */
const DELTA: Readonly<Record<string, number>> = { "dppo-topk-tv": 0.38, "dppo-topk-kl": 0.55 };

function planOf(objective: Objective): Plan {
  const own = { ...SMALL, ...(objective.id in DELTA && { delta: DELTA[objective.id]! }) };
  const small = Object.entries(own).filter(([name]) => name in objective.defaults);
  const hyper = hyperOf(objective, Object.fromEntries(small)), lengths = GROUPS.map(() => LENGTH);
  const states = objective.plan({
    trajectories: TRAJECTORIES,
    completionLengths: lengths,
    rolloutSteps: STEPS,
    innerUpdates: 1,
    step: 0,
    innerUpdate: 0,
    maskId: config.maskId,
    random: { seed: 1, stream: 6 },
  }, hyper);
  const advantages = ADVANTAGES, batch = { groups: GROUPS, lengths, completionLengths: lengths, advantages };
  return { objective, hyper, states, facts: planFacts(states, batch) };
}

interface Outcome {
  readonly logp: Float32Array;
  /** What was measured on the distributions, of the columns that the objective needs. */
  readonly measured: { readonly [C in MeasuredColumn]?: Float32Array };
  readonly gradient: Map<string, HostTensor>;
}

/** One update of a policy with the given weights, against a recorded anchor. */
async function update(
  backend: Backend,
  { objective, hyper, states, facts }: Plan,
  weights: NamedTensors,
  anchor: Float32Array | null,
): Promise<Outcome> {
  const limits = { rows: 4 * (3 + LENGTH), targets: 4 * LENGTH };
  const learner = createLearner(backend, config, weights, limits);
  const targets = states.flatMap(({ targets }) => [...targets]);
  const k = objective.divergence ? topCount(hyper, config) : 0;
  // Another distribution's likeliest tokens: the target and its k followers, of falling log-prob.
  const top = targets.flatMap((token) => Array.from({ length: k + 1 }, (_, i) => (token + i) % config.vocab));
  const recordedTop = {
    count: k + 1,
    tokens: Uint32Array.from(top),
    logp: Float32Array.from(top, (_, i) => -1.5 - i % (k + 1) / 2),
  };
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode: "two-pass",
    updates: 1,
    capacity: planTotals(facts),
    reference: referenceTensors,
  });
  try {
    const begun = beginUpdate(engine, { states, facts, anchor, recordedTop, finite: true }, 0);
    collectGradients(begun);
    const gradient = await readParameters(backend, learner.optimizer.gradients);
    const measured: Partial<Record<MeasuredColumn, Float32Array>> = {};
    for (const name of MEASURED) {
      const column = begun.buffers[name];
      if (column) measured[name] = await readFloats(backend, { ...column, length: targets.length });
    }
    const { logp } = await finishUpdate(begun, { settings: ADAMW, learningRate: 0, number: 1 });
    return { logp, measured, gradient };
  } finally {
    freeUpdateEngine(engine);
    freeLearner(learner);
  }
}

/** Ratios on both sides of 1, some beyond every bound. */
const SPREAD = 0.6;
const EVERYWHERE = ["egspo", "dppo-topk-tv", "spg"];

for (const objective of OBJECTIVES) {
  backendTest(
    `${objective.id}: the gradient of the parameters is minus the derivative of the literal objective, off-policy`,
    async (backend) => {
      const plan = planOf(objective), { hyper, facts } = plan;
      const nowhere = new Float32Array(facts.states.reduce((sum, { units }) => sum + units.length, 0));
      const { logp } = await update(backend, plan, tensors, nowhere);
      const drift = testData(logp.length, 3);
      const anchor = objective.anchor === "none" ? null : logp.map((value, k) => value + SPREAD * drift[k]!);
      const { gradient, measured } = await update(backend, plan, tensors, anchor);
      const { reference } = needsOf(objective, hyper);
      const constants: Omit<LogProbs, "logp"> = {
        anchor,
        stopped: logp,
        recomputed: logp,
        ...measured,
        reference: reference ? (await update(backend, plan, referenceTensors, anchor)).logp : null,
      };
      const value = async (weights: NamedTensors) => {
        const { logp } = await update(backend, plan, weights, anchor);
        return valueOf(objective, hyper, facts, { ...constants, logp });
      };
      for (const salt of [10, 20]) {
        const direction = testDirection(tensors, tensors.keys(), salt);
        const expected = await differenceAlong(value, tensors, direction, 2 ** -8);
        assert(Math.abs(expected) > 1e-3, `the derivative is ${expected}: nothing to compare`);
        assertAlmostEquals(
          -gradientAlong(gradient, direction),
          expected,
          1e-3 * Math.max(1, Math.abs(expected)),
        );
      }
    },
    EVERYWHERE.includes(objective.id) ? {} : { on: ["cpu"] },
  );
}
