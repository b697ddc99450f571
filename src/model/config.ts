/**
 * Sizes of a model, and the Hugging Face style `config.json` they are read from and written to. The block is
 * LLaDA's: RMSNorm, bidirectional attention, SwiGLU, no biases, a head of its own.
 */

export interface ModelConfig {
  /** Token ids, and rows of the embedding and of the head. */
  readonly vocab: number;
  /** Width of the residual stream. */
  readonly dim: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; a divisor of `heads`. */
  readonly kvHeads: number;
  /** Width of one head; `heads * headDim` may differ from `dim`. */
  readonly headDim: number;
  /** Width inside the SwiGLU block. */
  readonly hidden: number;
  /** "learned" adds one embedding per absolute position; "rope" rotates queries and keys. */
  readonly position: "rope" | "learned";
  /** Base of the RoPE frequencies; unused with learned positions. */
  readonly ropeTheta: number;
  /** Longest sequence in tokens. */
  readonly maxSequence: number;
  /** eps of RMSNorm. */
  readonly normEpsilon: number;
  readonly maskId: number;
  readonly eosId: number;
  readonly tiedHead: false;
}

/** A model configuration that is inconsistent or asks for something this project does not compute. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const SIZES = ["vocab", "dim", "layers", "heads", "kvHeads", "headDim", "hidden", "maxSequence"] as const;

/**
 * Returns `config` if its fields are consistent.
 * @throws ConfigError naming the field, what was expected and what was found
 */
export function checkConfig(config: ModelConfig): ModelConfig {
  const require = (ok: boolean, field: keyof ModelConfig, expected: string) => {
    if (!ok) throw new ConfigError(`${field}: expected ${expected}, found ${show(config[field])}`);
  };
  for (const field of SIZES) {
    const value = config[field];
    require(Number.isSafeInteger(value) && value >= 1, field, "a positive integer");
  }
  const { vocab, heads, kvHeads, headDim, position, ropeTheta, normEpsilon, maskId, eosId } = config;
  require(heads % kvHeads === 0, "kvHeads", `a divisor of heads = ${heads}`);
  require(position === "rope" || position === "learned", "position", `"rope" or "learned"`);
  if (position === "rope") {
    require(headDim % 2 === 0, "headDim", "an even number, since RoPE rotates pairs");
    require(Number.isFinite(ropeTheta) && ropeTheta > 0, "ropeTheta", "a positive number");
  }
  require(Number.isFinite(normEpsilon) && normEpsilon > 0, "normEpsilon", "a positive number");
  const isToken = (id: number) => Number.isInteger(id) && id >= 0 && id < vocab;
  require(isToken(maskId), "maskId", `a token id below vocab = ${vocab}`);
  require(isToken(eosId) && eosId !== maskId, "eosId", `a token id below vocab = ${vocab}, not maskId`);
  require(config.tiedHead === false, "tiedHead", "false; tied heads are not supported");
  return config;
}

/** Fields of a LLaDA configuration that select a variant of the block: the values that stand for ours. */
const VARIANT: Readonly<Record<string, readonly unknown[]>> = {
  activation_type: ["silu"],
  block_type: ["llama"],
  layer_norm_type: ["rms"],
  layer_norm_with_affine: [true],
  block_group_size: [1],
  weight_tying: [false],
  include_bias: [false],
  include_qkv_bias: [false, null],
  bias_for_layer_norm: [false, null],
  attention_layer_norm: [false],
  input_emb_norm: [false],
  multi_query_attention: [false, null],
  alibi: [false],
  scale_logits: [false],
  clip_qkv: [null],
};

/** Variant fields whose absence would leave the block undefined. */
const VARIANT_REQUIRED = ["activation_type", "block_type", "layer_norm_type", "weight_tying", "include_bias"];

/**
 * Reads the parsed `config.json` of a checkpoint of `model_type` "llada". `rope: false` stands for learned
 * absolute positions (`wpe`), as in the model code of the published checkpoints.
 * @throws ConfigError for another model type, a variant of the block that is not computed, or a wrong field
 */
export function configFromLlada(json: unknown): ModelConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ConfigError(`config.json: expected an object, found ${show(json)}`);
  }
  const fields = json as Readonly<Record<string, unknown>>;
  if (fields.model_type !== "llada") {
    throw new ConfigError(
      `config.json: model_type is ${show(fields.model_type)}; only "llada" checkpoints can be loaded`,
    );
  }
  for (const [field, allowed] of Object.entries(VARIANT)) {
    const value = fields[field];
    if (value === undefined ? VARIANT_REQUIRED.includes(field) : !allowed.includes(value)) {
      throw new ConfigError(
        `config.json: ${field}: expected ${allowed.map(show).join(" or ")}, found ${show(value)}; ` +
          "other variants of the block are not supported",
      );
    }
  }
  const number = (field: string, fallback?: number): number => {
    const value = fields[field] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new ConfigError(`config.json: ${field}: expected a number, found ${show(fields[field])}`);
    }
    return value;
  };
  const rope = fields.rope;
  if (typeof rope !== "boolean") {
    throw new ConfigError(`config.json: rope: expected true or false, found ${show(rope)}`);
  }
  const dim = number("d_model"), heads = number("n_heads"), vocab = number("vocab_size");
  if (number("embedding_size", vocab) !== vocab) {
    throw new ConfigError(
      `config.json: embedding_size is ${show(fields.embedding_size)} and vocab_size ${vocab}; ` +
        "embeddings with more rows than token ids are not supported",
    );
  }
  if (dim % heads !== 0) {
    throw new ConfigError(`config.json: n_heads: expected a divisor of d_model = ${dim}, found ${heads}`);
  }
  return checkConfig({
    vocab,
    dim,
    layers: number("n_layers"),
    heads,
    kvHeads: number("n_kv_heads", heads),
    headDim: dim / heads,
    hidden: number("mlp_hidden_size"),
    position: rope ? "rope" : "learned",
    ropeTheta: rope ? number("rope_theta") : number("rope_theta", 0),
    maxSequence: number("max_sequence_length"),
    normEpsilon: number("rms_norm_eps"),
    maskId: number("mask_token_id"),
    eosId: number("eos_token_id"),
    tiedHead: false,
  });
}

/**
 * The `config.json` of a model: `configFromLlada` of the result equals `config`.
 * @throws ConfigError if the format cannot express it (heads that do not fill `dim`)
 */
export function configToJson(config: ModelConfig): Record<string, unknown> {
  checkConfig(config);
  if (config.heads * config.headDim !== config.dim) {
    throw new ConfigError(
      `headDim: expected dim / heads = ${config.dim / config.heads}, found ${config.headDim}; ` +
        "a llada config.json has no field for it",
    );
  }
  return {
    model_type: "llada",
    architectures: ["LLaDAModelLM"],
    activation_type: "silu",
    block_type: "llama",
    layer_norm_type: "rms",
    d_model: config.dim,
    n_heads: config.heads,
    n_kv_heads: config.kvHeads,
    n_layers: config.layers,
    mlp_hidden_size: config.hidden,
    vocab_size: config.vocab,
    embedding_size: config.vocab,
    rms_norm_eps: config.normEpsilon,
    rope: config.position === "rope",
    rope_theta: config.ropeTheta,
    max_sequence_length: config.maxSequence,
    weight_tying: false,
    include_bias: false,
    include_qkv_bias: false,
    attention_layer_norm: false,
    alibi: false,
    scale_logits: false,
    mask_token_id: config.maskId,
    eos_token_id: config.eosId,
    pad_token_id: config.eosId,
    torch_dtype: "float32",
  };
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value) ?? String(value);
}
