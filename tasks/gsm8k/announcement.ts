/**
 * The number that a text announces as its answer: "The answer is 20. She started with 30.", "Final answer: 20", "###
 * Answer" above it. What follows explains it, unless it takes it back. Linear in the text.
 */

import { lastNumber, leadingNumber, quantity, type Stated } from "./statement.ts";
import { beginsWithNumberWord } from "./wording.ts";

/** "the answer is", "the answer to the question would be", "**Answer:**", "### Final answer" on a line of its own. */
const ANNOUNCEMENT = new RegExp(
  "(?<condition>\\b(?:if|whether|unless|suppose|assuming)[ \\t]{1,3}(?:(?:the|my|our)[ \\t]{1,3})?)?" +
    "\\b(?<final>(?:final|correct|right)[ \\t]{1,3})?(?:answer|final[ \\t]result|final[ \\t]solution)\\b" +
    "(?:[ \\t]{1,3}(?:to|for)[ \\t](?:the|this)[ \\t](?:question|problem))?[ \\t,*_]{0,6}" +
    "(?:(?<verb>(?:is|was|will be|would be|should be|must be|comes to|equals)\\b(?![ \\t]{1,3}(?:not|never)\\b))|[:=\\n])",
  "gi",
);
/** What is announced: the rest of the sentence, on this line or the next ones that hold something. */
const STATEMENT = /[\s*_$#:]{0,20}(?:[^.!?\n]|\.(?=\d)|(?<=\bRs)\.){0,300}/y;
/** Takes back what was said before. */
const RETRACTION = new RegExp(
  "\\b(?:wait|oops|sorry|correction|mistaken?|wrong|incorrect|actually|instead|rather|re-?check|recalculat\\w*|" +
    "reconsider|redo|should (?:be|have)|let['’]s try|error|answer (?:is|was) not|answer (?:is|was)n['’]t)\\b|\\bno[,.!:]",
  "i",
);
/** Words after a number up to which a label such as "Answer:" announces it, and does not begin a calculation. */
const MAX_LABELLED = 3;

/** Announcements that are looked at, from the last one on. */
const MAX_ANNOUNCEMENTS = 20;

interface Announcement {
  readonly statement: string;
  readonly end: number;
  /** Whether a sentence says so, not a label before what may be any text. */
  readonly isSaid: boolean;
}

/** The announcements of a text, the last one first. */
function* announcements(text: string): Generator<Announcement> {
  if (!/answer|final/i.test(text)) return;
  const matches = [...text.matchAll(ANNOUNCEMENT)].slice(-MAX_ANNOUNCEMENTS).reverse();
  for (const { 0: all, index, groups } of matches) {
    const { condition, final, verb } = groups!;
    if (condition !== undefined) continue;
    STATEMENT.lastIndex = index + all.length;
    const statement = STATEMENT.exec(text)![0];
    const isSaid = verb !== undefined || final !== undefined;
    yield { statement, end: index + all.length + statement.length, isSaid };
  }
}

function read({ statement, isSaid }: Announcement): Stated {
  const leading = leadingNumber(statement);
  if (!isSaid) {
    if (leading === null || leading.wordsAfter > MAX_LABELLED) return undefined;
    return quantity(statement) ?? leading.value;
  }
  if (beginsWithNumberWord(statement)) return null;
  // "The answer is that Tom has 20 apples", "the answer is x = 20"; not "the answer is on page 20".
  if (leading === null && !/^\W*that\b|=/.test(statement)) return undefined;
  return quantity(statement) ?? leading?.value ?? lastNumber(statement);
}

/** Undefined where nothing is announced, null where it is no certain number. */
export function announcedNumber(text: string): Stated {
  for (const announcement of announcements(text)) {
    const value = read(announcement);
    if (value === undefined) continue;
    const rest = text.slice(announcement.end);
    const retracted = rest.search(RETRACTION);
    return retracted < 0 ? value : lastNumber(rest.slice(retracted)) ?? null;
  }
}
