/** Parity of the other kernels, each on a shape that vec4 forms take and on one that they do not. */

import * as adamw from "../../kernels/adamw/mod.ts";
import * as denoise from "../../kernels/denoise/mod.ts";
import * as embed from "../../kernels/embed/mod.ts";
import * as gatherRows from "../../kernels/gather_rows/mod.ts";
import * as gradNorm from "../../kernels/grad_norm/mod.ts";
import * as residual from "../../kernels/residual/mod.ts";
import * as rmsnorm from "../../kernels/rmsnorm/mod.ts";
import * as rope from "../../kernels/rope/mod.ts";
import * as swiglu from "../../kernels/swiglu/mod.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { floats, integers, upTo } from "./inputs.ts";
import type { ParityCase } from "./parity.ts";

const ROWS = 70, SEQUENCE = 14;

/** Kernels over activations [rows, dim]. */
function activationCases(dim: number): ParityCase[] {
  const size = ROWS * dim;
  return [
    {
      name: `rmsnorm ${ROWS}x${dim}`,
      run({ backend, given, room }) {
        const x = given(floats(size, 10)), weight = given(floats(dim, 11)), dy = given(floats(size, 12));
        const y = room(size), rstd = room(ROWS), dx = given(floats(size, 13)), dweight = room(dim);
        rmsnorm.forward(backend, { x, weight, y, rstd }, { rows: ROWS, dim, eps: 1e-5 });
        rmsnorm.backward(backend, { x, weight, rstd, dy, dx, dweight }, { rows: ROWS, dim });
        return { floats: { y, rstd, dx, dweight } };
      },
    },
    {
      name: `swiglu ${ROWS}x${dim}`,
      run({ backend, given, room }) {
        const gateUp = given(floats(2 * size, 14, 3)), dy = given(floats(size, 15));
        const y = room(size);
        swiglu.forward(backend, { gateUp, y }, { rows: ROWS, hidden: dim });
        swiglu.backward(backend, { gateUp, dy }, { rows: ROWS, hidden: dim });
        return { floats: { y, gateUp, dy } };
      },
    },
    {
      name: `embed ${ROWS}x${dim}`,
      run({ backend, given, room }) {
        const vocab = 30,
          tokens = integers(ROWS, vocab, 16),
          { starts, order } = embed.rowsByToken(tokens, vocab);
        const table = given(floats(vocab * dim, 17)), position = given(floats(SEQUENCE * dim, 18));
        const x = room(size), dTable = room(vocab * dim), dPosition = room(SEQUENCE * dim);
        const shape = { rows: ROWS, dim, sequence: SEQUENCE };
        embed.forward(backend, { ids: given(tokens), table, position, x }, { ...shape, learned: true });
        const gradient = { dx: given(floats(size, 19)), order: given(order), starts: given(starts), dTable };
        embed.backward(backend, { ...gradient, dPosition }, { ...shape, vocab });
        return { floats: { x, dTable, dPosition } };
      },
    },
    {
      name: `gather_rows ${ROWS}x${dim}`,
      run({ backend, given, room }) {
        const index = Uint32Array.of(3, 0, 69, 40), x = given(floats(size, 20)), y = room(4 * dim);
        const dy = given(floats(4 * dim, 21)), dx = room(size);
        const inverse = given(gatherRows.inverseIndex(index, ROWS));
        gatherRows.forward(backend, { x, index: given(index), y }, { count: 4, dim });
        gatherRows.backward(backend, { dy, inverse, dx }, { rows: ROWS, dim });
        return { floats: { y, dx } };
      },
    },
    {
      name: `residual ${size}`,
      run({ backend, given, room }) {
        const a = given(floats(size, 22)), b = given(floats(size, 23)), y = room(size);
        residual.forward(backend, { a, b, y }, { length: size });
        residual.accumulate(backend, { from: y, into: b }, { length: size });
        return { floats: { y, b } };
      },
    },
  ];
}

const ROPE: ParityCase = {
  name: "rope",
  run({ backend, given }) {
    const shape = { rows: ROWS, sequence: SEQUENCE, heads: 3, headDim: 8, stride: 40 };
    const x = given(floats(ROWS * 40, 24)), back = given(floats(ROWS * 40, 25));
    const views = { table: given(rope.tables(SEQUENCE, 8, 10_000)), numbers: given(upTo(ROWS)) };
    rope.forward(backend, { ...views, x }, shape);
    rope.backward(backend, { ...views, x: back }, shape);
    return { floats: { x, back } };
  },
};

const OPTIMIZER: ParityCase = {
  name: "grad_norm and adamw",
  run({ backend, given, room }) {
    const length = 5000, gradients = given(floats(length, 26, 1e-2));
    const partials = room(gradNorm.partialLength(length)), stats = room(2);
    const [parameters, m] = [27, 28].map((salt) => given(floats(length, salt)));
    const v = given(floats(length, 29).map((x) => x * x));
    gradNorm.forward(backend, { gradients, partials, stats }, { length });
    const views = { parameters: parameters!, gradients, m: m!, v, stats };
    adamw.step(backend, views, {
      length,
      decayLength: 4000,
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0.1,
      weightDecay1d: 0,
      biasCorrection1: 0.1,
      biasCorrection2: 0.01,
      maxGradNorm: 0.5,
    });
    return { floats: { parameters: parameters!, m: m!, v, norm: { ...stats, length: 1 } } };
  },
};

