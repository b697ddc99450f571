import { type GoldenGrade, goldenGradeTests } from "../testing/real_task.ts";
import { math500 } from "./mod.ts";

const END = "<|eot_id|><|endoftext|>";
const tex = String.raw;
const of = (gold: string) => ({ problem: null, solution: null, gold, subject: null, level: null });

/** Text, answer that `strict` reads, strict verdict, d1 verdict. */
const ofHalf: readonly GoldenGrade[] = [
  [
    tex`so</reasoning><answer>\boxed{\frac{1}{2}}</answer>` + END,
    tex`\frac{1}{2}`,
    true,
    true,
    "box: the same text",
  ],
  [tex`\boxed{\frac12}`, tex`\frac12`, true, true],
  [tex`\boxed{\dfrac{1}{2}}`, tex`\dfrac{1}{2}`, true, true],
  [tex`\boxed{1/2}`, "1/2", true, true],
  [tex`\boxed{0.5}`, "0.5", true, true],
  [tex`\boxed{0.50}`, "0.50", true, false, "mathematically equal"],
  [tex`\boxed{\frac{2}{4}}`, tex`\frac{2}{4}`, true, false],
  [tex`\boxed{50\%}`, tex`50\%`, true, false],
  [tex`\boxed{x = \frac{1}{2}}`, tex`x = \frac{1}{2}`, true, true],
  [tex`\boxed{P(A) = \tfrac12}`, tex`P(A) = \tfrac12`, true, false],
  [tex`\boxed{1:2}`, "1:2", true, false],
  [tex`\boxed{\sin 30^\circ}`, tex`\sin 30^\circ`, true, false],
  [tex`<answer>$\frac{1}{2}$</answer>`, tex`$\frac{1}{2}$`, true, false, "answer tag"],
  [tex`The answer is $\frac12$. Done`, tex`$\frac12$`, true, false, "answer is"],
  [tex`\frac{1}{2}`, tex`\frac{1}{2}`, true, true, "whole text"],
  [tex`\boxed{\frac{1}{2}} of them`, tex`\frac{1}{2}`, true, true],
  [tex`\boxed{\frac{1}{3}}, so \boxed{\frac{1}{2}}`, tex`\frac{1}{2}`, true, true],
  [
    tex`\boxed{\frac{1}{2}}, so \boxed{\frac{1}{3}}`,
    tex`\frac{1}{3}`,
    false,
    false,
    "mathematically different",
  ],
  [tex`\boxed{0.333}`, "0.333", false, false],
  [tex`\boxed{2}`, "2", false, false],
  [tex`\boxed{-\frac12}`, tex`-\frac12`, false, false],
  [tex`\boxed{\frac12, \frac13}`, tex`\frac12, \frac13`, false, false],
  [tex`\boxed{\text{one half}}`, tex`\text{one half}`, false, false, "different words"],
  ["", null, false, false, "no answer"],
  ["I do not know.\nSorry.", null, false, false, "no answer"],
];
goldenGradeTests(math500, "gold 1/2", of(tex`\frac{1}{2}`), ofHalf);

goldenGradeTests(math500, "gold 1/2, hostile", of(tex`\frac{1}{2}`), [
  [tex`${END}\boxed{\frac12}`, null, false, true, "no answer"],
  [tex`\boxed{\frac12` + END, tex`\frac12`, true, false],
  [`\u0000\\boxed{\\frac12}\u0000`, tex`\frac12`, true, true],
  ["\\boxed{1\u00002}", "1\u00002", false, false],
  ["\ud800\\boxed{1/2}\udfff", "1/2", true, true],
  [tex`\boxed{1/0}`, "1/0", false, false],
  [tex`\boxed{9^{9^{9^9}}}`, tex`9^{9^{9^9}}`, false, false],
  [tex`\boxed{\sum_{k=1}^{100000000}k}`, tex`\sum_{k=1}^{100000000}k`, false, false],
  [tex`\boxed{__import__('os')}`, "__import__('os')", false, false],
  [tex`\boxed{\frac12 \text{ or anything else}}`, tex`\frac12 \text{ or anything else}`, false, true],
  [tex`\boxed{`.repeat(5000) + "1/2", "1/2", true, false],
  [tex`\boxed{` + "{".repeat(5000) + "1/2" + "}".repeat(5001), "{".repeat(200), false, false, "too long"],
  [tex`\boxed{` + "(".repeat(400) + "1/2" + ")".repeat(400) + "}", "(".repeat(200), false, false],
  [tex`\boxed{0.5` + "0".repeat(980) + "}", "0.5" + "0".repeat(197), true, false],
  [tex`\boxed{0.5` + "0".repeat(980) + "1}", "0.5" + "0".repeat(197), false, false],
]);

