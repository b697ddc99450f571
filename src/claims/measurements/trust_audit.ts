/**
 * Ratios and divergences of every committed token between the policy that rolled out (mu) and the current one (pi),
 * from their whole distributions in f64: what the trust regions of PPO and DPPO see, and what they mask.
 */

import { exp, log } from "../../../kernels/math/elementary.ts";
import { neutralInputs, ONE_TARGET } from "../../../kernels/objectives/inputs.ts";
import { writeForwardBatch } from "../../model/batch.ts";
import { loadParameters, type NamedTensors } from "../../model/parameters.ts";
import { headForward } from "../../model/head.ts";
import { chunksOf } from "../../model/logit_chunks.ts";
import { forward } from "../../model/transformer.ts";
import { hyperOf } from "../../objectives/value.ts";
import type { State } from "../../diffusion/state.ts";
import { cutMicroBatches } from "../../train/prepared_update.ts";
import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, type Laboratory, openLaboratory, rollOut } from "./laboratory.ts";
import { measuredObjective } from "./objectives.ts";
import { policyAfter } from "./policy_updates.ts";
import { roundedTensors } from "./quantise.ts";
import { committed } from "./reference_gradients.ts";
import { firstPlan, type ObjectiveChoice, withEngine } from "./updates.ts";

export interface TrustAuditParameters extends Place, BatchSize {
  /** Updates between the policy that rolled out and the current one. */
  readonly distance: number;
  /** Mantissa bits of the weights that rolled out; 23: all. */
  readonly mantissaBits: number;
  /** Sizes of the partial distributions. */
  readonly topK: readonly number[];
  /** Objectives whose masks are counted. */
  readonly masks: readonly ObjectiveChoice[];
}

/** Divergences of one token: of {token, rest}, of {top-K of mu, token, rest} for each K, of the whole. */
export interface Divergences {
  readonly binary: number;
  readonly topK: readonly number[];
  readonly full: number;
}

export interface TrustAudit {
  readonly tokens: number;
  /** Mean over tokens. */
  readonly tv: Divergences;
  readonly kl: Divergences;
  /** Largest amount by which a coarser divergence exceeds a finer one, over all tokens; 0 or rounding. */
  readonly excess: number;
  /** Share of tokens by probability under mu, in bins that end at `BIN_ENDS`. */
  readonly share: readonly number[];
  /** By objective: share of the tokens of each bin whose weight is 0, mean over both signs of the advantage. */
  readonly masked: Readonly<Record<string, readonly number[]>>;
  readonly maxRatio: number;
}

/** Upper ends of the bins of probability; null results for empty bins are 0 with a share of 0. */
export const BIN_ENDS = [0.1, 0.5, 0.9, 1] as const;

