/**
 * GSM8K: word problems of primary school; the answer is an integer.
 *
 * `strict` reads the answer as `answer.ts` says and compares exact fractions; `d1` compares what d1's grader would
 * have compared.
 */

import { d1Prompt, d1TrainingPrompt, tagLayout, userPrompt } from "../d1/prompts.ts";
import { dataFiles } from "../data/files.ts";
import { type Grade, gradeOf, showGrades } from "../verdict.ts";
import { type Prompt, type Protocol, type RealTask, splitOf } from "../real_task.ts";
import { equals, format, type Rational } from "../answers/rational.ts";
import { readAnswer } from "./answer.ts";
import { d1Grade, d1Reward, dllmReward } from "./d1_grade.ts";
import { type Gsm8kItem, isGold, readRows } from "./rows.ts";

const FORMAT_REWARD = 0.1;

/** The exact value of a gold. */
function goldValue(gold: string): Rational {
  const [whole, decimals = ""] = gold.replaceAll(",", "").split(".");
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(decimals.length) };
}

function strictGrade({ gold }: Gsm8kItem, response: string): Grade {
  const { value, place, text } = readAnswer(response);
  if (place === null) return gradeOf(false, null, text);
  if (value === null) return gradeOf(false, null, `${place}: no single number in ${JSON.stringify(text)}`);
  const correct = equals(value, goldValue(gold));
  return gradeOf(
    correct,
    format(value),
    correct ? `${place}: equal` : `${place}: ${format(value)}, gold ${gold}`,
  );
}

const prompts: Readonly<Record<Protocol, (question: string) => Prompt>> = {
  chat: (question) =>
    userPrompt(`${question}\n\nReason step by step, then give the final number in \\boxed{}.`),
  plain: (question) => userPrompt(`Question: ${question}\nAnswer:`),
  d1: (question) =>
    d1Prompt(
      "You are an expert in mathematics. Solve the given problem one step at a time and put the final answer " +
        `into \\boxed{}.\n${tagLayout("\\boxed{...}")}`,
      question,
    ),
  "d1-training": (question) => d1TrainingPrompt(tagLayout("..."), question),
  bgpo: (question) => userPrompt(question),
};

export const gsm8k: RealTask<Gsm8kItem> = {
  id: "gsm8k",
  title: "GSM8K, word problems",
  splits: {
    train: { title: "training rows", purpose: "train", file: dataFiles.gsm8kTrain, rows: 7473 },
    test: { title: "test rows", purpose: "test", file: dataFiles.gsm8kTest, rows: 1319 },
  },

  load(split, bytes) {
    splitOf(gsm8k, split);
    return readRows(bytes);
  },

  identify: ({ question, gold }) => `gsm8k:${question ?? `= ${gold}`}`,

  itemFields: ["gold"],

  itemOf({ gold, question }) {
    const text = typeof gold === "number" ? String(gold) : typeof gold === "string" ? gold : "";
    const value = text.slice(text.includes("####") ? text.lastIndexOf("####") + 4 : 0).trim();
    if (!isGold(value)) {
      throw new SyntaxError(`expected gold to be a number such as "1,450", found ${JSON.stringify(gold)}`);
    }
    return { question: typeof question === "string" ? question : null, solution: null, gold: value };
  },

  prompt({ question }, protocol) {
    if (question === null) {
      throw new TypeError("expected an item with a question, found one with a gold only");
    }
    return prompts[protocol](question);
  },

  // Without the calculator marks, such as <<48/2=24>>.
  demonstrate: ({ solution, gold }) =>
    solution === null ? null : `${solution.replace(/<<[^>]*>>/g, "")}\n\\boxed{${gold}}`,

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
        if (strictGrade(item, text).correct) return 1;
        const { place, value } = readAnswer(text);
        return place === "box" && value !== null ? FORMAT_REWARD : 0;
      },
    },
    d1: {
      title: "d1: answer 2, digits 0.5, two formats of one line 0.5 each, tags 0.5",
      max: 4,
      score: ({ gold }, text) => d1Reward(gold, text),
    },
    dllm: {
      title: "the dllm library: as d1, formats of any number of lines",
      max: 4,
      score: ({ gold }, text) => dllmReward(gold, text),
    },
    bgpo: {
      title: "BGPO: 1 for the right answer in the last box, else 0",
      max: 1,
      score: (item, text) => readAnswer(text).place === "box" && strictGrade(item, text).correct ? 1 : 0,
    },
  },

  grade: (item, text) => Promise.resolve({ strict: strictGrade(item, text), d1: d1Grade(item.gold, text) }),

  show: ({ question, gold }) => `${question ?? "(no question)"}\nGold answer: ${gold}`,

  showGrade: (_item, text, grades) => showGrades(text, grades),
};
