/**
 * HumanEval: complete a Python function from its head and docstring. Evaluation only.
 *
 * `strict` takes the code that defines the function, or a body for it, wherever it stands in the response, gives it
 * the imports and the other functions of the prompt, and lets the tests decide; `d1` is EGSPO's exit code.
 */

import { closeCodeSandbox, gradeOfReadings, runProgram, showCodeGrades } from "../code/grades.ts";
import { findCode } from "../code/text.ts";
import { d1Prompt, d1TrainingPrompt, tagLayout, userPrompt } from "../d1/prompts.ts";
import { dataFiles } from "../data/files.ts";
import { type Grade, gradeOf } from "../verdict.ts";
import { type Prompt, type Protocol, type RealTask, splitOf } from "../real_task.ts";
import { egspoGrade, firstFunction } from "../code/egspo.ts";
import type { Program } from "../../src/sandbox/sandbox.ts";
import { headOf, type HumanEvalItem, readRows } from "./rows.ts";

/** The program that a response amounts to, and where in the response its readings were; null without code. */
export function programOf(
  { prompt, tests, entryPoint }: HumanEvalItem,
  text: string,
): { program: Program; places: string[] } | null {
  const readings = findCode(text, [entryPoint], true);
  if (readings.length === 0) return null;
  const before = prompt.slice(0, headOf(prompt, entryPoint));
  const [code, ...fallbacks] = readings.map(({ code, place }) =>
    (place === "continuation" ? prompt : before) + code
  );
  return {
    places: readings.map(({ place }) => place),
    program: {
      code: code!,
      fallbacks,
      // The tests use the prompt's other functions, which the response may not replace.
      context: prompt,
      entries: [entryPoint],
      tests: tests.map((test) => `${test}\ncheck(${entryPoint})\n`),
    },
  };
}

async function strictGrade(item: HumanEvalItem, text: string): Promise<Grade> {
  const found = programOf(item, text);
  if (found === null) return gradeOf(false, null, `no code that defines ${item.entryPoint}`);
  return gradeOfReadings(found.program, found.places, await runProgram(found.program));
}

/** The text of the first docstring in a prompt: that of another function, where one comes first. */
export function firstDocstring(prompt: string): string {
  return /("""|''')([^]*?)\1/.exec(prompt)?.[2]?.trim() ?? prompt;
}

const block = (code: string) => `\`\`\`python\n${code.trimEnd()}\n\`\`\``;

const prompts: Readonly<Record<Protocol, (item: HumanEvalItem) => Prompt>> = {
  chat: ({ prompt }) =>
    userPrompt(
      `Complete this Python function. Give the whole function in one python block.\n\n${block(prompt)}`,
    ),
  plain: ({ prompt }) => userPrompt(prompt),
  // EGSPO asks by the docstring alone: neither the head nor the name of the function.
  d1: ({ prompt }) =>
    d1Prompt(
      `You are an expert in programming. Write Python code for the given problem.\n${
        tagLayout("```python\n...\n```")
      }`,
      firstDocstring(prompt),
    ),
  "d1-training": ({ prompt }) => d1TrainingPrompt(tagLayout("```python\n...\n```"), prompt),
  bgpo: ({ prompt }) => userPrompt(`Complete this Python function.\n\n${block(prompt)}`),
};

export const humaneval: RealTask<HumanEvalItem> = {
  id: "humaneval",
  title: "HumanEval, functions from docstrings",
  splits: { test: { title: "all problems", purpose: "test", file: dataFiles.humanEval, rows: 164 } },

  load(split, bytes) {
    splitOf(humaneval, split);
    return readRows(bytes);
  },

  identify: ({ taskId }) => `humaneval:${taskId}`,

  itemFields: ["task_id"],

  itemOf({ task_id }, rows) {
    const id = typeof task_id === "number" ? `HumanEval/${task_id}` : task_id;
    const row = rows.find(({ item }) => item.taskId === id);
    if (row) return row.item;
    throw new SyntaxError(
      `expected task_id to be one of HumanEval/0 to HumanEval/163, found ${JSON.stringify(task_id)}`,
    );
  },

  prompt: (item, protocol) => prompts[protocol](item),

  demonstrate: ({ prompt, solution }) => block(prompt + solution),

  rewards: {
    clean: {
      title: "1 if all tests pass, else 0",
      max: 1,
      score: async (item, text) => (await strictGrade(item, text)).correct ? 1 : 0,
    },
  },

  async grade(item, text) {
    const [strict, d1] = await Promise.all([
      strictGrade(item, text),
      // EGSPO calls the check with the first function of the block.
      egspoGrade(text, (code) => {
        const name = firstFunction(code);
        return name === null
          ? null
          : item.tests.map((test) => `${test.slice(test.indexOf("def "))}\ncheck(${name})\n`).join("");
      }),
    ]);
    return { strict, d1 };
  },

  show: ({ taskId, prompt, solution }) => `${taskId}\n${prompt}${solution}`,

  showGrade: (_item, text, grades) => showCodeGrades(text, grades),

  close: closeCodeSandbox,
};
