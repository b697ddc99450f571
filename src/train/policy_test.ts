import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { type Backend, readFloats, type View } from "../../kernels/backend.ts";
import { backendTest, instrumented } from "../../kernels/testing.ts";
import { Stream } from "../../kernels/philox/random.ts";
import type { Task } from "../../tasks/task.ts";
import { maskedState } from "../diffusion/forward_process.ts";
import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import {
  allocateParameters,
  freeParameters,
  loadParameters,
  type NamedTensors,
  readParameters,
} from "../model/parameters.ts";
import { assertSameTensors, smallTensors } from "../model/testing.ts";
import { hyperOf } from "../objectives/value.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";
import { objectiveById, OBJECTIVES } from "../objectives/registry.ts";
import { createLearner, freeLearner, type Learner } from "./learner.ts";
import { engineSizes } from "./cost.ts";
import { hasDiverged, type PolicyRun, type PolicySettings, policyStep, type StepLog } from "./policy.ts";
import { ADAMW, echoConfig, echoTask } from "./testing.ts";
import { createUpdateEngine, freeUpdateEngine, type MemoryMode } from "./update_engine.ts";

const SETTINGS: PolicySettings = {
  steps: 4,
  prompts: 2,
  group: 3,
  innerUpdates: 2,
  schedule: { peak: 0.02, warmup: 2, decay: "constant", final: 1 },
  optimizer: { ...ADAMW, maxGradNorm: 1 },
  rollout: { steps: 4, blockLength: 2, temperature: 1 },
};
const tensors = smallTensors(echoConfig);
/** Longer texts earn more, so that an untrained model earns different rewards. */
const lengthTask: Task<string> = {
  ...echoTask,
  rewards: (batch) => Promise.resolve(batch.map(({ text }) => Math.min(text.length, 20) / 20)),
};
const bgpo = objectiveById("bgpo");

interface Options {
  readonly objective?: Objective;
  readonly settings?: Partial<PolicySettings>;
  readonly hyper?: Hyper;
  readonly task?: Task;
  readonly mode?: MemoryMode;
}

/** Runs `fn` with a run that starts from `tensors`, and frees everything. */
async function withRun<T>(
  backend: Backend,
  { objective = bgpo, settings = {}, hyper = {}, task = lengthTask, mode = "two-pass" }: Options,
  fn: (run: PolicyRun, learner: Learner) => Promise<T>,
): Promise<T> {
  const { promptLength, responseLength } = task, sequence = promptLength + responseLength;
  const whole = { ...SETTINGS, ...settings };
  const learner = createLearner(backend, echoConfig, tensors, {
    rows: 4 * sequence,
    targets: 4 * responseLength,
  });
  const sampler = createSampler(learner.model, { batch: 4, sequence, length: responseLength });
  const small = Object.entries({ samples: 2, steps: 2, ...hyper }).filter(([name]) =>
    name in objective.defaults
  );
  const settled = hyperOf(objective, Object.fromEntries(small));
  const engine = createUpdateEngine(learner, {
    objective,
    hyper: settled,
    mode,
    ...engineSizes(whole, objective, settled, responseLength),
    reference: tensors,
  });
  try {
    return await fn({ task, seed: 7, settings: whole, engine, sampler }, learner);
  } finally {
    freeUpdateEngine(engine);
    freeSampler(sampler);
    freeLearner(learner);
  }
}

/** The next `count` steps after those of `log`. */
async function stepsOf(run: PolicyRun, count: number, log: readonly StepLog[] = []): Promise<StepLog[]> {
  const whole = [...log];
  for (let i = 0; i < count; i++) whole.push(await policyStep(run, whole));
  return whole;
}

/** Everything that one step hands to the next on the device. */
async function stateOf({ backend, parameters, optimizer: { firstMoment, secondMoment } }: Learner) {
  const stores = [parameters, firstMoment, secondMoment];
  const states: NamedTensors[] = [];
  for (const store of stores) states.push(await readParameters(backend, store));
  return states;
}

