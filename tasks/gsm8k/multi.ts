/**
 * GSM8K, generated, with several right responses: "Tom has 12 cats buys 4 gives 5?" -> "12+4=16-5=\boxed{11}",
 * "12-5=07+4=\boxed{11}", "12+4-5=\boxed{11}" or "12-5+4=\boxed{11}".
 *
 * Two events change a count that stays within 0 to 19, in either order. Splits are made as those of `gsm8k/mini`.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkUnflawed } from "../generated/multi.ts";
import { drawsOf } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { gsm8k } from "./mod.ts";
import { generateStory, SIGNS, type StoryItem, workedStory } from "./story.ts";

const RANGES = { minStart: 10, maxCount: 19, maxChange: 9, eitherOrder: true };

export const gsm8kMulti: Task<StoryItem> = {
  ...gradedBy(gsm8k, "boxed"),
  id: "gsm8k/multi",
  title: "GSM8K, generated stories of two events, in either order, in one step or two",
  vocabulary: symbolVocabulary,
  promptLength: 10,
  responseLength: 14,
  testSets: [],
  flawDescription: null,

  generate: (split, seed, index) => generateStory("gsm8k/multi", RANGES, split, { seed, index }),

  demonstrate({ item: { start, events, gold } }, flaw, seed, index) {
    checkUnflawed("gsm8k/multi", flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index), coin = () => draws.below(2) === 0;
    const ordered = coin() ? events : events.toReversed();
    if (coin()) return workedStory(start, ordered, ({ verb }) => SIGNS[verb]);
    const sum = ordered.map(({ verb, change }) => `${SIGNS[verb] > 0 ? "+" : "-"}${change}`).join("");
    return `${start}${sum}=\\boxed{${gold.padStart(2, "0")}}`;
  },
};
