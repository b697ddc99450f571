/**
 * MBPP: short Python functions from a sentence and three asserts.
 *
 * `strict` takes the code that defines what the asserts call, wherever it stands in the response, and lets them
 * decide; `d1` is EGSPO's exit code. Papers differ in the test set: `test` has all problems 11 to 510,
 * `test-sanitized` those that were checked by hand, with corrected asserts.
 */

import { closeCodeSandbox, gradeOfReadings, runProgram, showCodeGrades } from "../code/grades.ts";
import { findCode } from "../code/text.ts";
import { d1Prompt, d1TrainingPrompt, tagLayout, userPrompt } from "../d1/prompts.ts";
import { dataFiles } from "../data/files.ts";
import { type Grade, gradeOf } from "../verdict.ts";
import { type Prompt, type Protocol, type RealTask, type Reward, splitOf } from "../real_task.ts";
import { egspoGrade, egspoReward } from "../code/egspo.ts";
import type { Program } from "../../src/sandbox/sandbox.ts";
import { ID_RANGES, importsOf, type MbppItem, readRows } from "./rows.ts";

/** The reference solution of problem 123 takes 80 million steps, those of all others fewer than 100,000. */
const SLOW: Readonly<Record<number, { seconds: number; steps: number }>> = {
  123: { seconds: 300, steps: 500_000_000 },
};

/** The program that code for a problem amounts to. */
export function programOf({ taskId, code: reference, setup, tests, names }: MbppItem, code: string): Program {
  return {
    code,
    setup,
    // Some asserts use modules that the reference solution imports.
    context: `${importsOf(reference)}\n${importsOf(setup)}`,
    entries: names,
    tests,
    ...SLOW[taskId],
  };
}

async function strictGrade(item: MbppItem, text: string): Promise<Grade> {
  const [reading, ...others] = findCode(text, item.names);
  if (reading === undefined) return gradeOf(false, null, `no code that defines ${item.names.join(" or ")}`);
  const program = { ...programOf(item, reading.code), fallbacks: others.map(({ code }) => code) };
  const places = [reading, ...others].map(({ place }) => place);
  return gradeOfReadings(program, places, await runProgram(program));
}

const question = ({ text, tests }: MbppItem) =>
  `${text}\nYour code should pass these tests:\n${tests.join("\n")}`;

/** A problem of the few-shot layout, up to where its code begins. */
const opened = (item: MbppItem) => `You are a skilled Python programmer. ${question(item)}\n[BEGIN]\n`;

const prompts: Readonly<Record<Protocol, (item: MbppItem) => Prompt>> = {
  chat: (item) => userPrompt(`${question(item)}\n\nGive the whole code in one python block.`),
  plain: (item) =>
    userPrompt(
      item.shots.map((shot) => `${opened(shot)}${shot.code.trimEnd()}\n[DONE]\n\n`).join("") + opened(item),
    ),
  d1: (item) =>
    d1Prompt(
      `You are an expert in programming. Write Python code for the given problem.\n${
        tagLayout("```python\n...\n```")
      }`,
      question(item),
    ),
  "d1-training": (item) => d1TrainingPrompt(tagLayout("```python\n...\n```"), question(item)),
  bgpo: (item) => userPrompt(question(item)),
};

/** 1 for a response that passes all tests. */
const clean: Reward<MbppItem> = {
  title: "1 if all tests pass, else 0",
  max: 1,
  score: async (item, text) => (await strictGrade(item, text)).correct ? 1 : 0,
};

export const mbpp: RealTask<MbppItem> = {
  id: "mbpp",
  title: "MBPP, basic Python problems",
  splits: {
    train: { title: "problems 601 to 974", purpose: "train", file: dataFiles.mbpp, rows: 374 },
    validation: { title: "problems 511 to 600", purpose: "validation", file: dataFiles.mbpp, rows: 90 },
    test: { title: "problems 11 to 510", purpose: "test", file: dataFiles.mbpp, rows: 500 },
    "test-sanitized": {
      title: "those of problems 11 to 510 that were checked by hand",
      purpose: "test",
      file: dataFiles.mbppSanitized,
      rows: 257,
    },
  },

  load(split, bytes) {
    splitOf(mbpp, split);
    return readRows(split as keyof typeof ID_RANGES, bytes);
  },

  identify: ({ taskId }) => `mbpp:${taskId}`,

  itemFields: ["task_id"],

  itemOf({ task_id }, rows) {
    const id = typeof task_id === "string" ? Number(/^(?:mbpp\/)?(\d+)$/i.exec(task_id)?.[1]) : task_id;
    const row = rows.find(({ item }) => item.taskId === id);
    if (row) return row.item;
    throw new SyntaxError(`expected task_id to be one of 11 to 510, found ${JSON.stringify(task_id)}`);
  },

  prompt: (item, protocol) => prompts[protocol](item),

  demonstrate: ({ code }) => `\`\`\`python\n${code.trimEnd()}\n\`\`\``,

  rewards: {
    clean,
    share: {
      title: "share of the tests that pass",
      max: 1,
      async score(item, text) {
        const { count, total } = (await strictGrade(item, text)).measures["tests"] ?? { count: 0, total: 1 };
        return count / total;
      },
    },
    egspo: {
      title: "EGSPO: share of the tests, tags 0.5, block in the answer 0.5",
      max: 2,
      score: (item, text) =>
        egspoReward(text, item.names[0]!, async (code) => {
          const { passed, total } = await runProgram(programOf(item, code));
          return passed / total;
        }),
    },
    bgpo: { ...clean, title: "BGPO: 1 if all tests pass, else 0" },
  },

  async grade(item, text) {
    const { seconds, steps } = SLOW[item.taskId] ?? {};
    const [strict, d1] = await Promise.all([
      strictGrade(item, text),
      egspoGrade(text, () => [item.setup, ...item.tests].join("\n"), seconds, steps),
    ]);
    return { strict, d1 };
  },

  show: ({ taskId, text, tests, code }) => `MBPP ${taskId}: ${text}\n${tests.join("\n")}\n\n${code}`,

  showGrade: (_item, text, grades) => showCodeGrades(text, grades),

  close: closeCodeSandbox,
};
