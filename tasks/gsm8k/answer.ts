/**
 * The answer of a response, as `strict` takes it, from what is the model's own turn. It is in the first of these places
 * that there is:
 *
 * 1. the last box with something in it, whole or broken, within the last `<answer>` if there is one;
 * 2. the inside of the last `<answer>`, if there is a number in it;
 * 3. the rest of the line after the last `####`, if there is a number in it;
 * 4. the last number that is announced: "the answer is 7", "Answer: 7";
 * 5. the last number of the text.
 *
 * A box states the answer: one that holds no number, or several, is no answer, and nothing else is looked at. Of
 * several numbers between answer tags an announced one or the last counts, of several after `####` the first. A number
 * that words deny or change ("not 3", "half of 3") is no answer in any place.
 */

import { lastBoxIn } from "../answers/boxes.ts";
import { format, type Rational } from "../answers/rational.ts";
import { insideAnswer, ownTurn } from "../answers/response.ts";
import { announcedNumber } from "./announcement.ts";
import { firstNumber, lastNumber, quantity, type Stated } from "./statement.ts";

/** Where an answer was found, for people. */
export type Place = "box" | "answer tag" | "####" | "announced" | "last number";

export interface Answer {
  readonly value: Rational | null;
  readonly place: Place | null;
  /** What was read, or why there is no value. */
  readonly text: string;
}

/** The strict reading of a response. Total and linear. */
export function readAnswer(response: string): Answer {
  const text = ownTurn(response);
  const section = insideAnswer(text);
  const box = lastBoxIn(section);
  if (box !== null) return answer("box", box.inside, quantity(box.inside));
  if (text.includes("<answer>")) {
    const value = quantity(section) ?? announcedOrLast(section);
    if (value !== undefined) return answer("answer tag", section, value);
  }
  const mark = text.lastIndexOf("####");
  if (mark >= 0) {
    const line = /^[^\n]*/.exec(text.slice(mark + 4))![0];
    const value = quantity(line) ?? firstNumber(line);
    if (value !== undefined) return answer("####", line, value);
  }
  const announced = announcedNumber(text);
  if (announced !== undefined) return answer("announced", shown(announced), announced);
  const value = lastNumber(text);
  if (value !== undefined) return answer("last number", shown(value), value);
  return { value: null, place: null, text: "no number" };
}

function announcedOrLast(text: string): Stated {
  const announced = announcedNumber(text);
  return announced === undefined ? lastNumber(text) : announced;
}

const shown = (value: Rational | null) => value === null ? "unreadable" : format(value);

function answer(place: Place, text: string, value: Stated): Answer {
  return { value: value ?? null, place, text: text.trim().slice(0, 80) };
}