function restore(
  { backend, parameters, optimizer: { firstMoment, secondMoment } }: Learner,
  states: NamedTensors[],
) {
  [parameters, firstMoment, secondMoment].forEach((store, i) => loadParameters(backend, store, states[i]!));
}

/** Objectives of each kind of weight run on every backend, the others on the quick one. */
const EVERYWHERE = ["bgpo", "vrpo-ol", "egspo-sa", "dppo-topk-tv"];
const placeOf = ({ id }: Objective) => EVERYWHERE.includes(id) ? {} : { on: ["cpu"] } as const;

for (const objective of OBJECTIVES) {
  backendTest(
    `${objective.id}: from the same state, steps give the same log and parameters`,
    async (backend) => {
      const run = () =>
        withRun(backend, { objective }, async (run, learner) => ({
          log: await stepsOf(run, 2),
          state: await stateOf(learner),
        }));
      const first = await run(), second = await run();
      assertEquals(JSON.stringify(second.log), JSON.stringify(first.log));
      first.state.forEach((state, i) => assertSameTensors(second.state[i]!, state));
      assertNotEquals(first.log[1]!.value, first.log[0]!.value);
      assertNotEquals(first.state[0], tensors);
    },
    placeOf(objective),
  );
}

backendTest(
  "responses are sampled with the behaviour's weights, and the policy itself is updated",
  async (backend) => {
    await withRun(backend, {}, async (run, { parameters }) => {
      const [own] = await stepsOf(run, 1);
      const behaviour = allocateParameters(backend, parameters.layout, "behaviour");
      loadParameters(backend, parameters, tensors);
      loadParameters(backend, behaviour, tensors);
      // A copy of the same weights rolls the same responses out.
      const [copied] = await stepsOf({ ...run, behaviour: behaviour.views }, 1);
      assertEquals([copied!.reward, copied!.entropy], [own!.reward, own!.entropy]);
      assertNotEquals(await readParameters(backend, parameters), tensors);
      assertSameTensors(await readParameters(backend, behaviour), tensors);
      loadParameters(backend, parameters, tensors);
      loadParameters(backend, behaviour, smallTensors(echoConfig, 5));
      const [other] = await stepsOf({ ...run, behaviour: behaviour.views }, 1);
      assertNotEquals(other!.entropy, own!.entropy);
      freeParameters(backend, behaviour);
    });
  },
);

backendTest("a step depends on the steps before through parameters and moments alone", async (backend) => {
  const { log, between, end } = await withRun(backend, {}, async (run, learner) => {
    const one = await stepsOf(run, 1), between = await stateOf(learner);
    return { log: await stepsOf(run, 2, one), between, end: await stateOf(learner) };
  });
  await withRun(backend, {}, async (run, learner) => {
    // Another first step, of which nothing may be left.
    await stepsOf({ ...run, seed: 8 }, 1);
    restore(learner, between);
    assertEquals(await stepsOf(run, 2, log.slice(0, 1)), log);
    (await stateOf(learner)).forEach((state, i) => assertSameTensors(state, end[i]!));
  });
});

/** `echoTask`, graded in order from lists. */
function listTask(rewards: readonly number[], correct: readonly boolean[]): Task<string> {
  let rewarded = 0, graded = 0;
  return {
    ...echoTask,
    rewards: (batch) => Promise.resolve(batch.map(() => rewards[rewarded++]!)),
    async grades(batch) {
      const grades = await echoTask.grades(batch);
      return grades.map(({ strict, d1 }) => ({ strict: { ...strict, correct: correct[graded++]! }, d1 }));
    },
  };
}

