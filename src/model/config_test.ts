import { assertEquals, assertThrows } from "@std/assert";
import { checkConfig, ConfigError, configFromLlada, configToJson, type ModelConfig } from "./config.ts";

const small: ModelConfig = {
  vocab: 64,
  dim: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  hidden: 88,
  position: "learned",
  ropeTheta: 0,
  maxSequence: 32,
  normEpsilon: 1e-5,
  maskId: 63,
  eosId: 62,
  tiedHead: false,
};

/** The fields of the published 8B checkpoint. */
const published = {
  model_type: "llada",
  activation_type: "silu",
  alibi: false,
  attention_layer_norm: false,
  bias_for_layer_norm: false,
  block_group_size: 1,
  block_type: "llama",
  d_model: 4096,
  embedding_size: 126464,
  eos_token_id: 126081,
  include_bias: false,
  include_qkv_bias: false,
  input_emb_norm: false,
  layer_norm_type: "rms",
  layer_norm_with_affine: true,
  mask_token_id: 126336,
  max_sequence_length: 4096,
  mlp_hidden_size: 12288,
  mlp_ratio: 4,
  multi_query_attention: null,
  n_heads: 32,
  n_kv_heads: 32,
  n_layers: 32,
  rms_norm_eps: 1e-5,
  rope: true,
  rope_theta: 500000,
  scale_logits: false,
  vocab_size: 126464,
  weight_tying: false,
};

Deno.test("configFromLlada reads the published checkpoint", () => {
  assertEquals(configFromLlada(published), {
    vocab: 126464,
    dim: 4096,
    layers: 32,
    heads: 32,
    kvHeads: 32,
    headDim: 128,
    hidden: 12288,
    position: "rope",
    ropeTheta: 500000,
    maxSequence: 4096,
    normEpsilon: 1e-5,
    maskId: 126336,
    eosId: 126081,
    tiedHead: false,
  });
});

Deno.test("configToJson round-trips through configFromLlada", () => {
  for (const config of [small, { ...small, position: "rope" as const, ropeTheta: 1e4 }]) {
    assertEquals(configFromLlada(JSON.parse(JSON.stringify(configToJson(config)))), config);
  }
});

Deno.test("configFromLlada takes n_kv_heads from n_heads when it is null or absent", () => {
  assertEquals(configFromLlada({ ...published, n_kv_heads: null }).kvHeads, 32);
  const { n_kv_heads: _, ...rest } = published;
  assertEquals(configFromLlada(rest).kvHeads, 32);
});

const REFUSED: [Record<string, unknown>, string][] = [
  [{ model_type: "a2d-qwen3" }, `model_type is "a2d-qwen3"; only "llada"`],
  [{ model_type: undefined }, "model_type is nothing"],
  [{ weight_tying: true }, "weight_tying: expected false, found true"],
  [{ weight_tying: undefined }, "weight_tying: expected false, found nothing"],
  [{ include_bias: true }, "include_bias: expected false"],
  [{ include_qkv_bias: true }, "include_qkv_bias: expected false"],
  [{ bias_for_layer_norm: true }, "bias_for_layer_norm"],
  [{ alibi: true }, "alibi: expected false, found true"],
  [{ attention_layer_norm: true }, "attention_layer_norm: expected false"],
  [{ input_emb_norm: true }, "input_emb_norm"],
  [{ scale_logits: true }, "scale_logits"],
  [{ multi_query_attention: true }, "multi_query_attention"],
  [{ layer_norm_type: "low_precision" }, `layer_norm_type: expected "rms", found "low_precision"`],
  [{ layer_norm_with_affine: false }, "layer_norm_with_affine"],
  [{ activation_type: "gelu" }, "activation_type"],
  [{ block_type: "sequential" }, "block_type"],
  [{ block_group_size: 2 }, "block_group_size"],
  [{ clip_qkv: 8 }, "clip_qkv"],
  [{ rope: undefined }, "rope: expected true or false, found nothing"],
  [{ rope_theta: undefined }, "rope_theta: expected a number, found nothing"],
  [{ rope_theta: -1 }, "ropeTheta: expected a positive number, found -1"],
  [{ d_model: "4096" }, `d_model: expected a number, found "4096"`],
  [{ n_heads: 31 }, "n_heads: expected a divisor of d_model = 4096, found 31"],
  [{ n_heads: 0 }, "n_heads: expected a divisor"],
  [{ n_kv_heads: 5 }, "kvHeads: expected a divisor of heads = 32, found 5"],
  [{ n_layers: 2.5 }, "layers: expected a positive integer, found 2.5"],
  [{ embedding_size: 126500 }, "embedding_size is 126500 and vocab_size 126464"],
  [{ mask_token_id: 126464 }, "maskId: expected a token id below vocab = 126464"],
  [{ eos_token_id: 126336 }, "eosId: expected"],
  [{ eos_token_id: [1, 2] }, "eos_token_id: expected a number, found [1,2]"],
  [{ rms_norm_eps: 0 }, "normEpsilon: expected a positive number, found 0"],
  [{ mlp_hidden_size: null }, "mlp_hidden_size: expected a number, found null"],
];

Deno.test("configFromLlada refuses what is not computed, naming the field", () => {
  for (const [change, message] of REFUSED) {
    assertThrows(() => configFromLlada({ ...published, ...change }), ConfigError, message);
  }
  for (const json of [null, [], "x", 3]) assertThrows(() => configFromLlada(json), ConfigError, "an object");
});

Deno.test("checkConfig refuses inconsistent sizes", () => {
  assertThrows(
    () => checkConfig({ ...small, hidden: 0 }),
    ConfigError,
    "hidden: expected a positive integer",
  );
  assertThrows(() => checkConfig({ ...small, vocab: NaN }), ConfigError, "vocab: expected");
  const odd = { ...small, position: "rope" as const, ropeTheta: 1e4, headDim: 7 };
  assertThrows(() => checkConfig(odd), ConfigError, "headDim: expected an even number");
  assertThrows(
    () => configToJson({ ...small, headDim: 16 }),
    ConfigError,
    "headDim: expected dim / heads = 8",
  );
});
