/** The commands of the dashboard as their tasks start them. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../files/testing.ts";

const { tasks } = JSON.parse(await Deno.readTextFile("deno.json")) as {
  tasks: Record<string, { command: string }>;
};

/** Arguments of Deno for a task, with the folder that DLLM_BENCH_OUT names. */
function argumentsOf(name: string, folder: string): string[] {
  const line = tasks[name]!.command.replace(/^deno /, "").replaceAll(
    /\$\(deno run --allow-env=DLLM_BENCH_OUT src\/cli\/folders\.ts ([^)]*)\)/g,
    (_, names) => [...names.split(" "), folder].join(","),
  );
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

const PROBE = `
  const [folder] = Deno.args;
  const attempts = {
    "read results": () => Deno.readTextFileSync("results/README.md"),
    "read the named folder": () => Deno.statSync(folder),
    "write the named folder": () => Deno.writeTextFileSync(folder + "/written", ""),
    "open a port of this machine": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "read the source": () => Deno.readTextFileSync("src/main.ts"),
    "read another folder": () => Deno.readTextFileSync("/etc/passwd"),
    "write results": () => Deno.writeTextFileSync("results/written", ""),
    "open a port for others": () => Deno.listen({ hostname: "0.0.0.0", port: 0 }).close(),
    "start a program": () => new Deno.Command("true").outputSync(),
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

Deno.test("the dashboard may read results and open a local port; the export may write the folder it is given", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/probe.ts`, PROBE);
    const permitted = async (name: string) => {
      const flags = argumentsOf(name, folder).slice(0, -1);
      assertEquals(argumentsOf(name, folder).at(-1), `src/cli/${name}.ts`);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...flags, `${folder}/probe.ts`, folder],
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout).trim().split("\n");
    };
    assertEquals(await permitted("dashboard"), [
      "read results",
      "read the named folder",
      "open a port of this machine",
    ]);
    assertEquals(await permitted("export"), [
      "read results",
      "read the named folder",
      "write the named folder",
    ]);
  }));

Deno.test("the dashboard prints where it is, answers there to its own name alone, and reads nothing else", () =>
  withFolder(async (folder) => {
    const server = new Deno.Command(Deno.execPath(), {
      args: [...argumentsOf("dashboard", folder), "--results", folder, "--port", "0"],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
    try {
      const { value = "" } = await reader.read();
      const address = value.trim();
      assertMatch(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await fetch(address);
      assertEquals(page.status, 200);
      assert((await page.text()).includes("There are no results yet"));
      const live = await fetch(`${address}api/v1/live`);
      assertEquals((await live.json()).status, "none");
      const post = await fetch(address, { method: "POST" });
      assertEquals([post.status, await post.text()], [405, "only GET and HEAD are answered here\n"]);
    } finally {
      server.kill();
      await server.status;
      await reader.cancel();
      await server.stderr.cancel();
    }
  }));

Deno.test("what the command line asks for and cannot have is said", async () => {
  const run = async (...args: string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...argumentsOf("dashboard", "results"), ...args],
    }).output();
    return [code, new TextDecoder().decode(stderr).trim()] as const;
  };
  assertMatch(
    (await run("--results", "/etc")).join(" "),
    /^1 error: Requires read access to "\/etc".*DLLM_BENCH_OUT/s,
  );
  assertMatch(
    (await run("--host", "0.0.0.0", "--port", "0")).join(" "),
    /^1 error: Requires net access.*127\.0\.0\.1 alone/s,
  );
  assertEquals(await run("--port", "x"), [
    2,
    'error: --port: expected a whole number from 0 to 65535, found "x"',
  ]);
  assertMatch(
    (await run("--prot", "1")).join(" "),
    /^2 error: unknown option "--prot" \(did you mean "--port"\?\)/,
  );
});
