/** Every command with its options, notes and examples: parsing, checking and help texts follow from this table. */

import { PROTOCOLS } from "../../tasks/real_task.ts";
import { RESULTS } from "../driver/folders.ts";

/** An option of a command. */
export interface OptionSpec {
  /**
   * `flag`: no value. `names`: repeated or separated by commas. `seeds`: a count or a list. `count`: a positive whole
   * number. `counts`: several of them. `share`: a number above 0, at most 1.
   */
  readonly kind: "flag" | "text" | "names" | "seed" | "seeds" | "count" | "counts" | "share";
  /** The largest count. */
  readonly max?: number;
  /** What stands for the value in the help text. */
  readonly value?: string;
  readonly description: string;
  readonly required?: true;
  readonly default?: string;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What stands after the command, each a word that must be there. */
  readonly words?: readonly string[];
  /** What else a user must know; below the options. */
  readonly notes?: string;
  /** Command lines that work, without the name of the command. */
  readonly examples?: readonly string[];
  /** Which folders it may use, where they are not those of most commands. */
  readonly permissions?: string;
}

const JSON_LINES = {
  kind: "flag",
  description: "print JSON lines: progress first, the result last",
} as const;
const HELP = { kind: "flag", description: "print this text" } as const;
const BACKEND = {
  kind: "text",
  value: "NAME",
  choices: ["auto", "cpu", "webgpu"],
  default: "auto",
  description: "where kernels run; auto takes a GPU if there is one, else the CPU",
} as const;
const FAST_MATH = {
  kind: "flag",
  description: "fused multiply-add on the CPU: faster, but results depend on the machine",
} as const;
const WORKERS = {
  kind: "count",
  max: 1024,
  value: "N",
  description: "cells at the same time on the CPU (default: one per core); no result depends on it",
} as const;
const SUITE = {
  kind: "text",
  value: "NAME",
  default: "mini",
  description: "models, budgets and settings",
} as const;

