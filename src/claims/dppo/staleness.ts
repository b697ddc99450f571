/** DPPO's claims about training while the rollout's policy and the updated one differ. */

import { textsTable } from "../../tables/table.ts";
import { intervalChart } from "../../figures/mod.ts";
import { mean } from "../../statistics/moments.ts";
import type { Claim } from "../claim.ts";
import type { Profile } from "../profile.ts";
import { cell, over, SEEDS_NOTE } from "../reading.ts";
import {
  curvesFigure,
  finalScore,
  gains,
  meanReward,
  perSeed,
  runPieces,
  runsData,
  runsOf,
} from "../run_scores.ts";
import { seedCheck } from "../verdict.ts";
import { type Condition, DPPO, PAPER, variantsOf } from "./settings.ts";

const CONDITIONS: readonly Condition[] = [
  {
    id: "dppo-updates",
    title: "DPPO is stable with many updates per rollout",
    method: "eight updates per rollout: four passes of two mini-batches",
    changes: { innerUpdates: 4, miniBatches: 2 },
  },
  {
    id: "dppo-stale",
    title: "DPPO is stable with stale rollouts",
    method: "rollouts by the policy of four rollouts before, two updates each",
    changes: { innerUpdates: 2, lag: 4 },
  },
  {
    id: "dppo-mismatch",
    title: "DPPO is stable when sampler and trainer differ",
    method: "rollouts by weights rounded to 2 mantissa bits, two updates each",
    changes: { innerUpdates: 2, mantissaBits: 2 },
  },
];

const variantNamed = (condition: Condition, name: string) =>
  variantsOf(condition).find((variant) => variant.name === name)!;

/** The profile of these claims: fewer tasks, shorter runs. */
function staleProfile(profile: Profile): Profile {
  const { tasks, rollouts } = profile.staleness;
  return { ...profile, tasks, training: { ...profile.training, rollouts } };
}

/** Mean of the finite numbers of a list; null when there is none. */
function finiteMean(values: readonly (number | null)[]): number | null {
  const present = values.filter((value): value is number => value !== null);
  return present.length ? mean(present) : null;
}

function claimOf(condition: Condition): Claim {
  const variants = variantsOf(condition);
  return {
    id: condition.id,
    group: "dppo",
    title: condition.title,
    paper: PAPER,
    statement:
      "a mask by divergence trains better than PPO's clip, which trains better than no trust region, when the " +
      "rollout's policy and the updated one differ",
    method:
      `${condition.method}; all denoising steps, score after the last rollout. The paper is about autoregressive ` +
      "models; on a masked-diffusion model a state is a partly masked response and an action a revealed token",
    pieces: (whole) => runPieces(staleProfile(whole), variants),
    read(results, whole) {
      const profile = staleProfile(whole), { tasks } = profile;
      const ppo = variantNamed(condition, "ppo-clip"), free = variantNamed(condition, "pg-is");
      const best = variantNamed(condition, "dppo-binary-tv");
      const rows = variants.map((variant) => {
        const runs = runsOf(results, profile, variant).flat();
        return {
          variant,
          score: over(perSeed(runsOf(results, profile, variant), finalScore))!,
          masked: mean(runs.map(({ maskShare }) => mean(maskShare))),
          kl: finiteMean(runs.flatMap(({ kl }) => kl)),
          diverged: runs.filter(({ diverged }) => diverged).length,
        };
      });
      return {
        checks: [
          seedCheck(
            "score of dppo-binary-tv minus ppo-clip, mean over tasks",
            gains(results, profile, [best, ppo]),
            [
              0,
              null,
            ],
          ),
          seedCheck("score of ppo-clip minus pg-is, mean over tasks", gains(results, profile, [ppo, free]), [
            0,
            null,
          ]),
        ],
        notes: [
          ...DPPO.map((id) => {
            const variant = variantNamed(condition, id);
            return `${id} minus ppo-clip: score ${
              cell(over(gains(results, profile, [variant, ppo])))
            }, mean training ` +
              `reward ${cell(over(gains(results, profile, [variant, ppo], meanReward)))}.`;
          }),
          SEEDS_NOTE,
        ],
        tables: [textsTable({
          caption: "After the last rollout, mean over tasks:",
          columns: ["", "score", "share of masked tokens", "KL from the anchor (nats)", "diverged runs"],
          rows: rows.map(({ variant, score, masked, kl, diverged }) => [
            variant.name,
            cell(score),
            masked.toFixed(4),
            kl === null ? "-" : kl.toPrecision(3),
            String(diverged),
          ]),
        })],
        figures: [
          {
            name: "scores",
            caption: "Score after the last rollout by trust region.",
            ...intervalChart({
              title: condition.title,
              subtitle: condition.method,
              x: { label: "share of correct responses, one sample per prompt" },
              rows: variants.map(({ name }) => name),
              series: tasks.map((task, t) => ({
                name: task,
                estimates: variants.map((variant) =>
                  over(runsOf(results, profile, variant)[t]!.map(finalScore))
                ),
              })),
            }),
          },
          ...tasks.map((task) =>
            curvesFigure(
              results,
              profile,
              ["pg-is", "ppo-clip", "dppo-binary-tv", "dppo-topk-kl"].map((name) =>
                variantNamed(condition, name)
              ),
              { task, title: condition.title },
            )
          ),
        ],
        data: { variants: runsData(results, profile, variants), masked: rows.map(({ masked }) => masked) },
      };
    },
  };
}

export const staleness: readonly Claim[] = CONDITIONS.map(claimOf);
