/**
 * The number that a text announces as its answer: "The answer is 20. She started with 30.", "Final answer: 20", "###
 * Answer" above it. What follows explains it, unless it takes it back. Linear in the text.
 */

import { lastNumber, leadingNumber, quantity, type Stated } from "./statement.ts";
import { beginsWithNumberWord } from "./wording.ts";

/** "the answer is", "the answer to the question would be", "**Answer:**", "### Final answer" on a line of its own. */
const ANNOUNCEMENT = new RegExp(
  "(?<condition>\\b(?:if|whether|unless|suppose|assuming)[ \\t]{1,3}(?:(?:the|my|our)[ \\t]{1,3})?|" +
    "\\b(?:first|second|third|fourth|next|other|previous|intermediate|wrong|incorrect|an|each|every)[ \\t]{1,3})?" +
    "\\b(?<final>(?:final|correct|right)[ \\t]{1,3})?(?:answer|final[ \\t]result|final[ \\t]solution)\\b" +
    "(?:[ \\t]{1,3}(?:to|for)[ \\t](?:the|this)[ \\t](?:question|problem))?[ \\t,*_]{0,6}" +
    "(?:(?<verb>(?:is|will be|would be|should be|must be|comes to|equals)\\b(?![ \\t]{1,3}(?:not|never)\\b))|[:=\\n])",
  "gi",
);
/** What is announced: the rest of the sentence, on this line or the next ones that hold something. */
const STATEMENT = /[\s*_$#:]{0,20}(?:[^.!?\n]|\.(?=\d)|(?<=\bRs)\.){0,300}/y;
/** Takes back what was said before. */
const RETRACTION = new RegExp(
  "\\b(?:wait|oops|sorry|correction|mistaken?|re-?check|recalculat\\w*|reconsider|redo|instead(?! of)|should be|" +
    "should have been|let['’]s try|(?:is|was|be|that['’]s|it['’]s) (?:wrong|incorrect|not (?:right|correct))|" +
    "(?:is|was) actually|actually,? (?:it|the|that)|answer (?:is|was) not|answer (?:is|was)n['’]t)\\b|\\bno[,.!:]",
  "i",
);
/** Words after a number up to which a label such as "Answer:" announces it, and does not begin a calculation. */
const MAX_LABELLED = 3;

const LIST_HEAD = /^\W*1\)?\W*$/, LIST_GOES_ON = /\n\s{0,8}2[.)]/;
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
    const isSaid = verb !== undefined || final !== undefined, end = STATEMENT.lastIndex;
    // "Answer: 1. First ...", a list.
    if (!isSaid && LIST_HEAD.test(statement) && LIST_GOES_ON.test(text.slice(end))) continue;
    yield { statement, end, isSaid };
  }
}

function read({ statement, isSaid }: Announcement): Stated {
  // "The answer would be 20 if ..."
  if (isSaid && /\bif\b/i.test(statement)) return undefined;
  const leading = leadingNumber(statement);
  if (!isSaid) {
    const isShort = leading !== null && leading.wordsAfter <= MAX_LABELLED && !statement.includes("=");
    return isShort ? leading.value ?? undefined : undefined;
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
