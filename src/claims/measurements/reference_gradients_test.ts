import { assertEquals, assertThrows } from "@std/assert";
import type { Trajectory } from "../../diffusion/trajectory.ts";
import type { PlanRequest } from "../../objectives/objective.ts";
import { committed, proposed } from "./reference_gradients.ts";

const M = 9;
/** Two blocks of two tokens, two steps each; the second candidate of the first step is discarded. */
const trajectory: Trajectory = {
  prompt: Uint32Array.of(7),
  tokens: Uint32Array.of(1, 2, 3, 4),
  revealStep: Uint32Array.of(0, 1, 3, 2),
  logp: new Float32Array(4),
  entropy: new Float32Array(4),
  proposed: Uint32Array.from([
    [1, 5, M, M],
    [M, 2, M, M],
    [M, M, 6, 4],
    [M, M, 3, M],
  ].flat()),
};
const request = { trajectories: [trajectory], rolloutSteps: 4, maskId: M } as unknown as PlanRequest;
const seen = (states: ReturnType<typeof committed.plan>) =>
  states.map(({ inputIds, positions, targets }) => [[...inputIds], [...positions], [...targets]]);

Deno.test("committed tokens: the state before every step, scored at what it revealed", () => {
  assertEquals(seen(committed.plan(request, {})), [
    [[7, M, M, M, M], [1], [1]],
    [[7, 1, M, M, M], [2], [2]],
    [[7, 1, 2, M, M], [4], [4]],
    [[7, 1, 2, M, 4], [3], [3]],
  ]);
});

Deno.test("all candidates: the same states, scored at every masked position of the block with what was drawn there", () => {
  assertEquals(seen(proposed.plan(request, {})), [
    [[7, M, M, M, M], [1, 2], [1, 5]],
    [[7, 1, M, M, M], [2], [2]],
    [[7, 1, 2, M, M], [3, 4], [6, 4]],
    [[7, 1, 2, M, 4], [3], [3]],
  ]);
});

Deno.test("without recorded candidates there is no exact gradient", () => {
  const { proposed: _, ...bare } = trajectory;
  assertThrows(
    () => proposed.plan({ ...request, trajectories: [bare] }, {}),
    Error,
    "needs the proposals recorded at rollout",
  );
});
