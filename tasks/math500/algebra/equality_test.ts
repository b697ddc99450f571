import { assert, assertEquals } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../../kernels/philox/random.ts";
import { dataFiles } from "../../data/files.ts";
import { LINEAR_MS } from "../../testing/real_task.ts";
import { hostileText, realFileTest } from "../../testing/testing.ts";
import { readAnswer, write } from "./answer.ts";
import { compare, compareAnswers } from "./equality.ts";
import { readRows } from "../rows.ts";

const tex = String.raw;

// deno-fmt-ignore
const EQUAL: readonly (readonly [string, string])[] = [
  [tex`\frac12`, "0.5"],
  [tex`\frac 34`, "3/4"],
  [tex`\dfrac{3}{4}`, tex`\tfrac34`],
  [tex`137\frac12`, "275/2"],
  ["5 1/2", "5.5"],
  [tex`-1\frac45`, "-1.8"],
  [tex`0.\overline{3}`, "1/3"],
  [tex`0.1\overline{6}`, "1/6"],
  ["1,000", "1000"],
  ["32{,}348", "32348"],
  [tex`11,\!111`, "11111"],
  [tex`10\,080`, "10080"],
  [tex`\$18.90`, "18.9"],
  [tex`17\%`, "17"],
  [tex`17\%`, "0.17"],
  [tex`90^\circ`, "90"],
  [tex`90^\circ`, tex`\frac{\pi}{2}`],
  ["90°", tex`90^{\circ}`],
  [tex`90\text{ degrees}`, tex`90^\circ`],
  [tex`15\text{ cm}^2`, tex`15 \text{ square centimeters}`],
  [tex`15\text{ cm}^2`, "15"],
  ["5 cm", "5"],
  [tex`5\,\mathrm{cm}`, tex`5\text{ centimeters}`],
  ["x=5", "5"],
  ["5=x", "x = 5"],
  ["x = 10/2 = 5", "5"],
  ["8 + 8 + 15 = 31", "31"],
  ["f(x)=2x+1", "1+2x"],
  [tex`\text{Area} = 12`, "12"],
  ["a+b=7", "7"],
  [tex`1 \pm \sqrt{19}`, tex`1+\sqrt{19}, 1-\sqrt{19}`],
  [tex`\{1\pm\sqrt5,-2\}`, tex`-2, 1-\sqrt{5}, 1+\sqrt{5}`],
  [tex`x = \pm 3`, tex`3 \text{ and } -3`],
  ["2,-1", "-1, 2"],
  [tex`2 \text{ or } 3`, "3,2"],
  [tex`\{3,1\}`, tex`\{1,3\}`],
  ["(1,2)", tex`\left( 1, 2 \right)`],
  ["(1,2)", tex`\begin{pmatrix}1\\2\end{pmatrix}`],
  ["(0.5, 1)", tex`(\frac12,1)`],
  [tex`\langle 1,2,3\rangle`, "(1,2,3)"],
  ["[-2,7]", tex`x \in [-2,7]`],
  [tex`-2 \le x \le 7`, "[-2,7]"],
  ["x>3", tex`(3,\infty)`],
  ["3<x", "x>3"],
  [tex`x<1 \text{ or } x>3`, tex`(-\infty,1)\cup(3,\infty)`],
  [tex`(2,12)\cup(12,102)`, tex`(12,102) \cup (2,12)`],
  [tex`(-\infty,1)\cup(1,\infty)`, tex`\mathbb{R}\setminus\{1\}`],
  [tex`x \neq 1`, tex`(-\infty,1)\cup(1,\infty)`],
  [tex`[0,1)\cup\{1\}`, "[0,1]"],
  [tex`(-\infty,\infty)`, tex`\mathbb R`],
  ["(x+1)^2", "x^2+2x+1"],
  [tex`\frac{1}{x}+\frac1y`, tex`\frac{x+y}{xy}`],
  [tex`x\sqrt{x}`, "x^{3/2}"],
  [tex`\sin^2 x`, tex`1-\cos^2 x`],
  [tex`\cot x`, tex`\frac{1}{\tan x}`],
  [tex`\log_2 8`, "3"],
  [tex`\ln e^2`, "2"],
  [tex`\cos 60^\circ`, tex`\frac12`],
  [tex`\tan 15^\circ`, tex`2-\sqrt3`],
  [tex`\sqrt{12}`, tex`2\sqrt3`],
  [tex`\sqrt12`, tex`2\sqrt3`],
  [tex`\frac{\sqrt3}{3}`, tex`\frac1{\sqrt3}`],
  [tex`\sqrt{3+2\sqrt2}`, tex`1+\sqrt2`],
  [tex`\sqrt[3]{8}`, "2"],
  [tex`\sqrt[3]{-27}`, "-3"],
  [tex`\sqrt{-4}`, "2i"],
  ["(1+i)^2", "2i"],
  [tex`e^{i\pi}`, "-1"],
  [tex`\frac{1}{1+i}`, tex`\frac{1-i}{2}`],
  ["2^{10}", "1024"],
  ["2^10", "1024"],
  ["5!", "120"],
  [tex`\binom{5}{2}`, "10"],
  ["|{-3}|", "3"],
  [tex`\lfloor 2.5\rfloor`, "2"],
  [tex`6.02 \times 10^{23}`, "602000000000000000000000"],
  [tex`\begin{pmatrix} -1 & 0 \\ 0 & -1 \end{pmatrix}`, tex`-\begin{bmatrix}1&0\\0&1\end{bmatrix}`],
  [tex`\frac15\begin{pmatrix}1\\2\end{pmatrix}`, tex`\begin{pmatrix}1/5\\2/5\end{pmatrix}`],
  ["4210_5", "4210_{5}"],
  [tex`204_{\text{five}}`, "204_5"],
  [tex`52 \text{ (base 8)}`, "52_8"],
  ["3:4", "6:8"],
  ["3:4", tex`\frac34`],
  ["y=2x+3", "2x+3"],
  ["y=2x+3", "2x-y+3=0"],
  ["5x - 7y + 11z + 4 = 0", "14y - 10x - 22z - 8 = 0"],
  ["x+y<2", "2>x+y"],
  [tex`s^2 \le 8r^2`, tex`8r^2 \ge s^2`],
  [tex`\text{(B)}`, "B"],
  [tex`\text{(B)}`, tex`\textbf{(B)}\ 5`],
  [tex`\text{east}`, "East"],
  [tex`\text{Evelyn}`, "Evelyn."],
  [tex`\mbox{four}`, "4"],
  [tex`\text{A, C}`, "C, A"],
  [tex`\text{June 20}`, "June 20"],
  [tex`\infty`, tex`+\infty`],
  [tex`\boxed{5}`, "$5$"],
  [tex`\(5\)`, "5."],
  [tex`2\pi r`, tex`2r\pi`],
  [tex`3\cdot 10^5`, "300000"],
  ["sqrt(3)/2", tex`\frac{\sqrt3}{2}`],
  ["2pi", tex`2\pi`],
  ["½", "0.5"],
  ["x²", "x^2"],
  ["−3", "-3"],
  [tex`1.5 \text{ million}`, "1500000"],
  [tex`\frac{270}7\text{ degrees}`, tex`\frac{270}{7}^\circ`],
  [tex`60\text{ mph}`, tex`60 \text{ miles per hour}`],
  ["-3(x-2)", "6-3x"],
  [tex`\mathbf{2340}`, "2340"],
  [tex`\approx 8.24`, "8.24"],
  ["(x,y)=(3,5)", "(3,5)"],
  ["x=1,y=2", "y=2, x=1"],
  [tex`\emptyset`, tex`\{\}`],
  ["1/2x", tex`\frac{x}{2}`],
  ["a_1+a_2", "a_2+a_1"],
  [tex`\theta`, "θ"],
  [tex`\frac{n!}{2}`, "n!/2"],
  [tex`0.56=56\%`, tex`56\%`],
  [tex`x = 50\%`, "0.5"],
  [tex`3 \text{ hundredths}`, "0.03"],
  [tex`f^{-1}(x)=\frac{x-1}{2}`, tex`\frac12(x-1)`],
  [tex`5\text{ m/s}`, tex`5\text{ m}/\text{s}`],
  [tex`\left|x-1\right|+|x|`, "|x|+|1-x|"],
  [tex`\sqrt{x}\sqrt{y}`, tex`\sqrt{xy}`],
  ["(x-1)(x+1)=0", "x^2-1=0"],
  ["x^2-1=(x-1)(x+1)", "(x+1)(x-1)"],
  [tex`\angle ABC = 30^\circ`, "30"],
  [tex`P(A)=\frac13`, "1/3"],
  ["2<x<5", "(2,5)"],
  ["5>x>2", "2<x<5"],
  [tex`4\!:\!51 \text{ p.m.}`, tex`4:51 \text{ pm}`],
  [tex`\frac{-1+i\sqrt3}{2}`, tex`e^{2\pi i/3}`],
  [tex`\{(1,2),(3,4)\}`, "(3,4),(1,2)"],
  [tex`\frac{1}{2004!}`, tex`\frac{1}{2004\cdot 2003!}`],
  [tex`\sqrt[3]{2}\cdot\sqrt[3]{4}`, "2"],
  [tex`\arctan 1`, tex`\frac{\pi}{4}`],
  [tex`\log 1000`, "3"],
  [tex`\cos^{-1}\frac12`, tex`\frac{\pi}{3}`],
];

