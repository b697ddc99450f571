/**
 * Log-probability of target tokens, entropy, exact KL divergence and divergences from recorded distributions, from
 * logits [count, vocab] at chosen positions, and their gradients. Natural logarithm, temperature 1, entropy and KL in
 * nats, any finite logits.
 *
 * `logits`, `referenceLogits` and `dlogits` hold the rows 0 .. count - 1 of one micro-batch. All other arrays cover the
 * whole plan: row i of the micro-batch belongs to their element `places[i]`, and the others are left alone. A row's
 * result depends on that row only. All arrays are f32 except `targets`, `places` and `ids`, which are u32.
 */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import tree from "../row_tree.wgsl" with { type: "text" };
import { rowForm } from "../wide_rows.ts";
import shader from "./token_logprob.wgsl" with { type: "text" };
import wide from "./wide.wgsl" with { type: "text" };

/**
 * Forms of a kernel: one invocation per row that takes one token or four at a time, four where every row starts at a
 * whole vec4; or for large vocabularies a workgroup per row.
 */
type Form = "" | "4" | "_wide";
const wgsl = [prelude, shader], wideWgsl = [prelude, tree, shader, wide];
const shapeScalars = { count: "u32", vocab: "u32" } as const;

/** What the forms of a reduction over rows differ in. */
function perRow(entry: string, form: Form) {
  const isWide = form === "_wide", name = `token_logprob_${entry}`;
  return {
    name: `${name}${form}`,
    cpu: { name },
    wgsl: isWide ? wideWgsl : wgsl,
    entry: `${entry}${form}`,
    grid: ({ count }: { count: number }) => flatGrid(isWide ? count : Math.ceil(count / 64)),
  };
}

/** What the forms of a kernel over all elements differ in. */
function perElement(entry: string, form: Exclude<Form, "_wide">) {
  const name = `token_logprob_${entry}`, width = form === "4" ? 4 : 1;
  return {
    name: `${name}${form}`,
    cpu: { name },
    wgsl,
    entry: `${entry}${form}`,
    grid: ({ count, vocab }: { count: number; vocab: number }) =>
      flatGrid(Math.ceil(count * vocab / width / 64)),
  };
}

const forwardKernel = (form: Form) =>
  defineKernel({
    ...perRow("forward", form),
    buffers: {
      logits: "read",
      targets: "read",
      logp: "readwrite",
      lse: "readwrite",
      entropy: "readwrite",
      places: "read",
    },
    scalars: shapeScalars,
  });

const backwardKernel = (form: Exclude<Form, "_wide">) =>
  defineKernel({
    ...perElement("backward", form),
    buffers: {
      logits: "read",
      targets: "read",
      lse: "read",
      entropy: "read",
      dlogp: "read",
      dentropy: "read",
      places: "read",
      dlogits: "write",
    },
    scalars: { ...shapeScalars, entropyTerm: "u32" },
  });

const klForwardKernel = (form: Form) =>
  defineKernel({
    ...perRow("kl_forward", form),
    buffers: {
      logits: "read",
      lse: "read",
      referenceLogits: "read",
      referenceLse: "read",
      kl: "readwrite",
      places: "read",
    },
    scalars: shapeScalars,
  });

const klBackwardKernel = (form: Exclude<Form, "_wide">) =>
  defineKernel({
    ...perElement("kl_backward", form),
    buffers: {
      logits: "read",
      lse: "read",
      referenceLogits: "read",
      referenceLse: "read",
      kl: "read",
      dkl: "read",
      places: "read",
      dlogits: "readwrite",
    },
    scalars: shapeScalars,
  });

const divergenceKernel = (form: Form) =>
  defineKernel({
    ...perRow("divergence", form),
    buffers: {
      logits: "read",
      lse: "read",
      tokens: "read",
      logp: "read",
      divergence: "readwrite",
      places: "read",
    },
    scalars: { ...shapeScalars, categories: "u32", kl: "u32" },
  });

const topKKernel = (form: Form) =>
  defineKernel({
    ...perRow("top_k", form),
    buffers: { logits: "read", lse: "read", ids: "write", logp: "write" },
    scalars: { count: "u32", vocab: "u32", k: "u32" },
  });

const scalar = {
  forward: forwardKernel(""),
  backward: backwardKernel(""),
  klForward: klForwardKernel(""),
  klBackward: klBackwardKernel(""),
  divergence: divergenceKernel(""),
  topK: topKKernel(""),
};
const vector = {
  ...scalar,
  forward: forwardKernel("4"),
  backward: backwardKernel("4"),
  klForward: klForwardKernel("4"),
  klBackward: klBackwardKernel("4"),
};
const perWorkgroup = {
  forward: forwardKernel("_wide"),
  klForward: klForwardKernel("_wide"),
  divergence: divergenceKernel("_wide"),
  topK: topKKernel("_wide"),
};
const wideScalar = { ...scalar, ...perWorkgroup }, wideVector = { ...vector, ...perWorkgroup };

/** The kernels for a vocabulary: a function of the shape alone. */
function fitting(vocab: number): typeof scalar {
  const whole = vocab % 4 === 0;
  if (rowForm(vocab) === "wide") return whole ? wideVector : wideScalar;
  return whole ? vector : scalar;
}

export interface Shape {
  /** Rows of the micro-batch. */
  readonly count: number;
  readonly vocab: number;
}

/**
 * `lse = log sum_v exp z_v`, `logp = z_target - lse`, `entropy = -sum_v p_v log p_v` with `p = softmax(z)`.
 * @throws RangeError if the micro-batch leaves an array.
 */