/** Log-probs and their gradients. Vocabularies of 4,096 and more have a workgroup per row. */
function logprobCase(vocab: number): ParityCase {
  return {
    name: `token_logprob ${vocab}`,
    // A log-prob is rounded at the size of the log-sum-exp, and a divergence is a sum over what is left of it.
    tolerance: 2e-4,
    run({ backend, given, room }) {
      const count = 9, k = 5, size = count * vocab, shape = { count, vocab };
      const logits = given(floats(size, 30, 6)), referenceLogits = given(floats(size, 31, 6));
      const targets = given(integers(count, vocab, 32)), places = given(upTo(count));
      const [logp, lse, entropy, referenceLse, kl, divergence] = Array.from({ length: 6 }, () => room(count));
      const dlogits = room(size), top = { ids: room(count * k), logp: room(count * k) };
      const [dlogp, dentropy, dkl] = [33, 34, 35].map((salt) => given(floats(count, salt)));
      const own = { logits, targets, logp: logp!, lse: lse!, entropy: entropy!, places };
      const spare = { logp: room(count), entropy: room(count) };
      tokenLogprob.forward(backend, own, shape);
      tokenLogprob.forward(backend, { ...own, ...spare, logits: referenceLogits, lse: referenceLse! }, shape);
      const pair = { logits, lse: lse!, referenceLogits, referenceLse: referenceLse!, kl: kl!, places };
      tokenLogprob.klForward(backend, pair, shape);
      const upstream = { dlogp: dlogp!, dentropy: dentropy!, dlogits };
      tokenLogprob.backward(backend, { ...own, ...upstream }, { ...shape, entropyTerm: true });
      tokenLogprob.klBackward(backend, { ...pair, dkl: dkl!, dlogits }, shape);
      tokenLogprob.topK(backend, { logits, lse: lse!, ...top }, { ...shape, k });
      const listed = { tokens: top.ids, logp: top.logp, lse: referenceLse!, logits: referenceLogits };
      const kind = "tv", categories = k;
      tokenLogprob.divergence(backend, { ...listed, divergence: divergence!, places }, {
        ...shape,
        categories,
        kind,
      });
      return {
        floats: {
          ...{ logp: logp!, lse: lse!, entropy: entropy!, kl: kl!, dlogits },
          ...{ divergence: divergence!, "top logp": top.logp },
        },
        words: { "top ids": top.ids },
      };
    },
  };
}

/** A step of decoding. Candidates may differ where two noisy logits are within rounding of each other. */
function denoiseCase(vocab: number): ParityCase {
  return {
    name: `denoise ${vocab}`,
    wordTolerance: 0.05,
    run({ backend, given, room }) {
      const batch = 8,
        length = 12,
        promptLength = 3,
        sequence = 15,
        maskId = vocab - 1,
        blockLength = 12,
        k = 3;
      const shape = { batch, length, sequence, promptLength, vocab, maskId };
      const step = { step: 0, blockStart: 0, blockLength, first: 0, count: batch * length };
      const ids = integers(batch * sequence, maskId, 36).map((id, at) =>
        at % sequence < promptLength ? id : maskId
      );
      const state = {
        ids: given(ids),
        revealStep: room(batch * length),
        logp: room(batch * length),
        entropy: room(batch * length),
      };
      const grouping = { states: given(upTo(batch)), leaders: given(upTo(batch)) };
      const slots = room(batch * length), rows = room(batch * length), starts = room(batch + 1);
      const asked = { blockStart: 0, asked: length };
      denoise.ask(backend, { ...grouping, ids: state.ids, slots, rows, starts }, { ...shape, ...asked });
      const logits = given(floats(batch * length * vocab, 37, 6));
      const draws = given(denoise.drawsOf(integers(batch, 2 ** 32, 38), [0, 1, 0.5, 2, 0, 1, 1, 1]));
      const room4 = () => room(batch * blockLength);
      const proposal = { token: room4(), confidence: room4(), logp: room4(), entropy: room4() };
      const greedy = room(batch * length), top = room(batch * length * k), topLogp = room(batch * length * k);
      const views = { logits, slots, ids: state.ids };
      denoise.greedy(backend, { ...views, greedy }, { ...shape, ...step });
      denoise.propose(backend, { ...views, draws }, proposal, {
        ...shape,
        ...step,
        random: { seed: 1, stream: 2 },
        remasking: "low-confidence",
      });
      denoise.reveal(backend, proposal, state, { ...shape, ...step, reveal: blockLength });
      const tops = { revealStep: state.revealStep, topTokens: top, topLogp };
      denoise.topK(backend, { ...views, ...tops }, { ...shape, ...step, k });
      return {
        floats: { entropy: state.entropy, "top logp": topLogp },
        words: { slots, rows, starts, greedy, tokens: proposal.token, "top tokens": top, ids: state.ids },
      };
    },
  };
}

export const KERNEL_CASES: readonly ParityCase[] = [
  ...[32, 30].flatMap(activationCases),
  ROPE,
  OPTIMIZER,
  ...[64, 53, 4096, 5003].map(logprobCase),
  ...[53, 5003].map(denoiseCase),
];
