/** Generated stories: two events change a count, "Tom has 5 cats buys 2 gives 3?". */

import { Stream } from "../../kernels/philox/random.ts";
import { drawsOf, problemHash } from "../generated/splits.ts";
import type { Example, Split } from "../task.ts";
import type { Gsm8kItem } from "./rows.ts";

const NAMES = ["Tom", "Ann", "Bob", "Eve"], THINGS = ["eggs", "pens", "cats", "nuts"];
export const SIGNS = { buys: 1, finds: 1, gives: -1, eats: -1 } as const;
type Verb = keyof typeof SIGNS;
const VERBS = Object.keys(SIGNS) as Verb[];
const TEST_SHARE = 8;

export interface StoryEvent {
  readonly verb: Verb;
  readonly change: number;
}

export interface StoryItem extends Gsm8kItem {
  readonly start: number;
  readonly events: readonly StoryEvent[];
}

type Story = Pick<StoryItem, "start" | "events">;

/** What a story says, without names and things. */
function storyKey({ start, events }: Story): string {
  return `${start}${events.map(({ verb, change }) => ` ${verb} ${change}`).join("")}`;
}

/** Which split may hold a story. */
export function splitOf(story: Story): Split {
  return problemHash(storyKey(story)) % TEST_SHARE === 0 ? "test" : "train";
}

/** The counts after each event. */
function countsOf({ start, events }: Story): number[] {
  let count = start;
  return events.map(({ verb, change }) => count += SIGNS[verb] * change);
}

export interface StoryRanges {
  readonly minStart: number;
  /** Largest count, that of the start too; no count is negative. */
  readonly maxCount: number;
  readonly maxChange: number;
  /** Whether the counts stay in their range with the events the other way round as well. */
  readonly eitherOrder: boolean;
}

/** The `index`-th story of a split. @param task id, part of the story's */
export function generateStory(
  task: string,
  { minStart, maxCount, maxChange, eitherOrder }: StoryRanges,
  split: Split,
  { seed, index }: { readonly seed: number; readonly index: number },
): Example<StoryItem> {
  const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
  for (;;) {
    const start = minStart + draws.below(maxCount - minStart + 1);
    const events = Array.from({ length: 2 }, () => ({
      verb: VERBS[draws.below(VERBS.length)]!,
      change: 1 + draws.below(maxChange),
    }));
    const orders = eitherOrder ? [events, events.toReversed()] : [events];
    const counts = orders.flatMap((events) => countsOf({ start, events }));
    if (counts.some((count) => count < 0 || count > maxCount)) continue;
    if (splitOf({ start, events }) !== split) continue;
    const name = NAMES[draws.below(NAMES.length)]!, thing = THINGS[draws.below(THINGS.length)]!;
    const told = events.map(({ verb, change }) => ` ${verb} ${change}`).join("");
    const question = `${name} has ${start} ${thing}${told}?`;
    const gold = String(countsOf({ start, events }).at(-1));
    const item = { question, solution: null, gold, start, events };
    return { id: `${task}:${storyKey(item)}`, prompt: question, item, tags: [] };
  }
}

/** "5+2=07-3=\boxed{04}". @param signOf the sign that an event is read with */
export function workedStory(
  start: number,
  events: readonly StoryEvent[],
  signOf: (event: StoryEvent) => number,
): string {
  let count = start, text = String(start);
  for (const [i, event] of events.entries()) {
    const sign = signOf(event);
    count += sign * event.change;
    const digits = String(count).padStart(2, "0");
    text += `${sign > 0 ? "+" : "-"}${event.change}=`;
    text += i < events.length - 1 ? digits : `\\boxed{${digits}}`;
  }
  return text;
}