// deno-fmt-ignore
const DIFFERENT: readonly (readonly [string, string])[] = [
  ["5", "6"],
  ["0.33", "1/3"],
  ["1.414", tex`\sqrt2`],
  ["1.41421356237309504880168872420969807856967187537694", tex`\sqrt2`],
  ["3.14159265358979", tex`\pi`],
  ["22/7", tex`\pi`],
  ["(1,2)", "(2,1)"],
  ["(1,2)", "[1,2]"],
  ["(1,2]", "(1,2)"],
  ["(1,2)", "1,2"],
  ["52", "52_8"],
  ["42", "52_8"],
  ["101_2", "101_3"],
  [tex`5 \text{ cm}`, tex`5\text{ m}`],
  [tex`15\text{ cm}^2`, tex`15\text{ cm}`],
  [tex`\$5`, tex`5^\circ`],
  [tex`17\%`, "1700"],
  ["x=5", "y=5"],
  ["x=5", "x=6"],
  ["x = 3 = 4", "4"],
  ["2+2=5", "5"],
  ["x+y=7", "7"],
  ["x^2+y^2=25", "25"],
  ["a+b-7=0", "0"],
  ["y=2x", "x=2y"],
  ["1,2", "1,2,3"],
  ["1,1,2", "1,2"],
  ["1,2", "1,3"],
  [tex`1\pm\sqrt2`, tex`1+\sqrt2`],
  ["|x|", "x"],
  [tex`\sqrt{x^2}`, "x"],
  ["x^2", "x^3"],
  ["xy", "x+y"],
  ["R", "r"],
  ["3R^2", "3r^2"],
  [tex`\sin 30`, tex`\frac12`],
  ["x<3", tex`x \le 3`],
  ["x<3", "y<3"],
  ["x<3", "x>3"],
  [tex`\text{east}`, tex`\text{west}`],
  [tex`\text{east}`, "seat"],
  [tex`\text{(B)}`, tex`\text{(C)}`],
  ["4{10}", "40"],
  ["x2", "2x"],
  ["8{3}", "24"],
  ["", "0"],
  [tex`\infty`, tex`-\infty`],
  ["9^{9^{9^9}}", "9^{9^{9^{10}}}"],
  [tex`\frac10`, tex`\frac20`],
  [tex`\begin{pmatrix}1&2\end{pmatrix}`, tex`\begin{pmatrix}1\\2\end{pmatrix}`],
  [tex`\begin{pmatrix}1\\2\end{pmatrix}`, tex`\begin{pmatrix}2\\1\end{pmatrix}`],
  ["3:4", "4:3"],
  ["9:24", tex`\frac38`],
  [tex`\frac{1}{2004!}`, "0"],
  ["10^{-90}", "0"],
  [tex`10^{-150}\sqrt2`, tex`2\cdot 10^{-150}\sqrt2`],
  ["2^{2017}", "2^{2017}+1"],
  [tex`\frac{1}{3}`, "0.33333333333333333333333333333333333333333333333333333333333333333333333333333333"],
  [tex`\sum_{k=1}^{100000000}k`, "5000000050000000"],
  ["5 1/2", "51/2"],
  ["4 5", "45"],
  ["<5", "5"],
  [tex`3 \text{ quarters}`, "3"],
  ["(R)h", "(R)k"],
  [tex`\$5\text{ cents}`, "5"],
  ["12:30", "4:10"],
  ["x=2,y=3", "x=3,y=2"],
  ["(a,b)", "(b,a)"],
  [tex`\text{no}`, tex`\text{yes}`],
  ["x+1=0", "x-1=0"],
  [tex`x \ge 2`, tex`x^2 \ge 4`],
];