backendTest(
  "the log states reward, correct answers, dead groups, learning rate and norms",
  async (backend) => {
    const rewards = [0.5, 0.5, 0.5, /**/ 0, 1, 0, /**/ 1, 1, 1, /**/ 1, 1, 0.25];
    const correct = [true, false, false, false, true, false, false, false, false, false, false, false];
    const task = listTask(rewards, correct), settings = { prompts: 4, group: 3 };
    await withRun(backend, { task, settings, objective: objectiveById("vrpo-ol") }, async (run) => {
      const [line] = await stepsOf(run, 1);
      assertEquals(line!.step, 1);
      assertAlmostEquals(line!.reward, 7.75 / 12, 1e-12);
      assertAlmostEquals(line!.correct, 2 / 12, 1e-12);
      assertEquals(line!.deadGroups, 0.5);
      assertEquals(line!.learningRate, 0.01);
      assertEquals([line!.value.length, line!.gradNorm.length], [2, 2]);
      assertEquals(line!.nonFinite, [0, 0]);
      assert(line!.gradNorm.every((norm) => norm! > 0));
      // On-policy the value of vrpo-ol is the mean advantage, which zscore makes 0 in every group.
      assertAlmostEquals(line!.value[0]!, 0, 1e-12);
      assert(line!.value[1] !== 0);
    });
  },
);

backendTest(
  "responses are keyed by rollout, prompt and place in the group, and their entropy is logged",
  async (backend) => {
    await withRun(backend, {}, async (run, learner) => {
      const log = await stepsOf(run, 1);
      const parameters = await readParameters(backend, learner.parameters);
      const seen: string[] = [];
      const task: Task<string> = {
        ...echoTask,
        rewards(batch) {
          seen.push(...batch.map(({ example, text }) => `${example.prompt} ${text}`));
          return lengthTask.rewards(batch);
        },
      };
      const line = await policyStep({ ...run, task }, log);
      loadParameters(backend, learner.parameters, parameters);
      const rows = [2, 3].flatMap((index) => [0, 1, 2].map((g) => ({ index, key: index * 3 + g })));
      const prompts = rows.map(({ index }) => echoTask.generate("train", run.seed, index).prompt);
      const expected = await sample(
        run.sampler,
        learner.parameters.views,
        {
          prompts: prompts.map((prompt) => echoTask.vocabulary.encode(prompt)),
          rowKeys: rows.map(({ key }) => key),
          length: echoTask.responseLength,
          random: { seed: run.seed, stream: Stream.rolloutTokens },
        },
        { ...SETTINGS.rollout, remasking: "low-confidence" },
      );
      assertEquals(
        seen,
        expected.map(({ tokens }, i) => `${prompts[i]} ${echoTask.vocabulary.decode(tokens)}`),
      );
      assert(new Set(seen).size > 4);
      const entropies = expected.flatMap(({ entropy }) => [...entropy]);
      assertAlmostEquals(line.entropy!, entropies.reduce((sum, h) => sum + h, 0) / entropies.length, 1e-6);
    });
  },
);

backendTest("groups that all earned the same leave the model as it was", async (backend) => {
  const task = listTask([1, 1, 1, 0, 0, 0], new Array(6).fill(false));
  await withRun(backend, { task }, async (run, learner) => {
    const [line] = await stepsOf(run, 1);
    assertEquals([line!.deadGroups, line!.gradNorm, line!.value], [1, [0, 0], [0, 0]]);
    assertSameTensors(await readParameters(backend, learner.parameters), tensors);
  });
});

backendTest("bias correction counts the updates of the whole run", async (backend) => {
  const rate = 0.01,
    settings = {
      innerUpdates: 1,
      optimizer: ADAMW,
      schedule: { ...SETTINGS.schedule, peak: rate, warmup: 0 },
    };
  const before = await withRun(backend, { settings }, (run) => stepsOf(run, 3));
  // Moments are zero again: update t moves by the rate times this factor, or less where a gradient is tiny.
  for (const [steps, factor] of [[0, 1], [3, 0.1 / 0.3439 * Math.sqrt(0.03940399 / 0.01)]] as const) {
    await withRun(backend, { settings }, async (run, learner) => {
      await policyStep(run, before.slice(0, steps));
      const moved = Array.from(
        await readParameters(backend, learner.parameters),
        ([name, { data }]) =>
          data.reduce((largest, w, i) => Math.max(largest, Math.abs(w - tensors.get(name)!.data[i]!)), 0),
      );
      for (const distance of moved) assertAlmostEquals(distance, rate * factor, 1e-4 * rate);
    });
  }
});

