import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { backendTest } from "../../kernels/testing.ts";
import {
  allocateParameters,
  freeParameters,
  type HostTensor,
  layoutParameters,
  loadParameters,
  type NamedTensors,
  readParameters,
} from "../model/parameters.ts";
import { assertCloseTensors, assertSameTensors, smallConfig, smallTensors } from "../model/testing.ts";
import {
  type AdamWSettings,
  allocateOptimizer,
  applyUpdate,
  decodeStats,
  freeOptimizer,
} from "./optimizer.ts";

const config = smallConfig();
const tensors = smallTensors(config);
const PLAIN: AdamWSettings = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  decay1d: false,
  maxGradNorm: 0,
};

/** Applies one update per set of gradients, from `tensors`, and returns the parameters and norms after each. */
async function updates(
  backend: Backend,
  gradients: readonly NamedTensors[],
  { settings, rate }: { settings: AdamWSettings; rate: number },
  { maxShardElements = backend.traits.maxBufferElements, first = 1 } = {},
) {
  const parameters = allocateParameters(backend, layoutParameters(config, maxShardElements), "parameters");
  const optimizer = allocateOptimizer(backend, parameters);
  const results: { parameters: Map<string, HostTensor>; norm: number }[] = [];
  try {
    loadParameters(backend, parameters, tensors);
    for (const [i, gradient] of gradients.entries()) {
      loadParameters(backend, optimizer.gradients, gradient);
      applyUpdate(backend, optimizer, { settings, learningRate: rate, number: first + i });
      const [stats] = await backend.read(optimizer.stats);
      const { gradNorm, nonFinite } = decodeStats(stats!);
      assertEquals(nonFinite, 0);
      results.push({ parameters: await readParameters(backend, parameters), norm: gradNorm });
      for (const [name, { data }] of await readParameters(backend, optimizer.gradients)) {
        assert(data.every((g) => g === 0), `the gradient of ${name} was not consumed`);
      }
    }
    return results;
  } finally {
    freeOptimizer(backend, optimizer);
    freeParameters(backend, parameters);
  }
}

/** Every tensor with each element mapped. */
function mapTensors(from: NamedTensors, f: (x: number, i: number, shape: readonly number[]) => number) {
  return new Map(Array.from(from, ([name, { shape, data }]) => [
    name,
    { shape, data: data.map((x, i) => f(x, i, shape)) },
  ]));
}

/** Gradients with entries of 0.5 to 1.5 of both signs. */
const gradient = mapTensors(tensors, (x, i) => Math.sign(x) * (1 + 0.5 * Math.sin(i)));

backendTest(
  "bias correction: with equal gradients every update moves by the learning rate",
  async (backend) => {
    const rate = 0.01;
    const results = await updates(backend, new Array(4).fill(gradient), { settings: PLAIN, rate });
    for (const [n, { parameters }] of results.entries()) {
      const expected = mapTensors(tensors, (x) => x - Math.sign(x) * (n + 1) * rate);
      assertCloseTensors(parameters, expected, 2e-6);
    }
  },
);

backendTest("bias correction follows the number of the update and is gone after many", async (backend) => {
  const rate = 0.01;
  // From zero moments, update t moves by the rate times (1 - b1) / (1 - b1^t) * sqrt((1 - b2^t) / (1 - b2)).
  for (const [first, factor] of [[3, (0.1 / 0.271) * Math.sqrt(0.029701 / 0.01)], [1_000_000, 1]] as const) {
    const [after] = await updates(backend, [gradient], { settings: PLAIN, rate }, { first });
    const expected = mapTensors(tensors, (x) => x - Math.sign(x) * rate * factor);
    assertCloseTensors(after!.parameters, expected, 2e-6);
  }
});

backendTest("weight decay spares one-dimensional tensors unless decay1d is set", async (backend) => {
  const nothing = mapTensors(tensors, () => 0), rate = 0.5, weightDecay = 0.125;
  for (const decay1d of [false, true]) {
    const [after] = await updates(backend, [nothing], { settings: { ...PLAIN, weightDecay, decay1d }, rate });
    const expected = mapTensors(tensors, (x, _, { length }) => length > 1 || decay1d ? x * 0.9375 : x);
    assertSameTensors(after!.parameters, expected);
  }
});

backendTest("the norm is that of all tensors, and clipping scales the gradient to it", async (backend) => {
  let square = 0;
  for (const { data } of gradient.values()) for (const g of data) square += g * g;
  const norm = Math.sqrt(square), rate = 0.01;
  // With a large epsilon an update is proportional to the clipped gradient.
  const settings = { ...PLAIN, epsilon: 1e4, maxGradNorm: norm / 4 };
  const [after] = await updates(backend, [gradient], { settings, rate: rate * 1e4 });
  assertAlmostEquals(after!.norm, norm, 1e-6 * norm);
  const expected = new Map(Array.from(tensors, ([name, { shape, data }]) => {
    const g = gradient.get(name)!.data;
    return [name, { shape, data: data.map((x, i) => x - rate * g[i]! / 4) }];
  }));
  assertCloseTensors(after!.parameters, expected, 2e-6);
});

backendTest(
  "sharding changes no bit of an update without clipping, and with it only the norm's rounding",
  async (backend) => {
    const both = async (settings: AdamWSettings) => {
      const run = (maxShardElements: number) =>
        updates(backend, [gradient, gradient], { settings, rate: 0.01 }, { maxShardElements });
      return [await run(512), await run(2 ** 24)] as const;
    };
    const [sharded, whole] = await both({ ...PLAIN, weightDecay: 0.1 });
    sharded.forEach(({ parameters }, i) => assertSameTensors(parameters, whole[i]!.parameters));
    const [clippedShards, clipped] = await both({ ...PLAIN, weightDecay: 0.1, maxGradNorm: 0.5 });
    clippedShards.forEach(({ parameters, norm }, i) => {
      assertAlmostEquals(norm, clipped[i]!.norm, 1e-6 * norm);
      assertCloseTensors(parameters, clipped[i]!.parameters, 1e-6);
    });
  },
);

backendTest("an optimiser returns its memory", async (backend) => {
  const { bytes } = backend.memory();
  await updates(backend, [gradient], { settings: PLAIN, rate: 0.01 });
  assertEquals(backend.memory().bytes, bytes);
});
