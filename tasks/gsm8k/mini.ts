/**
 * GSM8K, generated: "Tom has 5 cats buys 2 gives 3?" -> "5+2=07-3=\boxed{04}".
 *
 * Two events change a count that stays within 0 to 9. Splits are made of stories without their names and things, by
 * hash, one in eight for the test: a test story is never a training story with another name.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkFlaw, drawsOf } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { gsm8k } from "./mod.ts";
import { generateStory, SIGNS, type StoryItem, workedStory } from "./story.ts";

const RANGES = { minStart: 2, maxCount: 9, maxChange: 5, eitherOrder: false };

export const gsm8kMini: Task<StoryItem> = {
  ...gradedBy(gsm8k, "boxed"),
  id: "gsm8k/mini",
  title: "GSM8K, generated stories of two events",
  vocabulary: symbolVocabulary,
  promptLength: 9,
  responseLength: 14,
  testSets: [],

  generate: (split, seed, index) => generateStory("gsm8k/mini", RANGES, split, { seed, index }),

  flawDescription: "gives and eats read as buys and finds (one coin per event)",

  demonstrate({ item: { start, events } }, flaw, seed, index) {
    checkFlaw(flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index);
    return workedStory(start, events, ({ verb }) => draws.uniform() < flaw ? 1 : SIGNS[verb]);
  },
};
