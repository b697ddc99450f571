/**
 * Countdown with three numbers, generated, with several right responses: "9,2,4=07" -> "9+2-4", "9-4+2", "2-4+9" or
 * "2+9-4".
 *
 * Problems, splits and grades are those of `countdown/mini`. A demonstration lists its terms in any order: every order
 * whose first term is added is as likely as another.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { checkUnflawed, permutations } from "../generated/multi.ts";
import { drawsOf } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { countdownMini } from "./mini.ts";
import type { CountdownItem } from "./test_sets.ts";

/** Every sum of the terms of "9+2-4", in any order, that starts with one of them that is added. */
export function orders(solution: string): string[] {
  const terms = `+${solution}`.match(/[+-]\d+/g)!;
  const sums = permutations(terms).filter(([first]) => first!.startsWith("+"));
  return [...new Set(sums.map((sum) => sum.join("").slice(1)))];
}

export const countdownMulti: Task<CountdownItem> = {
  ...countdownMini,
  id: "countdown/multi",
  title: "Countdown, three numbers, generated, terms in any order",
  testSets: [],
  flawDescription: null,

  demonstrate({ item: { solution } }, flaw, seed, index) {
    checkUnflawed("countdown/multi", flaw);
    const all = orders(solution!);
    return all[drawsOf(Stream.demonstrations, seed, index).below(all.length)]!;
  },
};
