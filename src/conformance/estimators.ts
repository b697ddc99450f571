/** advantages.json, kl.json and selection.json. */

import { type AdvantageSettings, advantagesOf } from "../objectives/advantage.ts";
import { k1, k2, k3, type KlEstimate } from "../objectives/kl.ts";
import { highestEntropySteps } from "../objectives/step_selection.ts";
import { revealCounts } from "../diffusion/schedule.ts";
import { type Checker, compareCase, F64_TOLERANCE, readJson } from "./checker.ts";

/** `center`, `loo`, `zscore_<std>_eps<number>`. */
function settingsOf(key: string): AdvantageSettings {
  if (key === "center" || key === "loo") return { kind: key };
  const [, std, eps] = key.match(/^zscore_(unbiased|population)_eps(\S+)$/) ?? [];
  if (!std) throw new Error(`unknown kind of advantage "${key}"`);
  return { kind: "zscore", std: std as "unbiased" | "population", eps: Number(eps) };
}

/** Rewards that differ little lose digits: 16 roundings of the largest reward, relative to the spread. */
function cancellation(rewards: readonly number[]): number {
  const largest = Math.max(...rewards.map(Math.abs));
  const spread = Math.max(...rewards) - Math.min(...rewards);
  return spread === 0 ? 0 : 16 * Number.EPSILON * largest / spread;
}

export const advantageChecker: Checker = {
  matches: (path) => path === "advantages.json",
  async check(path, folder) {
    const { cases } = await readJson(folder, path) as {
      cases: { name: string; rewards: number[]; expected: Record<string, number[]> }[];
    };
    return cases.map(({ name, rewards, expected }) =>
      compareCase(
        name,
        Object.entries(expected).map(([key, want]) => ({
          name: key,
          actual: advantagesOf(rewards, rewards.map(() => 0), settingsOf(key)),
          expected: want,
          tolerance: F64_TOLERANCE + cancellation(rewards),
        })),
      )
    );
  },
};

export const klChecker: Checker = {
  matches: (path) => path === "kl.json",
  async check(path, folder) {
    const { logp_theta: a, logp_ref: b, expected } = await readJson(folder, path) as {
      logp_theta: number[];
      logp_ref: number[];
      expected: Record<string, { value: number[]; dvalue_dlogp_theta: number[] }>;
    };
    const estimators: Record<string, (a: number, b: number) => KlEstimate> = { k1, k2, k3 };
    return Object.entries(expected).map(([name, want]) => {
      const estimator = estimators[name];
      if (!estimator) throw new Error(`unknown KL estimator "${name}"`);
      const found = a.map((logp, i) => estimator(logp, b[i]!));
      return compareCase(name, [
        {
          name: "value",
          actual: found.map(({ value }) => value),
          expected: want.value,
          tolerance: F64_TOLERANCE,
        },
        {
          name: "derivative",
          actual: found.map(({ derivative }) => derivative),
          expected: want.dvalue_dlogp_theta,
          tolerance: F64_TOLERANCE,
        },
      ]);
    });
  },
};

export const selectionChecker: Checker = {
  matches: (path) => path === "selection.json",
  async check(path, folder) {
    const { cases, reveal_counts } = await readJson(folder, path) as {
      cases: { name: string; mean_entropy_per_step: number[]; K: number; expected: { selected: number[] } }[];
      reveal_counts: { masked_in_block: number; steps_per_block: number; counts: number[] }[];
    };
    return [
      ...cases.map(({ name, mean_entropy_per_step, K, expected }) =>
        compareCase(name, [{
          name: "selected",
          actual: highestEntropySteps(mean_entropy_per_step, K),
          expected: expected.selected,
          tolerance: 0,
        }])
      ),
      ...reveal_counts.map(({ masked_in_block, steps_per_block, counts }) =>
        compareCase(`${masked_in_block} masked tokens in ${steps_per_block} steps`, [{
          name: "counts",
          actual: revealCounts(masked_in_block, steps_per_block),
          expected: counts,
          tolerance: 0,
        }])
      ),
    ];
  },
};
