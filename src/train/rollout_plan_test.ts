import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Stream } from "../../kernels/philox/random.ts";
import { center } from "../objectives/advantage.ts";
import type { Objective } from "../objectives/objective.ts";
import { objectiveById } from "../objectives/registry.ts";
import { chosenStates } from "../objectives/trajectory_states.ts";
import {
  type Completion,
  miniBatchesOf,
  type PlanSettings,
  planUpdates,
  rankAdvantages,
  recordingFor,
} from "./rollout_plan.ts";

const LENGTH = 4, STEPS = 2, EOS = 0, K = 2;
const GROUPS = [0, 0, 1, 1];
/** Response g has the tokens 10 g, 10 g + 1, ...; the second response ends after two tokens. */
const trajectories = GROUPS.map((_, g) => ({
  prompt: Uint32Array.of(50),
  tokens: Uint32Array.from({ length: LENGTH }, (_, i) => g === 1 && i >= 1 ? EOS : 10 * g + i + 1),
  revealStep: Uint32Array.of(0, 1, 0, 1),
  logp: Float32Array.from({ length: LENGTH }, (_, i) => -g - i / 8),
  entropy: new Float32Array(LENGTH),
  greedy: Uint32Array.from({ length: STEPS * LENGTH }, (_, i) => 100 * g + i),
  topTokens: Uint32Array.from({ length: LENGTH * K }, (_, i) => 200 + i),
  topLogp: Float32Array.from({ length: LENGTH * K }, (_, i) => -i / 4),
}));
const rollout = { trajectories, rewards: [1, 0, 0.5, 0.25], groups: GROUPS };

/** Two steps of every response; asks for everything that a rollout can record. */
const asking: Objective = {
  ...objectiveById("bgpo"),
  id: "asking",
  defaults: { steps: 0, selection: 0, topK: K },
  anchor: "rollout",
  divergence: "tv",
  completions: true,
  rankAdvantages: (rewards, completed) => center(Array.from(rewards, (r, i) => r - completed[i]! / 1000)),
  plan: chosenStates,
  statesPerResponse: () => STEPS,
};

const settings = (changes: Partial<PlanSettings> = {}): PlanSettings => ({
  objective: asking,
  hyper: asking.defaults,
  config: { vocab: 300, maskId: 299, eosId: EOS },
  step: 0,
  random: { seed: 1, stream: Stream.objectiveStates },
  rolloutSteps: STEPS,
  innerUpdates: 2,
  miniBatches: 2,
  ...changes,
});

/** A completion earns its first token. */
const firstToken = (completions: readonly Completion[]) =>
  Promise.resolve(completions.map(({ tokens }) => tokens[0]!));

Deno.test("every inner update is cut into mini-batches of whole prompts, each a batch of its own", async () => {
  const updates = await planUpdates(rollout, settings(), firstToken);
  assertEquals(updates.length, 4);
  for (const [i, { states, facts }] of updates.entries()) {
    const own = trajectories.slice(2 * (i % 2), 2 * (i % 2) + 2);
    assertEquals(states.map(({ response, step }) => [response, step]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
    for (const { response, targets, step } of states) {
      const { tokens, revealStep } = own[response]!;
      assertEquals(targets, tokens.filter((_, k) => revealStep[k] === step));
    }
    assertEquals([facts.prompts, facts.responses.map(({ share }) => share)], [1, [0.5, 0.5]]);
    assertEquals(facts.responses.map(({ completionLength }) => completionLength), i % 2 ? [4, 4] : [4, 2]);
  }
});

Deno.test("recorded log-probs and likeliest tokens follow their targets into the mini-batches", async () => {
  const [, second] = await planUpdates(rollout, settings(), firstToken);
  // Response 2: step 0 reveals positions 0 and 2.
  assertEquals([...second!.anchor!.subarray(0, 4)], [-2, -2.25, -2.125, -2.375]);
  const { count, tokens, logp } = second!.recordedTop!;
  assertEquals(count, K + 1);
  assertEquals([...tokens.subarray(0, 6)], [21, 200, 201, 23, 204, 205]);
  assertEquals([...logp.subarray(0, 6)], [-2, 0, -0.25, -2.25, -1, -1.25]);
});

Deno.test("completions are rewarded once each, and ranks are compared over their group", async () => {
  const asked: Completion[][] = [];
  const updates = await planUpdates(rollout, settings({ miniBatches: 1 }), (completions) => {
    asked.push([...completions]);
    return firstToken(completions);
  });
  assertEquals(asked.map(({ length }) => length), [8]);
  assertEquals(asked[0]!.slice(0, 3), [
    { response: 0, tokens: Uint32Array.of(0, 1, 2, 3) },
    { response: 0, tokens: Uint32Array.of(4, 5, 6, 7) },
    { response: 1, tokens: Uint32Array.of(100, 101, 102, 103) },
  ]);
  // R - r / 1000, centred: 1 and -0.1 at rank 0 and 0.996 and -0.104 at rank 1, of the first prompt.
  const advantages = updates[0]!.facts.states.map(({ advantage }) => Number(advantage.toFixed(12)));
  assertEquals(advantages.slice(0, 4), [0.55, 0.55, -0.55, -0.55]);
  assertEquals(updates[1]!.facts.states, updates[0]!.facts.states);
});

Deno.test("without completions every state has the advantage of its response", async () => {
  const plain = { ...asking, completions: false };
  const [update] = await planUpdates(
    rollout,
    settings({ objective: plain, miniBatches: 1 }),
    () => Promise.reject(new Error("nobody asked")),
  );
  const [first, , second] = update!.facts.states;
  assertEquals(first!.advantage, -second!.advantage);
  assertEquals(update!.facts.states.map(({ response }) => response), [0, 0, 1, 1, 2, 2, 3, 3]);
});

Deno.test("the sampler records what an objective asks for, at most the vocabulary", () => {
  assertEquals(recordingFor(asking, { topK: 20 }, { vocab: 16 }), { recordGreedy: true, recordTopK: 16 });
  assertEquals(recordingFor(objectiveById("bgpo"), {}, { vocab: 16 }), {});
});

Deno.test("mini-batches that do not divide the prompts, and completions that were not recorded, are refused", async () => {
  assertEquals(miniBatchesOf([5, 3, 5, 3], 2), [[0, 2], [1, 3]]);
  for (const count of [0, 3, 1.5]) {
    assertThrows(() => miniBatchesOf([0, 0, 1, 1], count), RangeError, "choose a divisor of the prompts");
  }
  const unrecorded = trajectories.map(({ greedy: _, ...rest }) => rest);
  await assertRejects(
    () => planUpdates({ ...rollout, trajectories: unrecorded }, settings(), firstToken),
    Error,
    "completions need states on the rollout's path",
  );
  const { rankAdvantages: _, ...without } = asking;
  assertThrows(
    () => rankAdvantages({ objective: without, hyper: {} }, [], rollout, []),
    Error,
    "asking asks for completions",
  );
});
