import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { Stream } from "../../kernels/philox/random.ts";
import { countState } from "../diffusion/forward_process.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import { hyperOf } from "./value.ts";
import type { Hyper, PlanRequest } from "./objective.ts";
import type { State } from "../diffusion/state.ts";
import { objectiveById } from "./registry.ts";

const MASK = 99, PROMPT = 20, LENGTH = 12;

function trajectory(first: number): Trajectory {
  const floats = new Float32Array(LENGTH);
  return {
    prompt: Uint32Array.from({ length: PROMPT }, (_, i) => 200 + i),
    tokens: Uint32Array.from({ length: LENGTH }, (_, i) => first + i),
    revealStep: new Uint32Array(LENGTH),
    logp: floats,
    entropy: floats,
  };
}

function request(changes: Partial<PlanRequest> = {}): PlanRequest {
  return {
    trajectories: [trajectory(10), trajectory(30)],
    completionLengths: [12, 7],
    step: 0,
    innerUpdate: 0,
    innerUpdates: 4,
    rolloutSteps: 4,
    maskId: MASK,
    random: { seed: 3, stream: Stream.objectiveStates },
    ...changes,
  };
}

function planOf(id: string, changes: Partial<PlanRequest> = {}, settings: Hyper = {}): State[] {
  const objective = objectiveById(id);
  return objective.plan(request(changes), hyperOf(objective, settings));
}

const positionsOf = ({ positions }: State) => Array.from(positions, (at) => at - PROMPT);
/** Masked positions of prompt and response. */
const maskedOf = ({ inputIds }: State) => [...inputIds.keys()].filter((at) => inputIds[at] === MASK);
const IDS = ["diffu-grpo", "unigrpo", "wd1", "coupled-grpo", "spg", "espo", "grpo-elbo", "bgpo-dare"];

for (const id of IDS) {
  Deno.test(`${id}: targets are masked tokens of the response, and the rest of a state is what it was`, () => {
    const { trajectories } = request(), objective = objectiveById(id);
    const states = planOf(id);
    const perResponse = objective.statesPerResponse(hyperOf(objective), { rolloutSteps: 4, innerUpdates: 4 });
    assertEquals(
      states.map(({ response }) => response),
      [0, 1].flatMap((g) => new Array(perResponse).fill(g)),
    );
    for (const { response, inputIds, positions, targets } of states) {
      const { prompt, tokens } = trajectories[response]!, whole = [...prompt, ...tokens];
      inputIds.forEach((token, at) => assert(token === MASK || token === whole[at]));
      positions.forEach((at, k) => {
        assert(at >= PROMPT, "a prompt token is scored");
        assertEquals([inputIds[at], targets[k]], [MASK, whole[at]]);
      });
    }
  });

  Deno.test(`${id}: seed, rollout, inner update and response change the masks, batch peers do not`, () => {
    const masks = (changes: Partial<PlanRequest>) => planOf(id, changes).map(maskedOf);
    const plain = masks({});
    assertEquals(masks({}), plain);
    assertNotEquals(masks({ step: 1 }), plain);
    assertNotEquals(masks({ innerUpdate: 1 }), plain);
    assertNotEquals(masks({ random: { seed: 4, stream: Stream.objectiveStates } }), plain);
    const alone = masks({ trajectories: [trajectory(10)], completionLengths: [12] });
    assertEquals(alone, plain.slice(0, alone.length));
  });
}

for (const id of ["diffu-grpo", "unigrpo", "wd1", "coupled-grpo", "spg"]) {
  Deno.test(`${id}: tokens after the first end token are never scored`, () => {
    for (let step = 0; step < 20; step++) {
      for (const state of planOf(id, { step })) {
        assert(state.response === 0 || positionsOf(state).every((position) => position < 7));
      }
    }
  });
}

