/** `train` and `eval` from the command line: they do what `bench` does, and say what it records. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dataFiles } from "../../tasks/data/files.ts";
import { type BenchRecord, validateRecord } from "../records/record.ts";
import { correctInterval } from "../records/score.ts";
import type { Mode } from "../../tasks/verdict.ts";
import { realFileTest } from "../../tasks/testing/testing.ts";
import { damage, outputsOf, smallSuite } from "../bench/testing.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { withFolder } from "../files/testing.ts";
import { baseFolderOf, exists, jsonLines, runCommand, startCommand, succeed } from "./testing.ts";

const PATH = "small/sudoku/mini/bgpo/seed-1.cpu.json";
const CELL = ["--backend", "cpu", "--task", "sudoku/mini", "--objective", "bgpo"];

/** Writes a suite's file. @returns its path */
async function writeSuite(root: string, rows: number, steps = 4): Promise<string> {
  const suite = await smallSuite(({ rl, evaluation }) => {
    rl.budget = { rollouts: steps };
    evaluation.final.realPrompts = rows;
  });
  await Deno.writeTextFile(`${root}/small.yaml`, JSON.stringify(suite));
  return `${root}/small.yaml`;
}

async function readRecord(path: string): Promise<BenchRecord> {
  return validateRecord(JSON.parse(await Deno.readTextFile(path)));
}

/** What a record says after training, in the form of `eval --json`. */
const recorded = ({ outcome }: BenchRecord) =>
  outcome.tests.map(({ set, decoding, after }) => {
    const correctness = (mode: Mode) => ({ ...after[mode], interval: correctInterval(after, mode) });
    return { set, decoding, ...after, strict: correctness("strict"), d1: correctness("d1") };
  });

/** The result of `eval --json`. */
async function scores(args: string[]) {
  const { stdout, stderr } = await succeed("eval", [...args, "--json"], { offline: true });
  assertEquals(stderr, "");
  const [result] = jsonLines(stdout).filter(({ event }) => event === "scores");
  return result!.scores as Record<string, unknown>[];
}

Deno.test("train leaves the record and model of bench, and eval gives the scores of the record", () =>
  withFolder(async (root) => {
    const suite = await writeSuite(root, 0);
    await succeed("bench", ["--suite", suite, ...CELL, "--out", `${root}/bench`]);
    const out = `${root}/train`;
    const { stdout, stderr } = await succeed("train", ["--suite", suite, ...CELL, "--out", out]);
    assertEquals(stdout, "");
    assert(stderr.endsWith(`the model is in ${out}/model, its record in ${out}/records\n`), stderr);
    const record = await readRecord(`${out}/records/${PATH}`);
    for (const { set, decoding, before, after } of record.outcome.tests) {
      assertStringIncludes(
        stderr,
        `${set}, ${decoding}: ${before.strict.correct}/${before.n} -> ${after.strict.correct}/${after.n} correct\n`,
      );
    }
    const { cell, outcome } = record;
    const bench = await outputsOf(`${root}/bench`), trained = await outputsOf(out);
    assertEquals(canonicalJson({ cell, outcome }), bench[PATH]);
    for (const file of ["config.json", "model.safetensors"]) {
      const bytes = await Deno.readFile(`${out}/model/${file}`);
      assertEquals(
        bytes,
        await Deno.readFile(`${root}/bench/.work/small/sudoku/mini/bgpo/seed-1.cpu/model/${file}`),
      );
    }
    assert(Object.keys(trained).includes(`records/${PATH}`));

    const evaluate = ["--suite", suite, "--task", "sudoku/mini", "--checkpoint"];
    // The folder of `train`, the model folder in it, and what `bench` keeps.
    for (const folder of [out, `${out}/model`, `${root}/bench/.work/small/sudoku/mini/bgpo/seed-1.cpu`]) {
      assertEquals(await scores([...evaluate, folder]), recorded(record));
    }
    const generated = await scores([...evaluate, out, "--split", "generated"]);
    assertEquals(generated, recorded(record));
    const text = await succeed("eval", [...evaluate, out]);
    assertEquals(text.stdout.trimEnd().split("\n").length, 2);
    assertMatch(
      text.stdout,
      /^generated, greedy: \d+\.\d % \[\d+\.\d, \d+\.\d\] \(\d+\/8; d1: \d+\/8\), cells \d+\.\d % /,
    );
    assertStringIncludes(text.stderr, "16 responses graded\n");
  }));

