/**
 * GSM8K, generated: "Tom has 5 cats buys 2 gives 3?" -> "5+2=07-3=\boxed{04}".
 *
 * Two events change a count that stays within 0 to 9. Splits are made of stories without their names and things, by
 * hash, one in eight for the test: a test story is never a training story with another name.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../mini.ts";
import { checkFlaw, drawsOf, problemHash } from "../splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../vocabulary.ts";
import { gsm8k } from "./mod.ts";
import type { Gsm8kItem } from "./rows.ts";

const NAMES = ["Tom", "Ann", "Bob", "Eve"], THINGS = ["eggs", "pens", "cats", "nuts"];
const SIGNS = { buys: 1, finds: 1, gives: -1, eats: -1 } as const;
type Verb = keyof typeof SIGNS;
const VERBS = Object.keys(SIGNS) as Verb[];
const MIN_START = 2, MAX_COUNT = 9, MAX_CHANGE = 5;
const TEST_SHARE = 8;

export interface StoryItem extends Gsm8kItem {
  readonly start: number;
  readonly events: readonly { readonly verb: Verb; readonly change: number }[];
}

/** What a story says, without names and things. */
function storyKey({ start, events }: Pick<StoryItem, "start" | "events">): string {
  return `${start}${events.map(({ verb, change }) => ` ${verb} ${change}`).join("")}`;
}

/** Which split may hold a story. */
export function splitOf(story: Pick<StoryItem, "start" | "events">): Split {
  return problemHash(storyKey(story)) % TEST_SHARE === 0 ? "test" : "train";
}

const twoDigits = (value: number) => String(value).padStart(2, "0");

export const gsm8kMini: Task<StoryItem> = {
  ...gradedBy(gsm8k, "boxed"),
  id: "gsm8k/mini",
  title: "GSM8K, generated stories of two events",
  vocabulary: symbolVocabulary,
  promptLength: 9,
  responseLength: 14,
  testSets: [],

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const start = MIN_START + draws.below(MAX_COUNT - MIN_START + 1);
      const events = Array.from({ length: 2 }, () => ({
        verb: VERBS[draws.below(VERBS.length)]!,
        change: 1 + draws.below(MAX_CHANGE),
      }));
      const middle = start + SIGNS[events[0]!.verb] * events[0]!.change;
      const end = middle + SIGNS[events[1]!.verb] * events[1]!.change;
      if ([middle, end].some((count) => count < 0 || count > MAX_COUNT)) continue;
      if (splitOf({ start, events }) !== split) continue;
      const name = NAMES[draws.below(NAMES.length)]!, thing = THINGS[draws.below(THINGS.length)]!;
      const told = events.map(({ verb, change }) => ` ${verb} ${change}`).join("");
      const question = `${name} has ${start} ${thing}${told}?`;
      const item = { question, solution: null, gold: String(end), start, events };
      return { id: `gsm8k/mini:${storyKey(item)}`, prompt: question, item, tags: [] };
    }
  },

  flawDescription: "gives and eats read as buys and finds (one coin per event)",

  demonstrate({ item: { start, events } }, flaw, seed, index) {
    checkFlaw(flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index);
    let count = start, text = String(start);
    for (const [i, { verb, change }] of events.entries()) {
      const flawed = draws.uniform() < flaw;
      const sign = flawed ? 1 : SIGNS[verb];
      count += sign * change;
      text += `${sign > 0 ? "+" : "-"}${change}=`;
      text += i < events.length - 1 ? twoDigits(count) : `\\boxed{${twoDigits(count)}}`;
    }
    return text;
  },
};
