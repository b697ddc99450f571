/**
 * MATH-500: competition problems whose answer is a number, an expression, a set, a point, a word.
 *
 * `strict` takes the answer where `extract.ts` says and compares it with the gold by the rules of `algebra/equality.ts`;
 * `d1` compares strings as d1's grader does. Training takes the rows of MATH that are not among the 500.
 */

import { d1Prompt, d1TrainingPrompt, tagLayout, userPrompt } from "../d1/prompts.ts";
import { lastBox } from "../d1/text.ts";
import { dataFiles } from "../data/files.ts";
import { type Grade, gradeOf, showGrades } from "../verdict.ts";
import { type Prompt, type Protocol, type RealTask, splitOf } from "../real_task.ts";
import { d1FixedReward, d1Grade, d1Reward } from "./d1_grade.ts";
import { compare } from "./algebra/equality.ts";
import { extractAnswer, type Extraction } from "./extract.ts";
import { type MathItem, readRows } from "./rows.ts";

const MAX_SHOWN = 200;
const FORMAT_REWARD = 0.1;
const NUMBER = /^\s*-?\d+(?:\.\d+)?\s*$/;

/** The answer of a response, where it stands, and what it comes to. */
function judge({ gold }: MathItem, response: string): { found: Extraction | null; grade: Grade } {
  const found = extractAnswer(response);
  if (found === null) return { found, grade: gradeOf(false, null, "no answer") };
  const { equal, reason } = compare(found.answer, gold);
  return { found, grade: gradeOf(equal, found.answer.slice(0, MAX_SHOWN), `${found.place}: ${reason}`) };
}

const strictGrade = (item: MathItem, response: string) => judge(item, response).grade;

/** What d1 trains with: the last box of the worked solution. */
const trainingGold = ({ solution, gold }: MathItem) => (solution && lastBox(solution)) ?? gold;

const EXPERT =
  "You are an expert in mathematics. Solve the given problem one step at a time and put the final " +
  "answer into \\boxed{}.";

const prompts: Readonly<Record<Protocol, (problem: string) => Prompt>> = {
  chat: (problem) =>
    userPrompt(`${problem}\n\nReason step by step, then give the final answer in \\boxed{}.`),
  plain: (problem) => userPrompt(`Problem: ${problem}\nAnswer:`),
  d1: (problem) => d1Prompt(`${EXPERT}\n${tagLayout("\\boxed{...}")}`, problem),
  "d1-training": (problem) => d1TrainingPrompt(`${tagLayout("...")}\n${EXPERT}`, problem),
  bgpo: (problem) => userPrompt(problem),
};

export const math500: RealTask<MathItem> = {
  id: "math500",
  title: "MATH-500, competition mathematics",
  splits: {
    train: { title: "MATH, training rows", purpose: "train", file: dataFiles.mathTrain, rows: 7500 },
    validation: {
      title: "MATH, test rows other than the 500",
      purpose: "validation",
      file: dataFiles.mathValidation,
      rows: 4500,
    },
    test: { title: "the 500 test rows", purpose: "test", file: dataFiles.math500Test, rows: 500 },
  },

  load(split, bytes) {
    splitOf(math500, split);
    return readRows(bytes);
  },

  identify: ({ problem, gold }) => `math500:${problem ?? `= ${gold}`}`,

  itemFields: ["gold"],

  itemOf({ gold, problem }) {
    const text = typeof gold === "number" ? String(gold) : gold;
    if (typeof text !== "string" || text.trim() === "") {
      throw new SyntaxError(
        `expected gold to be an answer such as "\\\\frac{1}{2}", found ${JSON.stringify(gold)}`,
      );
    }
    return {
      problem: typeof problem === "string" ? problem : null,
      solution: null,
      gold: text,
      subject: null,
      level: null,
    };
  },

  prompt({ problem }, protocol) {
    if (problem === null) throw new TypeError("expected an item with a problem, found one with a gold only");
    return prompts[protocol](problem);
  },

  demonstrate: ({ solution }) => solution,

  rewards: {
    clean: {
      title: "1 for the right answer, else 0",
      max: 1,
      score: (item, text) => strictGrade(item, text).correct ? 1 : 0,
    },
    boxed: {
      title: "1 for the right answer, 0.1 for another number in the last box, else 0",
      max: 1,
      score(item, text) {
        const { found, grade } = judge(item, text);
        if (grade.correct) return 1;
        return found?.place === "box" && NUMBER.test(found.answer) ? FORMAT_REWARD : 0;
      },
    },
    d1: {
      title: "d1 as released: equal strings 2, answer tag 0.75, else 0.25",
      max: 2.75,
      score: (item, text) => d1Reward(trainingGold(item), text),
    },
    "d1-fixed": {
      title: "d1 as meant: equal strings 2, answer tag 0.5, box in it 0.5 or else 0.25",
      max: 3,
      score: (item, text) => d1FixedReward(trainingGold(item), text),
    },
    bgpo: {
      title: "BGPO: 1 for the right answer in the last box, else 0",
      max: 1,
      score(item, text) {
        const { found, grade } = judge(item, text);
        return found?.place === "box" && grade.correct ? 1 : 0;
      },
    },
  },

  grade: (item, text) => Promise.resolve({ strict: strictGrade(item, text), d1: d1Grade(item.gold, text) }),

  show: ({ problem, gold }) => `${problem ?? "(no problem)"}\nGold answer: ${gold}`,

  showGrade: (_item, text, grades) => showGrades(text, grades),
};
