import { assertEquals } from "@std/assert";
import { Stream } from "../../kernels/philox/random.ts";
import type { PlanRequest } from "./objective.ts";
import { chosenPerResponse, chosenStates, pathState } from "./trajectory_states.ts";

const MASK = 99;
const trajectory = {
  prompt: Uint32Array.of(7, 8),
  tokens: Uint32Array.of(10, 11, 12, 13),
  revealStep: Uint32Array.of(1, 0, 2, 1),
  logp: new Float32Array(4),
  entropy: Float32Array.of(3, 1, 2, 1),
};
const request: PlanRequest = {
  trajectories: [trajectory, trajectory],
  completionLengths: [4, 4],
  rolloutSteps: 3,
  innerUpdates: 1,
  step: 4,
  innerUpdate: 0,
  maskId: MASK,
  random: { seed: 1, stream: Stream.objectiveStates },
};

Deno.test("the state before a step hides what later steps reveal and scores what this one does", () => {
  assertEquals(pathState(5, trajectory, { from: 1, to: 2 }, MASK), {
    response: 5,
    inputIds: Uint32Array.of(7, 8, MASK, 11, MASK, MASK),
    positions: Uint32Array.of(2, 5),
    targets: Uint32Array.of(10, 13),
    units: Float64Array.of(1, 1),
    step: 1,
  });
  assertEquals([...pathState(0, trajectory, { from: 1, to: 3 }, MASK).targets], [10, 12, 13]);
  assertEquals(pathState(0, trajectory, { from: 3, to: 4 }, MASK).targets.length, 0);
});

Deno.test("the states of all steps score every token once, where the rollout revealed it", () => {
  const states = chosenStates(request, { steps: 0, selection: 0 });
  assertEquals(states.map(({ response, step, rank }) => [response, step, rank]), [
    [0, 0, 0],
    [0, 1, 1],
    [0, 2, 2],
    [1, 0, 0],
    [1, 1, 1],
    [1, 2, 2],
  ]);
  const own = states.filter(({ response }) => response === 0);
  assertEquals(own.flatMap(({ targets }) => [...targets]).sort(), [...trajectory.tokens]);
  for (const { step, positions } of own) {
    for (const position of positions) assertEquals(trajectory.revealStep[position - 2], step);
  }
});

Deno.test("chosen steps keep their rank: here the entropies 2, 2, 1 of steps 1, 2 and 0", () => {
  const hyper = { steps: 2, selection: 0 };
  const states = chosenStates(request, hyper);
  assertEquals(states.slice(0, 2).map(({ step, rank }) => [step, rank]), [[1, 0], [2, 1]]);
  assertEquals(states.length, 2 * chosenPerResponse(hyper, request));
  assertEquals(chosenPerResponse({ steps: 0 }, request), 3);
});
