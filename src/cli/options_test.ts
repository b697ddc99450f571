import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "./errors.ts";
import { commandHelp, programHelp } from "./help_text.ts";
import { type CommandName, COMMANDS } from "./commands.ts";
import { parseOptions } from "./options.ts";

const refused = (command: CommandName, line: string, message: string) =>
  assertThrows(() => parseOptions(command, line.split(" ").filter(Boolean)), UsageError, message);

Deno.test("bench without arguments runs the default suite", () => {
  assertEquals(parseOptions("bench", []), {
    task: [],
    objective: [],
    seeds: null,
    suite: "mini",
    backend: "auto",
    "fast-math": false,
    workers: null,
    out: "results",
    list: false,
    confirm: false,
    json: false,
    help: false,
  });
});

Deno.test("names are repeated, separated by commas, or both", () => {
  const { task } = parseOptions("bench", ["--task", "a,b", "--task=c", "--task", "d, e"]);
  assertEquals(task, ["a", "b", "c", "d", "e"]);
  refused("bench", "--task a,,b", 'empty name in "a,,b"');
  refused("bench", "--task", "--task needs a value: --task NAMES");
  refused("bench", "--task --json", "--task needs a value");
});

Deno.test("seeds are a count or a list", () => {
  const seeds = (text: string) => parseOptions("bench", ["--seeds", text]).seeds;
  assertEquals(seeds("3"), [1, 2, 3]);
  assertEquals(seeds("1,5,2"), [1, 5, 2]);
  assertEquals(seeds("7,"), [7]);
  assertEquals(seeds("0,4294967295"), [0, 4294967295]);
  for (const text of ["0", "1001", "-1", "1.5", "x", "1,x", "1,4294967296", "1,,2", "1e2", " "]) {
    assertThrows(() => parseOptions("bench", [`--seeds=${text}`]), UsageError, "--seeds", text);
  }
  refused("bench", "--seeds 1,2,1", "names a seed twice");
});

Deno.test("train and eval read single names and a seed", () => {
  const train = parseOptions("train", [
    "--task=sudoku",
    "--objective=bgpo",
    "--seed",
    "4",
    "--out",
    "runs/x",
  ]);
  const seed: number = train.seed, task: string = train.task;
  assertEquals([seed, task, train.out, train.objective, train.suite], [
    4,
    "sudoku",
    "runs/x",
    "bgpo",
    "mini",
  ]);
  const evaluation = parseOptions("eval", ["--checkpoint", "runs/a b", "--task", "sudoku", "--json"]);
  const out: string | null = evaluation.out;
  assertEquals([evaluation.checkpoint, evaluation.json, out], ["runs/a b", true, null]);
});

Deno.test("eval reads counts, each once, and names", () => {
  const args = ["--checkpoint", "m", "--task", "gsm8k,mbpp"];
  const defaults = parseOptions("eval", args);
  assertEquals([defaults.task, defaults.lengths, defaults.limit], [["gsm8k", "mbpp"], [128, 256, 512], null]);
  const { lengths, limit } = parseOptions("eval", [...args, "--lengths", "64, 32,64", "--limit", "7"]);
  assertEquals([lengths, limit], [[64, 32], 7]);
  for (const text of ["0", "-1", "1.5", "1e3", "x", "9007199254740993"]) {
    refused(
      "eval",
      `--checkpoint m --task t --limit=${text}`,
      `--limit: expected a positive whole number, found "${text}"`,
    );
  }
  refused("eval", "--checkpoint m", "eval needs --task NAMES");
  for (const text of ["0", "-1", "2", "x", "1e400", "0x1", "."]) {
    refused(
      "eval",
      `--checkpoint m --task t --steps-per-token ${text}`,
      `--steps-per-token: expected a number above 0 and at most 1, found "${text}"`,
    );
  }
});

Deno.test("a negative number behind an option is its value, and is told the range", () => {
  const cases: [command: CommandName, line: string, message: string][] = [
    ["eval", "--checkpoint m --task t --limit -1", '--limit: expected a positive whole number, found "-1"'],
    [
      "eval",
      "--checkpoint m --task t --lengths -32",
      '--lengths: expected a positive whole number, found "-32"',
    ],
    ["bench", "--workers -2", '--workers: expected a whole number from 1 to 1024, found "-2"'],
    ["bench", "--workers 1025", '--workers: expected a whole number from 1 to 1024, found "1025"'],
    ["bench", "--seeds -3", "--seeds: expected a whole number from 0"],
    [
      "train",
      "--task t --objective o --out d --seed -0.5",
      '--seed: expected a whole number from 0 to 4294967295, found "-0.5"',
    ],
    ["verify", "--cells -1", '--cells: expected a positive whole number, found "-1"'],
    ["bench", "--json -1", 'unknown option "-1"'],
    ["bench", "-x", 'unknown option "-x"'],
  ];
  for (const [command, line, message] of cases) refused(command, line, message);
});

Deno.test("what is missing, repeated or unknown is named", () => {
  refused("train", "--task sudoku", "train needs --objective NAME; see `deno task train --help`");
  refused("conformance", "", "conformance needs --fixtures DIR");
  refused("train", "--task a --task b --objective c", "--task is given 2 times");
  refused("bench", "sudoku", 'unexpected argument "sudoku"');
  refused("bench", "-- sudoku", 'unexpected argument "sudoku"');
  refused("bench", "--tusk a", 'unknown option "--tusk" (did you mean "--task"?)');
  refused("bench", "--tusk a", "known options: --task, --objective, --seeds, --suite");
  refused("bench", "--out=", 'unknown option "--out"');
  refused(
    "bench",
    "--backend webgl",
    'unknown backend "webgl" (did you mean "webgpu"?); known backends: auto, cpu, webgpu',
  );
});

Deno.test("--help and -h excuse what is missing", () => {
  assert(parseOptions("train", ["--help"]).help);
  assert(parseOptions("conformance", ["-h"]).help);
});

Deno.test("the help texts name every command and every option of the table", () => {
  for (const command of Object.keys(COMMANDS) as CommandName[]) {
    assertStringIncludes(programHelp(), `  ${command} `);
    const help = commandHelp(command);
    for (const [name, spec] of Object.entries(COMMANDS[command].options)) {
      assertStringIncludes(help, `--${name}`);
      assertStringIncludes(help, spec.description);
    }
  }
  const help = commandHelp("train");
  assertStringIncludes(help, "Usage: deno task train --task NAME --objective NAME --out DIR [options]");
  assertStringIncludes(help, "  --seed SEED       seed of the run (default 1)\n");
});