for (const id of ["diffu-grpo", "wd1"]) {
  Deno.test(`${id}: with prompt masking 0 its state is the count sample with all L tokens masked, u = 1`, () => {
    const [state] = planOf(id, {}, { promptMaskRatio: 0 });
    const draws = { below: () => 0 } as never;
    assertEquals(state, countState({ index: 0, response: trajectory(10), maskId: MASK }, LENGTH, draws));
  });

  Deno.test(`${id}: prompt tokens are masked with probability 0.15, anew in every inner update`, () => {
    let masked = 0;
    const updates = 400;
    for (let innerUpdate = 0; innerUpdate < updates; innerUpdate++) {
      for (const state of planOf(id, { innerUpdate })) {
        const positions = maskedOf(state);
        masked += positions.filter((at) => at < PROMPT).length;
        assertEquals(positions.filter((at) => at >= PROMPT).length, LENGTH);
      }
    }
    assertAlmostEquals(masked / (updates * 2 * PROMPT), 0.15, 0.012);
  });
}

Deno.test("unigrpo: mask ratios go evenly from a random start to 1 over the inner updates, the prompt clean", () => {
  // Many tokens show the ratio of a state.
  const length = 4000, long = { ...trajectory(10), tokens: new Uint32Array(length).fill(5) };
  const changes = { trajectories: [long], completionLengths: [length] };
  for (let step = 0; step < 5; step++) {
    const ratios = [0, 1, 2, 3].map((innerUpdate) => {
      const [state] = planOf("unigrpo", { ...changes, step, innerUpdate });
      assert(maskedOf(state!).every((at) => at >= PROMPT));
      return state!.positions.length / length;
    });
    assertEquals(ratios[3], 1);
    const start = ratios[0]!;
    ratios.forEach((ratio, n) => assertAlmostEquals(ratio, start + n / 3 * (1 - start), 0.04));
  }
  const [only] = planOf("unigrpo", { ...changes, innerUpdates: 1 });
  const [first] = planOf("unigrpo", { ...changes, innerUpdates: 4 });
  assertEquals(only, first);
});

Deno.test("coupled-grpo: every completion token is scored twice, q lies in the given range and sets the units", () => {
  const ratios: number[] = [];
  for (let step = 0; step < 200; step++) {
    const states = planOf("coupled-grpo", { step });
    for (const response of [0, 1]) {
      const [whole, first, second] = states.filter((state) => state.response === response);
      const length = [12, 7][response]!;
      assertEquals(positionsOf(whole!), [...Array(length).keys()]);
      assert(whole!.units.every((u) => u === 0.5));
      assertEquals([...positionsOf(first!), ...positionsOf(second!)].sort((a, b) => a - b), [
        ...Array(length).keys(),
      ]);
      // Both masks together hide every response token once, also those that are not scored.
      const hidden = [...maskedOf(first!), ...maskedOf(second!)].sort((a, b) => a - b);
      assertEquals(hidden, Array.from({ length: LENGTH }, (_, i) => PROMPT + i));
      if (!first!.units.length || !second!.units.length) continue;
      const q = 1 / (2 * first!.units[0]!);
      assertAlmostEquals(1 / (2 * second!.units[0]!), 1 - q, 1e-12);
      ratios.push(q);
    }
  }
  assert(Math.min(...ratios) > 0.2 && Math.max(...ratios) < 0.8);
  assert(Math.min(...ratios) < 0.23 && Math.max(...ratios) > 0.77);
});

Deno.test("espo: counts are uniform on 0 to L, masks come with their complement", () => {
  const counts = new Array<number>(LENGTH + 1).fill(0);
  for (let step = 0; step < 1300; step++) {
    const states = planOf("espo", { step }, { samples: 1 });
    for (const response of [0, 1]) {
      const [masked, rest] = states.filter((state) => state.response === response);
      const both = [...positionsOf(masked!), ...positionsOf(rest!)].sort((a, b) => a - b);
      assertEquals(both, [...Array(LENGTH).keys()]);
      counts[masked!.positions.length]!++;
    }
  }
  const expected = 2600 / (LENGTH + 1);
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert(chiSquare < 39, `${counts}: 12 degrees of freedom, p > 1e-4`);
});

Deno.test("bgpo-dare: states end with the first end token, and units are divided by the full length", () => {
  for (const state of planOf("bgpo-dare")) {
    const length = [12, 7][state.response]!, count = state.positions.length;
    assertEquals(state.inputIds.length, PROMPT + length);
    assertEquals([...state.units], new Array(count).fill(length / count / LENGTH));
  }
  const raw = planOf("bgpo-dare", {}, { normalize: 0 });
  raw.forEach(({ units, response }) =>
    assertEquals([...units], new Array(units.length).fill([12, 7][response]! / units.length))
  );
});
