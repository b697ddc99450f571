/**
 * Units behind a number. An answer without a unit may stand for any, since the question states it; two answers
 * with different units contradict each other. Other words behind a number ("ways", "students") are no units.
 */

/** First the name, then other spellings; plurals in s are understood. */
const UNITS: readonly string[] = [
  "degree deg °",
  "percent percentage",
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

export const isBareUnit = (word: string) => bare.has(word.toLowerCase());

/** Words that multiply the number before them, as powers of ten; plurals in s are understood. */
const SCALES: Readonly<Record<string, number>> = {
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
const CHANGES =
  /\b(?:hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|dozen|not|plus|minus|remainder|and|or|but|if|when|than|any)\b/i;

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
  // "units" names no unit, whatever its power.
  const unit = units.length === 0 || units[0] === "unit" ? null : units.join(" ");
  const isProse = base === null &&
    (/\d/.test(words) || CHANGES.test(words) || words.trim().split(/\s+/).length > 4);
  return { isProse, unit: unit === null ? null : power === 1 ? unit : `${unit}^${power}`, scale, base };
}
