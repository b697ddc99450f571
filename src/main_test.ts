import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type CommandName, COMMANDS } from "./cli/commands.ts";
import { runCommand } from "./cli/testing.ts";

Deno.test("every command prints its help and ends well", async () => {
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    const { code, stdout, stderr } = await runCommand(name, ["--help"]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `Usage: deno task ${name} `);
  }
});

Deno.test("a mistake on the command line is one line on stderr and status 2", async () => {
  const cases: [Parameters<typeof runCommand>, string][] = [
    [
      ["bench", ["--tusk", "sudoku"]],
      'error: unknown option "--tusk" (did you mean "--task"?); known options: --task',
    ],
    [
      ["bench", ["--seeds", "many"]],
      'error: --seeds: expected a whole number from 0 to 4294967295, found "many"',
    ],
    [["train", ["--task", "sudoku"]], "error: train needs --objective NAME; see `deno task train --help`"],
  ];
  for (const [call, message] of cases) {
    const { code, stdout, stderr } = await runCommand(...call);
    assertEquals([code, stdout, stderr.split("\n").length], [2, "", 2], stderr);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("a help text loads no package: it is there at once on a new machine", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "src/cli/help.ts"],
    stderr: "null",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  assertEquals(modules.filter(({ specifier }) => /^(?:npm|https?):/.test(specifier)), []);
  assert(modules.length > 5);
});
