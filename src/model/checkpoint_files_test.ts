import { assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import {
  CheckpointFilesError,
  loadModelFolder,
  saveModelFolder,
  type WeightTensor,
} from "./checkpoint_files.ts";
import { ConfigError, type ModelConfig } from "./config.ts";
import { writeSafetensors } from "./safetensors.ts";

const config: ModelConfig = {
  vocab: 8,
  dim: 4,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  headDim: 2,
  hidden: 8,
  position: "rope",
  ropeTheta: 10000,
  maxSequence: 16,
  normEpsilon: 1e-5,
  maskId: 7,
  eosId: 6,
  tiedHead: false,
};

const weights = new Map<string, WeightTensor>([
  ["a.weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ["b.weight", { shape: [3], data: Float32Array.of(5, 6, 7) }],
]);

/** A folder with two shards, "a.weight" in the first. */
async function writeShards(folder: string, weightMap: Record<string, unknown>): Promise<void> {
  await saveModelFolder(folder, config, weights);
  await Deno.remove(`${folder}/model.safetensors`);
  const names = [...weights.keys()];
  for (const [i, name] of names.entries()) {
    await Deno.writeFile(
      `${folder}/model-${i + 1}.safetensors`,
      writeSafetensors(new Map([[name, weights.get(name)!]])),
    );
  }
  const index = { metadata: { total_size: 28 }, weight_map: weightMap };
  await Deno.writeTextFile(`${folder}/model.safetensors.index.json`, JSON.stringify(index));
}

const SHARDS = { "a.weight": "model-1.safetensors", "b.weight": "model-2.safetensors" };

Deno.test("saveModelFolder and loadModelFolder round-trip", () =>
  withFolder(async (folder) => {
    await saveModelFolder(`${folder}/model`, config, weights);
    assertEquals(await loadModelFolder(`${folder}/model`), { config, tensors: weights });
  }));

Deno.test("loadModelFolder joins the shards of an index", () =>
  withFolder(async (folder) => {
    await writeShards(folder, SHARDS);
    assertEquals(await loadModelFolder(folder), { config, tensors: weights });
  }));

const BAD_INDEX: [Record<string, unknown>, string][] = [
  [{ ...SHARDS, "c.weight": "model-2.safetensors" }, "model-2.safetensors has no tensor c.weight"],
  [{ "a.weight": "model-2.safetensors" }, "model-2.safetensors has no tensor a.weight"],
  [
    { "a.weight": "model-1.safetensors", "c.weight": "model-3.safetensors" },
    "1 of 2 shards are missing: model-3",
  ],
  [{ "a.weight": "../model-1.safetensors" }, "expected the name of a .safetensors file in the same folder"],
  [{ "a.weight": "sub/model-1.safetensors" }, "expected the name of a .safetensors file"],
  [{ "a.weight": "sub\\model-1.safetensors" }, "expected the name of a .safetensors file"],
  [{ "a.weight": "/model-1.safetensors" }, "expected the name of a .safetensors file"],
  [{ "a.weight": "model-1.safetensors\0" }, "expected the name of a .safetensors file"],
  [{ "a.weight": "model-1.bin" }, "expected the name of a .safetensors file"],
  [{ "a.weight": 1 }, "expected the name of a .safetensors file"],
];

Deno.test("loadModelFolder refuses an index that does not match its shards", () =>
  withFolder(async (folder) => {
    for (const [weightMap, message] of BAD_INDEX) {
      await writeShards(folder, weightMap);
      await assertRejects(() => loadModelFolder(folder), CheckpointFilesError, message);
    }
    await writeShards(folder, SHARDS);
    await Deno.writeFile(`${folder}/model-1.safetensors`, writeSafetensors(weights));
    await assertRejects(() => loadModelFolder(folder), CheckpointFilesError, "holds b.weight, which");
    await Deno.writeTextFile(`${folder}/model.safetensors.index.json`, `{"weight_map": []}`);
    await assertRejects(
      () => loadModelFolder(folder),
      CheckpointFilesError,
      `expected an object "weight_map"`,
    );
  }));

Deno.test("loadModelFolder names the file that is missing or damaged", () =>
  withFolder(async (folder) => {
    await assertRejects(
      () => loadModelFolder(`${folder}/none`),
      CheckpointFilesError,
      "config.json does not exist",
    );
    await saveModelFolder(folder, config, weights);
    const whole = await Deno.readFile(`${folder}/model.safetensors`);
    await Deno.writeFile(`${folder}/model.safetensors`, whole.subarray(0, whole.length - 1));
    await assertRejects(
      () => loadModelFolder(folder),
      CheckpointFilesError,
      "model.safetensors: the header describes",
    );
    const counts = new Map([["n", { shape: [1], data: Int32Array.of(1) }]]);
    await Deno.writeFile(`${folder}/model.safetensors`, writeSafetensors(counts));
    await assertRejects(
      () => loadModelFolder(folder),
      CheckpointFilesError,
      "tensor n is I32; expected weights in",
    );
    await Deno.remove(`${folder}/model.safetensors`);
    await assertRejects(() => loadModelFolder(folder), CheckpointFilesError, "found neither");
    await Deno.writeTextFile(`${folder}/config.json`, "{");
    await assertRejects(() => loadModelFolder(folder), CheckpointFilesError, "config.json is not JSON");
    await Deno.writeTextFile(`${folder}/config.json`, "{}");
    await assertRejects(() => loadModelFolder(folder), ConfigError, "model_type is nothing");
  }));

Deno.test("loadModelFolder refuses weights that are not finite, naming the tensor", () =>
  withFolder(async (folder) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const broken = new Map(weights).set("b.weight", { shape: [3], data: Float32Array.of(5, value, 7) });
      await saveModelFolder(folder, config, broken);
      await assertRejects(
        () => loadModelFolder(folder),
        CheckpointFilesError,
        `${folder}/model.safetensors: tensor b.weight holds ${value} at element 1 of 3; expected finite weights`,
      );
    }
  }));
