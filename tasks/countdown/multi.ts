/**
 * Countdown with three numbers, generated, with several right responses: "2,9,4=07" -> "9+2-4", "9-4+2", "2-4+9" or
 * "2+9-4".
 *
 * Problems, splits and grades are those of `countdown/mini`, but a prompt lists its numbers in any order, and a
 * demonstration its terms: every order whose first term is added is as likely as another.
 */

import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import { checkUnflawed } from "../multi.ts";
import { drawsOf } from "../splits.ts";
import type { Task } from "../task.ts";
import { countdownMini } from "./mini.ts";
import { countdownExample, type CountdownItem } from "./test_sets.ts";

/** Every sum of the terms of "9+2-4", in any order, that starts with one of them that is added. */
export function orders(solution: string): string[] {
  const terms = solution.split(/(?=[+-])/).map((term) => /^[+-]/.test(term) ? term : `+${term}`);
  const sums = permutations(terms).filter(([first]) => first!.startsWith("+"));
  return [...new Set(sums.map((sum) => sum.join("").slice(1)))];
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

export const countdownMulti: Task<CountdownItem> = {
  ...countdownMini,
  id: "countdown/multi",
  title: "Countdown, three numbers, generated, terms in any order",
  testSets: [],
  flawDescription: null,

  generate(split, seed, index) {
    const { item } = countdownMini.generate(split, seed, index);
    const stream = split === "train" ? Stream.trainExamples : Stream.testExamples;
    // Row 0 are the draws of the problem itself.
    const numbers = randomSequence({ seed, stream }, index, 1).shuffle([...item.numbers]);
    return countdownExample({ ...item, numbers });
  },

  demonstrate({ item: { solution } }, flaw, seed, index) {
    checkUnflawed("countdown/multi", flaw);
    const all = orders(solution!);
    return all[drawsOf(Stream.demonstrations, seed, index).below(all.length)]!;
  },
};