/** Scores every token in the state in which it was revealed, against the log-prob of that moment. */
const trajectoryObjective: Objective = {
  ...bgpo,
  id: "trajectory",
  anchor: "rollout",
  scope: "token",
  statesPerResponse: () => SETTINGS.rollout.steps,
  plan: ({ trajectories, maskId }) =>
    trajectories.flatMap((trajectory, response) =>
      Array.from({ length: SETTINGS.rollout.steps }, (_, step) => {
        const { revealStep, prompt } = trajectory;
        const positions = [...revealStep.keys()];
        const state = maskedState(
          { index: response, response: trajectory, maskId },
          positions.filter((i) => revealStep[i]! >= step),
          1,
        );
        const scored = Array.from(state.positions, (at) => revealStep[at - prompt.length] === step);
        return {
          ...state,
          positions: state.positions.filter((_, k) => scored[k]),
          targets: state.targets.filter((_, k) => scored[k]),
          units: state.units.filter((_, k) => scored[k]),
        };
      })
    ),
  weight: ({ share, advantage, delta }) => share * advantage * Math.exp(delta),
  value: ({ share, states }) =>
    share *
    states.reduce((sum, { advantage, logp, anchor }) =>
      sum + Array.from(logp).reduce((inner, l, k) => inner + advantage * Math.exp(l - anchor[k]!), 0), 0),
  wgsl: "fn weight(w: WeightInputs) -> f32 { return w.share * w.advantage * exp(w.delta); }",
  wgslHyper: [],
};

backendTest(
  "an objective anchored at the rollout gets the log-probs of the rollout, target by target",
  async (backend) => {
    const settings = { rollout: { steps: 4, blockLength: 2, temperature: 0.7 } };
    await withRun(backend, { objective: trajectoryObjective, settings }, async (run) => {
      const { engine: { buffers } } = run;
      const [line] = await stepsOf(run, 1);
      const targets = SETTINGS.prompts * SETTINGS.group * echoTask.responseLength;
      const read = (view: View) => readFloats(backend, { ...view, length: targets });
      const [logp, first] = [await read(buffers[0]!.logp), await read(buffers[0]!.dlogp)];
      const [later, second] = [await read(buffers[1]!.logp), await read(buffers[1]!.dlogp)];
      const anchor = await read(buffers[0]!.anchor!);
      // The first update starts from the policy of the rollout, so ratios are 1; log-probs differ from each other.
      anchor.forEach((recorded, k) => assertAlmostEquals(recorded, logp[k]!, 1e-5));
      assert(new Set(anchor).size > targets / 2);
      assertEquals(await read(buffers[1]!.anchor!), anchor);
      // Both updates score the same targets, so their weights differ by the ratio alone.
      second.forEach((gradient, k) => {
        assertAlmostEquals(gradient, first[k]! * Math.exp(later[k]! - anchor[k]!), 1e-4 * Math.abs(gradient));
      });
      assert(later.some((value, k) => Math.abs(value - anchor[k]!) > 0.01));
      assertAlmostEquals(line!.value[0]!, 0, 1e-4);
      assert(line!.gradNorm.every((norm) => norm! > 0));
    });
  },
);

/** A backend that also counts sequences through forward and backward passes of whole models. */
function countingBackend(backend: Backend) {
  const count = { forward: 0, backward: 0 };
  const counting = instrumented(backend, (kernel, buffers, scalars) => {
    const { rows, sequence } = scalars as Record<string, number>;
    if (/^embed_forward/.test(kernel.name)) count.forward += rows! / sequence!;
    if (/^embed_backward_position/.test(kernel.name)) count.backward += rows! / sequence!;
    backend.run(kernel, buffers, scalars);
  });
  return { counting, count };
}