export function forward(
  backend: Backend,
  views: { logits: View; targets: View; logp: View; lse: View; entropy: View; places: View },
  { count, vocab }: Shape,
): void {
  const { logits, targets, logp, lse, entropy, places } = views;
  checkRows({ logits }, count * vocab);
  checkRows({ places }, count);
  backend.run(fitting(vocab).forward, { logits, targets, logp, lse, entropy, places }, { count, vocab });
}

/**
 * Gradient of `forward`, with `lse` and `entropy` as it left them:
 * `dlogits = dlogp * (onehot(target) - p) - dentropy * p * (log p + entropy)`, written completely.
 * Unless `entropyTerm`, the second term is left out and `dentropy` is not read: pass `dlogp` again.
 * @throws RangeError if the micro-batch leaves an array.
 */
export function backward(
  backend: Backend,
  views: {
    logits: View;
    targets: View;
    lse: View;
    entropy: View;
    dlogp: View;
    dentropy: View;
    places: View;
    dlogits: View;
  },
  { count, vocab, entropyTerm }: Shape & { entropyTerm: boolean },
): void {
  const { logits, targets, lse, entropy, dlogp, dentropy, places, dlogits } = views;
  checkRows({ logits, dlogits }, count * vocab);
  checkRows({ places }, count);
  backend.run(
    fitting(vocab).backward,
    { logits, targets, lse, entropy, dlogp, dentropy, places, dlogits },
    { count, vocab, entropyTerm: Number(entropyTerm) },
  );
}

/**
 * `kl = KL(p || q) = sum_v p_v (log p_v - log q_v)`, exact, with p from `logits` and q from `referenceLogits`.
 * `lse` and `referenceLse` come from `forward` of each model.
 * @throws RangeError if the micro-batch leaves an array.
 */
export function klForward(
  backend: Backend,
  views: { logits: View; lse: View; referenceLogits: View; referenceLse: View; kl: View; places: View },
  { count, vocab }: Shape,
): void {
  const { logits, lse, referenceLogits, referenceLse, kl, places } = views;
  checkRows({ logits, referenceLogits }, count * vocab);
  checkRows({ places }, count);
  backend.run(
    fitting(vocab).klForward,
    { logits, lse, referenceLogits, referenceLse, kl, places },
    { count, vocab },
  );
}

/**
 * Gradient of `klForward` in `logits`, added to what `backward` wrote:
 * `dlogits += dkl * p * ((log p - log q) - kl)`. The reference model receives none.
 * @throws RangeError if the micro-batch leaves an array.
 */
export function klBackward(
  backend: Backend,
  views: {
    logits: View;
    lse: View;
    referenceLogits: View;
    referenceLse: View;
    kl: View;
    dkl: View;
    places: View;
    dlogits: View;
  },
  { count, vocab }: Shape,
): void {
  const { logits, lse, referenceLogits, referenceLse, kl, dkl, places, dlogits } = views;
  checkRows({ logits, referenceLogits, dlogits }, count * vocab);
  checkRows({ places }, count);
  backend.run(
    fitting(vocab).klBackward,
    { logits, lse, referenceLogits, referenceLse, kl, dkl, places, dlogits },
    { count, vocab },
  );
}

/**
 * Divergence of a recorded distribution P from p = softmax(z): total variation `1/2 sum |P - p|` or `kl`,
 * `sum P log(P / p)`, over the tokens listed for the row and, unless these are the whole vocabulary, one category for
 * the rest (DPPO, arXiv 2602.04879). `lse` as `forward` left it.
 * @param views tokens (u32) and logp: [plan, categories], the tokens P is known at and their log-probs; distinct, but
 *   the first may occur once more, which does not count
 * @throws RangeError if the micro-batch leaves an array
 */
export function divergence(
  backend: Backend,
  { logits, lse, tokens, logp, divergence, places }: {
    logits: View;
    lse: View;
    tokens: View;
    logp: View;
    divergence: View;
    places: View;
  },
  { count, vocab, categories, kind }: Shape & { categories: number; kind: "tv" | "kl" },
): void {
  checkRows({ logits }, count * vocab);
  checkRows({ places }, count);
  backend.run(fitting(vocab).divergence, { logits, lse, tokens, logp, divergence, places }, {
    count,
    vocab,
    categories,
    kl: Number(kind === "kl"),
  });
}

/**
 * The k most likely tokens of every row, descending, ties by ascending token. All arrays are those of the micro-batch:
 * lse: [count]; ids (u32) and logp: [count, k], written completely. A row whose logits are not finite may hold the id
 * `vocab`.
 * @throws RangeError if k is not between 1 and vocab, or the micro-batch leaves an array.
 */
export function topK(
  backend: Backend,
  { logits, lse, ids, logp }: { logits: View; lse: View; ids: View; logp: View },
  { count, vocab, k }: { count: number; vocab: number; k: number },
): void {
  if (!(k >= 1 && k <= vocab)) {
    throw new RangeError(`topK: k is ${k}, expected 1 to ${vocab}, the size of the vocabulary`);
  }
  checkRows({ logits }, count * vocab);
  checkRows({ lse }, count);
  checkRows({ ids, logp }, count * k);
  backend.run(fitting(vocab).topK, { logits, lse, ids, logp }, { count, vocab, k });
}

/** A write past the end of a buffer vanishes silently on the device, so it is refused here. */
function checkRows(views: Readonly<Record<string, View>>, needed: number): void {
  for (const [name, view] of Object.entries(views)) {
    if (view.length < needed) {
      throw new RangeError(
        `token_logprob: ${name} has ${view.length} elements, the micro-batch needs ${needed}`,
      );
    }
  }
}
