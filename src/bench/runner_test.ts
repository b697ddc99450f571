import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { openCpu } from "../../kernels/cpu.ts";
import { backendTest } from "../../kernels/testing.ts";
import { taskById } from "../../tasks/registry.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { addConfirmation, CONFIRMATIONS } from "../records/confirmations.ts";
import { readRecords, writeRecord } from "../records/folder.ts";
import { validateRecord } from "../records/record.ts";
import { loadSuite } from "../suite/suite.ts";
import { damage, filesBelow, outputsOf, smallRun, smallSuite } from "./testing.ts";

const stemOf = ({ description }: Backend) => `small/sudoku/mini/bgpo/seed-1.${description.backend}`;
const recordOf = (backend: Backend) => `${stemOf(backend)}.json`;
const checkpointsOf = (backend: Backend) => `.work/${stemOf(backend)}/checkpoints`;

backendTest(
  "every cell gets a valid record at its path, seed by seed, and is reused afterwards",
  (backend) =>
    withFolder(async (folder) => {
      const suite = await smallSuite();
      const run = { suite, folder, objectives: ["bgpo", "reinforce-elbo"], seeds: [1, 2] };
      const first = await smallRun(backend, run);
      const paths = first.finished.map(([{ cell }, reused]) => [cell.objective, cell.seed, reused]);
      assertEquals(paths, [
        ["bgpo", 1, false],
        ["reinforce-elbo", 1, false],
        ["bgpo", 2, false],
        ["reinforce-elbo", 2, false],
      ]);
      assertEquals([first.seedsFinished, first.said], [[1], []]);
      for (const [{ cell, ...rest }] of first.finished) {
        const path = `${folder}/small/sudoku/mini/${cell.objective}/seed-${cell.seed}.${cell.backend}.json`;
        const text = await Deno.readTextFile(path);
        assertEquals(text, canonicalJson(validateRecord({ cell, ...rest })));
        const variant = backend.description.backend === "cpu" ? /^matmul$/ : /^matmul_(subgroup|plain|tile)/;
        assert(rest.run.kernels!.some((name) => variant.test(name)), `${rest.run.kernels}`);
        assert(rest.run.kernels!.includes("denoise_propose"));
      }
      const outcomes = first.records!.map(({ outcome }) => canonicalJson(outcome));
      assertEquals(new Set(outcomes).size, 4, "different cells come to different outcomes");

      const [done, total] = first.shares.at(-1)!;
      assertEquals(done, total);
      first.shares.forEach(([done, total], i) => {
        assert(done <= total && (i === 0 || done >= first.shares[i - 1]![0]), `${first.shares}`);
      });

      const outputs = await outputsOf(folder);
      // Finished cells need neither their work folders nor the base model.
      for (const name of [".work", ".cache"]) await Deno.remove(`${folder}/${name}`, { recursive: true });
      const second = await smallRun(backend, run);
      assertEquals([second.steps, second.said, second.seedsFinished], [[], [], [1]]);
      assertEquals(second.finished.map(([, reused]) => reused), [true, true, true, true]);
      assertEquals(
        second.records,
        await readRecords(folder).then((records) => sortLike(records, first.records!)),
      );
      const kept = await outputsOf(folder);
      assertEquals(
        kept,
        Object.fromEntries(Object.entries(outputs).filter(([path]) => !path.startsWith("."))),
      );
    }),
);

type Records = Awaited<ReturnType<typeof readRecords>>;

function sortLike(records: Records, order: Records): Records {
  return order.map(({ cell }) =>
    records.find((record) => record.cell.objective === cell.objective && record.cell.seed === cell.seed)!
  );
}