/** Every command with its options. */
export const COMMANDS = {
  bench: {
    summary: "Train and evaluate every objective on every task, then print the leaderboard.",
    options: {
      task: { kind: "names", value: "NAMES", description: "only these tasks (default: those of the suite)" },
      objective: {
        kind: "names",
        value: "NAMES",
        description: "only these objectives (default: those of the suite)",
      },
      seeds: {
        kind: "seeds",
        value: "SEEDS",
        description: "how many, as in 3, or which, as in 1,2,7 (default: those of the suite)",
      },
      suite: SUITE,
      backend: BACKEND,
      "fast-math": FAST_MATH,
      workers: WORKERS,
      out: { kind: "text", value: "DIR", default: "results", description: "folder of the records" },
      list: { kind: "flag", description: "print the cells and what is already done, and run none" },
      confirm: {
        kind: "flag",
        description:
          "after a change of code: train a sample of the old records of all suites again, and where it is " +
          "equal byte for byte, count the others as valid",
      },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["", "--suite smoke", "--objective bgpo,egspo --task sudoku/mini --seeds 3"],
  },
  train: {
    summary: "Train one objective on one task with one seed.",
    options: {
      task: { kind: "text", value: "NAME", required: true, description: "the task" },
      objective: { kind: "text", value: "NAME", required: true, description: "the objective" },
      seed: { kind: "seed", value: "SEED", default: "1", description: "seed of the run" },
      suite: SUITE,
      backend: BACKEND,
      "fast-math": FAST_MATH,
      out: {
        kind: "text",
        value: "DIR",
        required: true,
        description: "folder of checkpoints, model and record",
      },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--task sudoku/mini --objective bgpo --out runs/one"],
  },
  base: {
    summary: "Train a small model of bytes on the training texts of real tasks.",
    options: {
      task: { kind: "names", value: "NAMES", description: "real tasks (default: all with training data)" },
      out: { kind: "text", value: "DIR", required: true, description: "folder of the model" },
      seed: { kind: "seed", value: "SEED", default: "1", description: "seed of the training" },
      steps: { kind: "count", value: "N", default: "400", description: "updates" },
      dim: { kind: "count", value: "N", default: "64", description: "width of the model, a multiple of 32" },
      layers: { kind: "count", value: "N", default: "2", description: "layers of the model" },
      backend: BACKEND,
      "fast-math": FAST_MATH,
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--task gsm8k --out runs/base"],
  },
  eval: {
    summary: "Grade a checkpoint: on a generated task, or on the real test sets where it has a tokenizer.",
    options: {
      checkpoint: {
        kind: "text",
        value: "DIR",
        required: true,
        description: "folder that train or base wrote, or of a model",
      },
      task: {
        kind: "names",
        value: "NAMES",
        required: true,
        description: "a generated task such as sudoku/mini, or real ones such as gsm8k,mbpp",
      },
      split: {
        kind: "text",
        value: "NAME",
        default: "test",
        description:
          "of a real task: its rows; else generated, or a real test set such as sudoku-d1, or test for all",
      },
      protocol: {
        kind: "text",
        value: "NAME",
        choices: PROTOCOLS,
        default: "chat",
        description: "real tasks: how the model is asked",
      },
      lengths: {
        kind: "counts",
        value: "LENGTHS",
        default: "128,256,512",
        description: "real tasks: tokens of a response",
      },
      "steps-per-token": {
        kind: "share",
        value: "SHARE",
        default: "0.5",
        description: "real tasks: denoising steps, as a share of the length",
      },
      block: { kind: "count", value: "N", default: "32", description: "real tasks: tokens of a block" },
      limit: { kind: "count", value: "N", description: "real tasks: only the first N rows (default: all)" },
      workers: {
        ...WORKERS,
        description: "real tasks: responses at the same time on the CPU (default: one per core)",
      },
      suite: SUITE,
      backend: BACKEND,
      "fast-math": FAST_MATH,
      out: {
        kind: "text",
        value: "PATH",
        description:
          "real tasks: folder of generations and verdicts (default: evaluation in the checkpoint); else a file for " +
          "the verdicts (default: none)",
      },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--checkpoint runs/one --task sudoku/mini"],
  },
  leaderboard: {
    summary: "Derive the leaderboard of the records again, write it and print it.",
    options: {
      out: { kind: "text", value: "DIR", default: "results", description: "folder of the records" },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--out runs/mine"],
  },
  tune: {
    summary: "Choose the learning rates of a suite on seeds that are never reported.",
    options: {
      task: {
        kind: "names",
        value: "NAMES",
        description:
          "only these tasks; what is known of the others counts, too (default: those of the suite)",
      },
      objective: {
        kind: "names",
        value: "NAMES",
        description: "only these objectives (default: those of the suite)",
      },
      suite: SUITE,
      backend: BACKEND,
      workers: WORKERS,
      out: {
        kind: "text",
        value: "DIR",
        default: "results",
        description: "folder of the results; the evidence goes to tuning/ in it",
      },
      apply: { kind: "flag", description: "write the chosen rates into the suite's file" },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--suite mini --objective bgpo"],
  },
  verify: {
    summary: "Check that the committed results are what this code gives.",
    options: {
      suite: { ...SUITE, default: "smoke", description: "whose cells are trained again" },
      cells: {
        kind: "count",
        value: "N",
        description: "only so many of its committed cells (default: the whole suite)",
      },
      pick: {
        kind: "text",
        value: "TEXT",
        description: "which cells these are follows from its hash (default: the commit)",
      },
      backend: {
        kind: "text",
        value: "NAME",
        choices: ["cpu", "webgpu"],
        default: "cpu",
        description: "cpu compares bytes, webgpu compares statistics",
      },
      workers: WORKERS,
      out: { kind: "text", value: "DIR", default: "results", description: "folder of the committed records" },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--suite mini --cells 2"],
  },
  claims: {
    summary: "Measure what the papers claim and write a report with a verdict for each claim.",
    options: {
      only: {
        kind: "names",
        value: "GROUPS",
        description: "only the claims of bgpo, egspo, dppo or gradients",
      },
      scale: {
        kind: "text",
        value: "NAME",
        choices: ["full", "tiny"],
        default: "full",
        description: "sizes of all measurements; tiny runs every part in seconds, its verdicts mean nothing",
      },
      workers: {
        ...WORKERS,
        description: "measurements at the same time (default: one per core); no result depends on it",
      },
      out: { kind: "text", value: "DIR", default: "results/claims", description: "folder of the reports" },
      json: JSON_LINES,
      help: HELP,
    },
    examples: ["--only bgpo"],
  },
  conformance: {
    summary: "Compare the implementation with a folder of expected values.",
    options: {
      fixtures: { kind: "text", value: "DIR", required: true, description: "folder of expected values" },
      backend: BACKEND,
      "fast-math": FAST_MATH,
      json: { kind: "flag", description: "print the result as JSON" },
      help: HELP,
    },
    examples: ["--fixtures DIR"],
  },
  "gpu-check": {
    summary:
      "Check the GPU of this machine against the CPU, measure it, and write a report to send back; about three minutes.",
    options: {
      out: {
        kind: "text",
        value: "DIR",
        default: "results/gpu",
        description: "folder of the reports, one per adapter",
      },
      list: { kind: "flag", description: "print the reports that are there, and check nothing" },
      json: JSON_LINES,
      help: HELP,
    },
    notes: "The exit status is 1 where the GPU does not give what the CPU gives.",
    permissions:
      "The task may write to results/gpu, .cache and the folder that DLLM_BENCH_OUT names: to write elsewhere, put " +
      "DLLM_BENCH_OUT=FOLDER before the command.",
    examples: ["", "--list"],
  },
  grade: {
    summary: "Grade generations of a real task, in the modes strict and d1.",
    options: {
      task: { kind: "text", value: "NAME", required: true, description: "the real task, such as gsm8k" },
      input: {
        kind: "text",
        value: "FILE",
        required: true,
        description: "generations as JSON lines, gzip by its name; - for the standard input",
      },
      out: {
        kind: "text",
        value: "FILE",
        description:
          "file of the verdicts, one JSON line per generation; continued if it is there (default: none)",
      },
      split: { kind: "text", value: "NAME", default: "test", description: "the rows that indices name" },
      lenient: { kind: "flag", description: "exit with status 0 in spite of malformed lines" },
      json: { kind: "flag", description: "print the summary as JSON" },
      help: HELP,
    },
    notes:
      `A line is {"index": row of the test file, "text": generation}, or has fields of its own instead of the index:
  gsm8k      gold
  math500    gold
  humaneval  task_id
  mbpp       task_id
  sudoku     puzzle, solution
  countdown  numbers, target
A text of null is a wrong answer. Several lines of one problem are samples of it: its share of right ones counts, and
a problem is one trial to the interval. Lines that are none of these are reported by number.

The exit status is 1 when nothing was graded, when there were malformed lines (but for --lenient), or when something
could not be graded for a reason that is not the generation's.`,
    permissions:
      `The task may read everything, and may write the repository, its sources apart, /tmp and the folder that
DLLM_BENCH_OUT names: to write elsewhere, put DLLM_BENCH_OUT=FOLDER before the command.`,
    examples: ["--task gsm8k --input generations.jsonl"],
  },
  dashboard: {
    summary: "Show results, and a bench that runs, in the browser. Reads only.",
    options: {
      results: {
        kind: "text",
        value: "DIR",
        default: RESULTS,
        description: "folder of the records; a bench that writes there is shown live",
      },
      port: {
        kind: "text",
        value: "N",
        default: "8000",
        description: "port to listen on, 0 for any free one",
      },
      host: {
        kind: "text",
        value: "NAME",
        default: "127.0.0.1",
        description: "address to listen on; only this machine reaches the default",
      },
      help: HELP,
    },
    permissions:
      `The task may read the folder that --results names and nothing else, and may listen on 127.0.0.1 alone: for another
host, run src/main.ts dashboard with the permissions that \`deno task flags\` prints and that host's.`,
    examples: ["--results runs/mine --port 0"],
  },
  export: {
    summary:
      "Write the pages of the dashboard into a folder that any web host can serve. Equal results give equal bytes.",
    options: {
      out: {
        kind: "text",
        value: "DIR",
        required: true,
        description: "folder to write, new or empty or an earlier export",
      },
      results: { kind: "text", value: "DIR", default: RESULTS, description: "folder of the records" },
      help: HELP,
    },
    permissions:
      "The task may read the folders that --results and --out name, and may write to .cache, /tmp and the folder that " +
      "DLLM_BENCH_OUT names.",
    examples: ["--out /tmp/site"],
  },
  new: {
    summary:
      "Write the files of a new objective or of a new task: a small one that works, to be changed from there.",
    words: ["KIND", "ID"],
    options: { help: HELP },
    notes: "KIND is objective or task. ID has lower-case letters, digits and hyphens.",
    permissions: "The task may write to src/objectives, kernels/objectives, tasks and runs.",
    examples: ["objective my-own", "task my-own"],
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;
