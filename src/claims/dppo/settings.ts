/** What DPPO's claims have in common. */

import type { Variant } from "../run_scores.ts";

export const PAPER = "DPPO, arXiv 2602.04879";

/** Every step of a rollout is evaluated. */
export const ALL_STEPS = { steps: 0 } as const;

/** How trust is kept, by objective. */
export const PPO = ["ppo-clip", "clip-higher", "cispo"] as const;
export const DPPO = ["dppo-binary-tv", "dppo-binary-kl", "dppo-topk-tv", "dppo-topk-kl"] as const;
const FREE = ["pg-is", "pg-tis", "minirl"] as const;

/** A way for the rollout's policy to differ from the one that is updated. */
export interface Condition {
  readonly id: string;
  readonly title: string;
  readonly method: string;
  readonly changes: Pick<Variant, "innerUpdates" | "miniBatches" | "lag" | "mantissaBits">;
}

export function variantsOf({ changes }: Condition): Variant[] {
  return [...PPO, ...FREE, ...DPPO].map((objective) => ({
    name: objective,
    objective,
    settings: ALL_STEPS,
    ...changes,
  }));
}
