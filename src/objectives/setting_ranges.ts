/** Which values the settings of objectives may have, by name: a name means the same in all of them. */

interface Range {
  readonly expected: string;
  holds(value: number): boolean;
}

const whole = (lowest: number, highest = 0xffff): Range => ({
  expected: `a whole number from ${lowest} to ${highest}`,
  holds: (value) => Number.isInteger(value) && value >= lowest && value <= highest,
});
const between = (lowest: number, highest: number): Range => ({
  expected: `a number from ${lowest} to ${highest}`,
  holds: (value) => value >= lowest && value <= highest,
});
const atLeast = (lowest: number): Range => ({
  expected: `a number of at least ${lowest}`,
  holds: (value) => value >= lowest,
});
const POSITIVE: Range = { expected: "a number above 0", holds: (value) => value > 0 };
const SWITCH = whole(0, 1), CHOICE = whole(0, 2);

const RANGES: Readonly<Record<string, Range>> = {
  samples: whole(1),
  steps: whole(0),
  shrink: whole(1),
  blockLength: whole(1),
  topK: whole(1),
  systematicCounts: SWITCH,
  normalize: SWITCH,
  tokenMean: SWITCH,
  stepMean: SWITCH,
  selection: CHOICE,
  returns: CHOICE,
  clip: atLeast(0),
  clipLow: atLeast(0),
  clipHigh: atLeast(0),
  dualClip: POSITIVE,
  truncation: POSITIVE,
  delta: POSITIVE,
  beta: atLeast(0),
  psi: POSITIVE,
  tokensPerStep: POSITIVE,
  lambda: atLeast(0),
  omega: between(0, 1),
  lowestRatio: between(0, 1),
  highestRatio: between(0, 1),
  promptMaskRatio: between(0, 1),
  lightMaskRatio: between(0, 1),
};

/** What a setting is expected to be where a value is none of it; null where it is one, or the name has no range. */
export function outOfRange(name: string, value: number): string | null {
  const range = Object.hasOwn(RANGES, name) ? RANGES[name]! : null;
  return range === null || range.holds(value) ? null : range.expected;
}
