/**
 * HumanEval, generated, with several right responses: "x, sub 8, sub 4, mul 3" -> "(x-8-4)*3" or "3*(-4-8+x)".
 *
 * Docstrings, splits and grades are those of `humaneval/mini`. A demonstration writes each step's number before or
 * behind what it is applied to.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { checkUnflawed } from "../generated/multi.ts";
import { drawsOf } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { humanevalMini, type Step, type StepsItem } from "./mini.ts";

/** Brackets only where they are needed. @param before whether the next step's number comes first */
function expressionOf(steps: readonly Step[], before: () => boolean): string {
  let text = "x", isSum = false;
  for (const { name, number } of steps) {
    if (name === "mul") {
      const factor = isSum ? `(${text})` : text;
      text = before() ? `${number}*${factor}` : `${factor}*${number}`;
    } else {
      const sign = name === "sub" ? "-" : "+";
      if (!before()) text += `${sign}${number}`;
      // A sum that starts with a minus brings its own sign.
      else text = `${name === "sub" ? "-" : ""}${number}${text.startsWith("-") ? "" : "+"}${text}`;
    }
    isSum = name !== "mul";
  }
  return text;
}

export const humanevalMulti: Task<StepsItem> = {
  ...humanevalMini,
  id: "humaneval/multi",
  title: "HumanEval, generated docstrings of three steps, operands in either order",
  flawDescription: null,

  demonstrate({ item: { steps } }, flaw, seed, index) {
    checkUnflawed("humaneval/multi", flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index);
    return expressionOf(steps, () => draws.below(2) === 0);
  },
};
