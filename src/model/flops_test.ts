import { assertEquals } from "@std/assert";
import { checkConfig } from "./config.ts";
import { forwardFlops } from "./flops.ts";

const config = checkConfig({
  vocab: 64,
  dim: 32,
  layers: 2,
  heads: 4,
  kvHeads: 4,
  headDim: 8,
  hidden: 88,
  position: "learned",
  ropeTheta: 0,
  maxSequence: 32,
  normEpsilon: 1e-5,
  maskId: 1,
  eosId: 0,
  tiedHead: false,
});

Deno.test("a forward pass of 32 tokens with 16 targets, product by product", () => {
  const tokens = 32, products = 32 * 96 + 32 * 32 + 2 * 32 * 88 + 88 * 32;
  const scores = 4 * tokens * 8, mixtures = 4 * tokens * 8;
  assertEquals(
    forwardFlops(config, 32, 16),
    2 * (2 * tokens * (products + scores + mixtures) + 16 * 32 * 64),
  );
});

Deno.test("fewer key heads make the first product narrower, and nothing else", () => {
  const narrow = { ...config, kvHeads: 2 };
  assertEquals(forwardFlops(config, 32, 16) - forwardFlops(narrow, 32, 16), 2 * 2 * 32 * 32 * (2 * 2 * 8));
});
