/** What the sandbox runs and what it says, and how one follows from the other. */

import type { CloseReason } from "./pipe.ts";
import type { Worked } from "./worker.ts";

/** A model-written program and its tests. */
export interface Program {
  /** Python source, written by a model. */
  readonly code: string;
  /**
   * Other readings of what the model wrote: the first that compiles is run. With them, even none, a reading that
   * does not compile is better than nothing: the longest part of one that does, from a definition of an entry on, is
   * run where no reading compiles. Without them the code runs as it is or not at all.
   */
  readonly fallbacks?: readonly string[];
  /** Trusted source that runs after the code, in its module: what tests need to build from the code's classes. */
  readonly setup?: string;
  /** Trusted source that the tests can use; names it defines are not taken from the code. */
  readonly context?: string;
  /** Names that are taken from the code although the context defines them. */
  readonly entries?: readonly string[];
  /** Trusted source of the tests, each run whatever became of the others. What no test defines is the code's. */
  readonly tests: readonly string[];
  /** Wall-clock time in seconds; default 10. Only a safety net: a verdict that it decides is not reproducible. */
  readonly seconds?: number;
  /** Steps; default `DEFAULT_STEPS`. */
  readonly steps?: number;
}

/** A program that is run as a whole, as `python -c` would run it. */
export interface Script {
  readonly code: string;
  readonly seconds?: number;
  readonly steps?: number;
}

/** A step is a jump or a call in Python, or a row of digits in arithmetic with long integers. */
const DEFAULT_STEPS = 30_000_000;
const DEFAULT_SECONDS = 10;
/** Bytes of memory beyond those of a started interpreter. */
export const MEMORY_LIMIT = 256 << 20;
/** Bytes of output of a script, and of files in memory. A program's output costs steps. */
export const OUTPUT_LIMIT = 1 << 20, FILES_LIMIT = 16 << 20;

export interface Verdict {
  /**
   * `passed`: control passed the last assert of every test. `infra_error`: nothing is known about the program;
   * never a wrong answer.
   */
  readonly status: "passed" | "failed" | "timeout" | "memory" | "infra_error";
  /** In a few words. */
  readonly reason: string;
  /** Tests that passed, and tests. */
  readonly passed: number;
  readonly total: number;
  /** Whether every machine says the same. False where time or the size of the machine's stack decided. */
  readonly reproducible: boolean;
  /** Steps that the program took. */
  readonly steps: number;
  /** What ran, where it is not the whole of `code`. As the program's interpreter says: for people only. */
  readonly ran?: Ran;
  /** A module that the program needs and the sandbox does not have. */
  readonly lacks?: string;
}

export interface Ran {
  /** 0 for `code`, from 1 on a fallback. */
  readonly reading: number;
  readonly code: string;
}

export interface Exit {
  readonly status: "exited" | "timeout" | "memory" | "infra_error";
  /** Exit code, for `exited`. */
  readonly code: number | null;
  readonly reason: string;
  readonly reproducible: boolean;
  readonly steps: number;
}

/** A program or a script with every default filled in. */
export interface ProgramJob {
  readonly kind: "program" | "script";
  readonly code: string;
  readonly fallbacks: readonly string[] | null;
  readonly setup: string;
  readonly context: string;
  readonly entries: readonly string[];
  readonly tests: readonly string[];
  readonly seconds: number;
  readonly steps: number;
}

/** What the host saw. */
export interface Outcome {
  readonly judged: Worked;
  readonly tried: Worked;
  /** Why the pipe between the two was closed. */
  readonly closed: CloseReason | null;
}

function checked(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`expected ${name} to be a positive number, found ${value}`);
}

/** @throws RangeError for limits that are none, TypeError without tests */
export function jobOf(program: Program): ProgramJob {
  if (program.tests.length === 0) throw new TypeError("expected a program with tests, found none");
  return {
    kind: "program",
    code: program.code,
    fallbacks: program.fallbacks ?? null,
    setup: program.setup ?? "",
    context: program.context ?? "",
    entries: program.entries ?? [],
    tests: program.tests,
    seconds: checked("seconds", program.seconds ?? DEFAULT_SECONDS),
    steps: checked("steps", program.steps ?? DEFAULT_STEPS),
  };
}

/** @throws RangeError for limits that are none */
export function scriptJob(
  { code, seconds = DEFAULT_SECONDS, steps = DEFAULT_STEPS }: Script,
): ProgramJob {
  return {
    kind: "script",
    code,
    fallbacks: null,
    setup: "",
    context: "",
    entries: [],
    tests: [],
    seconds: checked("seconds", seconds),
    steps: checked("steps", steps),
  };
}

