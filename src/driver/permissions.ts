/**
 * What every task may do: the one table of permissions. Tasks that train may load the software driver and start
 * Deno's own workers of model-written Python; none may write the code that it runs, however its folders are named.
 */

import { LOADER } from "./location.ts";

/** A folder that the environment names, in the lists below. */
const DATA = "$DLLM_BENCH_DATA", OWN = "$DLLM_BENCH_OUT";
/** The running Deno executable. */
const DENO = "$DENO";
/** The folders that the command line names after these options, or the default. */
const NAMED = "$NAMED";

/** What a program may do; a right that is absent is refused. */
interface Rights {
  readonly read: readonly string[] | "anything";
  readonly write?: readonly string[];
  readonly env?: readonly string[];
  readonly net?: readonly string[];
  readonly run?: readonly string[];
  /** Number of cores. */
  readonly cores?: true;
  /** The software driver may be loaded, and is fetched first where there is no adapter. */
  readonly driver?: true;
  /** Of the repository, over what is allowed. */
  readonly denyRead?: readonly string[];
  readonly denyWrite?: readonly string[];
}

interface Program {
  readonly rights: Rights;
  /** Arguments of Deno: what comes before the permissions and after them. */
  readonly starts: readonly [before: readonly string[], after: readonly string[]];
  /** Variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The code, and what decides how it is run. */
const CODE = ["kernels", "src", "tasks"];
const AROUND = [
  ...[
    ".cache/driver",
    ".ci",
    ".git",
    ".github",
    ".gitignore",
    "LICENSE",
    "README.md",
    "deno.json",
    "deno.lock",
  ],
];
const RESULTS = "results";
const HERE = [".", "/tmp"];
const GITHUB = ["raw.githubusercontent.com"], HUBS = [...GITHUB, "github.com", "huggingface.co"];
const VARIABLES = ["CI", "DLLM_BENCH_COMMIT", "DLLM_BENCH_DATA", "DLLM_BENCH_DRIVER", "VK_DRIVER_FILES"];

/** Trains or grades models on a device. */
const DEVICE = { read: [...HERE, DATA, OWN], env: VARIABLES, cores: true, driver: true } as const;
const TEST: Rights = {
  read: [".", DATA],
  write: [".cache"],
  env: VARIABLES,
  net: ["127.0.0.1"],
  run: [DENO],
  cores: true,
  driver: true,
  denyWrite: [".cache/driver"],
};
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

const command = (name: string, rights: Rights): Program => ({
  rights,
  starts: [["run"], ["src/main.ts", name]],
});

/** Every program that a task starts. */
export const PROGRAMS = {
  bench: command("bench", {
    ...DEVICE,
    write: [...HERE, OWN],
    net: GITHUB,
    run: [DENO],
    denyWrite: [...AROUND, ...CODE],
  }),
  tune: command("tune", {
    ...DEVICE,
    // With --apply it writes the chosen rates into the file of a suite, and nothing else in the code.
    write: [".cache", RESULTS, "src/suite/suites", "/tmp", OWN],
    net: GITHUB,
    run: [DENO],
    denyWrite: [...AROUND, "kernels", "tasks", "src/* but src/suite/suites"],
  }),
  train: command("train", {
    ...DEVICE,
    write: [...HERE, OWN],
    net: GITHUB,
    run: [DENO],
    denyWrite: [...AROUND, ...CODE, RESULTS],
  }),
  base: command("base", {
    ...DEVICE,
    write: [...HERE, OWN],
    net: HUBS,
    denyWrite: [...AROUND, ...CODE, RESULTS],
  }),
  eval: command("eval", {
    ...DEVICE,
    write: [...HERE, OWN],
    net: HUBS,
    run: [DENO],
    denyWrite: [...AROUND, ...CODE, RESULTS],
  }),
  verify: command("verify", {
    ...DEVICE,
    write: HERE,
    net: GITHUB,
    run: [DENO],
    denyWrite: [...AROUND, ...CODE, RESULTS],
  }),
  claims: command("claims", {
    read: [...HERE, OWN],
    write: [...HERE, OWN],
    env: ["CI"],
    run: [DENO],
    denyWrite: [...AROUND, ...CODE],
  }),
  leaderboard: command("leaderboard", {
    read: [...HERE, OWN],
    write: [...HERE, OWN],
    denyWrite: [...AROUND, ...CODE],
  }),
  // Generations, like expected values below, are the user's to choose freely, and they are only read.
  grade: command("grade", {
    read: "anything",
    write: [...HERE, OWN],
    env: ["DLLM_BENCH_DATA"],
    net: HUBS,
    run: [DENO],
    denyWrite: [...AROUND, ...CODE, RESULTS],
  }),
  conformance: command("conformance", {
    read: "anything",
    write: [".cache/wasm"],
    env: ["CI", "VK_DRIVER_FILES"],
    driver: true,
  }),
  "gpu-check": command("gpu-check", {
    ...DEVICE,
    read: [...HERE, OWN],
    write: [".cache", `${RESULTS}/gpu`, OWN],
    denyWrite: [...AROUND, ...CODE],
  }),
  dashboard: command("dashboard", { read: [NAMED], net: ["127.0.0.1"] }),
  export: command("export", {
    read: [NAMED],
    write: [".cache", "/tmp", OWN],
    denyRead: [".git", ...CODE],
    denyWrite: [...AROUND, ...CODE, RESULTS],
  }),
  new: command("new", { read: ["."], write: ["src/objectives", "kernels/objectives", "tasks", "runs"] }),
  test: {
    rights: TEST,
    starts: [["test", "--parallel", "--no-check"], []],
    environment: { DENO_JOBS: "2", MALLOC_ARENA_MAX: "1" },
  },
  "test:full": {
    rights: { ...TEST, run: [DENO, ...BROWSERS] },
    starts: [["test", "--ignore-env"], ["**/*_full.ts"]],
    environment: { MALLOC_ARENA_MAX: "1" },
  },
  "test:races": {
    rights: TEST,
    starts: [["test", "--ignore-env"], ["src/cli/races_full.ts", "--", "20"]],
    environment: { MALLOC_ARENA_MAX: "1" },
  },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

export function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name);
}