for (const objective of OBJECTIVES) {
  backendTest(
    `${objective.id}: the forward passes of updates in the log are those that ran`,
    async (backend) => {
      for (const mode of ["two-pass", "retain"] as const) {
        const { counting, count } = countingBackend(backend);
        // Counts of at least one masked token: no state is skipped for want of targets.
        const hyper = { samples: 3, systematicCounts: 1, steps: 3 };
        const settings = { prompts: 2, group: 2, miniBatches: 2 };
        await withRun(counting, { objective, mode, hyper, settings }, async (run) => {
          const log = await stepsOf(run, 1);
          let before = { ...count };
          const line = await policyStep({ ...run, onRollout: () => before = { ...count } }, log);
          const passes = count.forward - before.forward + 2 * (count.backward - before.backward);
          assert(count.backward > before.backward);
          const ofUpdates = ({ forwards, rolloutForwards }: StepLog) => forwards - rolloutForwards;
          assertEquals(ofUpdates(line) - ofUpdates(log[0]!), passes, mode);
        });
      }
    },
    placeOf(objective),
  );
}

/** Texts that an objective has rewarded at each step: its responses, and completions at both chosen steps. */
const REWARDED = [["bgpo", 2 * 3], ["egspo-sa", 2 * 3 + 2 * 3 * 2]] as const;

for (const [id, perStep] of REWARDED) {
  backendTest(
    `${id}: the log counts every text rewarded, and apart the forward passes that rollouts ask for`,
    async (backend) => {
      const { counting, count } = countingBackend(backend);
      let rewarded = 0, before = 0, ofRollouts = 0;
      const task: Task<string> = {
        ...lengthTask,
        rewards(batch) {
          rewarded += batch.length;
          return lengthTask.rewards(batch);
        },
      };
      await withRun(counting, { objective: objectiveById(id), task }, async (run) => {
        const onRollout = () => ofRollouts += count.forward - before;
        const log: StepLog[] = [];
        for (const step of [1, 2]) {
          before = count.forward;
          log.push(await policyStep({ ...run, onRollout }, log));
          const { rewardCalls, rolloutForwards, forwards } = log.at(-1)!;
          assertEquals([rewardCalls, rewarded], [step * perStep, step * perStep]);
          // Those that ran are fewer: responses in the same state share them.
          assertEquals(rolloutForwards, step * 2 * 3 * 4);
          assert(ofRollouts > 0 && ofRollouts < rolloutForwards, `${ofRollouts}`);
          assert(forwards > rolloutForwards);
        }
      });
    },
  );
}

/** Per target of update `index`, back from the device. */
async function columnOf(
  { engine: { buffers, learner: { backend } } }: PolicyRun,
  index: number,
  name: "logp" | "anchor" | "recomputed" | "divergence",
  targets: number,
): Promise<Float32Array> {
  return await readFloats(backend, { ...buffers[index]![name]!, length: targets });
}

/** Every response token is a target of an update over all steps. */
const ALL_TARGETS = SETTINGS.prompts * SETTINGS.group * echoTask.responseLength;

backendTest(
  "divergences are 0 before the first update, then at least those of {token, rest}, on both sides of a K",
  async (backend) => {
    for (const topK of [2, 1000]) {
      await withRun(
        backend,
        { objective: objectiveById("dppo-topk-tv"), hyper: { steps: 0, topK } },
        async (run) => {
          await stepsOf(run, 1);
          for (const divergence of await columnOf(run, 0, "divergence", ALL_TARGETS)) {
            assert(divergence < 1e-5);
          }
          const divergences = await columnOf(run, 1, "divergence", ALL_TARGETS);
          const anchor = await columnOf(run, 1, "anchor", ALL_TARGETS);
          const logp = await columnOf(run, 1, "logp", ALL_TARGETS);
          divergences.forEach((tv, k) => {
            const binary = Math.abs(Math.exp(logp[k]!) - Math.exp(anchor[k]!));
            assert(tv > binary - 1e-6 && tv < 1, `${tv}, binary ${binary}`);
          });
          assert(divergences.some((tv) => tv > 0.01));
        },
      );
    }
  },
);

backendTest("the recomputed old policy is that of the rollout, in every update", async (backend) => {
  await withRun(backend, { objective: objectiveById("minirl"), hyper: { steps: 0 } }, async (run) => {
    const [line] = await stepsOf(run, 1);
    const anchor = await columnOf(run, 1, "anchor", ALL_TARGETS);
    (await columnOf(run, 1, "recomputed", ALL_TARGETS)).forEach((logp, k) =>
      assertAlmostEquals(logp, anchor[k]!, 1e-5)
    );
    assertAlmostEquals(line!.maxRatio[0]!, 1, 1e-5);
    assert(line!.maxRatio[1]! > 1.01 && line!.kl[1]! > 1e-6);
  });
});

