/**
 * Where the answer stands in a response. A small model writes the answer alone; a large one reasons first and
 * marks the answer by `<answer>...</answer>` or `\boxed{...}`, then writes end marks. One that goes on begins another
 * turn, of which nothing is about the question. Total and linear.
 */

/** Special tokens of a model family, as they stand in decoded text. */
interface Marks {
  /** End a turn or a text, or fill the room behind it. */
  readonly end: readonly string[];
  /** Begin a turn, whose role follows. */
  readonly turn: readonly string[];
  /** Begin a text. */
  readonly start?: readonly string[];
  /** Stand between a role and its turn. */
  readonly head?: readonly string[];
}

/** One table for all tasks. The graders of `d1` have marks of their own. */
const FAMILIES: Readonly<Record<string, Marks>> = {
  "Llama 3": {
    end: ["<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|finetune_right_pad_id|>"],
    turn: ["<|start_header_id|>"],
    start: ["<|begin_of_text|>"],
    head: ["<|end_header_id|>"],
  },
  "Llama 4": {
    end: ["<|eot|>", "<|eom|>", "<|end_of_text|>", "<|finetune_right_pad|>"],
    turn: ["<|header_start|>"],
    start: ["<|begin_of_text|>"],
    head: ["<|header_end|>"],
  },
  "Llama 2 and Mistral": {
    end: ["</s>"],
    turn: ["[INST]", "[/INST]", "<<SYS>>", "[SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]"],
    start: ["<s>"],
    head: ["[/SYSTEM_PROMPT]"],
  },
  "Qwen and Dream": {
    end: ["<|im_end|>", "<|endoftext|>"],
    turn: ["<|im_start|>"],
    start: ["<|beginoftext|>"],
  },
  "Gemma": {
    end: ["<end_of_turn>", "<turn|>", "<eos>", "<pad>"],
    turn: ["<start_of_turn>", "<|turn>"],
    start: ["<bos>"],
  },
  "Phi": {
    end: ["<|end|>", "<|im_end|>", "<|endoftext|>"],
    turn: ["<|user|>", "<|assistant|>", "<|system|>", "<|im_start|>"],
    head: ["<|im_sep|>"],
  },
  "LLaDA": {
    end: ["<|eot_id|>", "<|endoftext|>"],
    turn: ["<|start_header_id|>"],
    start: ["<|startoftext|>"],
    head: ["<|end_header_id|>"],
  },
  "LLaDA2": {
    end: ["<|role_end|>", "<|endoftext|>"],
    turn: ["<role>"],
    start: ["<|startoftext|>"],
    head: ["</role>"],
  },
};

/** A pattern of all marks of some kinds. */
function anyOf(...kinds: readonly (keyof Marks)[]): string {
  const marks = new Set(
    Object.values(FAMILIES).flatMap((family) => kinds.flatMap((kind) => family[kind] ?? [])),
  );
  return `(?:${[...marks].map((mark) => mark.replace(/[|[\]]/g, "\\$&")).join("|")})`;
}

const BOUNDARY = new RegExp(anyOf("end", "turn", "start"), "g");
/** A head at the beginning of a response: that of its own turn. Its line end belongs to it, indentation does not. */
const OWN_HEAD = new RegExp(
  `\\s*(?:${anyOf("start")}|${anyOf("turn")}(?:[ \\t]{0,8}(?:assistant|model|user|human|system)\\b)?` +
    `(?:[ \\t]{0,8}${anyOf("head")})?)(?:[ \\t]{0,8}\\r?\\n){0,4}`,
  "iy",
);

const OPEN = "<answer>", CLOSE = "</answer>";

/** The text before the first end mark and before what begins another turn or text; without heads at its beginning. */
export function beforeEnd(response: string): string {
  let start = 0;
  for (OWN_HEAD.lastIndex = 0; OWN_HEAD.test(response);) start = OWN_HEAD.lastIndex;
  BOUNDARY.lastIndex = start;
  return response.slice(start, BOUNDARY.exec(response)?.index);
}