export const trustAudit: Measurement<TrustAuditParameters, TrustAudit> = {
  name: "trust-audit",
  async measure(site, parameters) {
    const { prompts, group, distance, mantissaBits, topK, masks } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const { learner, base } = laboratory;
    const behaviour = roundedTensors(base, mantissaBits);
    const policies = await policyAfter(laboratory, distance, { prompts, group });
    const use = (tensors: NamedTensors) => loadParameters(learner.backend, learner.parameters, tensors);
    use(behaviour);
    const batch = await rollOut(laboratory, { prompts, group }, 0);
    const choice = { objective: committed.id, settings: {} };
    const states = await withEngine(
      laboratory,
      choice,
      { prompts, group, innerUpdates: 1 },
      async (engine) => (await firstPlan(engine, laboratory, batch, 0)).states,
    );
    const mu = await distributionsOf(laboratory, states);
    use(policies?.current ?? base);
    const pi = await distributionsOf(laboratory, states);
    const tokens = states.flatMap(({ targets }) => [...targets]);

    const tv = emptySums(topK), kl = emptySums(topK);
    let excess = 0, maxRatio = 0;
    const counts = BIN_ENDS.map(() => 0);
    const masked = masks.map(() => BIN_ENDS.map(() => 0));
    tokens.forEach((token, k) => {
      const p = mu[k]!, q = pi[k]!;
      const order = [...p.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
      const parts = [[token], ...topK.map((count) => [...new Set([...order.slice(0, count), token])])];
      for (const [sums, divergence] of [[tv, totalVariation], [kl, kullbackLeibler]] as const) {
        const values = [...parts.map((part) => divergence(...merged(p, q, part))), divergence(p, q)];
        values.forEach((value, i) => {
          sums[i]! += value / tokens.length;
          if (i > 0) excess = Math.max(excess, values[i - 1]! - value);
        });
      }
      maxRatio = Math.max(maxRatio, q[token]! / p[token]!);
      const bin = BIN_ENDS.findIndex((end) => p[token]! <= end);
      counts[bin]!++;
      masks.forEach((mask, m) => masked[m]![bin]! += maskedShare(mask, { token, p, q, order }));
    });
    const split = (sums: readonly number[]): Divergences => ({
      binary: sums[0]!,
      topK: sums.slice(1, -1),
      full: sums.at(-1)!,
    });
    return {
      tokens: tokens.length,
      tv: split(tv),
      kl: split(kl),
      excess,
      share: counts.map((count) => count / tokens.length),
      masked: Object.fromEntries(
        masks.map((
          { objective },
          m,
        ) => [objective, masked[m]!.map((sum, bin) => counts[bin] ? sum / counts[bin]! : 0)]),
      ),
      maxRatio,
    };
  },
};

const emptySums = (topK: readonly number[]) => new Array<number>(topK.length + 2).fill(0);

/** Probabilities at every target of the states under the learner's parameters. */
async function distributionsOf(
  { learner: { backend, model, parameters, batch, limits, saved, scratch } }: Laboratory,
  states: readonly State[],
): Promise<Float64Array[]> {
  const { vocab } = model.config;
  const rows: Float64Array[] = [];
  for (const micro of cutMicroBatches(states, limits)) {
    writeForwardBatch(backend, batch, micro);
    forward(model, parameters.views, { input: batch, shape: micro.shape }, { saved, scratch });
    for (const chunk of chunksOf(model.config, scratch.logits, micro.shape.targets)) {
      headForward(model, parameters.views, { saved, scratch }, chunk);
      const [words] = await backend.read({ ...scratch.logits, length: chunk.count * vocab });
      const logits = new Float32Array(words!);
      for (let k = 0; k < chunk.count; k++) rows.push(softmax(logits.subarray(k * vocab, (k + 1) * vocab)));
    }
  }
  return rows;
}

function softmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(logits, (z) => exp(z - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Both distributions over the tokens of `part` and one category for the rest. */
function merged(p: Float64Array, q: Float64Array, part: readonly number[]): [Float64Array, Float64Array] {
  const inside = new Set(part);
  const collapse = (of: Float64Array) => {
    let rest = 0;
    of.forEach((value, token) => rest += inside.has(token) ? 0 : value);
    return Float64Array.from([...part.map((token) => of[token]!), rest]);
  };
  return [collapse(p), collapse(q)];
}

function totalVariation(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, value, i) => sum + Math.abs(value - q[i]!), 0) / 2;
}

function kullbackLeibler(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, value, i) => sum + (value > 0 ? value * log(value / q[i]!) : 0), 0);
}

/** Share of the two signs of the advantage for which an objective gives the token a weight of 0. */
function maskedShare(
  { objective: id, settings }: ObjectiveChoice,
  { token, p, q, order }: {
    readonly token: number;
    readonly p: Float64Array;
    readonly q: Float64Array;
    /** Tokens by falling probability under p. */
    readonly order: readonly number[];
  },
): number {
  const objective = measuredObjective(id), hyper = hyperOf(objective, settings);
  const delta = log(q[token]! / p[token]!);
  const part = [...new Set([...order.slice(0, hyper.topK ?? 0), token])];
  const divergence = objective.divergence === "kl" ? kullbackLeibler : totalVariation;
  const inputs = neutralInputs({
    logp: log(q[token]!),
    delta,
    stateDelta: delta,
    responseDelta: delta,
    positionDelta: delta,
    divergence: divergence(...merged(p, q, part)),
  });
  const zero = [1, -1].filter((advantage) =>
    objective.weight({ ...inputs, advantage }, hyper, ONE_TARGET) === 0
  );
  return zero.length / 2;
}
