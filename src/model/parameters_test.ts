import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { readFloats, VIEW_ALIGNMENT } from "../../kernels/backend.ts";
import { backendTest, testData } from "../../kernels/testing.ts";
import {
  allocateParameters,
  copyParameters,
  freeParameters,
  initialTensors,
  layoutParameters,
  loadParameters,
  type NamedTensors,
  type ParameterLayout,
  readParameters,
} from "./parameters.ts";
import {
  assertSameBits,
  assertSameTensors,
  gradientOf,
  logitsOf,
  ODD_SIZES,
  openModel,
  smallConfig,
  smallTensors,
  testBatch,
} from "./testing.ts";

const WHOLE = 2 ** 24;
/** Elements of the largest region of `config`, the fused projection of gate and up, aligned. */
const SMALLEST = 320;
const config = smallConfig({ ...ODD_SIZES, headDim: 5 });
const prefix = "model.transformer";
const block = (layer: number, name: string) => `${prefix}.blocks.${layer}.${name}.weight`;

/** Ranges of a layout that kernels bind. */
function regionsOf({ embedding, position, layers, finalNorm, head }: ParameterLayout) {
  const regions = [embedding, position, ...layers.flatMap((layer) => Object.values(layer)), finalNorm, head];
  return regions.filter((region) => region !== null);
}

Deno.test("regions start aligned, and none overlaps another or leaves its shard", () => {
  for (const limit of [WHOLE, 512]) {
    const { shards, ...layout } = layoutParameters(config, limit);
    const owner = shards.map(({ length }) => new Array(length).fill(null));
    for (const region of regionsOf({ shards, ...layout })) {
      assertEquals(region.offset % VIEW_ALIGNMENT, 0);
      for (let i = region.offset; i < region.offset + region.length; i++) {
        assertEquals(owner[region.shard]![i], null, `element ${i} of shard ${region.shard}`);
        owner[region.shard]![i] = region;
      }
    }
    for (const { length } of shards) assert(length <= limit);
  }
});

Deno.test("fused regions hold their public tensors as rows, in order and without a gap", () => {
  for (const limit of [WHOLE, 512]) {
    const layout = layoutParameters(config, limit);
    const regionOf: [string[], ParameterLayout["position"]][] = [
      [[`${prefix}.wte.weight`], layout.embedding],
      [[`${prefix}.wpe.weight`], layout.position],
      ...layout.layers.flatMap((layer, i): typeof regionOf => [
        [[block(i, "q_proj")], layer.query],
        [["k_proj", "v_proj"].map((name) => block(i, name)), layer.keyValue],
        [[block(i, "attn_out")], layer.attentionOut],
        [["ff_proj", "up_proj"].map((name) => block(i, name)), layer.gateUp],
        [[block(i, "ff_out")], layer.mlpOut],
        [[block(i, "attn_norm")], layer.attentionNorm],
        [[block(i, "ff_norm")], layer.mlpNorm],
      ]),
      [[`${prefix}.ff_out.weight`], layout.head],
      [[`${prefix}.ln_f.weight`], layout.finalNorm],
    ];
    for (const [names, region] of regionOf) {
      let at = region!.offset;
      for (const name of names) {
        const tensor = layout.tensors.find((tensor) => tensor.name === name)!;
        assertEquals([tensor.shard, tensor.offset], [region!.shard, at], name);
        assertEquals(tensor.length, tensor.shape.reduce((product, n) => product * n, 1));
        at += tensor.length;
      }
      assertEquals(at, region!.offset + region!.length, names.join());
    }
    const named = regionOf.flatMap(([names]) => names);
    assertEquals(layout.tensors.map(({ name }) => name).sort(), named.sort());
    assertEquals(layout.parameters, regionsOf(layout).reduce((sum, { length }) => sum + length, 0));
  }
});

Deno.test("in every shard matrices lie before vectors, split at decayLength", () => {
  for (const limit of [WHOLE, 512, SMALLEST]) {
    const { shards, tensors } = layoutParameters(config, limit);
    for (const { name, shape, shard, offset, length } of tensors) {
      const { decayLength } = shards[shard]!;
      assert(shape.length > 1 ? offset + length <= decayLength : offset >= decayLength, name);
    }
  }
});

Deno.test("with rotary positions there is no position embedding", () => {
  const layout = layoutParameters(smallConfig({ position: "rope" }), WHOLE);
  assertEquals(layout.position, null);
  assert(layout.tensors.every(({ name }) => !name.includes("wpe")));
});

Deno.test("a matrix that no binding can hold is refused by name", () => {
  assertThrows(
    () => layoutParameters(config, SMALLEST - 1),
    RangeError,
    `${block(0, "ff_proj")} needs 1280 bytes, a kernel of this device can bind 1276; use a smaller model`,
  );
});

