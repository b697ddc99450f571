import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { backendTest } from "../../kernels/testing.ts";
import { gsm8k } from "../../tasks/gsm8k/mod.ts";
import type { RealTask, Row } from "../../tasks/real_task.ts";
import { withFolder } from "../files/testing.ts";
import { saveModelFolder } from "../model/checkpoint_files.ts";
import { VerdictFileError } from "../grading/verdict_file.ts";
import { smallConfig, smallTensors } from "../model/testing.ts";
import { byteTokenizer } from "../model/tokenizers/byte.ts";
import { evaluateRealTasks, type EvaluationPlan } from "./real_tasks.ts";
import { generate, type Generated, type LoadedModel } from "./generate.ts";
import { GenerationFileError } from "./generation_file.ts";
import { modelResponder, type Responder } from "./responder.ts";
import { workerResponder } from "./worker_responder.ts";

const { size, maskId, endId } = byteTokenizer;
/** Room for 120 bytes of a prompt before a response of 8. */
const CONFIG = smallConfig({
  vocab: size,
  maskId,
  eosId: endId,
  layers: 1,
  position: "rope",
  maxSequence: 128,
});
const DECODING = { length: 8, steps: 4, block: 4 };
const QUESTIONS = ["1+1", "2+2", "What is 3+3?", "x".repeat(100), "4+4", "5"];

const task = gsm8k as RealTask;
const rows: Row<unknown>[] = QUESTIONS.map((question, index) => ({
  index,
  item: { question, solution: null, gold: "2" },
}));
/** The test file that these rows are from. */
const bytes = new TextEncoder().encode(
  QUESTIONS.map((question) => JSON.stringify({ question, answer: "one\n#### 2" })).join("\n"),
);

async function withModel(backend: Backend, fn: (loaded: LoadedModel) => Promise<void>): Promise<void> {
  await using responder = modelResponder(backend, { config: CONFIG, tensors: smallTensors(CONFIG) });
  await fn({ config: CONFIG, tokenizer: byteTokenizer, responder });
}

async function responses(loaded: LoadedModel, some: readonly Row<unknown>[]): Promise<Generated[]> {
  const all: Generated[] = [];
  await generate(
    loaded,
    { task, rows: some },
    { protocol: "plain", decoding: DECODING },
    (batch) => all.push(...batch),
  );
  return all;
}

backendTest(
  "responses come by the length of their prompts and do not depend on their neighbours",
  (backend) =>
    withModel(backend, async (loaded) => {
      const all = await responses(loaded, rows);
      assertEquals(all.map(({ index }) => index), [5, 0, 1, 4, 2, 3]);
      for (const row of rows) {
        const [alone] = await responses(loaded, [row]);
        assertEquals(alone, all.find(({ index }) => index === row.index));
      }
      assertEquals(await responses(loaded, []), []);
    }),
  { on: ["cpu"] },
);

backendTest(
  "workers answer as one model does, in the same order",
  (backend) =>
    withFolder((folder) =>
      withModel(backend, async (loaded) => {
        await saveModelFolder(folder, CONFIG, smallTensors(CONFIG));
        await using responder = workerResponder(folder, 2, "portable");
        assertEquals(await responses({ ...loaded, responder }, rows), await responses(loaded, rows));
      })
    ),
  { on: ["cpu"] },
);

backendTest(
  "a prompt that leaves no room is not cut: its row is not attempted",
  (backend) =>
    withModel(backend, async (loaded) => {
      // "Question: " and "\nAnswer:" are 18 bytes.
      const row = (length: number) => ({
        index: 0,
        item: { question: "x".repeat(length - 18), solution: null, gold: "2" },
      });
      const [fits] = await responses(loaded, [row(120)]), [long] = await responses(loaded, [row(121)]);
      assertEquals(fits!.notAttempted, null);
      assertEquals(long, {
        index: 0,
        text: "",
        tokens: 0,
        notAttempted: "the prompt has 121 tokens, the model has room for 120 before 8 of a response",
      });
    }),
  { on: ["cpu"] },
);

