/**
 * Countdown with three numbers on the rows of the papers. `strict` is the grade of the generated puzzles: exact
 * values, every number once; `d1` is d1's.
 */

import { d1Prompt, d1TrainingPrompt, tagLayout, userPrompt } from "../d1/prompts.ts";
import { dataFiles } from "../data/files.ts";
import { type Prompt, type Protocol, readJsonLines, type RealTask, type Row, splitOf } from "../real_task.ts";
import { showGrades } from "../verdict.ts";
import { problemHash } from "../generated/splits.ts";
import { d1Grade, d1Reward } from "./d1_grade.ts";
import { REAL_PROBLEM_HASHES } from "./real_rows.ts";
import { solve } from "./solve.ts";
import { cleanReward, strictGrade } from "./strict.ts";
import { type CountdownItem, problemKey, readProblems } from "./test_sets.ts";

const testProblems = new Set(REAL_PROBLEM_HASHES);

/** Lines such as {"target": 98, "nums": [44, 19, 35]}: those of three numbers that are in no test set. */
function readTraining(bytes: Uint8Array): Row<CountdownItem>[] {
  return readJsonLines(bytes).flatMap((line, index) => {
    const { nums, target } = (line ?? {}) as Record<string, unknown>;
    const item = itemFrom(nums, target);
    if (item === null) {
      throw new SyntaxError(
        `line ${index + 1}: expected {"target": t, "nums": [a, b, c]}, found ${
          JSON.stringify(line).slice(0, 80)
        }`,
      );
    }
    const usable = item.numbers.length === 3 &&
      !testProblems.has(problemHash(problemKey(item.numbers, item.target)));
    return usable ? [{ index, item }] : [];
  });
}

function itemFrom(numbers: unknown, target: unknown): CountdownItem | null {
  const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const listed = Array.isArray(numbers) && numbers.length > 0 && numbers.every(isWhole);
  return listed && isWhole(target) ? { numbers, target: target as number, solution: null } : null;
}

const LAYOUT = "Use +, -, *, / and brackets, and use each number exactly once.";

const prompts: Readonly<Record<Protocol, (item: CountdownItem) => Prompt>> = {
  chat: ({ numbers, target }) =>
    userPrompt(
      `Write an arithmetic expression with the numbers ${
        numbers.join(", ")
      } whose value is ${target}. ${LAYOUT} ` +
        "Reason step by step, then give the expression alone, without its value, in \\boxed{}.",
    ),
  plain: ({ numbers, target }) =>
    userPrompt(`Numbers: ${numbers.join(", ")}\nTarget: ${target}\nExpression:`),
  d1: ({ numbers, target }) =>
    d1Prompt(
      "From the numbers given, and no others, build an arithmetic expression that equals the target exactly. The " +
        "operations are +, -, * and /; every number is used exactly once. Reason one step at a time, then give the " +
        "final expression alone inside \\boxed{}, with neither an equals sign nor the target. An example: " +
        `\\boxed{a + b * c}\n${tagLayout("\\boxed{...}")}`,
      `Numbers: [${numbers.join(", ")}]\nTarget: ${target}`,
    ),
  "d1-training": trainingPrompt,
  bgpo: trainingPrompt,
};

/** BGPO trains and evaluates with it as well, as far as is known. */
function trainingPrompt({ numbers, target }: CountdownItem): Prompt {
  return d1TrainingPrompt(
    tagLayout("..."),
    `Build an arithmetic expression from the numbers [${
      numbers.join(", ")
    }], each of them used exactly once, with the ` +
      `operations +, -, * and /, that equals exactly ${target}. Between the answer tags write the expression alone, ` +
      "without an equals sign or the target. For the numbers [2, 3, 4] and the target 5, for example:\n" +
      "<answer>\n2*4-3\n</answer>",
  );
}

export const realCountdown: RealTask<CountdownItem> = {
  id: "countdown",
  title: "Countdown, three numbers up to 100",
  splits: {
    train: {
      title:
        "rows of three numbers among the first 11,000 of Countdown-Tasks-3to4, without d1's test problems",
      purpose: "train",
      file: dataFiles.countdownTrain,
      rows: 5454,
    },
    test: { title: "d1's test problems", purpose: "test", file: dataFiles.countdownD1, rows: 256 },
  },

  load(split, bytes) {
    splitOf(realCountdown, split);
    if (split === "train") return readTraining(bytes);
    return readProblems(bytes).map((item, index) => ({ index, item }));
  },

  identify: ({ numbers, target }) => `countdown:${problemKey(numbers, target)}`,

  itemFields: ["numbers", "target"],

  itemOf({ numbers, target }) {
    const item = itemFrom(numbers, target);
    if (item !== null) return item;
    throw new SyntaxError(
      "expected numbers to be a list of whole numbers and target one, such as [30, 100, 93] and 23, found " +
        `${JSON.stringify(numbers)} and ${JSON.stringify(target)}`,
    );
  },

  prompt: (item, protocol) => prompts[protocol](item),

  demonstrate({ numbers, target, solution }) {
    const expression = solution ?? solve(numbers, target);
    return expression === null ? null : `\\boxed{${expression}}`;
  },

  rewards: {
    clean: {
      title: "1 for the target, 0.1 for another value over exactly the given numbers, else 0",
      max: 1,
      score: cleanReward,
    },
    d1: {
      title: "d1: 1 for the target, 0.1 for anything else between answer tags",
      max: 1,
      score: ({ numbers, target }, text) => d1Reward(numbers, target, text),
    },
  },

  grade(item, text) {
    const d1 = d1Grade(item.numbers, item.target, text);
    return Promise.resolve({ strict: strictGrade(item, text), d1 });
  },

  show: ({ numbers, target }) => `Numbers: ${numbers.join(", ")}\nTarget: ${target}`,

  showGrade: (_item, text, grades) => showGrades(text, grades),
};
