/** The commands of the dashboard as their tasks start them. */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { writeMadeUp } from "../dashboard/testing/testing.ts";
import { ONE } from "../dashboard/testing/hostile_pages.ts";
import { withFolder } from "../files/testing.ts";
import { namedFolders } from "../driver/folders.ts";
import { main } from "./program.ts";
import { denoArguments, startArguments } from "./testing.ts";

/** Arguments of Deno for a task: those that start what starts the program. */
function taskArguments(name: "dashboard" | "export"): string[] {
  return [...startArguments(), name];
}

/** Runs a task to its end. */
async function runTask(name: "dashboard" | "export", args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...taskArguments(name), ...args],
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr).trim() };
}

const PROBE = `
  const [shown, written, other] = Deno.args;
  const attempts = {
    "read what is shown": () => Deno.readTextFileSync(shown + "/file"),
    "write what is shown": () => Deno.writeTextFileSync(shown + "/written", ""),
    "read what is written": () => Deno.statSync(written),
    "write what is written": () => Deno.writeTextFileSync(written + "/file", ""),
    "read beside them": () => Deno.readTextFileSync(other + "/file"),
    "write beside them": () => Deno.writeTextFileSync(other + "/file", ""),
    "read results": () => Deno.readTextFileSync("results/README.md"),
    "write results": () => Deno.writeTextFileSync("results/written", ""),
    "read the source": () => Deno.readTextFileSync("src/main.ts"),
    "read another folder": () => Deno.readTextFileSync("/etc/passwd"),
    "open a port of this machine": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "open a port for others": () => Deno.listen({ hostname: "0.0.0.0", port: 0 }).close(),
    "start a program": () => new Deno.Command("true").outputSync(),
    "start Deno": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync(),
    "read the environment": () => Deno.env.get("HOME"),
    "know the machine": () => Deno.hostname(),
    "load a library": () => Deno.dlopen("libc.so.6", {}).close(),
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

Deno.test("the server reads the folder that it is given and nothing else; the export also writes where it may", () =>
  withFolder(async (folder) => {
    const [shown, written, other] = ["my runs", "site", "other"].map((name) => `${folder}/${name}`);
    for (const path of [shown!, written!, other!]) {
      await Deno.mkdir(path);
      await Deno.writeTextFile(`${path}/file`, "");
    }
    await Deno.writeTextFile(`${folder}/probe.ts`, PROBE);
    const permitted = async (name: "dashboard" | "export", own: string, ...args: string[]) => {
      const words = denoArguments(name, "", own, args), program = words.indexOf("src/main.ts");
      assertEquals(words.slice(program + 1), [name]);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...words.slice(0, program), `${folder}/probe.ts`, shown!, written!, other!],
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout).trim().split("\n");
    };
    assertEquals(await permitted("dashboard", ""), ["read results", "open a port of this machine"]);
    for (const args of [["--results", shown!], ["--port", "0", `--results=${shown}`]]) {
      assertEquals(await permitted("dashboard", "", ...args), [
        "read what is shown",
        "open a port of this machine",
      ]);
    }
    // The folder of the tests lies in the cache, which an export may write to.
    const write = ["write what is shown", "write what is written", "write beside them"];
    assertEquals(
      (await permitted("export", "", "--results", shown!, "--out", written!)).sort(),
      ["read what is shown", "read what is written", ...write].sort(),
    );
  }));

Deno.test("what starts the programs may start Deno and look which folders the code has, and nothing else", () => {
  assertEquals(startArguments(), [
    "run",
    "--no-prompt",
    "--allow-read=src",
    "--allow-env=DLLM_BENCH_DATA,DLLM_BENCH_OUT",
    `--allow-run=${Deno.execPath()}`,
    "src/driver/start.ts",
  ]);
  assertEquals(namedFolders(["--out", "a b", "--results", "-"]), ["-", "a b"]);
  assertEquals(namedFolders(["--port", "0", "--results="]), ["results"]);
  assertEquals(denoArguments("dashboard", "", "", ["--results=a b"]), [
    ...["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read=a b", "src/main.ts", "dashboard"],
  ]);
  assertThrows(
    () => denoArguments("dashboard", "", "", ["--results", "a,/etc"]),
    RangeError,
    "without a comma",
  );
});

/** Starts the dashboard's task and gives its address; what is on stderr comes when it has ended. */
async function serving(args: readonly string[], fn: (address: string) => Promise<void>): Promise<string> {
  const server = new Deno.Command(Deno.execPath(), {
    args: [...taskArguments("dashboard"), ...args, "--port", "0"],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const errors = new Response(server.stderr).text();
  let address = "";
  try {
    address = (await reader.read()).value?.trim() ?? "";
    assertMatch(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    await fn(address);
  } finally {
    server.kill();
    await server.status;
    await reader.cancel();
  }
  // Its end is the end of what it started.
  Deno.listen({ hostname: "127.0.0.1", port: Number(new URL(address).port) }).close();
  return await errors;
}

Deno.test("the dashboard prints where it is, answers there to its own name alone, and names what it does not show", () =>
  withFolder(async (folder) => {
    const results = `${folder}/my runs`;
    await writeMadeUp(results, { ...ONE, objectives: ["bgpo", "vrpo-ol"] });
    await Deno.remove(`${results}/mini/sudoku/mini/bgpo/seed-1.cpu.json`);
    await Deno.writeTextFile(`${results}/mini/sudoku/mini/vrpo-ol/seed-2.cpu.json`, "{");
    const errors = await serving(["--results", results], async (address) => {
      const page = await fetch(address), text = await page.text();
      assertEquals(page.status, 200);
      for (const name of ["bgpo/seed-1.cpu.json", "vrpo-ol/seed-2.cpu.json"]) {
        assertStringIncludes(text, name);
      }
      const ranking = await (await fetch(`${address}index/ranking.csv`)).text();
      assertEquals([ranking.includes("vrpo-ol"), ranking.includes("bgpo")], [true, false]);
      const live = await fetch(`${address}api/v1/live`);
      assertEquals((await live.json()).status, "none");
      const post = await fetch(address, { method: "POST" });
      assertEquals([post.status, await post.text()], [405, "only GET and HEAD are answered here\n"]);
    });
    const lines = errors.trim().split("\n");
    assertEquals(lines.length, 2, errors);
    assertMatch(lines[0]!, /^not shown: .*vrpo-ol\/seed-2\.cpu\.json cannot be read: /);
    assertMatch(
      lines[1]!,
      /^not shown: .*leaderboard\.json has cells without a record, 1 in all: mini\/sudoku/,
    );
  }));

Deno.test("an export names on stderr what it does not show, and a folder with a space works", () =>
  withFolder(async (folder) => {
    const results = `${folder}/my runs`;
    await writeMadeUp(results, { ...ONE, seeds: [1, 2], objectives: ["bgpo", "vrpo-ol"] });
    await Deno.remove(`${results}/mini/sudoku/mini/bgpo/seed-1.cpu.json`);
    const { code, stdout, stderr } = await runTask("export", [
      "--results",
      results,
      "--out",
      `${folder}/my site`,
    ]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^\d+ pages, \d+ files in .*my site\n$/);
    assertStringIncludes(stderr, "note: mini@1 on cpu, staged: sudoku/mini, bgpo: no record of seed 1");
    assertStringIncludes(stderr, "not shown: ");
    const ranking = await Deno.readTextFile(`${folder}/my site/index/ranking.csv`);
    assertStringIncludes(ranking, "vrpo-ol");
    assertStringIncludes(await Deno.readTextFile(`${folder}/my site/index.html`), "no record of seed 1");
  }));

Deno.test("a folder with a space that DLLM_BENCH_OUT names is one that a command may write to", () =>
  withFolder(async (folder) => {
    const own = `${folder}/my runs`;
    await Deno.mkdir(`${own}/.bench`, { recursive: true });
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...startArguments(), "leaderboard", "--out", own],
      env: { NO_COLOR: "1", DLLM_BENCH_OUT: own },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertStringIncludes(await Deno.readTextFile(`${own}/LEADERBOARD.md`), "There are no records yet.");
  }));

Deno.test("a bench that has just begun is shown; a mistyped folder is refused", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/begun/.bench`, { recursive: true });
    const errors = await serving(["--results", `${folder}/begun`], async (address) => {
      assertStringIncludes(await (await fetch(address)).text(), "There are no results yet");
    });
    assertEquals(errors, "");
    const { code, stderr } = await runTask("export", [
      "--results",
      `${folder}/typo`,
      "--out",
      `${folder}/site`,
    ]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "found no such folder");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).includes("site"), false);
  }));

Deno.test("what the command line asks for and cannot have is said", async () => {
  const refused = async (...args: string[]) => {
    const lines: string[] = [], { error } = console;
    console.error = (line: string) => void lines.push(line);
    try {
      return [await main(["dashboard", ...args]), ...lines];
    } finally {
      console.error = error;
    }
  };
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assertEquals(await refused("--port", String(other.addr.port)), [
    1,
    `error: port ${other.addr.port} of 127.0.0.1 is in use by another program; name another one with --port N, ` +
    "or any free one with --port 0",
  ]);
  assertEquals(await refused("--port", "x"), [
    2,
    'error: --port: expected a whole number from 0 to 65535, found "x"',
  ]);
  assertMatch(
    (await refused("--prot", "1")).join(" "),
    /^2 error: unknown option "--prot" \(did you mean "--port"\?\)/,
  );
  const { code, stderr } = await runTask("dashboard", ["--host", "0.0.0.0", "--port", "0"]);
  assertEquals(code, 1);
  assertMatch(stderr, /^error: Requires net access.*127\.0\.0\.1 alone/s);
});
