/** A task that tiny models learn in a few steps, for tests of training. */

import { randomSequence } from "../../kernels/philox/random.ts";
import type { Grade } from "../../tasks/verdict.ts";
import type { Task } from "../../tasks/task.ts";
import { symbolVocabulary } from "../../tasks/generated/vocabulary.ts";
import type { ModelConfig } from "../model/config.ts";
import { smallConfig } from "../model/testing.ts";
import type { AdamWSettings } from "./optimizer.ts";

function digitsRight(item: string, response: string): number {
  return [0, 1].filter((i) => response[i] === item[i]).length;
}

function echoGrade(item: string, response: string, correct: boolean): Grade {
  const count = digitsRight(item, response);
  const answer = /^\d\d$/.test(response) ? response : null;
  return { correct, answer, reason: `${count} digits`, measures: { digits: { count, total: 2 } } };
}

/** Repeat the digits of the prompt. The systematic mistake writes 0 in place of the last one. `d1` takes text behind the digits. */
export const echoTask: Task<string> = {
  id: "echo/mini",
  title: "Repeat two digits",
  vocabulary: symbolVocabulary,
  promptLength: 2,
  responseLength: 4,
  generate(split, seed, index) {
    const random = randomSequence({ seed, stream: 100 }, split === "train" ? 0 : 1, index);
    const digits = `${random.below(4)}${random.below(4)}`;
    return { id: `${split} ${digits}`, prompt: digits, item: digits, tags: [digits[0]!] };
  },
  demonstrate({ item }, flaw, seed, index) {
    const flawed = randomSequence({ seed, stream: 101 }, 0, index).uniform() < flaw;
    return flawed ? `${item[0]}0` : item;
  },
  flawDescription: "the last digit is 0",
  rewards: (batch) => Promise.resolve(batch.map(({ example, text }) => digitsRight(example.item, text) / 2)),
  grades: (batch) =>
    Promise.resolve(batch.map(({ example, text }) => ({
      strict: echoGrade(example.item, text, text === example.item),
      d1: echoGrade(example.item, text, text.startsWith(example.item)),
    }))),
  testSets: [],
};

/** A model for `echoTask`. */
export const echoConfig: ModelConfig = smallConfig({
  vocab: symbolVocabulary.size,
  maskId: symbolVocabulary.maskId,
  eosId: symbolVocabulary.eosId,
  layers: 1,
  maxSequence: 6,
});

export const ADAMW: AdamWSettings = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  decay1d: false,
  maxGradNorm: 0,
};
