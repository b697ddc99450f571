/**
 * Starts the program of a task with its permissions: `start.ts TASK [arguments]`. Where it will compute on a GPU and
 * the machine has no adapter, the software driver is fetched first; not for a help text.
 */

import { environmentFolders, namedFolders } from "./folders.ts";
import { isProgram, type ProgramName, PROGRAMS, startOf } from "./permissions.ts";

/** What ends this process ends the program. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** The driver step has a cache and permissions of its own: it may fetch a package that no lockfile names. */
const DRIVER = [
  ...["run", "--no-config", "--no-lock", "--no-prompt", "--allow-env=DENO_WEBGPU_BACKEND", "--ignore-env"],
  ...["--allow-read=.cache/driver", "--allow-write=.cache/driver", "src/driver/main.ts"],
];

/** Environment under which kernels find an adapter. */
async function driverEnvironment(): Promise<Record<string, string>> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: DRIVER,
    env: { DENO_DIR: ".cache/driver/npm" },
    stderr: "inherit",
  }).output();
  // Without an adapter it says so and ends well: `auto` then takes the CPU. Anything else is a defect.
  if (!success) throw new Error("the driver step failed; what it said stands above");
  const words = new TextDecoder().decode(stdout).trim().split(/\s+/).filter(Boolean);
  return Object.fromEntries(words.map((word) => word.split(/=(.*)/s) as [string, string]));
}

/** What asks for a help text, which needs no program. */
const HELP = ["--help", "-h"];

/** Runs a program to its end. @returns its exit status */
async function start(name: ProgramName, args: readonly string[]): Promise<number> {
  const isHelp = HELP.some((word) => args.includes(word)) && PROGRAMS[name].starts[1][0] === "src/main.ts";
  const words = isHelp
    ? ["run", "--no-prompt", "src/cli/help.ts", name]
    : startOf(name, { ...environmentFolders(), named: namedFolders(args) });
  const { rights, environment = {} }: { rights: { driver?: true }; environment?: Record<string, string> } =
    PROGRAMS[name];
  const driver = rights.driver && !isHelp ? await driverEnvironment() : {};
  const program = new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    env: { ...environment, ...driver },
  }).spawn();
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      try {
        program.kill(signal);
      } catch (error) {
        // Ctrl-C reaches both, and the program may have ended first.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    });
  }
  return (await program.status).code;
}

const [name = "", ...args] = Deno.args;
if (!isProgram(name)) {
  console.error(`error: expected one of ${Object.keys(PROGRAMS).join(", ")}, found "${name}"`);
  Deno.exit(2);
}
try {
  Deno.exit(await start(name, args));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exit(error instanceof RangeError ? 2 : 1);
}
