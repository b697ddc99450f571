/**
 * How the graders and rewards of the d1 family (dllm-reasoning/d1@837888f2) take an answer out of a response. They
 * are Python programs; what they say of unusual texts follows from Python's ideas of space, digit and number, which
 * are here as well. Every function is total and linear in the text.
 */

/** What `\s` and `str.strip` take for space: not quite what JavaScript does (U+FEFF is none, U+001C and U+0085 are). */
export const PYTHON_SPACE =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${PYTHON_SPACE}]+`, "g");
const NOT_SPACE = new RegExp(`[^${PYTHON_SPACE}]`);

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13) ||
    (code > 13 && !NOT_SPACE.test(String.fromCharCode(code)));
}

/** `text.strip()`. */
export function pythonStrip(text: string): string {
  const start = text.search(NOT_SPACE);
  if (start < 0) return "";
  let end = text.length;
  // From the end by hand: a regular expression would be tried at every space in the text.
  while (isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** `re.sub(r"\s", "", text)`. */
export function withoutPythonSpaces(text: string): string {
  return text.replace(SPACES, "");
}

/** `len(text)`: Python counts code points. */
export function pythonLength(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

const DECIMAL = /^\p{Nd}$/u;
const OTHER_DECIMALS = /[^\P{Nd}0-9]+/gu;

const digitValues = new Map<number, number>();

/** Value of a decimal digit of any script. They stand in runs of ten, in order. */
function digitValue(codePoint: number): number {
  let value = digitValues.get(codePoint);
  if (value === undefined) {
    let before = 0;
    while (DECIMAL.test(String.fromCodePoint(codePoint - before - 1))) before++;
    digitValues.set(codePoint, value = before % 10);
  }
  return value;
}

/** Decimal digits of any script as 0-9. */
export function asciiDigits(text: string): string {
  return text.replace(OTHER_DECIMALS, (digits) => {
    const codes = new Uint8Array(digits.length);
    let length = 0;
    for (let at = 0; at < digits.length; at++) {
      const codePoint = digits.codePointAt(at)!;
      if (codePoint > 0xffff) at++;
      codes[length++] = 48 + digitValue(codePoint);
    }
    return new TextDecoder().decode(codes.subarray(0, length));
  });
}

/** Digits to `str.isdigit`: decimal ones, superscripts, circled digits and the like. */
const DIGIT =
  "\\p{Nd}\\u{b2}\\u{b3}\\u{b9}\\u{1369}-\\u{1371}\\u{19da}\\u{2070}\\u{2074}-\\u{2079}\\u{2080}-\\u{2089}" +
  "\\u{2460}-\\u{2468}\\u{2474}-\\u{247c}\\u{2488}-\\u{2490}\\u{24ea}\\u{24f5}-\\u{24fd}\\u{24ff}\\u{2776}-\\u{277e}" +
  "\\u{2780}-\\u{2788}\\u{278a}-\\u{2792}\\u{10a40}-\\u{10a43}\\u{10e60}-\\u{10e68}\\u{11052}-\\u{1105a}" +
  "\\u{1f100}-\\u{1f10a}";
const ALL_DIGITS = new RegExp(`^[${DIGIT}]+$`, "u");
const OTHERS = new RegExp(`[^${DIGIT}]+`, "gu");

/** `text.isdigit()`. */
export function isPythonDigits(text: string): boolean {
  return ALL_DIGITS.test(text);
}

/** The characters of a text that are digits by themselves. */
export function pythonDigitsOf(text: string): string {
  return text.replace(OTHERS, "");
}

const RUN = "\\d+(?:_\\d+)*";
const FLOAT = new RegExp(`^[+-]?(?:${RUN}(?:\\.(?:${RUN})?)?|\\.${RUN})(?:e[+-]?${RUN})?$`, "i");

/** `float(text)`, or null where Python raises ValueError. */
export function pythonFloat(text: string): number | null {
  const plain = asciiDigits(pythonStrip(text));
  if (FLOAT.test(plain)) return Number(plain.replaceAll("_", ""));
  const word = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(plain);
  return word === null ? null : word[2] === undefined ? NaN : word[1] === "-" ? -Infinity : Infinity;
}

const OPEN = "<answer>", CLOSE = "</answer>";

/** Text between the last `<answer>` and the next `</answer>`, stripped; without a tag, the text that there is. */
export function splitAnswer(text: string): string {
  const open = text.lastIndexOf(OPEN);
  const after = open < 0 ? text : text.slice(open + OPEN.length);
  const close = after.indexOf(CLOSE);
  return pythonStrip(close < 0 ? after : after.slice(0, close));
}

/** Text from the first `<answer>` to the next `</answer>`, or null: `<answer>(.*?)</answer>`, first match. */
export function firstTaggedAnswer(text: string): string | null {
  const open = text.indexOf(OPEN);
  if (open < 0) return null;
  const close = text.indexOf(CLOSE, open + OPEN.length);
  return close < 0 ? null : text.slice(open + OPEN.length, close);
}

/** Text of the last of all matches of `<answer>(.*?)</answer>` that follow each other, or null. */
export function lastTaggedAnswer(text: string): string | null {
  let last: string | null = null;
  for (let at = 0;;) {
    const open = text.indexOf(OPEN, at);
    if (open < 0) return last;
    const close = text.indexOf(CLOSE, open + OPEN.length);
    if (close < 0) return last;
    last = text.slice(open + OPEN.length, close);
    at = close + CLOSE.length;
  }
}

const BOX = "\\boxed", SPACED_BOX = "\\boxed ";

/**
 * The last box of a text, as `remove_boxed(last_boxed_only_string(text))`: the inside of the last `\boxed{...}`
 * with balanced braces; what follows the last `\boxed ` up to a dollar sign, if the text has one of those anywhere;
 * the whole text without a box; null (Python raises) when the last one is not closed. An `\fbox{...}` counts where
 * there is no `\boxed`, and keeps its command.
 */
export function lastBox(text: string): string | null {
  const spaced = text.lastIndexOf(SPACED_BOX);
  if (spaced >= 0) {
    const inside = text.slice(spaced + SPACED_BOX.length);
    const dollar = inside.indexOf("$");
    return dollar < 0 ? inside : inside.slice(0, dollar);
  }
  let start = text.lastIndexOf(BOX);
  if (start < 0) start = text.lastIndexOf("\\fbox");
  const box = start < 0 ? text : closedBraces(text, start);
  if (box === null) return null;
  return box.startsWith(BOX + "{") && box.endsWith("}") ? box.slice(BOX.length + 1, -1) : box;
}

/** From `start` to the brace that closes the first one opened after it. */
function closedBraces(text: string, start: number): string | null {
  let open = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") open++;
    else if (text[at] === "}" && --open === 0) return text.slice(start, at + 1);
  }
  return null;
}

/** How often `part` occurs, overlaps not counted: `text.count(part)`. */
function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Code points after the last `part`, counted from the left without overlaps; of the whole text without it. */
function lengthAfter(text: string, part: string): number {
  return pythonLength(text.split(part).at(-1)!);
}

/**
 * The reward for the tag layout, nominally up to 0.5: 0.125 for each of four tags with their line ends if it occurs
 * once, less 0.001 for every character behind the last one. Negative for long texts without it.
 */
export function tagCountReward(text: string): number {
  let reward = 0;
  if (count(text, "<reasoning>\n") === 1) reward += 0.125;
  if (count(text, "\n</reasoning>\n") === 1) reward += 0.125;
  if (count(text, "\n<answer>\n") === 1) {
    reward += 0.125;
    reward -= lengthAfter(text, "\n</answer>\n") * 0.001;
  }
  if (count(text, "\n</answer>") === 1) {
    reward += 0.125;
    reward -= (lengthAfter(text, "\n</answer>") - 1) * 0.001;
  }
  return reward;
}
