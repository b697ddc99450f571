/**
 * Words and signs beside a number that deny it or make another of it: "not 3", "half of 3", "less than 3", "3 or 4",
 * "3 squared", "10_2". All other words are units, or things that are counted; so are those that may be either
 * ("3 quarters", "3 pairs").
 */

const setOf = (text: string): ReadonlySet<string> =>
  new Set(text.split("|").map((phrase) => phrase.trim().replace(/\s+/g, " ")));

/** Characters on either side of a number that are looked at. */
const REACH = 60;
/** Marks and commands that may stand between words and numbers. */
const MARKS = /\\(?:text|textrm|mathrm|mbox)(?![A-Za-z])|\\[,;:! ]|[*_"`“”$€£¥₹{}()[\]~\u2009–—]|-(?=\s)/g;

const NUMBER_WORDS = setOf(
  "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|" +
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|zero",
);
const TENS = setOf("twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen");
const PARTS = setOf(
  "half|halves|third|thirds|quarter|quarters|fourth|fourths|fifth|fifths|sixth|sixths|seventh|sevenths|eighth|eighths|ninth|" +
    "ninths|tenth|tenths|hundredth|hundredths|thousandth|thousandths",
);

/** Before a number, wherever in its statement. */
const ALTERS_STATEMENT = setOf(
  "not|never|neither|nor|except|unlike|wrong|incorrect|false|impossible|half|twice|thrice|double|triple|than|root|" +
    "square|cube|third|percent|at least|at most",
);

/** Right before a number. */
const DENIALS = setOf(
  "not|never|neither|nor|no|without|except|excluding|besides|unlike|wrong|incorrect|false|impossible|instead of|" +
    "doubt|doubtful|unlikely|short of|shy of|anything but|all but|nothing but|apart from|other than|rather than|different from",
);
const DENIAL_FILLERS = setOf(
  "be|been|is|are|was|were|equal|equals|to|the|a|an|exactly|just|only|simply|actually|really|quite|even|have|has|" +
    "number|answer|value|total|result|correct|right|as|that|it|there|of|by|think|believe",
);
const CHANGES = setOf(
  "twice|thrice|double|triple|quadruple|half|minus|negative|plus|times|mod|modulo|multiplied by|divided by|than|" +
    "at least|at most|under|over|above|below|beyond|up to|exceed|exceeds|exceeding|almost|nearly|close to|between|" +
    "until|till|past|quarter to",
);
const CHANGES_WITH_OF = setOf(
  "square|squares|cube|cubes|root|roots|log|logarithm|reciprocal|inverse|opposite|factorial|multiple|multiples|" +
    "fraction|percent|percentage|minimum|maximum|half|halves|doubles|triples",
);
const CHANGE_FILLERS = setOf("of|the|a|an|to|by|that|number|about");
/** `->` and `=>` are arrows, `<answer>` is a tag. */
const SIGN_BEFORE =
  /(?:(?<![-=\w"/])[<>]=?|(?<![\p{L}\d])\p{L}[<>]=?|[≤≥≠√∛∜¬±]|!=|\\(?:neq?|leq?|geq?|lt|gt|pm|mp|not|sqrt))[\s$({]{0,8}$/u;
const COMMAND_BEFORE = /\\(?!(?:[dtc]?frac|text|textrm|mathrm|mbox)\b)\p{L}+\s{0,8}\{\s{0,8}$/u;

/** After a number. */
const CHANGED = setOf(
  "squared|cubed|factorial|fold|lakh|lakhs|crore|crores|score|scores|gross|tens|half|plus|minus|divided|multiplied|" +
    "raised|mod|modulo|choose|base|at least|at most|and up|and above|and over|and more|and counting|or more|or less|" +
    "or fewer|or above|or over|or below|or under|or higher|or lower|or greater|or so more|in binary|in octal|" +
    "rd root|th root|mil|bn|k|baker's dozen|bakers dozen|in hexadecimal|in hex|in base|in ternary|short of|shy of|or maybe|or perhaps|or possibly|or even",
);
const COMPARED = setOf("times|percent of|over|point|or|less than|more than|fewer than|greater than");
const AUXILIARIES = setOf(
  "is|was|are|were|do|does|did|can|ca|could|would|wo|will|should|has|have|must|be|seems",
);
const REFUSALS = setOf(
  "answer|right|correct|valid|possible|true|it|solution|what|enough|be|work|fit|hold|satisfy|make|equal|count|" +
    "accurate|the|quite",
);
const REFUSED = setOf("wrong|incorrect|false|impossible|invalid|too|unlikely");
const LAST_WORDS = setOf("not|no|never|wrong|incorrect|false|impossible|invalid");
/** The number is an operand: "20 - 10", "4 x 5", "20-25". */
const OPERAND_AFTER = /[\p{N})\]}%][ \t]{0,3}(?:[-+×÷·*x]|\\(?:times|cdot|div)[ \t]?)[ \t]{0,3}[$€£]?$/u;
const OPERAND_BEFORE =
  /^[ \t]{0,3}(?:(?:[+×÷·]|\*(?!\*)|\\(?:times|cdot|div)(?![A-Za-z]))[ \t]{0,3}[\p{L}\p{N}($\\]|[-x][ \t]{0,3}\d)/u;
/** A base, a variable, a thousand, a fold: what may follow without a space. */
const ATTACHED =
  /^(?:\}?_[{(\p{L}\p{N}]|[xyzknabeijqruvwBKMX](?![\p{L}\p{N}])|(?:bn|mil)\b|-?fold\b|[²³⁴!√‰]|\s{0,2}(?:\/\s{0,2})?[xyzn](?![\p{L}\p{N}'])|%{1,2}\s{1,2}of\s{1,2}\$?\d|\s{0,2}(?:[>≤≥≠]|<(?!\/|[A-Za-z]{1,12}>)))/u;

/** "rounds up to 67" bounds nothing. */
const TOTALLING = /\b(round(?:s|ed|ing)?|add(?:s|ed|ing)?|comes?|goes|sums?|totals?) up to\b/g;

/** Lower-case words of a context. Punctuation stays with them, so that a phrase ends at it. */
function wordsOf(text: string): string[] {
  const plain = text.toLowerCase().replace(MARKS, " ").replace(/n['’]t\b/g, " not").replace(
    /\bcannot\b/g,
    "can not",
  )
    .replace(TOTALLING, "$1 to");
  const words = plain.split(/\s+/);
  return words.filter((word) => word !== "");
}

/** Whether the words end in one of the phrases of one or two words, whatever fillers follow it. */
function endIn(
  words: readonly string[],
  phrases: ReadonlySet<string>,
  fillers: ReadonlySet<string>,
): boolean {
  for (let at = words.length - 1; at >= 0; at--) {
    const word = words[at]!;
    if (phrases.has(word) || phrases.has(`${words[at - 1]} ${word}`)) return true;
    if (!fillers.has(word.replace(/:$/, ""))) return false;
  }
  return false;
}

/** Whether the words on the left of a number deny it or make another of it. */
function isAlteredBefore(words: readonly string[]): boolean {
  if (endIn(words, DENIALS, DENIAL_FILLERS) || endIn(words, CHANGES, CHANGE_FILLERS)) return true;
  if (words.at(-1) === "half") return true;
  // "a third of 3", "the square root of 3"
  const of = words.lastIndexOf("of");
  const counted = words.slice(0, of);
  if (of >= 0 && words.slice(of + 1).every((word) => CHANGE_FILLERS.has(word))) {
    const last = counted.at(-1)!;
    if (CHANGES_WITH_OF.has(last) || PARTS.has(last)) return true;
  }
  // "3 or 4", "a hundred and 3", "twenty-3"
  const join = words.at(-1) ?? "", joined = words.at(-2) ?? "";
  if (join === "or" && (/\d[.,]?$/.test(joined) || NUMBER_WORDS.has(joined))) return true;
  return TENS.has(join.replace(/-$/, "")) || (join === "and" && TENS.has(joined));
}

/** Whether the words on the right of a number deny it or make another of it. */
function isAlteredAfter(words: readonly string[]): boolean {
  const [first = "", second = "", third = ""] = words.map((word) => word.replace(/[.,;:!?]+$/, ""));
  if (words.length > 0 && first === "") return false;
  const isNumber = (word: string) => /^\d/.test(word) || NUMBER_WORDS.has(word);
  if (CHANGED.has(first) || CHANGED.has(`${first} ${second}`)) return true;
  // "3 tenths", not "76 sixth graders" or "3 quarters"
  if (PARTS.has(first) && !first.startsWith("quarter") && (first.endsWith("s") || second === "")) return true;
  if (COMPARED.has(first) && isNumber(second)) return true;
  if (COMPARED.has(`${first} ${second}`) && (isNumber(third) || PARTS.has(third) || third === "twice")) {
    return true;
  }
  if (first === "to" && words.slice(0, 4).some((word) => word.startsWith("power"))) return true;
  // "3 times as many as four"
  if (first === "times" && words.some((word, at) => isNumber(word) && /^(?:as|than)$/.test(words[at - 1]!))) {
    return true;
  }
  // "3 and a half"
  if (first === "and" && (PARTS.has(second) || PARTS.has(third))) return true;
  const isSaid = AUXILIARIES.has(first),
    said = isSaid ? words.slice(1).map((word) => word.replace(/\W+$/, "")) : [];
  if (said[0] === "not" || said[0] === "never") return said.length < 2 || REFUSALS.has(said[1]!);
  return said[0] !== undefined && REFUSED.has(said[0]);
}

/** Whether the number at a place of a text is denied there, or only a part of what is said. */
export function isAltered(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - REACH), start), after = text.slice(end, end + REACH);
  if (OPERAND_AFTER.test(before) || OPERAND_BEFORE.test(after)) return true;
  if (SIGN_BEFORE.test(before) || COMMAND_BEFORE.test(before) || ATTACHED.test(after)) return true;
  return isAlteredBefore(wordsOf(before)) || isAlteredAfter(wordsOf(after));
}

/** Whether words of a statement that holds one number alter it, wherever they stand. */
export function isStatementAltered(text: string, start: number, end: number): boolean {
  if (isAltered(text, start, end)) return true;
  const before = wordsOf(text.slice(0, start)), after = wordsOf(text.slice(end));
  const alters = (word: string, at: number) =>
    ALTERS_STATEMENT.has(word.replace(/[,;:!?]+$/, "")) || ALTERS_STATEMENT.has(`${before[at - 1]} ${word}`);
  return before.some(alters) || LAST_WORDS.has(after.at(-1)?.replace(/\W+$/, "") ?? "");
}

const APPROXIMATION =
  /^[^\p{L}\p{N}]*(?:(?:therefore|thus|about|approximately|around|roughly|exactly|just|only)\s+)?/u;

/** "twenty-five", "about five". */
export function beginsWithNumberWord(text: string): boolean {
  const [first = ""] = text.replace(APPROXIMATION, "").toLowerCase().split(/[^\p{L}]/u, 1);
  return NUMBER_WORDS.has(first);
}

/** How many words stand in a text. */
export const countWords = (text: string): number =>
  wordsOf(text).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