/** What stands for the names in the lists. */
export interface Folders {
  /** What DLLM_BENCH_DATA and DLLM_BENCH_OUT name; "" for nothing. */
  readonly data: string;
  readonly own: string;
  /** Folders of the command line. */
  readonly named: readonly string[];
  /** Names in a folder of the repository: what is new there is denied as well. */
  readonly list: (folder: string) => readonly string[];
}

/**
 * Arguments of Deno that start a program, its permissions included.
 * @throws RangeError for a folder with a comma, which parts Deno's lists
 */
export function startOf(name: ProgramName, { data, own, named, list }: Folders): string[] {
  const { rights, starts: [before, after] }: Program = PROGRAMS[name];
  const values: Readonly<Record<string, readonly string[]>> = {
    [DATA]: data ? [data] : [],
    [OWN]: own ? [own] : [],
    [DENO]: [Deno.execPath()],
    [NAMED]: named,
  };
  const flag = (kind: string, names: readonly string[] = []) => {
    const words = names.flatMap((each) =>
      values[each] ?? (each.includes(" but ") ? allBut(each, list) : [each])
    );
    const parted = words.find((word) => word.includes(","));
    if (parted !== undefined) {
      throw new RangeError(
        `"${parted}": expected a folder without a comma, which parts Deno's lists; rename it`,
      );
    }
    return words.length > 0 ? [`--${kind}=${words.join(",")}`] : [];
  };
  return [
    ...before,
    "--no-prompt",
    ...(rights.driver ? ["--preload=src/driver/preload.ts", `--allow-ffi=${LOADER}`] : []),
    ...flag("allow-env", rights.env),
    ...(rights.cores ? ["--allow-sys=cpus"] : []),
    ...flag("allow-net", rights.net),
    ...(rights.read === "anything" ? ["--allow-read"] : flag("allow-read", rights.read)),
    ...flag("allow-write", rights.write),
    ...flag("deny-read", rights.denyRead),
    ...flag("deny-write", rights.denyWrite),
    ...flag("allow-run", rights.run),
    ...after,
  ];
}

/** "a/* but a/b/c": everything in a and its folders that is not on the way to c. */
function allBut(text: string, list: Folders["list"]): string[] {
  const [folder, kept] = text.split("/* but ") as [string, string];
  return list(folder).map((name) => `${folder}/${name}`).flatMap((path) => {
    if (path === kept) return [];
    return kept.startsWith(`${path}/`) ? allBut(`${path}/* but ${kept}`, list) : [path];
  }).sort();
}
