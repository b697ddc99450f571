/**
 * Where the answer stands in a response. A small model writes the answer alone; a large one reasons first and
 * marks the answer by `<answer>...</answer>` or `\boxed{...}`, then writes end tokens. Total and linear.
 */

/** End tokens that decoded texts of language models may carry. */
const END_TOKEN = /<\|(?:eot_id|endoftext|im_end)\|>|<\/s>|<eos>/;
const OPEN = "<answer>", CLOSE = "</answer>", BOX = "\\boxed{";

/** The text before the first end token. */
export function beforeEnd(response: string): string {
  const end = response.search(END_TOKEN);
  return end < 0 ? response : response.slice(0, end);
}

/**
 * Of a text, the inside of the last `<answer>` where there is one, closed or not (a response may be cut by its
 * length).
 */
export function insideAnswer(text: string): string {
  const open = text.lastIndexOf(OPEN);
  if (open < 0) return text;
  const start = open + OPEN.length;
  const close = text.indexOf(CLOSE, start);
  return close < 0 ? text.slice(start) : text.slice(start, close);
}

/** The text before the first end token; of that the inside of the last `<answer>`. */
export function answerSection(response: string): string {
  return insideAnswer(beforeEnd(response));
}

/** The inside of the last `\boxed{...}` with balanced braces, the text itself without a box, null if unclosed. */
export function unboxed(text: string): string | null {
  const box = text.lastIndexOf(BOX);
  if (box < 0) return text;
  const start = box + BOX.length;
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return text.slice(start, at);
  }
  return null;
}