backendTest(
  "a cell's bytes do not depend on which cells run beside it, nor in which order",
  (backend) =>
    withFolder(async (root) => {
      const suite = await smallSuite();
      const tasks = [taskById("countdown/mini"), taskById("sudoku/mini")];
      const objectives = ["vrpo-ol", "bgpo"];
      const many = `${root}/many`, few = `${root}/few`, reversed = `${root}/reversed`;
      await smallRun(backend, { suite, folder: many, tasks, objectives });
      const expected = await outputsOf(many);
      assertEquals(
        Object.keys(expected).length,
        4 * 5,
        "a record, samples, steps and two model files per cell of the first seed",
      );

      const backwards = { tasks: tasks.toReversed(), objectives: objectives.toReversed() };
      await smallRun(backend, { suite, folder: reversed, ...backwards });
      assertEquals(await outputsOf(reversed), expected);

      await smallRun(backend, { suite, folder: few, seeds: [2, 1] });
      const outputs = Object.entries(await outputsOf(few));
      const first = outputs.filter(([path]) => path.includes("seed-1."));
      assertEquals([first.length, outputs.length], [5, 5 + 3]);
      for (const [path, bytes] of first) assertEquals(bytes, expected[path], path);
    }),
);

Deno.test("samples and step log lie beside records of the suite's first seed; of others there are the hashes", () =>
  withFolder(async (root) => {
    using backend = await openCpu();
    const run = async (folder: string, seeds: number[]) => {
      const suite = await smallSuite((suite) => suite.seeds = seeds);
      return (await smallRun(backend, { suite, folder, seeds: [1, 2] })).records!;
    };
    const stem = "small/sudoku/mini/bgpo";
    const beside = (folder: string) =>
      filesBelow(`${folder}/${stem}`).map((path) => path.slice(folder.length + stem.length + 2))
        .filter((name) => name.endsWith(".gz"));
    const records = await run(`${root}/a`, [1, 2]);
    assertEquals(beside(`${root}/a`), ["seed-1.cpu.samples.jsonl.gz", "seed-1.cpu.steps.jsonl.gz"]);
    // A suite that begins with another seed keeps that one's: the hashes say that it is the same text.
    assertEquals(
      (await run(`${root}/b`, [2, 1])).map(({ outcome }) => outcome),
      records.map(({ outcome }) => outcome),
    );
    assertEquals(beside(`${root}/b`), ["seed-2.cpu.samples.jsonl.gz", "seed-2.cpu.steps.jsonl.gz"]);
    for (const [folder, record] of [["a", records[0]!], ["b", records[1]!]] as const) {
      const outputs = await outputsOf(`${root}/${folder}`), { seed } = record.cell;
      const hashOf = (name: string) => sha256(outputs[`${stem}/seed-${seed}.cpu.${name}.jsonl.gz`]!);
      assertEquals(record.outcome.texts, { samples: hashOf("samples"), steps: hashOf("steps") });
    }
    // What a former run of a cell left is removed with its record.
    await Deno.writeTextFile(`${root}/a/${stem}/seed-2.cpu.samples.jsonl.gz`, "left");
    await Deno.remove(`${root}/a/${stem}/seed-2.cpu.json`);
    await run(`${root}/a`, [1, 2]);
    assertEquals(beside(`${root}/a`), ["seed-1.cpu.samples.jsonl.gz", "seed-1.cpu.steps.jsonl.gz"]);
  }));

Deno.test("a record of code that is confirmed to give the same is reused; other code says which part changed", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    const suite = await smallSuite();
    const [record] = (await smallRun(backend, { suite, folder })).records!;
    const earlier = sha256("earlier code"), { core } = record!.cell.source;
    const old = { ...record!, cell: { ...record!.cell, source: { ...record!.cell.source, core: earlier } } };
    await writeRecord(folder, old);
    await addConfirmation(folder, {
      backend: "cpu",
      commit: "unknown",
      changed: [],
      sources: { [earlier]: core },
      shown: {},
      peakDeviceBytes: {},
    });
    const reused = await smallRun(backend, { suite, folder });
    assertEquals([reused.steps, reused.said, reused.finished], [[], [], [[old, true]]]);

    await Deno.remove(`${folder}/${CONFIRMATIONS}`);
    const again = await smallRun(backend, { suite, folder });
    assertEquals(
      again.said[0],
      `${recordOf(backend)}: the code of every cell changed since its record; it runs again`,
    );
    assertEquals(again.records![0]!.outcome, record!.outcome);
    assertEquals(await readRecords(folder), again.records);
  }));