backendTest(
  "the last greedy completion is the response where decoding is greedy, not where it samples",
  async (backend) => {
    await withRun(backend, {}, async ({ sampler }, { parameters }) => {
      const length = echoTask.responseLength, keys = [0, 1, 2, 3];
      const prompt = echoTask.vocabulary.encode(echoTask.generate("train", 7, 0).prompt);
      const equal = async (temperature: number) => {
        const rollouts = await sample(
          sampler,
          parameters.views,
          {
            prompts: keys.map(() => prompt),
            rowKeys: keys,
            length,
            random: { seed: 7, stream: Stream.rolloutTokens },
          },
          { ...SETTINGS.rollout, temperature, remasking: "low-confidence", recordGreedy: true },
        );
        return rollouts.map(({ tokens, greedy }) =>
          tokens.every((token, i) => greedy![3 * length + i] === token)
        );
      };
      assertEquals(await equal(0), [true, true, true, true]);
      assert((await equal(3)).includes(false));
    });
  },
  { on: ["cpu"] },
);

backendTest("egspo-sa rewards what the sampler would finish at once at the chosen steps", async (backend) => {
  await withRun(backend, { objective: objectiveById("egspo-sa") }, async (run, { parameters }) => {
    const calls: string[][] = [];
    const task: Task<string> = {
      ...echoTask,
      rewards(batch) {
        calls.push(batch.map(({ example, text }) => `${example.prompt} ${text}`));
        return lengthTask.rewards(batch);
      },
    };
    const rows = [0, 1].flatMap((index) => [0, 1, 2].map((g) => ({ index, key: index * 3 + g })));
    const prompts = rows.map(({ index }) => echoTask.generate("train", run.seed, index).prompt);
    const expected = await sample(
      run.sampler,
      parameters.views,
      {
        prompts: prompts.map((prompt) => echoTask.vocabulary.encode(prompt)),
        rowKeys: rows.map(({ key }) => key),
        length: echoTask.responseLength,
        random: { seed: run.seed, stream: Stream.rolloutTokens },
      },
      { ...SETTINGS.rollout, remasking: "low-confidence", recordGreedy: true },
    );
    await policyStep({ ...run, task }, []);
    const [, completions] = calls, length = echoTask.responseLength;
    // Two updates with one of the two chosen steps each.
    assertEquals([calls.length, completions!.length], [2, rows.length * 2]);
    completions!.forEach((seen, i) => {
      const row = i % rows.length, { greedy } = expected[row]!;
      const possible = [0, 1, 2, 3].map((step) =>
        `${prompts[row]} ${echoTask.vocabulary.decode(greedy!.slice(step * length, (step + 1) * length))}`
      );
      assert(possible.includes(seen), `${seen} is none of ${possible}`);
    });
  });
});

Deno.test("a run has diverged after 3 skipped updates within 100", () => {
  const line = (nonFinite: number[]): StepLog => ({
    step: 1,
    reward: 0,
    correct: 0,
    deadGroups: 0,
    entropy: 0,
    value: nonFinite.map(() => 0),
    gradNorm: nonFinite.map(() => 0),
    nonFinite,
    maskShare: nonFinite.map(() => 0),
    kl: nonFinite.map(() => null),
    maxRatio: nonFinite.map(() => null),
    learningRate: 0,
    forwards: 0,
    rolloutForwards: 0,
    rewardCalls: 0,
  });
  const skipped = line([7]), fine = (count: number) => new Array(count).fill(line([0]));
  assertEquals(hasDiverged([]), false);
  assertEquals(hasDiverged([skipped, skipped]), false);
  assertEquals(hasDiverged([line([7, 1]), line([0, 1])]), true);
  assertEquals(hasDiverged([skipped, skipped, ...fine(97), skipped]), true);
  assertEquals(hasDiverged([skipped, skipped, ...fine(98), skipped]), false);
});
