/**
 * Answers of MATH-500 that are taken for one another: the 500 golds among themselves, and each with 16 answers that
 * ought to be wrong. All pairs that are accepted were read, and each is an equality.
 */

import { assert, assertEquals } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../../kernels/philox/random.ts";
import { dataFiles } from "../../data/files.ts";
import { realFileTest } from "../../testing/testing.ts";
import { readAnswer, write } from "./answer.ts";
import { compare, compareAnswers } from "./equality.ts";
import { sameChoice } from "./notation.ts";
import { readRows } from "../rows.ts";

const tex = String.raw;

/** Different golds that are equal: by value, or because one leaves out a name, a unit or a degree sign. */
const GOLDS = [
  [tex`90^\circ`, "90"],
  ["5", "x=5"],
  [tex`\pi`, tex`180^\circ`],
  ["1,-2", "-2,1"],
  [tex`120^\circ`, "120"],
  ["36", tex`36^\circ`],
  ["36", tex`\$36`],
  [tex`\frac{1}{4}`, tex`\frac14`],
  [tex`30^\circ`, "30"],
  [tex`10,\!080`, "10080"],
  ["15", tex`15\mbox{ cm}^2`],
  [tex`2 \sqrt{5}`, tex`2\sqrt{5}`],
];

/** Golds and changed ones, or other golds, that are equal: the negative of 0 is 0. */
const CHANGED: readonly (readonly [gold: string, answer: string])[] = [
  ["0", "-0"],
  [tex`(0,9) \cup (9,36)`, tex`(-0,9) \cup (9,36)`],
  [tex`\begin{pmatrix} -1 & 0 \\ 0 & -1 \end{pmatrix}`, tex`\begin{pmatrix} -1 & -0 \\ 0 & -1 \end{pmatrix}`],
  [tex`\begin{pmatrix} -1 & 0 \\ 0 & -1 \end{pmatrix}`, tex`\begin{pmatrix} -1 & 0 \\ -0 & -1 \end{pmatrix}`],
  [tex`\$36`, "36"],
];

/** With one digit changed; null without digits. */
function withOtherDigit(gold: string, draws: RandomSequence): string | null {
  const places = [...gold.matchAll(/\d/g)].map(({ index }) => index);
  if (places.length === 0) return null;
  const at = places[draws.below(places.length)]!, digit = (Number(gold[at]) + 1 + draws.below(9)) % 10;
  return gold.slice(0, at) + digit + gold.slice(at + 1);
}

/** With one sign turned round, or a minus sign before a number or the whole. */
function withOtherSign(gold: string, draws: RandomSequence): string {
  const places = [0, ...[...gold.matchAll(/[-+]|(?<=[(,{&=\s]|\\pm)\d/g)].map(({ index }) => index)];
  const at = places[draws.below(places.length)]!, sign = gold[at];
  if (sign === "-") return `${gold.slice(0, at)}+${gold.slice(at + 1)}`;
  return `${gold.slice(0, at)}-${gold.slice(sign === "+" ? at + 1 : at)}`;
}

const shown = (pairs: readonly (readonly string[])[]) =>
  [...new Set(pairs.map((pair) => pair.join(" == ")))].sort();

await realFileTest(
  "math500: golds equal themselves and no other by accident",
  dataFiles.math500Test,
  (bytes) => {
    const golds = [...new Set(readRows(bytes).map(({ item }) => item.gold))];
    const written = golds.map(write), answers = written.map(({ plain }) => readAnswer(plain));
    const found: string[][] = [];
    for (const [i, a] of answers.entries()) {
      // Not by its text: by its words or as mathematics.
      assert(compareAnswers(a, readAnswer(written[i]!.plain)).equal, golds[i]);
      for (let j = 0; j < i; j++) {
        const { equal } = compareAnswers(a, answers[j]!);
        assertEquals(compareAnswers(answers[j]!, a).equal, equal, `${golds[i]} and ${golds[j]}`);
        const isSameText = written[i]!.text === written[j]!.text || sameChoice(a.plain, answers[j]!.plain);
        if (equal || isSameText) found.push([golds[j]!, golds[i]!]);
      }
    }
    assertEquals(shown(found), shown(GOLDS));
  },
);

await realFileTest("math500: of 8,000 wrong answers no other is accepted", dataFiles.math500Test, (bytes) => {
  const draws = randomSequence({ seed: 13, stream: 1003 });
  const golds = readRows(bytes).map(({ item }) => item.gold);
  const found: string[][] = [];
  let wrong = 0;
  for (const gold of golds) {
    for (let i = 0; i < 16; i++) {
      const other = i % 3 === 0
        ? withOtherDigit(gold, draws)
        : i % 3 === 1
        ? withOtherSign(gold, draws)
        : null;
      const answer = other ?? golds[draws.below(golds.length)]!;
      wrong++;
      if (answer !== gold && compare(answer, gold).equal) found.push([gold, answer]);
    }
  }
  assertEquals(wrong, 8000);
  assertEquals(shown(found), shown(CHANGED));
});
