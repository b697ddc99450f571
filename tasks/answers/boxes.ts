/**
 * The boxes of a response, read alike in all tasks: `\boxed{...}` or `\fbox{...}` with balanced braces; `\boxed 5`
 * around a number; a box without its backslash. A box that no brace closes (a response may be cut by its length, or the
 * model writes `>` or `</answer}` instead of the brace) is read as if it ended with its line. Total and linear.
 */

export interface Box {
  /** What it holds; of a broken one, up to the end of its line, the next box or the next closing tag. */
  readonly inside: string;
  /** Where its command begins, and the place behind it. */
  readonly start: number;
  readonly end: number;
  /** Whether a brace closes it. */
  readonly isWhole: boolean;
}

/**
 * What opens a box or a brace, closes a brace, or is neither: an escaped sign. A closing tag ends all that is open, so
 * that `</answer}` does not close a brace.
 */
const MARK =
  /\\(?:boxed|fbox)(?:\s{0,8}\{|\s{1,8}(-?\d(?:[^\s{}$\\.,;]|[.,](?=\d))*))|(?<![A-Za-z])(?:boxed|fbox)\{|\\[\s\S]|[{}]|<\/[A-Za-z]/g;

/** Nothing, layout, or a placeholder such as `\boxed{...}` that repeats the request. */
const EMPTY =
  /^(?:\\[\s,;:!]|\\text(?=\{\s*\})|[\s.?_…$~{}])*$|^\s*(?:\\text\s?\{)?\s*(?:(?:the|your|final) )*answer(?: here)?\s*\}?\s*$/i;

export const isEmpty = ({ inside }: Box) => EMPTY.test(inside);

/** A box whose end may not be known yet. */
interface Opened {
  readonly start: number;
  readonly from: number;
  /** Where its inside ends, or no later than that if it is broken. */
  to: number;
  /** Length of what closes it; null while nothing does. */
  closing: number | null;
}

/** The boxes of a text in their order, without those inside of others. */
export function boxesIn(text: string): Box[] {
  const first = text.indexOf("box");
  if (first < 0) return [];
  const opened: Opened[] = [];
  /** The open braces: the box that each opens, or null. */
  let braces: (Opened | null)[] = [];
  MARK.lastIndex = Math.max(0, first - 2);
  for (let mark = MARK.exec(text); mark !== null; mark = MARK.exec(text)) {
    const [sign, bare] = mark, start = mark.index, from = MARK.lastIndex;
    if (sign === "{") braces.push(null);
    else if (sign === "}") {
      const box = braces.pop();
      if (!box) continue;
      box.to = start;
      box.closing = 1;
      while (opened.at(-1) !== box) opened.pop();
    } else if (sign.startsWith("</")) {
      for (const box of braces) if (box) box.to = start;
      braces = [];
    } else if (bare !== undefined) {
      opened.push({ start, from: from - bare.length, to: from, closing: 0 });
    } else if (sign.endsWith("{") && sign.length > 2) {
      const box = { start, from, to: text.length, closing: null };
      opened.push(box);
      braces.push(box);
    }
  }
  return opened.map((box, index) => {
    const { start, from, to, closing } = box;
    return closing === null
      ? brokenBox(text, box, opened[index + 1]?.start ?? text.length)
      : { inside: text.slice(from, to), start, end: to + closing, isWhole: true };
  });
}

function brokenBox(text: string, { start, from, to }: Opened, next: number): Box {
  const rest = text.slice(from, Math.min(to, next));
  const line = /^\s*([^\n]*)/.exec(rest)!, end = from + line[0].length;
  return { inside: withoutBracket(line[1]!), start, end, isWhole: false };
}

/** Without a `>` or an escaped brace at the end, which stands for the brace. */
function withoutBracket(line: string): string {
  let end = line.length;
  while (end > 0 && " \t\r$.".includes(line[end - 1]!)) end--;
  if (line[end - 1] === ">") return line.slice(0, end - 1);
  return line.startsWith("\\}", end - 2) && !line.includes("\\{") ? line.slice(0, end - 2) : line;
}

/** The last box that holds something, or null. */
export function lastBoxIn(text: string): Box | null {
  return boxesIn(text).findLast((box) => !isEmpty(box)) ?? null;
}
