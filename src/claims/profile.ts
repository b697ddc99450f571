/** Sizes of all measurements: `full` is what results are from, `tiny` runs every path in seconds. */

/** Responses of one batch. */
interface BatchSize {
  readonly prompts: number;
  readonly group: number;
}

export interface Profile {
  readonly name: "full" | "tiny";
  readonly suite: string;
  /** Tasks of measurements on one batch, and of training runs. */
  readonly tasks: readonly string[];
  /** Seeds of base models, batches and training runs: the unit of every interval. */
  readonly seeds: readonly number[];
  readonly batch: BatchSize;
  readonly memory: BatchSize & { readonly samples: readonly number[] };
  readonly timing: BatchSize & { readonly samples: readonly number[]; readonly repeats: number };
  readonly sampling: BatchSize & {
    readonly samples: readonly number[];
    readonly repeats: number;
    readonly reference: number;
    /** Updates between the policy that rolled out and the current one. */
    readonly distance: number;
  };
  readonly training: BatchSize & {
    readonly rollouts: number;
    readonly learningRate: number;
    readonly every: number;
    readonly evaluation: number;
    readonly samples: readonly number[];
  };
  /** Training runs with a stale or rounded rollout policy. */
  readonly staleness: { readonly tasks: readonly string[]; readonly rollouts: number };
  /** Single denoising steps: their gradients, and training on a choice of them. */
  readonly steps: BatchSize & { readonly tasks: readonly string[]; readonly batches: number };
  /** Updates between rollout and current policy, for ratios and divergences. */
  readonly distances: readonly number[];
  readonly audit: { readonly mantissaBits: number; readonly topK: readonly number[] };
  /** Estimators against the policy gradient; with tasks and seeds of their own. */
  readonly gradients: BatchSize & {
    readonly tasks: readonly string[];
    readonly seeds: readonly number[];
    readonly batches: number;
  };
}

export const PROFILES: Readonly<Record<Profile["name"], Profile>> = {
  full: {
    name: "full",
    suite: "mini",
    tasks: ["countdown/mini", "sudoku/mini"],
    seeds: [1, 2, 3, 4, 5],
    batch: { prompts: 8, group: 8 },
    memory: { prompts: 2, group: 8, samples: [1, 2, 4, 8, 16, 32, 64] },
    timing: { prompts: 2, group: 8, samples: [1, 2, 4, 8, 16, 32, 64], repeats: 5 },
    sampling: {
      prompts: 4,
      group: 8,
      samples: [1, 2, 4, 8, 16, 32],
      repeats: 12,
      reference: 1024,
      distance: 4,
    },
    training: {
      prompts: 8,
      group: 8,
      rollouts: 30,
      learningRate: 5e-4,
      every: 5,
      evaluation: 256,
      samples: [1, 4, 16],
    },
    staleness: { tasks: ["humaneval/mini"], rollouts: 20 },
    steps: { tasks: ["gsm8k/mini", "sudoku/mini"], prompts: 8, group: 8, batches: 16 },
    distances: [1, 2, 4, 8],
    audit: { mantissaBits: 23, topK: [5, 20] },
    gradients: {
      tasks: ["countdown/mini", "humaneval/mini", "sudoku/mini"],
      seeds: [1, 2, 3, 4],
      prompts: 8,
      group: 8,
      batches: 10,
    },
  },
  tiny: {
    name: "tiny",
    suite: "smoke",
    tasks: ["sudoku/mini"],
    seeds: [1, 2],
    batch: { prompts: 2, group: 4 },
    memory: { prompts: 1, group: 4, samples: [1, 64] },
    timing: { prompts: 1, group: 4, samples: [1, 4, 16], repeats: 2 },
    sampling: { prompts: 1, group: 4, samples: [1, 4], repeats: 3, reference: 16, distance: 1 },
    training: {
      prompts: 2,
      group: 4,
      rollouts: 2,
      learningRate: 5e-4,
      every: 1,
      evaluation: 8,
      samples: [1, 2],
    },
    staleness: { tasks: ["sudoku/mini"], rollouts: 2 },
    steps: { tasks: ["countdown/mini"], prompts: 2, group: 4, batches: 2 },
    distances: [1, 2],
    audit: { mantissaBits: 23, topK: [2, 20] },
    gradients: { tasks: ["sudoku/mini"], seeds: [1, 2], prompts: 2, group: 4, batches: 2 },
  },
};
