/** A small model of bytes from the command line: trained on the real training texts, evaluated on the real test sets. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { DataFile } from "../../tasks/data/files.ts";
import { findDataFile } from "../../tasks/data/open.ts";
import { realTasks } from "../../tasks/registry.ts";
import { withFolder } from "../files/testing.ts";
import { exists, jsonLines, runCommand, startCommand, succeed } from "./testing.ts";

const SMALL = ["--dim", "16", "--layers", "1", "--backend", "cpu"];
const EVAL = ["--lengths", "128", "--steps-per-token", "0.03125", "--limit", "4", "--backend", "cpu"];
const ALL = realTasks.map(({ id }) => id).join(",");

/** Files that the test needs and this machine does not have. */
async function missingFiles(): Promise<string[]> {
  const files = realTasks.flatMap(({ splits }): DataFile[] =>
    Object.entries(splits).flatMap(([name, { purpose, file }]) =>
      name === "test" || purpose === "train" ? [file] : []
    )
  );
  const found = await Promise.all(
    files.map(async (file) => await findDataFile(file) === null ? [file.name] : []),
  );
  return [...new Set(found.flat())];
}

const missing = await missingFiles();

function realTest(name: string, fn: (root: string) => Promise<void>): void {
  const skipped = missing.length > 0 ? ` (skipped: no ${missing.join(", ")})` : "";
  Deno.test({ name: name + skipped, ignore: missing.length > 0, fn: () => withFolder(fn) });
}

realTest("a model of bytes is trained on real texts and evaluated on every real test set", async (root) => {
  const model = `${root}/model`;
  const trained = await succeed("base", ["--out", model, "--steps", "3", ...SMALL], { offline: true });
  assertMatch(trained.stderr, /gsm8k: \d+ of 7473 texts have at most 512 tokens\n/);
  assertStringIncludes(trained.stderr, `the model is in ${model}\n`);
  const again = await succeed("base", ["--out", model, "--steps", "3", ...SMALL]);
  assertEquals(again.stderr, `${model} holds this model already\n`);
  const other = await runCommand("base", ["--out", model, "--steps", "4", ...SMALL]);
  assertEquals([other.code, other.stdout], [2, ""]);
  assertStringIncludes(other.stderr, "trained with other settings; choose another --out");

  const args = ["--checkpoint", model, "--task", ALL, ...EVAL];
  const { stdout } = await succeed("eval", [...args, "--json"], { offline: true });
  const [scores] = jsonLines(stdout).filter(({ event }) => event === "scores");
  const results = scores!.results as { task: string; length: number; summary: Record<string, unknown> }[];
  assertEquals(results.map(({ task, length }) => [task, length]), realTasks.map(({ id }) => [id, 128]));
  for (const { task, summary } of results) {
    assertEquals([summary.graded, summary.malformed, summary.failed], [4, [], []], task);
    // The same verdicts come from the file of generations alone.
    const input = `${model}/evaluation/${task}-chat-128.jsonl`;
    const graded = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "src/main.ts", "grade", "--task", task, "--input", input, "--json"],
    }).output();
    const { strict, d1 } = JSON.parse(new TextDecoder().decode(graded.stdout));
    assertEquals([strict, d1], [summary.strict, summary.d1], task);
  }
  const table = await succeed("eval", args, { offline: true });
  assertMatch(
    table.stdout,
    /^ {2}strict +128 tokens \(%, over problems\)\n {2}─+ {2}─+\n {2}gsm8k +\d+\.\d \[\d+\.\d, \d+\.\d\] \d\/4\n/,
  );
  assertStringIncludes(table.stdout, "\n  cells, d1 ");
});

realTest("base training continues after a kill, to the same bytes", async (root) => {
  const args = (
    name: string,
  ) => ["--out", `${root}/${name}`, "--task", "countdown", "--steps", "160", ...SMALL];
  await succeed("base", args("alone"));
  const killed = startCommand("base", args("stopped"));
  await killed.until(() =>
    exists(`${root}/stopped`) &&
    [...Deno.readDirSync(`${root}/stopped`)].some(({ name }) => exists(`${root}/stopped/${name}/step-000100`))
  );
  assertEquals((await killed.end("SIGKILL")).signal, "SIGKILL");
  const { stderr } = await succeed("base", args("stopped"));
  assert(!/ 25\/160/.test(stderr), stderr);
  const files = async (name: string) => {
    const entries = [...Deno.readDirSync(`${root}/${name}`)].map(({ name }) => name).sort();
    return await Promise.all(
      entries.map(async (entry) => [entry, await Deno.readFile(`${root}/${name}/${entry}`)]),
    );
  };
  assertEquals(await files("stopped"), await files("alone"));
});

realTest("eval refuses decodings and tasks that make no sense, in one line", async (root) => {
  const model = `${root}/model`;
  await succeed("base", ["--out", model, "--task", "countdown", "--steps", "1", ...SMALL]);
  const cases: [string[], RegExp][] = [
    [["--task", "countdown/mini"], /unknown task "countdown\/mini"; known tasks: gsm8k, math500, humaneval/],
    [["--task", "humaneval", "--split", "train"], /humaneval has no split "train"; known splits: test/],
    [["--task", "gsm8k", "--lengths", "100"], /expected multiples of --block 32, found 100/],
    [["--task", "gsm8k", "--lengths", "0"], /--lengths: expected a positive whole number, found "0"/],
    [["--task", "gsm8k", "--steps-per-token", "0.01"], /gives 1\.28 steps for 128 tokens in 4 blocks/],
    [["--task", "gsm8k", "--steps-per-token", "2"], /expected a number above 0 and at most 1, found "2"/],
    [["--task", "gsm8k", "--protocol", "d2"], /unknown protocol "d2" \(did you mean "d1"\?\)/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runCommand("eval", ["--checkpoint", model, ...args]);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
    assertMatch(stderr, message);
  }
});
