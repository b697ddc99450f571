/** What the tasks of deno.json may do, and what they may not. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { type CommandName, COMMANDS } from "./commands.ts";
import { namedFolders } from "../driver/folders.ts";
import { isProgram, type ProgramName, PROGRAMS, startOf } from "../driver/permissions.ts";
import { denoArguments } from "./testing.ts";

const { tasks } = JSON.parse(await Deno.readTextFile("deno.json")) as {
  tasks: Record<string, { command: string }>;
};
const NAMES = Object.keys(PROGRAMS) as ProgramName[];

/** As a program is started where the environment and the command line name nothing. */
function start(
  name: ProgramName,
  list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name),
) {
  return startOf(name, { data: "", own: "", named: namedFolders([]), list });
}

Deno.test("programs get their permissions one by one", () => {
  for (const name of NAMES) {
    for (const flag of start(name).filter((flag) => flag.startsWith("--allow"))) {
      // Expected values and generations are the user's to choose freely, and they are only read.
      const free = ["conformance", "grade"].includes(name) && flag === "--allow-read";
      assert(flag.includes("=") || free, `${name}: ${flag}`);
    }
    assert(!start(name).some((flag) => /^-[^-]./.test(flag)), `${name}: short flags hide what they grant`);
  }
});

Deno.test("every command has a program and a task of its name, whose line is short", async () => {
  for (const name of [...NAMES, ...Object.keys(COMMANDS)]) {
    assertMatch(tasks[name]!.command, new RegExp(`deno task --quiet start ${name}$`));
  }
  assertEquals(Object.keys(COMMANDS).filter((name) => !isProgram(name)), []);
  for (const line of (await Deno.readTextFile("deno.json")).split("\n")) {
    assert(line.length <= 200, `a line of deno.json has ${line.length} characters: ${line}`);
  }
  for (const [name, { command }] of Object.entries(tasks)) {
    for (const flag of command.match(/(?<=[" ])--allow[\w-]*=?/g) ?? []) {
      assert(flag.endsWith("="), `${name}: ${flag}`);
    }
    assert(!/\s-[A-Z]/.test(command), `${name}: short flags hide what they grant`);
  }
});

Deno.test("a new folder of the code is writable by no program but those that make files there", () => {
  const folders = (folder: string) =>
    folder === "src" ? ["suite", "bench", "brand-new"] : ["suites", "suite.ts", "new"];
  for (const name of NAMES) {
    const [allowed = "", denied = ""] = ["--allow-write=", "--deny-write="].map((flag) =>
      start(name, folders).find((word) => word.startsWith(flag))?.slice(flag.length)
    );
    const covers = (list: string, path: string) =>
      list.split(",").some((each) => each === "." || path === each || path.startsWith(`${each}/`));
    const isWritable = (path: string) => covers(allowed, path) && !covers(denied, path);
    for (
      const path of ["src/brand-new/a.ts", "src/suite/new/a.ts", "src/suite/suite.ts", "kernels/new/a.wgsl"]
    ) {
      assert(!isWritable(path), `${name} may write ${path}`);
    }
    assertEquals(isWritable("tasks/brand-new/mini.ts"), name === "new", name);
    assertEquals(isWritable("src/suite/suites/mini.yaml"), name === "tune", name);
  }
});

/** Tries what each line says and prints the names of what was permitted. */
const PROBE = `
  const attempts = {
    "read the repository": () => Deno.readTextFileSync("deno.json"),
    "read another folder": () => Deno.readTextFileSync("/etc/passwd"),
    "write the cache": () => Deno.mkdirSync(".cache/test", { recursive: true }),
    "write the driver": () => Deno.mkdirSync(".cache/driver/other", { recursive: true }),
    "write results": () => Deno.mkdirSync("results", { recursive: true }),
    "write the source": () => Deno.openSync("src/main.ts", { append: true }).close(),
    "write another folder": () => Deno.openSync("/etc/passwd", { append: true }).close(),
    "start a program": () => new Deno.Command("true").outputSync(),
    "start Deno": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
    "read the environment": () => Deno.env.get("HOME"),
    "load a library": () => Deno.dlopen("libc.so.6", {}).close(),
    "know the machine": () => Deno.hostname(),
    "open a port": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      attempt();
      console.log(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
    }
  }
`;

const PERMITTED: Record<CommandName, string[]> = {
  bench: ["read the repository", "write the cache", "write results", "start Deno"],
  train: ["read the repository", "write the cache", "start Deno"],
  base: ["read the repository", "write the cache"],
  eval: ["read the repository", "write the cache", "start Deno"],
  tune: ["read the repository", "write the cache", "write results", "start Deno"],
  leaderboard: ["read the repository", "write the cache", "write results"],
  verify: ["read the repository", "write the cache", "start Deno"],
  claims: ["read the repository", "write the cache", "write results", "start Deno"],
  conformance: ["read the repository", "read another folder"],
  "gpu-check": ["read the repository", "write the cache"],
  grade: ["read the repository", "read another folder", "write the cache", "start Deno"],
  dashboard: ["open a port"],
  export: ["write the cache"],
  new: ["read the repository"],
};

Deno.test("each command is refused what it does not need", () =>
  withFolder(async (folder) => {
    const script = `${folder}/probe.ts`;
    await Deno.writeTextFile(script, PROBE);
    for (const name of Object.keys(COMMANDS) as CommandName[]) {
      const flags = start(name).slice(0, -2);
      assertEquals(start(name).slice(-2), ["src/main.ts", name]);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...flags, script] })
        .output();
      assertEquals(new TextDecoder().decode(stderr), "");
      assertEquals(new TextDecoder().decode(stdout).trim().split("\n"), PERMITTED[name], name);
    }
  }));

Deno.test("one lockfile, frozen", async () => {
  const { lock } = JSON.parse(await Deno.readTextFile("deno.json"));
  assertEquals(lock, { path: "deno.lock", frozen: true });
  assertMatch(await Deno.readTextFile("deno.lock"), /"integrity": "sha512-/);
});

Deno.test("the folder that DLLM_BENCH_OUT names is open to every command that is given one, to write but for verify", () => {
  const own = "/elsewhere/my runs";
  const writing = [
    "bench",
    "tune",
    "train",
    "base",
    "eval",
    "grade",
    "leaderboard",
    "claims",
    "gpu-check",
  ] as const;
  for (const name of [...writing, "verify"] as const) {
    const flags = denoArguments(name, "", own);
    const opens = (flag: string) =>
      flags.some((each) =>
        each === `--allow-${flag}` || each.startsWith(`--allow-${flag}=`) && each.split(/[=,]/).includes(own)
      );
    assertEquals([opens("read"), opens("write")], [true, name !== "verify"], name);
  }
});
