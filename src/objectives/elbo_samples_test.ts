import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import { exactElboByCount } from "../diffusion/elbo.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import { elboStates } from "./elbo_samples.ts";
import type { PlanRequest } from "./objective.ts";
import type { State } from "../diffusion/state.ts";

const maskId = 99;

function trajectory(length: number, first: number): Trajectory {
  const tokens = Uint32Array.from({ length }, (_, i) => first + i);
  const floats = new Float32Array(length);
  return { prompt: Uint32Array.of(1, 2, 3), tokens, revealStep: tokens, logp: floats, entropy: floats };
}

function request(lengths: readonly number[], changes: Partial<PlanRequest> = {}): PlanRequest {
  return {
    trajectories: lengths.map((length, g) => trajectory(length, 10 * (g + 1))),
    completionLengths: lengths,
    step: 0,
    innerUpdate: 0,
    innerUpdates: 2,
    rolloutSteps: 4,
    maskId,
    random: { seed: 7, stream: Stream.objectiveStates },
    ...changes,
  };
}

const BERNOULLI = { samples: 6, systematicCounts: 0, normalize: 0 };
const COUNTS = { samples: 6, systematicCounts: 1, normalize: 0 };

for (const [name, hyper] of Object.entries({ BERNOULLI, COUNTS })) {
  Deno.test(`${name}: every state masks its targets, keeps the rest and belongs to its response`, () => {
    const plan = request([8, 8, 8]);
    const states = elboStates(plan, hyper);
    assertEquals(states.map(({ response }) => response), [0, 1, 2].flatMap((g) => new Array(6).fill(g)));
    for (const { response, inputIds, positions, targets } of states) {
      const { prompt, tokens } = plan.trajectories[response]!;
      const restored = inputIds.slice();
      positions.forEach((position, k) => {
        assertEquals(inputIds[position], maskId);
        restored[position] = targets[k]!;
      });
      assertEquals([...restored], [...prompt, ...tokens]);
      assertEquals(inputIds.filter((id) => id === maskId).length, positions.length);
    }
  });

  Deno.test(`${name}: the states of a response do not depend on the others in its batch`, () => {
    const together = elboStates(request([8, 8, 8]), hyper);
    const alone = elboStates(request([8]), hyper);
    assertEquals(together.slice(0, 6), alone);
  });

  Deno.test(`${name}: seed, rollout, inner update and response each change the masks, a repetition does not`, () => {
    const masks = (changes: Partial<PlanRequest>) =>
      elboStates(request([32], changes), hyper).map(({ positions }) => [...positions]);
    const plain = masks({});
    assertEquals(masks({}), plain);
    const others = [
      masks({ step: 1 }),
      masks({ innerUpdate: 1 }),
      masks({ random: { seed: 8, stream: Stream.objectiveStates } }),
      elboStates(request([32, 32]), hyper).slice(6).map(({ positions }) => [...positions]),
    ];
    for (const other of others) assertNotEquals(other, plain);
    assertEquals(new Set(plain.map(String)).size, plain.length, "samples differ");
  });

  Deno.test(`${name}: normalize divides the units by the response length and leaves the masks`, () => {
    const raw = elboStates(request([8]), hyper),
      normalized = elboStates(request([8]), { ...hyper, normalize: 1 });
    raw.forEach((state, j) => {
      assertEquals(normalized[j]!.positions, state.positions);
      assertEquals(normalized[j]!.units, state.units.map((u) => u / 8));
    });
  });

  Deno.test(`${name}: the mean of the estimates is the ELBO`, () => {
    const length = 5, plans = 3000;
    // Any table of conditionals has an ELBO; this one is made of uniform numbers.
    const conditional = (position: number, masked: number) =>
      -3 * randomSequence({ seed: 1, stream: 1 }, 0, masked, position).uniform();
    const estimateOf = ({ positions, units }: State) => {
      const masked = positions.reduce((set, position) => set | 1 << (position - 3), 0);
      return units.reduce((sum, u, k) => sum + u * conditional(positions[k]! - 3, masked), 0);
    };
    // 20 batches of plans give the standard error.
    const batches = Array.from({ length: 20 }, (_, batch) => {
      let total = 0;
      for (let i = 0; i < plans / 20; i++) {
        const states = elboStates(request([length], { step: batch * plans + i }), { ...hyper, samples: 4 });
        for (const state of states) total += estimateOf(state);
      }
      return total / (plans / 20 * 4);
    });
    const mean = batches.reduce((a, b) => a + b, 0) / 20;
    const variance = batches.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 19 / 20;
    assertAlmostEquals(mean, exactElboByCount(length, conditional), 4 * Math.sqrt(variance));
    assert(Math.sqrt(variance) < 0.05 * Math.abs(mean), `standard error ${Math.sqrt(variance)} of ${mean}`);
  });
}

Deno.test("systematic counts cover the response evenly: 4 samples of 8 tokens lie 2 apart", () => {
  const states = elboStates(request([8]), { ...COUNTS, samples: 4 });
  const counts = states.map(({ positions }) => positions.length);
  for (const { units, positions } of states) {
    assertEquals(
      [...units],
      [...positions].map(() => 8 / units.length),
    );
  }
  const sorted = counts.toSorted((a, b) => a - b);
  assertEquals(sorted.map((count) => count - sorted[0]!), [0, 2, 4, 6]);
});

Deno.test("settings outside their range are refused", () => {
  assertThrows(() => elboStates(request([8]), { ...COUNTS, samples: 0 }), RangeError, '"samples" is 0');
  assertThrows(() => elboStates(request([8]), { ...COUNTS, samples: 1.5 }), RangeError, '"samples" is 1.5');
  assertThrows(() => elboStates(request([8]), { ...COUNTS, normalize: 2 }), RangeError, '"normalize" is 2');
  assertThrows(() => elboStates(request([8]), { samples: 1, normalize: 0 }), RangeError, "is undefined");
});