Deno.test(`math500: ${EQUAL.length} pairs of equal answers, both ways round`, () => {
  for (const [a, b] of EQUAL) {
    for (const [x, y] of [[a, b], [b, a], [a, a], [b, b]] as const) {
      const { equal, reason } = compare(x, y);
      assert(equal, `${x} and ${y}: ${reason}`);
    }
  }
});

Deno.test(`math500: ${DIFFERENT.length} pairs of different answers, both ways round`, () => {
  for (const [a, b] of DIFFERENT) {
    for (const [x, y] of [[a, b], [b, a]] as const) {
      const { equal, reason } = compare(x, y);
      assert(!equal, `${x} and ${y}: ${reason}`);
    }
  }
  assert(!compare("", "").equal);
});

/** Within a class all are equal, between classes none: equality is transitive there. */
const CLASSES: readonly (readonly string[])[] = [
  [
    "1/2",
    "0.5",
    tex`\frac12`,
    tex`\frac{2}{4}`,
    ".50",
    tex`\cos\frac{\pi}{3}`,
    tex`\frac{\sqrt{4}}{4}`,
    "2^{-1}",
  ],
  ["2", "4/2", tex`\sqrt4`, tex`\log_3 9`, "2.0", tex`\binom21`, "|-2|", "2!"],
  [tex`2\sqrt3`, tex`\sqrt{12}`, tex`\frac{6}{\sqrt3}`, tex`3^{1/2}\cdot 2`, tex`\tan 60^\circ + \sqrt3`],
  [tex`15\text{ cm}^2`, tex`15\text{ square centimeters}`, tex`\frac{30}{2}\text{ cm}^2`],
  [tex`15\text{ cm}`, tex`15\text{ centimeters}`, "15 cm"],
  [tex`16\text{ m}^2`, "16 m^2".replace("m", tex`\text{m}`), tex`4^2\text{ square meters}`],
  ["(1,2)", tex`\left(1,\frac42\right)`, tex`\begin{pmatrix}1\\2\end{pmatrix}`, "(x,y)=(1,2)"],
  ["[1,2]", tex`1\le x\le2`, tex`x\in[1,2]`, tex`[1,2)\cup\{2\}`, tex`[1,1.5]\cup[1.5,2]`],
  ["1,2", tex`\{2,1\}`, tex`1\text{ and }2`, tex`\frac{3\pm1}{2}`, tex`x=1\text{ or }x=2`],
  ["x^2+2x+1", "(x+1)^2", "1+x(2+x)", tex`\frac{(x+1)^3}{x+1}`],
  ["x+y=3", "2x+2y=6", "y+x-3=0", "3-y-x=0"],
  ["52_8", "52_{8}", tex`52_{\text{eight}}`, tex`52\text{ base }8`],
  [tex`\text{east}`, "east", tex`\textbf{East}`],
];

