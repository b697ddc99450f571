/**
 * GSM8K, generated, with two right responses: "Tom has 35 cats buys 7 gives 8?" -> "35+7=42-8=\boxed{34}" or
 * "35-8=27+7=\boxed{34}".
 *
 * Two events change a count that stays within 0 to 99, in either order. Splits are made as those of `gsm8k/mini`.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../mini.ts";
import { checkUnflawed } from "../multi.ts";
import { drawsOf } from "../splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../vocabulary.ts";
import { gsm8k } from "./mod.ts";
import { generateStory, SIGNS, type StoryItem, workedStory } from "./story.ts";

const RANGES = { minStart: 10, maxCount: 99, maxChange: 9, eitherOrder: true };

export const gsm8kMulti: Task<StoryItem> = {
  ...gradedBy(gsm8k, "boxed"),
  id: "gsm8k/multi",
  title: "GSM8K, generated stories of two events, counted in either order",
  vocabulary: symbolVocabulary,
  promptLength: 10,
  responseLength: 14,
  testSets: [],
  flawDescription: null,

  generate: (split, seed, index) => generateStory("gsm8k/multi", RANGES, split, seed, index),

  demonstrate({ item: { start, events } }, flaw, seed, index) {
    checkUnflawed("gsm8k/multi", flaw);
    const told = drawsOf(Stream.demonstrations, seed, index).below(2) === 0;
    return workedStory(start, told ? events : events.toReversed(), ({ verb }) => SIGNS[verb]);
  },
};