backendTest(
  "a run interrupted after every step ends in the same bytes",
  (backend) =>
    withFolder(async (root) => {
      const suite = await smallSuite();
      await smallRun(backend, { suite, folder: `${root}/whole` });
      const expected = await outputsOf(`${root}/whole`);

      const folder = `${root}/interrupted`;
      const steps: string[] = [];
      for (let runs = 1;; runs++) {
        const { interrupted, steps: shown } = await smallRun(backend, { suite, folder, interruptAfter: 1 });
        steps.push(
          ...shown.map((note) => note.match(/base model of .*|seed 1, step .*/)![0]),
        );
        if (!interrupted) break;
        assertEquals((await readRecords(folder)).length, 0, "no record of an unfinished cell");
        assert(runs <= 5, `${steps}`);
      }
      // Nothing is done twice.
      assertEquals(steps, [
        "base model of sudoku/mini seed 1, step 20/20",
        ...[1, 2, 3, 4].map((step) => `seed 1, step ${step}/4`),
      ]);
      assertEquals(await outputsOf(folder), expected);
    }),
);

backendTest(
  "a damaged newest checkpoint is passed over with a message",
  (backend) =>
    withFolder(async (root) => {
      const suite = await smallSuite();
      await smallRun(backend, { suite, folder: `${root}/whole` });

      const folder = `${root}/damaged`;
      for (const interruptAfter of [2, 2]) await smallRun(backend, { suite, folder, interruptAfter });
      // Steps 1 (after the base model) and 3 are saved.
      await damage(`${folder}/${checkpointsOf(backend)}/step-000003/tensor-0.bin`);
      const { said, steps } = await smallRun(backend, { suite, folder });
      assertEquals(said.length, 1);
      assertStringIncludes(said[0]!, `checkpoint ${folder}/${checkpointsOf(backend)}/step-000003 is damaged`);
      assertStringIncludes(said[0]!, "tensor-0.bin does not have the SHA-256 of the manifest");
      assertStringIncludes(steps[0]!, "step 2/4");
      assertEquals(await outputsOf(folder), await outputsOf(`${root}/whole`));
    }),
  { on: ["cpu"] },
);

backendTest(
  "a changed suite replaces the record, and the message names what changed",
  (backend) =>
    withFolder(async (folder) => {
      const suite = await smallSuite();
      await smallRun(backend, { suite, folder });
      const before = (await outputsOf(folder))[recordOf(backend)];

      const rate = await smallSuite(({ objectives }) => objectives.bgpo!.learningRate *= 2);
      const again = await smallRun(backend, { suite: rate, folder });
      assertEquals(again.said.length, 2);
      assertEquals(
        again.said[0],
        `${recordOf(backend)}: learningRate changed since its record; it runs again`,
      );
      assertStringIncludes(again.said[1]!, `${checkpointsOf(backend)} are not of this cell as it is now`);
      assertEquals(
        again.steps.filter((note) => note.includes("base model")),
        [],
        "the base model is the same",
      );
      const replaced = (await outputsOf(folder))[recordOf(backend)];
      assertNotEquals(replaced, before);
      assertEquals((await readRecords(folder)).length, 1);

      const settings = await smallSuite(({ objectives }) => {
        objectives.bgpo!.learningRate *= 2;
        objectives.bgpo!.settings.samples = 3;
      });
      assertEquals(
        (await smallRun(backend, { suite: settings, folder })).said[0],
        `${recordOf(backend)}: settings changed since its record; it runs again`,
      );

      const base = await smallSuite(({ initialisation }) => initialisation.embeddingStd *= 2);
      const fromNewBase = await smallRun(backend, { suite: base, folder });
      assertStringIncludes(
        fromNewBase.said[0]!,
        `${recordOf(backend)}: suite, settings, learningRate, base changed since its record`,
      );
      assertStringIncludes(fromNewBase.steps[0]!, "base model");

      // Back at the first suite, everything is as it was.
      await smallRun(backend, { suite, folder });
      assertEquals((await outputsOf(folder))[recordOf(backend)], before);
    }),
  { on: ["cpu"] },
);

