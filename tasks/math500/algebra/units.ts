/**
 * Units behind a number. An answer without a unit may stand for any, since the question states it; two answers
 * with different units contradict each other. Other words behind a number ("ways", "students") are no units.
 */

/** First the name, then other spellings; plurals in s are understood. */
const UNITS: readonly string[] = [
  "degree deg °",
  "celsius",
  "fahrenheit",
  "percent percentage pct",
  "dollar usd buck",
  "cent ¢",
  "euro eur",
  "pound lb",
  "ounce oz",
  "ton",
  "gram gm g",
  "kilogram kg",
  "milligram mg",
  "meter metre m",
  "centimeter centimetre cm",
  "millimeter millimetre mm",
  "kilometer kilometre km",
  "inch inches in",
  "foot feet ft",
  "yard yd",
  "mile mi",
  "acre",
  "liter litre l",
  "milliliter millilitre ml",
  "gallon gal",
  "cup",
  "second sec s",
  "minute min",
  "hour hr h",
  "day",
  "week wk",
  "month",
  "year yr",
  "am",
  "pm",
  "mph",
  "kph kmph",
  "radian rad",
  "newton",
  "joule",
  "watt",
  "unit",
];
const names = new Map(UNITS.flatMap((line) => {
  const spellings = line.split(" ");
  return spellings.flatMap((spelling) =>
    [[spelling, spellings[0]!], [`${spelling}s`, spellings[0]!]] as const
  );
}));
/** Spellings that may stand without `\text`: those of one letter are variables. */
const bare = new Set([...names.keys()].filter((spelling) => spelling.length > 1 && spelling !== "in"));

const isBareUnit = (word: string) => bare.has(word.toLowerCase());
export const isUnit = (word: string) => names.has(word.toLowerCase());

/** Words for what is counted, besides plurals in s, and words before them. */
const COUNTED = new Set(
  ("way integer number solution value point person people child children man men woman women mouse mice die dice " +
    "student triangle element member digit root factor divisor prime vertex vertices edge face side term page " +
    "square sq cubic possible different distinct unique positive real complex rational integral whole total ordered " +
    "consecutive even odd").split(" "),
);
const BEHIND_COUNTED = new Set("of in per the total all altogether each old".split(" "));
const isWord = (word: string) => /^[A-Z]?[a-z]{2,}$/.test(word) && /[aeiou]/.test(word);
/** Plurals that are no product of variables. */
const isPlural = (word: string) => /^[A-Z]?[a-z]{2,}s$/.test(word) && isWord(word);
const isCounted = (word: string) =>
  isBareUnit(word) || COUNTED.has(word.toLowerCase()) || Object.hasOwn(SCALES, word) || isPlural(word);
const MAX_WORDS = 4;

/**
 * How many of the words behind a number are a unit, or say what is counted, without `\text`: "ways", "red balls",
 * "pieces of fruit". Others are variables.
 */
export function countedWords(words: readonly string[]): number {
  const first = words.slice(0, MAX_WORDS).findIndex(isCounted);
  if (first < 0 && words[0] !== "per" || !words.slice(0, first).every(isWord)) return 0;
  let count = Math.max(0, first) + 1;
  for (; count < words.length; count++) {
    const word = words[count]!, before = words[count - 1]!;
    const belongs = isCounted(word) || BEHIND_COUNTED.has(word) ||
      (/^(?:of|per|the)$/.test(before) && isWord(word));
    if (!belongs) break;
  }
  return count;
}

/** Words that multiply the number before them, as powers of ten; plurals in s are understood. */
const SCALES: Readonly<Record<string, number>> = {
  ten: 1,
  hundred: 2,
  thousand: 3,
  million: 6,
  billion: 9,
  trillion: 12,
  tenth: -1,
  hundredth: -2,
  thousandth: -3,
  millionth: -6,
};
/** Words that change the number in other ways, or do not settle for it. */
const CHANGES = new RegExp(
  "\\b(?:hal(?:f|ves)|(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|eleventh|twelfth|dozen)s?|" +
    "\\w*(?:teen|tie)ths?|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|score|gross|couple|fold|plus|minus|negatives?$|" +
    "less|fewer|lower|smaller|over|under|above|below|beyond|off|short|too|mod|modulo|remainder|factorial|inverse|" +
    "reciprocal|opposite|(?:divid|multipli|rais|doubl|tripl|halv|reduc|increas|decreas|revers|negat)ed|choose|" +
    "powers?|logs?|sines?|cosines?|and|or|but|if|when|unless|than|least|most|any|is|was|does|do|did|would|should|" +
    "fails?|maybe|perhaps)\\b",
  "i",
);
/** Words that take an answer back, or make another of it, wherever they stand. */
const DENIALS =
  /(?<![\\A-Za-z])(?:not|never|cannot|neither|nor|no|non|none|if|unless|wrong|incorrect|impossible|invalid|false|except|excluding|without|instead|half|twice|thrice|double|triple|dozens?|(?:is|are|was|can|does|do)n['’]t)(?![A-Za-z])/i;

export const isDenied = (plain: string) => DENIALS.test(plain);

/** What words behind a number say. */
export interface Suffix {
  /** Whether they are more than a unit, a scale or what was counted. */
  readonly isProse: boolean;
  /** Name and power, such as "meter^2"; null when the words are no unit. */
  readonly unit: string | null;
  /** The power of ten by which the number is to be multiplied. */
  readonly scale: number;
  /** The base the numeral is written in, where the words state one. */
  readonly base: string | null;
}

const POWERS: Readonly<Record<string, number>> = { square: 2, sq: 2, squared: 2, cubic: 3, cu: 3, cubed: 3 };

/**
 * Reads words such as " square inches", "miles per hour", "million", "(base 8)".
 * @param exponent behind the words: 2 of `\text{ cm}^2`
 */
export function readSuffix(words: string, exponent: number): Suffix {
  const base = /^\W*(?:in\s+)?base\s+(\w+)\W*$/i.exec(words)?.[1] ?? null;
  let scale = 0, power = exponent;
  const units: string[] = [];
  const spoken = words.toLowerCase().replace(/[^\p{L}\d°¢/^ ]/gu, (sign) => /\s/.test(sign) ? " " : "")
    .replace(/\bmiles per hour\b|\bmi\/h\b/g, "mph").replace(/\^/g, " ^").split(/ +/);
  for (const [place, word] of spoken.entries()) {
    // "in" is an inch at the end only: "5 in total".
    const named = word === "in" && /^[a-z]/.test(spoken[place + 1] ?? "") ? undefined : names.get(word);
    if (named !== undefined) units.push(named);
    else if (Object.hasOwn(SCALES, word.replace(/s$/, ""))) scale += SCALES[word.replace(/s$/, "")]!;
    else if (Object.hasOwn(POWERS, word)) power = POWERS[word]!;
    else if (/^\^[23]$/.test(word)) power = Number(word[1]);
    else if (word === "per" || word.includes("/")) units.push(word);
  }
  // "3 squared" is 9. "units" names no unit, whatever its power.
  const isPower = power !== 1 && units.length === 0;
  const unit = units.length === 0 || units[0] === "unit" ? null : units.join(" ");
  const isProse = base === null &&
    (isPower || /\d/.test(words) || CHANGES.test(words) || isDenied(words) ||
      words.trim().split(/\s+/).length > 4);
  return { isProse, unit: unit === null ? null : power === 1 ? unit : `${unit}^${power}`, scale, base };
}
