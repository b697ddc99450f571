/**
 * Two and three processes with one `--out`, started at random moments: none fails, and files and tables are those of
 * one process alone. `deno task test:races` repeats every race 20 times.
 */

import { assert, assertEquals } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import { dataFiles } from "../../tasks/data/files.ts";
import { realFileTest } from "../../tasks/testing/testing.ts";
import { filesBelow, smallSuite } from "../bench/testing.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { saveModelFolder } from "../model/checkpoint_files.ts";
import { smallConfig, smallTensors } from "../model/testing.ts";
import { byteTokenizer } from "../model/tokenizers/byte.ts";
import { saveTokenizer } from "../model/tokenizers/files.ts";
import { type CommandResult, startCommand, succeed } from "./testing.ts";

const REPEATS = Number(Deno.args[0] ?? 2);
assert(REPEATS >= 1, `expected a number of repetitions, found ${Deno.args[0]}`);

interface Race {
  readonly command: "eval" | "grade" | "train" | "base";
  readonly args: readonly string[];
  /** What of the files counts: others hold times. */
  readonly files: RegExp;
  /** What of a process's output must be that of one alone. */
  readonly table: (result: CommandResult) => string;
}

/** Hashes of the files below a folder that count, by path. */
async function hashes(folder: string, files: RegExp): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of filesBelow(folder)) {
    const name = path.slice(folder.length + 1);
    if (files.test(name)) found[name] = sha256(await Deno.readFile(path));
  }
  return found;
}

/** Waits up to as long as one process alone takes. */
const pause = (random: RandomSequence, milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, random.uniform() * milliseconds));

async function run(root: string, { command, args, files, table }: Race): Promise<void> {
  const random = randomSequence({ seed: 1, stream: 3 });
  const into = (name: string) => [...args, "--out", `${root}/${name}/out`];
  await Deno.mkdir(`${root}/alone`);
  const started = performance.now();
  const alone = await succeed(command, into("alone"), { offline: true });
  const duration = performance.now() - started;
  const expected = await hashes(`${root}/alone`, files);
  assert(Object.keys(expected).length > 0);
  let waited = 0, continued = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const count of [2, 3]) {
      const name = `${repeat}-${count}`;
      await Deno.mkdir(`${root}/${name}`);
      const results = await Promise.all(Array.from({ length: count }, async (_, which) => {
        await pause(random, duration);
        const process = startCommand(command, into(name), { offline: true });
        // One of three is killed: the others go on where it was.
        if (count < 3 || which > 0) return await process.end();
        await pause(random, duration);
        await process.end("SIGKILL");
        return null;
      }));
      for (const result of results) {
        if (result === null) continue;
        assertEquals(result.code, 0, result.stderr);
        assertEquals(table(result), table(alone));
        if (result.stderr.includes("another process works on")) waited++;
        if (/by an earlier run/.test(result.stdout)) continued++;
      }
      assertEquals(
        await hashes(`${root}/${name}`, files),
        expected,
        `${count} processes, repetition ${repeat}`,
      );
      await Deno.remove(`${root}/${name}`, { recursive: true });
    }
  }
  console.log(
    `${command}: ${REPEATS} races of 2 and ${REPEATS} of 3, one of these killed; ${waited} processes waited, ` +
      `${continued} found verdicts of others; files and tables of all are those of one process`,
  );
}

await realFileTest("eval", dataFiles.gsm8kTest, () =>
  withFolder(async (root) => {
    const { size, maskId, endId } = byteTokenizer, model = `${root}/model`;
    const config = smallConfig({ vocab: size, maskId, eosId: endId, position: "rope", maxSequence: 2048 });
    await saveModelFolder(model, config, smallTensors(config));
    await saveTokenizer(model, byteTokenizer);
    await run(root, {
      command: "eval",
      args: [
        ...["--checkpoint", model, "--task", "gsm8k", "--limit", "8", "--lengths", "32,64"],
        ...["--steps-per-token", "0.0625", "--workers", "1", "--backend", "cpu"],
      ],
      files: /\.jsonl$/,
      table: ({ stdout }) => stdout,
    });
  }));

Deno.test("grade", () =>
  withFolder(async (root) => {
    const lines = Array.from(
      { length: 6000 },
      (_, i) => JSON.stringify({ gold: i, text: `It is \\boxed{${i % 3 === 0 ? i : i + 1}}` }) + "\n",
    );
    await Deno.writeTextFile(`${root}/in.jsonl`, lines.join(""));
    await run(root, {
      command: "grade",
      args: ["--task", "gsm8k", "--input", `${root}/in.jsonl`],
      files: /out$/,
      table: ({ stdout }) => stdout.replace(/; \d+ of them by an earlier run/, ""),
    });
  }));

Deno.test("train", () =>
  withFolder(async (root) => {
    const suite = await smallSuite(({ rl, evaluation }) => {
      rl.budget = { rollouts: 30 };
      evaluation.final.realPrompts = 0;
    });
    await Deno.writeTextFile(`${root}/small.yaml`, JSON.stringify(suite));
    await run(root, {
      command: "train",
      args: [
        ...["--suite", `${root}/small.yaml`, "--task", "sudoku/mini", "--objective", "bgpo"],
        ...["--backend", "cpu"],
      ],
      files: /\/model\/|samples\.jsonl\.gz$|cell\.json$|step-000030\/tensor/,
      table: ({ stderr }) => stderr.split("\n").filter((line) => line.endsWith(" correct")).join("\n"),
    });
  }));

await realFileTest("base", dataFiles.countdownTrain, () =>
  withFolder((root) =>
    run(root, {
      command: "base",
      args: [
        ...["--task", "countdown", "--steps", "60", "--dim", "16", "--layers", "1", "--backend", "cpu"],
      ],
      files: /\.(json|safetensors)$/,
      table: () => "",
    })
  ));