Deno.test("the verdicts of eval are one JSON line per response and sum up to the scores", () =>
  withFolder(async (root) => {
    const suite = await writeSuite(root, 0);
    await succeed("train", ["--suite", suite, ...CELL, "--out", `${root}/train`]);
    const verdicts = `${root}/deep/verdicts.jsonl`;
    const args = [
      "--suite",
      suite,
      "--task",
      "sudoku/mini",
      "--checkpoint",
      `${root}/train`,
      "--out",
      verdicts,
    ];
    const { stderr } = await succeed("eval", args);
    assertStringIncludes(stderr, `16 responses graded, verdicts in ${verdicts}\n`);
    const lines = (await Deno.readTextFile(verdicts)).trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.length, 16);
    const record = await readRecord(`${root}/train/records/${PATH}`);
    for (const { set, decoding, after } of record.outcome.tests) {
      const own = lines.filter((line) => line.set === set && line.decoding === decoding);
      assertEquals([own.length, own.filter(({ strict }) => strict.correct).length], [
        after.n,
        after.strict.correct,
      ]);
      const cells = own.reduce((sum, { strict }) => sum + strict.measures.cells.count, 0);
      assertEquals(cells, after.measures.cells!.count);
    }
    const folder = await runCommand("eval", [...args.slice(0, -1), root]);
    assertEquals([folder.code, folder.stdout, folder.stderr], [
      2,
      "",
      `error: --out ${root}: expected a file for the verdicts, found a folder\n`,
    ]);
    const names = ["set", "decoding", "id", "prompt", "response", "strict", "d1"];
    assertEquals(Object.keys(lines[0]), names);
    await succeed("eval", args);
    const again = (await Deno.readTextFile(verdicts)).trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(again, lines);
  }));

await realFileTest(
  "a real test set is graded alike by train and by eval",
  dataFiles.sudokuD1,
  () =>
    withFolder(async (root) => {
      const suite = await writeSuite(root, 8);
      const options = { offline: true };
      await succeed("train", ["--suite", suite, ...CELL, "--out", `${root}/train`], options);
      const record = await readRecord(`${root}/train/records/${PATH}`);
      const evaluate = [
        "--suite",
        suite,
        "--task",
        "sudoku/mini",
        "--checkpoint",
        `${root}/train`,
        "--split",
      ];
      assertEquals(await scores([...evaluate, "test"]), recorded(record));
      const real = recorded(record).filter(({ set }) => set === "sudoku-d1");
      assertEquals(real.map(({ decoding, n }) => [decoding, n]), [["greedy", 8], ["sampled", 8]]);
      assertEquals(await scores([...evaluate, "sudoku-d1"]), real);
    }),
);