/** What a judge reports: `judge.py` writes it. */
interface Judged {
  /** The tests cannot be run. */
  readonly bad_test?: string;
  /** The code cannot be run. */
  readonly load?: string;
  /** Per test: null when it passed, else why not. */
  readonly results?: readonly (string | null)[];
  /** The candidate's interpreter ended. */
  readonly gone?: boolean;
  /** Whether Python ran out of memory. */
  readonly memory?: boolean;
  /** The module that was not there. */
  readonly lacks?: string | null;
  /** Which reading ran, and what of it; null for all of the first. */
  readonly ran?: readonly [number, string] | null;
  /** Of a script. */
  readonly exit?: unknown;
  readonly detail?: unknown;
}

/** How an interpreter ended that was stopped. */
function stopped(closed: CloseReason | null, { detail, usage }: Worked) {
  switch (closed) {
    case "clock":
      return { status: "timeout", reason: "its time was over", reproducible: false } as const;
    case "steps":
      return { status: "timeout", reason: detail, reproducible: true } as const;
    case "crash":
    case null:
      return usage.memoryRefused
        ? { status: "memory", reason: "out of memory", reproducible: true } as const
        : { status: "crash", reason: `the interpreter crashed: ${detail}`, reproducible: false } as const;
    default:
      return { status: "crash", reason: detail || `stopped: ${closed}`, reproducible: true } as const;
  }
}

function judgedBy({ result, stop, detail }: Worked): Judged | string {
  if (result === null) return `the judge ended (${stop ?? "early"}): ${detail}`;
  try {
    return JSON.parse(result);
  } catch {
    return `the judge's report is not JSON: ${result.slice(0, 200)}`;
  }
}

/** Whether the judge did not finish because of what it had to compute with. */
function judgeTimeout({ judged }: Outcome): { reason: string; reproducible: boolean } | null {
  if (judged.stop === "steps") {
    return { reason: "the tests took too many steps on its answers", reproducible: true };
  }
  if (judged.stop === "clock") return { reason: "its time was over", reproducible: false };
  return null;
}

export function verdictOf(outcome: Outcome, total: number): Verdict {
  const { tried, closed } = outcome;
  const steps = tried.usage.steps;
  const late = judgeTimeout(outcome);
  if (late) return { status: "timeout", ...late, passed: 0, total, steps };
  const judged = judgedBy(outcome.judged);
  if (typeof judged === "string") {
    return { status: "infra_error", reason: judged, passed: 0, total, reproducible: false, steps };
  }
  const { bad_test, load, results = [], gone, memory, lacks, ran } = judged;
  const passed = results.filter((result) => result === null).length;
  const common = {
    passed,
    total,
    reproducible: true,
    steps,
    ...(ran && { ran: { reading: ran[0], code: ran[1] } }),
  };
  if (bad_test !== undefined) {
    return { ...common, status: "infra_error", reason: `the tests cannot be run: ${bad_test}` };
  }
  if (gone) {
    const { status, reason, reproducible } = stopped(closed, tried);
    return { ...common, status: status === "crash" ? "failed" : status, reason, reproducible };
  }
  if (lacks) {
    return { ...common, status: "failed", reason: `needs a module that the sandbox lacks: ${lacks}`, lacks };
  }
  if (load !== undefined) {
    return { ...common, status: memory ? "memory" : "failed", reason: `the program does not run: ${load}` };
  }
  if (results.length === total && passed === total) {
    return { ...common, status: "passed", reason: `passed ${total} ${total === 1 ? "test" : "tests"}` };
  }
  const failure = results.find((result) => result !== null) ?? "a test did not run";
  return { ...common, status: memory ? "memory" : "failed", reason: failure };
}

export function exitOf(outcome: Outcome): Exit {
  const { tried, closed } = outcome;
  const steps = tried.usage.steps;
  const judged = judgedBy(outcome.judged);
  if (typeof judged === "string") {
    return { status: "infra_error", code: null, reason: judged, reproducible: false, steps };
  }
  if (!judged.gone) {
    const code = typeof judged.exit === "number" ? judged.exit : 1;
    return { status: "exited", code, reason: String(judged.detail ?? ""), reproducible: true, steps };
  }
  if (closed === "exit" && tried.usage.exit !== null) {
    return {
      status: "exited",
      code: tried.usage.exit & 255,
      reason: tried.detail,
      reproducible: true,
      steps,
    };
  }
  const { status, reason, reproducible } = stopped(closed, tried);
  // A crashed interpreter is what `python -c` reports by a code other than 0.
  if (status === "crash") return { status: "exited", code: 1, reason, reproducible, steps };
  return { status, code: null, reason, reproducible, steps };
}