Deno.test("math500: equality is transitive between answers that state as much", () => {
  const all = CLASSES.flatMap((texts, index) => texts.map((text) => ({ text, index })));
  for (const a of all) {
    for (const b of all) {
      const { equal, reason } = compare(a.text, b.text);
      assertEquals(equal, a.index === b.index, `${a.text} and ${b.text}: ${reason}`);
    }
  }
});

Deno.test("math500: what an answer leaves out is taken from the other, which is not transitive", () => {
  for (const text of ["x=5", "y=5", tex`5\text{ cm}`, tex`5\%`, tex`5^\circ`, tex`\$5`]) {
    assert(compare(text, "5").equal);
  }
  assert(!compare("x=5", "y=5").equal && !compare(tex`5\%`, tex`5^\circ`).equal);
});

for (const file of [dataFiles.mathTrain, dataFiles.mathValidation]) {
  await realFileTest(
    `math500: all answers of ${file.name} can be read, and equal themselves`,
    file,
    (bytes) => {
      for (const { index, item: { gold } } of readRows(bytes)) {
        if (gold === "") continue;
        const answer = readAnswer(write(gold).plain);
        assert(answer.kind !== "text", `row ${index}: ${gold}`);
        if (gold === "f(2) < f(1) < f(4)") continue;
        assert(compareAnswers(answer, readAnswer(write(gold).plain)).equal, `row ${index}: ${gold}`);
      }
    },
  );
}

