/**
 * GSM8K, generated, with two right responses: "Tom has 12 cats buys 7 gives 8?" -> "12+7=19-8=\boxed{11}" or
 * "12-8=04+7=\boxed{11}".
 *
 * Two events change a count that stays within 0 to 19, in either order. Splits are made as those of `gsm8k/mini`.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../mini.ts";
import { checkUnflawed } from "../multi.ts";
import { drawsOf } from "../splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../vocabulary.ts";
import { gsm8k } from "./mod.ts";
import { generateStory, SIGNS, type StoryItem, workedStory } from "./story.ts";

const RANGES = { minStart: 10, maxCount: 19, maxChange: 9, eitherOrder: true };

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