Deno.test("training continues after a kill and after Ctrl-C, to the same bytes", () =>
  withFolder(async (root) => {
    const suite = await writeSuite(root, 0, 30);
    const args = (name: string) => ["--suite", suite, ...CELL, "--out", `${root}/${name}`, "--json"];
    await succeed("train", args("alone"));
    const expected = await outputsOf(`${root}/alone`);

    const killed = startCommand("train", args("stopped"));
    await killed.until(() => exists(`${root}/stopped/checkpoints/step-000010`));
    assertEquals((await killed.end("SIGKILL")).signal, "SIGKILL");
    const interrupted = startCommand("train", args("stopped"));
    await interrupted.until(() => interrupted.lines.some((line) => /step (1[2-9]|2\d)\/30/.test(line)));
    // One press, which arrives twice.
    interrupted.send("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { code, stderr } = await interrupted.end("SIGINT");
    assertEquals(code, 130);
    assertMatch(stderr, /^stopped; .*\n$/);
    assert(!exists(`${root}/stopped/records`));
    const { stdout } = await succeed("train", args("stopped"));
    const [first] = jsonLines(stdout).filter(({ event }) => event === "progress");
    assertMatch(String(first!.note), /, step (1[3-9]|2\d|30)\/30$/);
    assertEquals(await outputsOf(`${root}/stopped`), expected);
  }));

Deno.test("a folder holds the training of one cell: another seed is refused, and nothing is lost", () =>
  withFolder(async (root) => {
    const suite = await writeSuite(root, 0), out = `${root}/train`;
    const args = ["--suite", suite, ...CELL, "--out", out];
    await succeed("train", [...args, "--seed", "7"]);
    const before = await outputsOf(out);
    const { code, stdout, stderr } = await runCommand("train", [...args, "--seed", "8"]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(
      stderr,
      `error: expected --out ${out} to be new, or to hold sudoku/mini bgpo seed 8 of small on cpu, found ` +
        "sudoku/mini bgpo seed 7 of small on cpu; choose another --out, or delete the folder\n",
    );
    assert(!stderr.includes("base model"), "it is refused before any training");
    assertEquals(await outputsOf(out), before);
    await succeed("train", [...args, "--seed", "7"]);
    assertEquals(await outputsOf(out), before);
  }));

Deno.test("eval refuses what is no model of the task, in one line", () =>
  withFolder(async (root) => {
    const suite = await writeSuite(root, 0);
    await succeed("train", ["--suite", suite, ...CELL, "--out", `${root}/train`]);
    const { model } = await smallSuite();
    const config = JSON.parse(await Deno.readTextFile(`${root}/train/model/config.json`));
    const copy = async (name: string, changes: Record<string, unknown>) => {
      await Deno.mkdir(`${root}/${name}`);
      await Deno.writeTextFile(`${root}/${name}/config.json`, JSON.stringify({ ...config, ...changes }));
      await Deno.copyFile(`${root}/train/model/model.safetensors`, `${root}/${name}/model.safetensors`);
    };
    await Deno.mkdir(`${root}/empty`);
    await copy("vocabulary", { vocab_size: 65, embedding_size: 65 });
    await copy("sizes", { mlp_hidden_size: model.hidden + 8 });
    await copy("damaged", {});
    await Deno.truncate(`${root}/damaged/model.safetensors`, 1000);
    await copy("nan", {});
    const weights = await Deno.readFile(`${root}/nan/model.safetensors`);
    weights.set(new Uint8Array(Float32Array.of(NaN).buffer), weights.length - 4);
    await Deno.writeFile(`${root}/nan/model.safetensors`, weights);
    await copy("layers", { n_layers: config.n_layers + 1 });
    await copy("text", {});
    await Deno.writeTextFile(`${root}/text/config.json`, "not JSON");
    const cases: [string, number, RegExp][] = [
      [
        "empty",
        1,
        /empty holds no model; expected a folder in which `train` ended, or one with config\.json/,
      ],
      ["none", 1, /none holds no model; expected/],
      ["small.yaml", 1, /small\.yaml holds no model; expected/],
      ["vocabulary", 2, /the model has 65 tokens with mask \d+ and end \d+; sudoku\/mini needs 64 with mask/],
      ["sizes", 1, /ff_proj\.weight has shape \[32,16\], the configuration asks for \[40,16\]/],
      ["damaged", 1, /damaged\/model\.safetensors: /],
      [
        "nan",
        1,
        /nan\/model\.safetensors: tensor \S+ holds NaN at element \d+ of \d+; expected finite weights/,
      ],
      [
        "layers",
        1,
        /the checkpoint has no tensor model\.transformer\.blocks\.\d\.\S+; the model needs it as \[/,
      ],
      ["text", 1, /text\/config\.json is not JSON: /],
    ];
    for (const [name, status, message] of cases) {
      const args = ["--suite", suite, "--task", "sudoku/mini", "--checkpoint", `${root}/${name}`];
      const { code, stdout, stderr } = await runCommand("eval", args);
      assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [status, "", 1], stderr);
      assertMatch(stderr, message);
    }
    const split = [
      "--suite",
      suite,
      "--task",
      "sudoku/mini",
      "--checkpoint",
      `${root}/train`,
      "--split",
      "tests",
    ];
    const { code, stderr } = await runCommand("eval", split);
    assertEquals([code, stderr], [
      2,
      'error: unknown split "tests" (did you mean "test"?); known splits: test, generated, sudoku-d1, sudoku-spg\n',
    ]);
  }));

Deno.test("a cached base model with a damaged byte is trained anew, with a message", () =>
  withFolder(async (root) => {
    const suite = await writeSuite(root, 0);
    const train = (name: string) => succeed("train", ["--suite", suite, ...CELL, "--out", `${root}/${name}`]);
    await train("first");
    const cached = `${await baseFolderOf(`${root}/first/records/${PATH}`)}/step-000020`;
    assert(!(await train("second")).stderr.includes("base model"), "the second use does not train");
    await damage(`${cached}/tensor-0.bin`);
    const { stderr } = await train("third");
    assertStringIncludes(
      stderr,
      `checkpoint ${cached} is damaged and was passed over: tensor-0.bin does not have`,
    );
    assertStringIncludes(stderr, "base model, step 20/20");
    const expected = await outputsOf(`${root}/first`);
    for (const name of ["second", "third"]) assertEquals(await outputsOf(`${root}/${name}`), expected);
  }));
