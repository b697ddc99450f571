import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Backend, readWords, upload, type View } from "../backend.ts";
import * as gradNorm from "../grad_norm/mod.ts";
import { backendTest, checkOp, testData } from "../testing.ts";
import { type Step, step } from "./mod.ts";
import * as reference from "./reference.ts";

const hyper = {
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  weightDecay1d: 0.02,
};

const corrections = (t: number) => ({
  biasCorrection1: 1 - hyper.beta1 ** t,
  biasCorrection2: 1 - hyper.beta2 ** t,
});

/** grad_norm, then the step, as a training loop runs them. */
function update(
  backend: Backend,
  { parameters, gradients, m, v }: { parameters: View; gradients: View; m: View; v: View },
  options: Step,
): void {
  const partials = backend.allocate("partials", gradNorm.partialLength(options.length));
  const stats = backend.allocate("stats", 2);
  gradNorm.forward(backend, { gradients, partials, stats }, options);
  step(backend, { parameters, gradients, m, v, stats }, options);
  backend.free(partials);
  backend.free(stats);
}

// length, decayLength: around a vec4 and a workgroup of them, boundaries inside and between vec4s.
const SIZES = [
  [1, 0],
  [1, 1],
  [3, 2],
  [4, 4],
  [5, 4],
  [63, 30],
  [64, 64],
  [255, 6],
  [256, 0],
  [257, 255],
  [515, 301],
  [30011, 29000],
] as const;

for (const [length, decayLength] of SIZES) {
  for (const maxGradNorm of [0, 0.5, 1e4]) {
    const clipping = maxGradNorm === 0 ? "no clipping" : `norm at most ${maxGradNorm}`;
    backendTest(
      `adamw, 3 steps of ${length} elements, ${decayLength} decayed, ${clipping}`,
      async (backend) => {
        const gradients = [1, 2, 3].map((salt) => testData(length, salt));
        const parameters = testData(length, 4);
        // Moments as they are in the middle of a run.
        const m = testData(length, 5), v = testData(length, 6).map((x) => x * x);
        const settings = { ...hyper, decayLength, maxGradNorm };
        let state: reference.State = {
          parameters: Float64Array.from(parameters),
          m: Float64Array.from(m),
          v: Float64Array.from(v),
        };
        gradients.forEach((g, i) => state = reference.step(state, g, i + 1, settings));
        await checkOp(backend, {
          inputs: { g1: gradients[0]!, g2: gradients[1]!, g3: gradients[2]! },
          outputs: {},
          inout: { parameters, m, v, gradients: new Float32Array(length) },
          run: (b, views) =>
            [views.g1, views.g2, views.g3].forEach((g, i) => {
              b.copy(g, views.gradients!);
              update(b, views as never, { ...settings, length, ...corrections(i + 1) });
            }),
          expected: { ...state, gradients: new Float32Array(length) },
          tolerance: { gradients: { absolute: 0, relative: 0 } },
        });
      },
    );
  }
}

backendTest(
  "adamw from zero moments moves each parameter by the learning rate at the first step",
  async (backend) => {
    // m = (1 - beta1) g and v = (1 - beta2) g^2, so the corrected ratio is the sign of g.
    const gradients = Float32Array.of(1e-3, -2, 50, -1e3, 0);
    await checkOp(backend, {
      inputs: {},
      outputs: {},
      inout: { parameters: new Float32Array(5), m: new Float32Array(5), v: new Float32Array(5), gradients },
      run: (b, views) =>
        update(b, views as never, { ...hyper, length: 5, decayLength: 5, maxGradNorm: 0, ...corrections(1) }),
      expected: {
        parameters: Array.from(gradients, (g) => -Math.sign(g) * hyper.learningRate),
        m: Array.from(gradients, (g) => 0.1 * g),
        v: Array.from(gradients, (g) => 0.001 * g * g),
        gradients: new Float32Array(5),
      },
      tolerance: { parameters: { absolute: 1e-7 } },
    });
  },
);

for (const length of [1, 6, 257, 30011]) {
  for (const bad of [NaN, Infinity, -Infinity, 1e30]) {
    backendTest(`adamw leaves ${length} elements alone when a gradient is ${bad}`, async (backend) => {
      for (const place of new Set([0, length >> 1, length - 1])) {
        const gradients = testData(length, 7);
        gradients[place] = bad;
        const before = { parameters: testData(length, 8), m: testData(length, 9), v: testData(length, 10) };
        const words = (data: Float32Array) => new Uint32Array(data.buffer);
        await checkOp(backend, {
          inputs: {},
          outputs: {},
          inout: { ...before, gradients },
          run: (b, views) =>
            update(b, views as never, {
              ...hyper,
              length,
              decayLength: 5,
              maxGradNorm: 1,
              ...corrections(1),
            }),
          expected: {
            parameters: words(before.parameters),
            m: words(before.m),
            v: words(before.v),
            gradients: new Uint32Array(length),
          },
          words: ["parameters", "m", "v", "gradients"],
        });
      }
    });
  }
}

backendTest("adamw does not touch the elements behind its length", async (backend) => {
  const data = testData(64, 11);
  const views = {
    parameters: upload(backend, "parameters", data),
    gradients: upload(backend, "gradients", data),
    m: upload(backend, "m", data),
    v: upload(backend, "v", data),
  };
  update(backend, views, { ...hyper, length: 6, decayLength: 6, maxGradNorm: 0, ...corrections(1) });
  const before = new Uint32Array(data.buffer);
  for (const view of Object.values(views)) {
    const after = await readWords(backend, view);
    assertNotEquals(after.subarray(0, 6), before.subarray(0, 6));
    assertEquals(after.subarray(6), before.subarray(6));
    backend.free(view);
  }
});

backendTest("adamw names a constant outside its range", (backend) => {
  const x = backend.allocate("x", 4);
  const views = { parameters: x, gradients: x, m: x, v: x, stats: x };
  const good = { ...hyper, length: 4, decayLength: 4, maxGradNorm: 1, ...corrections(1) };
  for (
    const bad of [{ biasCorrection1: 0 }, { beta2: 1 }, { learningRate: NaN }, { maxGradNorm: -1 }, {
      epsilon: 0,
    }]
  ) {
    assertThrows(() => step(backend, views, { ...good, ...bad }), RangeError, `${Object.keys(bad)[0]} is `);
  }
  backend.free(x);
  return Promise.resolve();
});
