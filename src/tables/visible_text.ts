/**
 * Text that a model wrote, or any other text that is not ours, made fit to be looked at: what would act on a
 * terminal, reorder a line or hide is shown as a mark, and what is too long is cut and says so. The result is still
 * plain text: HTML is escaped where it is rendered.
 */

/** UTF-16 code units shown of one line. */
const LINE = 4_000;
/** UTF-16 code units shown of one text. */
const TEXT = 60_000;
const LINES = 2_000;

/**
 * C0 and C1 controls except line feed and tab, DEL, marks of direction, invisible and joining characters, separators,
 * tag characters, and surrogates without their other half.
 */
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\p{Surrogate}]/gu;

/** The mark of one hidden character: a control picture where Unicode has one, else its number. */
function mark(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

/** Cuts a text at a code unit, never between the halves of a surrogate pair. */
function cut(text: string, at: number): string {
  if (text.length <= at) return text;
  const last = text.charCodeAt(at - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? at - 1 : at);
}

/** One line: hidden characters marked, breaks shown, cut at `limit` code units with an ellipsis. */
export function visibleLine(text: string, limit = 200): string {
  const shown = cut(text, limit).replace(HIDDEN, mark).replaceAll("\n", "\u240a").replaceAll("\t", "\u2409");
  return text.length > limit ? `${shown}\u2026` : shown;
}

/** Several lines: hidden characters marked; long lines and long texts are cut with a notice of what is missing. */
export function visibleText(text: string): string {
  const part = cut(text, TEXT);
  let lines = part.split("\n");
  const hiddenLines = lines.length - LINES;
  if (hiddenLines > 0) lines = lines.slice(0, LINES);
  const shown = lines.map((line) => {
    const marked = cut(line, LINE).replace(HIDDEN, mark);
    return line.length > LINE
      ? `${marked}\u2026 [${line.length - LINE} more characters in this line]`
      : marked;
  }).join("\n");
  const notices = [
    ...(hiddenLines > 0 ? [`[${hiddenLines} more lines]`] : []),
    ...(text.length > part.length
      ? [`[cut: ${text.length - part.length} of ${text.length} characters]`]
      : []),
  ];
  return [shown, ...notices].join("\n");
}