Deno.test("two runs of one folder at the same time share the cells, and both have all records", () =>
  withFolder(async (root) => {
    const suite = await smallSuite();
    const run = { suite, objectives: ["bgpo", "vrpo-ol", "reinforce-elbo"], seeds: [1, 2] };
    using one = await openCpu(), two = await openCpu();
    await smallRun(one, { ...run, folder: `${root}/alone` });
    const folder = `${root}/shared`;
    const runs = await Promise.all([one, two].map((backend) => smallRun(backend, { ...run, folder })));
    const expected = await outputsOf(`${root}/alone`);
    assertEquals(await outputsOf(folder), expected);
    const trained = runs.map(({ finished }) =>
      finished.filter(([, reused]) => !reused).map(([{ cell }]) => cell)
    );
    assertEquals(trained.map(({ length }) => length).reduce((a, b) => a + b), 6, "no cell was trained twice");
    assert(trained.every(({ length }) => length > 0), "both had some");
    for (const { records, finished } of runs) {
      assertEquals(records!.map((record) => canonicalJson(record)), runs[0]!.records!.map(canonicalJson));
      assertEquals([records!.length, finished.length], [6, 6]);
    }
    const bases = runs.flatMap(({ steps }) => steps.filter((note) => note.includes("base model")));
    assertEquals(bases.length, 2, "each base model was trained once");
  }));

Deno.test("what a suite says about another objective, task or seed leaves finished cells as they are", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    await smallRun(backend, { suite: await smallSuite(), folder });
    const before = await outputsOf(folder);
    const suite = await smallSuite((suite) => {
      const { bgpo, wd1 } = suite.objectives, { "sudoku/mini": sudoku, "gsm8k/mini": gsm8k } = suite.tasks;
      suite.objectives = { bgpo: bgpo!, wd1: { ...wd1!, learningRate: 0.25 } };
      suite.tasks = { "sudoku/mini": sudoku!, "gsm8k/mini": { ...gsm8k!, base: sudoku!.base } };
      suite.seeds = [1, 2];
    });
    const { finished, said } = await smallRun(backend, { suite, folder });
    assertEquals([finished.map(([, reused]) => reused), said], [[true], []]);
    assertEquals(await outputsOf(folder), before);
  }));

Deno.test("the suite standard runs: a cell of it with everything shortened, model and decoding as they are", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    const suite = await loadSuite("standard");
    Object.assign(suite.rl, { budget: { rollouts: 1 }, prompts: 4, group: 2 });
    for (const task of Object.values(suite.tasks)) {
      task.base = task.base.map((phase) => ({
        ...phase,
        steps: 2,
        schedule: { ...phase.schedule, warmup: 0 },
      }));
    }
    suite.evaluation.during.prompts = 4;
    suite.evaluation.final = { prompts: 4, decodings: ["greedy", "sampled"], realPrompts: 0 };
    const tasks = ["gsm8k/multi", "sudoku/multi"].map(taskById);
    const { records } = await smallRun(backend, { suite, folder, tasks, objectives: ["dppo-topk-kl"] });
    assertEquals(records!.map(({ outcome }) => [outcome.status, outcome.budget.updates]), [
      ["complete", 4],
      ["complete", 4],
    ]);
    assert(records!.every(({ cell }) => cell.setting === "natural"));
  }));
