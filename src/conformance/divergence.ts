/**
 * divergence.json: divergences between two distributions over {sampled token, rest}, over the K likeliest tokens of
 * the first and the rest, and over the whole vocabulary; in f64, and by the kernel of the backend.
 */

import { type Backend, readFloats, upload } from "../../kernels/backend.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { divergence, type DivergenceKind, topK } from "../../kernels/token_logprob/reference.ts";
import { binaryKl, binaryTv } from "../objectives/trust_region.ts";
import {
  type CaseResult,
  type Checker,
  compareCase,
  type Comparison,
  F64_TOLERANCE,
  readJson,
} from "./checker.ts";

interface RowJson {
  /** Log-probs of every token under the rollout and the current policy. */
  readonly mu_dist: readonly number[];
  readonly pi_dist: readonly number[];
  readonly action: number;
  readonly expected: {
    readonly binary_tv: number;
    readonly binary_kl: number;
    readonly topk: readonly {
      readonly K: number;
      readonly ids: readonly number[];
      readonly categories_without_other: readonly number[];
      readonly tv: number;
      readonly kl: number;
    }[];
    readonly full_tv: number;
    readonly full_kl: number;
  };
}

interface ExtremeJson {
  readonly log_mu: number;
  readonly log_pi: number;
  readonly binary_tv: number;
  readonly binary_kl: number;
}

/** f32 log-probs and their exponentials, of values up to some nats; near 0 the error is absolute. */
const DEVICE_TOLERANCE = 4e-6;

export const divergenceChecker: Checker = {
  matches: (path) => path === "divergence.json",
  async check(path, folder, { backend }) {
    const { rows, binary_extremes: extremes } = await readJson(folder, path) as {
      rows: RowJson[];
      binary_extremes: ExtremeJson[];
    };
    const results: CaseResult[] = [];
    for (const [i, row] of rows.entries()) {
      results.push(compareCase(`row ${i}`, exactComparisons(row), "typescript"));
      const onDevice = await deviceComparisons(backend, row);
      results.push(compareCase(`row ${i}`, onDevice, backend.description.backend));
    }
    results.push(...extremes.map((json, i) =>
      compareCase(`binary extreme ${i}`, [
        // The smallest scale keeps errors of 1e-16 in probabilities near 1 what they are.
        exact("tv", binaryTv(json.log_mu, json.log_pi), json.binary_tv, 1e-3),
        exact("kl", binaryKl(json.log_mu, json.log_pi), json.binary_kl, 1e-3),
      ], "typescript")
    ));
    return results;
  },
};

function exact(
  name: string,
  actual: number | number[],
  expected: Comparison["expected"],
  floor = 1e-3,
): Comparison {
  return { name, actual, expected, tolerance: F64_TOLERANCE, floor };
}

/** The action, then the k likeliest tokens of the rollout. */
const listedTokens = ({ mu_dist, action }: RowJson, k: number) => [action, ...topK(mu_dist, k)];

function exactComparisons(row: RowJson): Comparison[] {
  const { mu_dist: mu, pi_dist: pi, action, expected } = row;
  const over = (k: number, kind: DivergenceKind) => {
    const tokens = listedTokens(row, k);
    return divergence(pi, tokens, tokens.map((token) => mu[token]!), kind);
  };
  return [
    exact("binary tv", [binaryTv(mu[action]!, pi[action]!), over(0, "tv")], [
      expected.binary_tv,
      expected.binary_tv,
    ]),
    exact("binary kl", [binaryKl(mu[action]!, pi[action]!), over(0, "kl")], [
      expected.binary_kl,
      expected.binary_kl,
    ]),
    ...expected.topk.flatMap(({ K, ids, categories_without_other: categories, tv, kl }) => [
      exact(`top-${K} ids`, topK(mu, K), ids),
      exact(`top-${K} categories`, [...new Set(listedTokens(row, K))].sort((a, b) => a - b), categories),
      exact(`top-${K} tv`, over(K, "tv"), tv),
      exact(`top-${K} kl`, over(K, "kl"), kl),
    ]),
    exact("full tv", over(mu.length, "tv"), expected.full_tv),
    exact("full kl", over(mu.length, "kl"), expected.full_kl),
  ];
}

async function deviceComparisons(backend: Backend, row: RowJson): Promise<Comparison[]> {
  const { mu_dist, expected } = row;
  const { length } = mu_dist;
  const wanted = [
    { k: 0, tv: expected.binary_tv, kl: expected.binary_kl },
    ...expected.topk.map(({ K, tv, kl }) => ({ k: K, tv, kl })),
    { k: length, tv: expected.full_tv, kl: expected.full_kl },
  ];
  const comparisons: Comparison[] = [];
  for (const { k, ...values } of wanted) {
    for (const kind of ["tv", "kl"] as const) {
      comparisons.push({
        name: `${kind} over ${k} tokens and the action`,
        actual: await onDevice(backend, row, k, kind),
        expected: values[kind],
        tolerance: DEVICE_TOLERANCE,
        floor: 1,
      });
    }
  }
  return comparisons;
}

/** The divergence by the kernel: log-probs are logits whose log-sum-exp it evaluates as for any others. */
async function onDevice(backend: Backend, row: RowJson, k: number, kind: DivergenceKind): Promise<number> {
  const tokens = listedTokens(row, k), vocab = row.pi_dist.length;
  const views = {
    logits: upload(backend, "logits", Float32Array.from(row.pi_dist)),
    targets: upload(backend, "targets", Uint32Array.of(row.action)),
    lse: backend.allocate("lse", 1),
    own: backend.allocate("logp", 1),
    entropy: backend.allocate("entropy", 1),
    tokens: upload(backend, "tokens", Uint32Array.from(tokens)),
    logp: upload(backend, "listed logp", Float32Array.from(tokens, (token) => row.mu_dist[token]!)),
    divergence: backend.allocate("divergence", 1),
    places: upload(backend, "places", Uint32Array.of(0)),
  };
  try {
    const shape = { count: 1, vocab };
    tokenLogprob.forward(backend, { ...views, logp: views.own }, shape);
    tokenLogprob.divergence(backend, views, { ...shape, categories: tokens.length, kind });
    return (await readFloats(backend, views.divergence))[0]!;
  } finally {
    for (const view of Object.values(views)) backend.free(view);
  }
}