backendTest("load and read return the same bits by name, in one shard or several", async (backend) => {
  const tensors = smallTensors(config);
  for (const limit of [WHOLE, 512]) {
    const layout = layoutParameters(config, limit);
    const [store, copy] = ["one", "two"].map((label) => allocateParameters(backend, layout, label));
    try {
      loadParameters(backend, store!, tensors);
      copyParameters(backend, store!, copy!);
      for (const each of [store!, copy!]) {
        const read = await readParameters(backend, each);
        for (const [name, { shape, data }] of tensors) {
          assertEquals(read.get(name)!.shape, shape);
          assertSameBits(read.get(name)!.data, data, name);
        }
        assertEquals(read.size, tensors.size);
      }
      const rows = (name: string) => [...tensors.get(block(1, name))!.data];
      const fused = ["k_proj", "v_proj"].flatMap(rows);
      assertEquals(await readFloats(backend, store!.views.layers[1]!.keyValue), Float32Array.from(fused));
    } finally {
      for (const each of [store!, copy!]) freeParameters(backend, each);
    }
  }
});

backendTest("sharding changes no bit of logits and gradients", async (backend) => {
  for (const changes of [{}, { ...ODD_SIZES, position: "rope" as const }]) {
    const config = smallConfig(changes), tensors = smallTensors(config), limits = { rows: 12, targets: 12 };
    const { batch, tokens } = testBatch(config, { batch: 2, sequence: 6, targets: 7 }, 3);
    const dlogp = testData(7, 6);
    using whole = openModel(backend, config, tensors, limits);
    using sharded = openModel(backend, config, tensors, { ...limits, maxShardElements: 512 });
    assertEquals(whole.parameters.shards.length, 1);
    assert(sharded.parameters.shards.length >= 4);
    assertSameBits(await logitsOf(sharded, batch), await logitsOf(whole, batch), "logits");
    const expected = await gradientOf(whole, batch, tokens, dlogp);
    assertSameTensors(await gradientOf(sharded, batch, tokens, dlogp), expected);
  }
});

backendTest("tensors that do not fit are refused by name, and nothing is loaded", async (backend) => {
  const tensors = smallTensors(config);
  const store = allocateParameters(backend, layoutParameters(config, WHOLE), "parameters");
  const up = block(1, "up_proj"), [first] = tensors.keys();
  const cases: [NamedTensors, string][] = [
    [new Map(), `the checkpoint has no tensor ${first}; the model needs it as [19,10]`],
    [without(tensors, up), `the checkpoint has no tensor ${up}; the model needs it as [13,10]`],
    [
      new Map([...tensors, [block(2, "q_proj"), tensors.get(up)!]]),
      `tensor ${block(2, "q_proj")} of the checkpoint does not belong to this model`,
    ],
    [
      new Map([...tensors, [up, { ...tensors.get(up)!, shape: [10, 13] }]]),
      `tensor ${up} has shape [10,13], the configuration asks for [13,10]`,
    ],
    [
      new Map([...tensors, [up, { ...tensors.get(up)!, shape: [130] }]]),
      `tensor ${up} has shape [130], the configuration asks for [13,10]`,
    ],
  ];
  try {
    for (const [wrong, message] of cases) {
      assertThrows(() => loadParameters(backend, store, wrong), Error, message);
    }
    const read = await readParameters(backend, store);
    for (const [name, { data }] of read) assert(data.every((w) => w === 0), name);
  } finally {
    freeParameters(backend, store);
  }
});

Deno.test("initial tensors are a function of the seed, and differ from each other", () => {
  const layout = layoutParameters(config, WHOLE), std = { embeddingStd: 0.1, linearGain: 1 };
  const draw = (seed: number) => initialTensors(layout, std, { seed, stream: 1 });
  assertSameTensors(draw(3), draw(3));
  assertSameTensors(initialTensors(layoutParameters(config, 512), std, { seed: 3, stream: 1 }), draw(3));
  const heads = (tensors: NamedTensors) =>
    Array.from(tensors.values())
      .filter(({ shape }) => shape.length > 1)
      .map(({ data, shape }) => data[0]! * Math.sqrt(shape[1]!));
  assertEquals(new Set([...heads(draw(3)), ...heads(draw(4))]).size, 2 * heads(draw(3)).length);
  assertNotEquals(heads(draw(3)), heads(draw(4)));
});

Deno.test("initial weights have mean 0 and the stated standard deviations; norms are 1", () => {
  const large = smallConfig({
    vocab: 64,
    dim: 32,
    heads: 4,
    kvHeads: 2,
    headDim: 12,
    hidden: 96,
    maxSequence: 50,
  });
  const tensors = initialTensors(layoutParameters(large, WHOLE), { embeddingStd: 0.25, linearGain: 0.5 }, {
    seed: 5,
    stream: 1,
  });
  for (const [name, { shape, data }] of tensors) {
    if (shape.length === 1) {
      assert(data.every((w) => w === 1), name);
      continue;
    }
    const std = /wte|wpe/.test(name) ? 0.25 : 0.5 / Math.sqrt(shape[1]!);
    const count = data.length;
    const mean = data.reduce((sum, w) => sum + w, 0) / count;
    const deviation = Math.sqrt(data.reduce((sum, w) => sum + (w - mean) ** 2, 0) / count);
    // Five standard errors: std / sqrt(n) of the mean, std / sqrt(2 n) of the deviation.
    assertAlmostEquals(mean, 0, 5 * std / Math.sqrt(count), name);
    assertAlmostEquals(deviation, std, 5 * std / Math.sqrt(2 * count), name);
    assert(data.every((w) => Math.abs(w) <= 6 * std), name);
  }
});

function without(tensors: NamedTensors, name: string): NamedTensors {
  return new Map([...tensors].filter(([each]) => each !== name));
}