backendTest(
  "an interrupted evaluation continues to the same bytes, and grades every row",
  (backend) =>
    withFolder((root) =>
      withModel(backend, async (loaded) => {
        const plan = (name: string, some = rows): EvaluationPlan => ({
          ...{ task, split: "test", protocol: "plain", decoding: DECODING, bytes, madeBy: "0123" },
          rows: some,
          folder: `${root}/${name}`,
        });
        const files = (name: string) =>
          Promise.all(
            ["jsonl", "verdicts.jsonl"].map((end) =>
              Deno.readTextFile(`${root}/${name}/gsm8k-plain-8.${end}`)
            ),
          );
        const nothing = () => {};
        let done = 0;
        const whole = await evaluateRealTasks(loaded, plan("whole"), {
          done: (count) => void (done += count),
          problem: nothing,
        });
        assertEquals([done, whole.summary.graded, whole.summary.strict.total, whole.notAttempted], [
          6,
          6,
          6,
          0,
        ]);
        const expected = await files("whole");
        const first = JSON.parse(expected[0]!.split("\n")[0]!);
        assertEquals([first.index, first.made_by, typeof first.text], [5, "0123", "string"]);

        let batches = 0;
        const stop = () => {
          if (++batches === 3) throw new Error("stopped");
        };
        await assertRejects(
          () => evaluateRealTasks(loaded, plan("stopped"), { done: stop, problem: nothing }),
          Error,
          "stopped",
        );
        const path = `${root}/stopped/gsm8k-plain-8.jsonl`;
        const partial = await Deno.readTextFile(path);
        assert(partial.length > 0 && expected[0]!.startsWith(partial) && partial !== expected[0]);
        // What a killed process leaves behind.
        await Deno.writeTextFile(path, expected[0]!.slice(partial.length, partial.length + 20), {
          append: true,
        });
        const counts: number[] = [];
        await evaluateRealTasks(loaded, plan("stopped"), {
          done: (count) => void counts.push(count),
          problem: nothing,
        });
        assertEquals(counts[0], partial.trimEnd().split("\n").length);
        assertEquals(await files("stopped"), expected);
        const again = await evaluateRealTasks(loaded, plan("stopped"), { done: nothing, problem: nothing });
        assertEquals([again.summary.graded, again.summary.resumed], [6, 6]);

        // Fewer rows first, the others later.
        await evaluateRealTasks(loaded, plan("more", rows.slice(0, 2)), { done: nothing, problem: nothing });
        const more = await evaluateRealTasks(loaded, plan("more"), { done: nothing, problem: nothing });
        assertEquals([more.summary.graded, more.summary.strict], [6, whole.summary.strict]);
        const notes: string[] = [];
        const fewer = await evaluateRealTasks(loaded, plan("more", rows.slice(0, 2)), {
          done: nothing,
          problem: (line) => notes.push(line),
        });
        assertEquals(fewer.summary.graded, 6);
        assert(
          notes.length === 1 &&
            notes[0]!.endsWith("holds 4 rows more than were asked for; all of them are graded"),
        );

        const other = { ...plan("whole"), madeBy: "4567" };
        await assertRejects(
          () => evaluateRealTasks(loaded, other, { done: nothing, problem: nothing }),
          GenerationFileError,
          "line 1: expected a generation of this model with these settings, found one of another model or other settings",
        );
        assertEquals(await files("whole"), expected);
        for (
          const foreign of [
            "notes",
            "notes\n",
            '{"index":0}\n',
            '{"index":0,"text":"","made_by":"0123"}\n'.repeat(2),
          ]
        ) {
          await Deno.mkdir(`${root}/foreign`, { recursive: true });
          await Deno.writeTextFile(`${root}/foreign/gsm8k-plain-8.jsonl`, foreign);
          await assertRejects(
            () => evaluateRealTasks(loaded, plan("foreign"), { done: nothing, problem: nothing }),
            GenerationFileError,
          );
          assertEquals(
            await Deno.readTextFile(`${root}/foreign/gsm8k-plain-8.jsonl`),
            foreign,
            "nothing is cut off",
          );
        }
        await Deno.remove(`${root}/whole/gsm8k-plain-8.jsonl`);
        await Deno.writeTextFile(`${root}/whole/gsm8k-plain-8.jsonl`, "");
        await assertRejects(
          () =>
            evaluateRealTasks(loaded, { ...other, rows: rows.slice(1, 2) }, {
              done: nothing,
              problem: nothing,
            }),
          VerdictFileError,
        );
      })
    ),
  { on: ["cpu"] },
);

Deno.test("right responses, cut off by end tokens, count as right in both modes", () =>
  withFolder(async (folder) => {
    const length = 64;
    /** Knows the gold: what a perfect model gives. */
    const responder: Responder = {
      width: 2,
      respond: ({ rows }) =>
        Promise.resolve(rows.map((row) => {
          const ids = new Uint32Array(length).fill(endId);
          ids.set(byteTokenizer.encode(row % 2 === 0 ? "one and one: \\boxed{2}" : "\\boxed{3}"));
          return ids;
        })),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const plan = {
      task,
      split: "test",
      protocol: "d1",
      decoding: { length, steps: 64, block: 64 },
      rows,
      bytes,
    } as const;
    const loaded = { config: { ...CONFIG, maxSequence: 4096 }, tokenizer: byteTokenizer, responder };
    const { summary } = await evaluateRealTasks(loaded, { ...plan, folder, madeBy: "0" }, {
      done: () => {},
      problem: () => {},
    });
    assertEquals([summary.strict.correct, summary.d1!.correct, summary.graded], [3, 3, 6]);
    const lines = (await Deno.readTextFile(`${folder}/gsm8k-d1-64.jsonl`)).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(lines.find(({ index }) => index === 1).tokens, "\\boxed{3}".length);
  }));