/** A line that a next question or another speaker may begin with. */
export interface TurnLine {
  /** Where the line begins. */
  readonly index: number;
  /** Whether it cannot be the head of the question that is being answered: another speaker, a second question. */
  readonly isNext: boolean;
}

/**
 * "Q:", "**Question:**", "### Problem 2", "User:". Without a colon, what has a number or is a heading must be alone
 * on its line.
 */
const TURN_LINE = new RegExp(
  "[ \\t]{0,8}(?:>[ \\t]{0,2})?(?<heading>#{1,6}[ \\t]{0,4}|\\*{2})?" +
    "(?:(?<speaker>user|human|instruction|(?:next|new|another)[ \\t]{1,4}(?:question|problem))|" +
    "(?:q|question|problem|exercise)[ \\t]{0,4}#?(?<number>\\d{1,4})?)" +
    "[ \\t]{0,4}(?<close>:|\\*\\*[ \\t]{0,4}:?|[.)]?[ \\t]{0,8}\\r?$)",
  "imy",
);
/** What such a line may begin with, and the first letters of its words: few lines are looked at further. */
const INDENTS = " \t>#*", INITIALS = "uhinaqpeUHINAQPE";

/** The lines of a text that a next question or another speaker may begin with. */
export function* turnLines(text: string): Generator<TurnLine> {
  for (let index = 0, end = 0; end >= 0; index = end + 1) {
    end = text.indexOf("\n", index);
    let first = index;
    while (first < text.length && INDENTS.includes(text[first]!)) first++;
    if (first === text.length || !INITIALS.includes(text[first]!)) continue;
    TURN_LINE.lastIndex = index;
    const match = TURN_LINE.exec(text);
    if (match === null) continue;
    const { heading, speaker, number, close } = match.groups!;
    if (!close!.includes(":") && heading === undefined && number === undefined) continue;
    yield { index, isNext: speaker !== undefined || Number(number ?? 1) > 1 };
  }
}

/** Tags and signs that say nothing yet. */
const NOTHING_SAID = /(?:[\s#*>_-]|<\/?[A-Za-z]{1,20}>)*/y;
/** What announces an answer or marks one. */
const ANNOUNCED = /####|<\/answer>|\\boxed|\banswers?\b[*_ \t]{0,4}(?:[:=]|is\b|are\b|was\b)/i;
const FORMULA = /[\p{N}$\\]/u;
/** Characters at the beginning in which a bare answer such as "7 apples" is looked for. */
const BARE = 60;

/**
 * The text before a next question or speaker, as far as what comes before it can be an answer. A response may state
 * its own question first ("Question: ... Answer: 5"): that is no turn. So the line of another speaker or of a second
 * question counts once anything was said; that of a question without a number, which may be the one that is answered,
 * after an announced answer, or after a formula that a blank line sets off or that stands alone.
 */
export function beforeNextTurn(text: string): string {
  const lines = [...turnLines(text)];
  if (lines.length === 0) return text;
  NOTHING_SAID.lastIndex = 0;
  NOTHING_SAID.test(text);
  const said = NOTHING_SAID.lastIndex;
  const [announced, formula] = [ANNOUNCED, FORMULA].map((pattern) => {
    const at = text.search(pattern);
    return at < 0 ? Infinity : at;
  });
  for (const { index, isNext } of lines) {
    if (index <= said) continue;
    const before = text.slice(Math.max(0, index - BARE), index);
    const isSetOff = /\n[ \t\r]{0,8}\n$/.test(before);
    const isAlone = index < BARE && before.trim().split(/\s+/).length <= 3;
    if (isNext || announced! < index || (formula! < index && (isSetOff || isAlone))) {
      return text.slice(0, index);
    }
  }
  return text;
}

/** What a response says to its question: the text before end marks, other turns, and next questions. */
export function ownTurn(response: string): string {
  return beforeNextTurn(beforeEnd(response));
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

/** What a response says to its question; of that the inside of the last `<answer>`. */
export function answerSection(response: string): string {
  return insideAnswer(ownTurn(response));
}