const other = (gold: string, cases: readonly GoldenGrade[]) =>
  goldenGradeTests(math500, `gold ${gold}`, of(gold), cases);

other("58,500", [
  [tex`\boxed{58500}`, "58500", true, false],
  [tex`\boxed{58,500}`, "58,500", true, true],
  [tex`\boxed{58{,}500}`, "58{,}500", true, false],
  [tex`\boxed{58, 500}`, "58, 500", true, true],
]);
other(tex`\{1\pm\sqrt{5},-2\}`, [
  [tex`\boxed{-2, 1+\sqrt{5}, 1-\sqrt{5}}`, tex`-2, 1+\sqrt{5}, 1-\sqrt{5}`, true, false],
  [tex`\boxed{-2, 1+\sqrt{5}}`, tex`-2, 1+\sqrt{5}`, false, false],
]);
other(tex`x \in [-2,7]`, [
  [tex`\boxed{[-2, 7]}`, "[-2, 7]", true, false],
  [tex`\boxed{-2 \le x \le 7}`, tex`-2 \le x \le 7`, true, false],
  [tex`\boxed{(-2, 7)}`, "(-2, 7)", false, false],
  [tex`\boxed{y \in [-2, 7]}`, tex`y \in [-2, 7]`, false, false],
]);
other(tex`\text{(C)}`, [
  [tex`\boxed{C}`, "C", true, false],
  [tex`\boxed{\textbf{(C)}\ 5}`, tex`\textbf{(C)}\ 5`, true, false],
  [tex`\boxed{\text{(E)}}`, tex`\text{(E)}`, false, false],
]);
other("2516_8", [
  [tex`\boxed{2516_{8}}`, "2516_{8}", true, false],
  [tex`\boxed{2516}`, "2516", false, false],
  [tex`\boxed{1358}`, "1358", false, false],
]);
other(tex`864 \mbox{ inches}^2`, [
  [tex`\boxed{864}`, "864", true, false],
  [tex`\boxed{864 \text{ square inches}}`, tex`864 \text{ square inches}`, true, false],
  [tex`\boxed{864 \text{ inches}}`, tex`864 \text{ inches}`, false, false],
  [tex`\boxed{864 \text{ feet}^2}`, tex`864 \text{ feet}^2`, false, false],
]);
other(tex`\begin{pmatrix} 1/5 \\ -18/5 \end{pmatrix}`, [
  [
    tex`\boxed{\frac15\begin{pmatrix} 1 \\ -18 \end{pmatrix}}`,
    tex`\frac15\begin{pmatrix} 1 \\ -18 \end{pmatrix}`,
    true,
    false,
  ],
  [tex`\boxed{(0.2, -3.6)}`, "(0.2, -3.6)", true, false],
  [
    tex`\boxed{\begin{pmatrix} -18/5 \\ 1/5 \end{pmatrix}}`,
    tex`\begin{pmatrix} -18/5 \\ 1/5 \end{pmatrix}`,
    false,
    false,
  ],
]);
other("31", [
  [tex`\boxed{8 + 8 + 15 = 31 units}`, "8 + 8 + 15 = 31 units", true, false],
  [tex`\boxed{8 + 8 + 14 = 31}`, "8 + 8 + 14 = 31", false, false],
]);