const PIECES = [
  ..."0123456789+-*/=<>^_(){}[]|,;:!.%'&$ xyie",
  ...(tex`\frac \sqrt \pi \infty \pm \mp \cup \setminus \left \right \{ \} \\ \% \$ \circ ^\circ \cdot \sin \log_ \le \in ` +
    tex`\binom \lfloor \rfloor \begin{pmatrix} \end{pmatrix} \text{ \text{ cm} \text{and} \mathbb{R} \overline \approx \,`)
    .split(" "),
  "},{",
  "12",
  "\u2212",
  "½",
];

/** Forms of LaTeX; "a" stands for any of them. */
const FORMS = [
  ..."1 2 12 0.5 x y \\pi i \\infty 5\\text{ cm} 30^\\circ \\frac12 x_1 3! 4_5".split(" "),
  ..."a+a a-a -a a\\cdot\u0020a (a) \\frac{a}{a} \\sqrt{a} a^{a} \\sin\u0020a |a| \\sqrt[3]{a} \\log_2a a,a"
    .split(" "),
  ..."(a,a) [a,a) \\{a,a\\} a\\pm\u0020a a=a a\\le\u0020a (a,a)\\cup(a,a) \\begin{pmatrix}a&a\\\\a&a\\end{pmatrix} 3a"
    .split(" "),
];

/** Random LaTeX that mostly reads as mathematics. */
function randomAnswer(draws: RandomSequence, depth: number): string {
  const form = FORMS[draws.below(depth > 0 ? FORMS.length : 14)]!;
  return form.replace(/a(?![a-z])/g, () => randomAnswer(draws, depth - 1));
}

Deno.test("math500: 100,000 random answers are read without an error, and compared both ways alike", () => {
  const draws = randomSequence({ seed: 6, stream: 1002 });
  const kinds = { mathematics: 0, words: 0, text: 0 };
  let before = "1", equals = 0;
  for (let i = 0; i < 100_000; i++) {
    let text = i % 2 === 0 ? hostileText(draws, PIECES) : randomAnswer(draws, 3);
    if (i % 8 === 1) {
      const at = draws.below(text.length + 1);
      text = text.slice(0, at) + PIECES[draws.below(PIECES.length)] + text.slice(at + draws.below(2));
    }
    const answer = readAnswer(write(text).plain);
    kinds[answer.kind]++;
    if (answer.kind !== "mathematics" || i % 3 === 0) continue;
    const { equal } = compare(text, before);
    assertEquals(compare(before, text).equal, equal, `${text} and ${before}`);
    if (equal) equals++;
    before = text;
  }
  assert(
    kinds.mathematics > 20_000 && kinds.text > 20_000 && equals > 100,
    JSON.stringify({ ...kinds, equals }),
  );
});

Deno.test("math500: no answer is costly", () => {
  const costly = [
    tex`9^{9^{9^9}}`,
    tex`\sum_{k=1}^{100000000}k`,
    "2^{-9999999999999}",
    "(1+10^{-9})^{10^{12}}",
    "x^".repeat(400) + "x",
    "9".repeat(999),
    "1/".repeat(400) + "1",
    "9" + "!".repeat(900),
    "1000!" + "^2".repeat(30),
    tex`\binom{3000}{1500}`,
    "x,".repeat(400) + "x",
    tex`\sin x,`.repeat(120) + "1",
    tex`\pm1`.repeat(10),
    tex`\sqrt`.repeat(150) + "2",
    "(".repeat(999),
    "{".repeat(100_000) + "1" + "}".repeat(100_000),
    "x'".repeat(300),
    tex`1^{10^{400}}`,
    tex`(x+y)^{4000}`,
    tex`\cos(`.repeat(40) + "x" + ")".repeat(40),
  ];
  for (const text of costly) {
    const start = performance.now();
    compare(text, text + " + 1");
    compare("5", text);
    assert(performance.now() - start < LINEAR_MS, text.slice(0, 40));
  }
});
