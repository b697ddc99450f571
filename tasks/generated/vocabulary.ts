/**
 * The symbol vocabulary shared by every model trained from scratch: at most 64 tokens, so that models of 30
 * thousand parameters can learn it. A token is a whole symbol of a task: a digit, an operator, a word of a story.
 */

import type { Vocabulary } from "../task.ts";

/** What decoding shows for an id without text. No parser accepts it. */
export const PLACEHOLDER = "\uFFFD";

const SIZE = 64;
const EOS = 0, MASK = 1;

/**
 * Position is identity: trained models refer to symbols by index, so new ones go to the end. Words carry the
 * spaces of the sentences they stand in ("Tom has 5 cats buys 2"), which keeps a space from costing a token.
 */
const SYMBOLS: readonly string[] = [
  "<eos>",
  "<mask>",
  ..."0123456789",
  ..."+-*/()=,;x%>?",
  " ",
  "\n",
  "\\boxed{",
  "}",
  "####",
  " has ",
  " buys ",
  " finds ",
  " gives ",
  " eats ",
  " doubles ",
  " triples ",
  "Tom",
  "Ann",
  "Bob",
  "Eve",
  " eggs",
  " pens",
  " cats",
  " nuts",
  ", add ",
  ", sub ",
  ", mul ",
];

function createVocabulary(symbols: readonly string[]): Vocabulary {
  const idsByFirst = new Map<string, number[]>();
  for (let id = 0; id < symbols.length; id++) {
    // Special tokens are never read from text: a prompt that spells one must not end or mask anything.
    if (id === EOS || id === MASK) continue;
    const first = symbols[id]![0]!;
    idsByFirst.set(first, [...(idsByFirst.get(first) ?? []), id]);
  }
  for (const ids of idsByFirst.values()) ids.sort((a, b) => symbols[b]!.length - symbols[a]!.length);

  const vocabulary: Vocabulary = {
    size: SIZE,
    symbols,
    eosId: EOS,
    maskId: MASK,
    encode(text) {
      const ids: number[] = [];
      for (let at = 0; at < text.length;) {
        const id = idsByFirst.get(text[at]!)?.find((id) => text.startsWith(symbols[id]!, at));
        if (id === undefined) throw unknownCharacter(text, at, symbols);
        ids.push(id);
        at += symbols[id]!.length;
      }
      return Uint32Array.from(ids);
    },
    decode(ids) {
      let text = "";
      for (let i = 0; i < ids.length && ids[i] !== EOS; i++) {
        const id = ids[i]!;
        text += id === MASK ? PLACEHOLDER : symbols[id] ?? PLACEHOLDER;
      }
      return text;
    },
    encodePadded(text, length) {
      const ids = vocabulary.encode(text);
      if (ids.length > length) {
        throw new RangeError(
          `expected at most ${length} tokens, found ${ids.length} in ${JSON.stringify(text)}; ` +
            `shorten the text or raise the length`,
        );
      }
      const padded = new Uint32Array(length).fill(EOS);
      padded.set(ids);
      return padded;
    },
  };
  return vocabulary;
}

function unknownCharacter(text: string, at: number, symbols: readonly string[]): RangeError {
  const code = text.codePointAt(at)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const around = JSON.stringify(text.slice(Math.max(0, at - 16), at + 16));
  return new RangeError(
    `expected text made of vocabulary symbols, found ${
      JSON.stringify(String.fromCodePoint(code))
    } (${name}) ` +
      `at ${at} of ${around}; symbols: ${symbols.slice(2).map((s) => JSON.stringify(s)).join(" ")}`,
  );
}

/** The vocabulary of all tasks. */
export const symbolVocabulary: Vocabulary = createVocabulary(SYMBOLS);
