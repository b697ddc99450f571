/** Generations by the kind of their notation. Right and wrong ones stand side by side: no rule may let the latter in. */

import { assertEquals } from "@std/assert";
import { math500 } from "./mod.ts";

const tex = String.raw;

interface Kind {
  readonly kind: string;
  /** Gold, then whole texts, or the insides of boxes where the kind is about these. */
  readonly right: readonly (readonly [gold: string, ...answers: string[]])[];
  readonly wrong: readonly (readonly [gold: string, ...answers: string[]])[];
}

// deno-fmt-ignore
const TEXTS: readonly Kind[] = [
  {
    kind: "01 box closed by another sign, never closed, or without its backslash",
    right: [
      ["4", "<reasoning>\nr\n</reasoning>\n<answer>\nboxed{4}\n</answer>", "<answer>\n\\boxed{4>"],
      ["4", "so \\boxed{4", "\\boxed{4</answer}", "<answer>\\fbox{4\n</answer>", "It is $\\boxed{4>$.", "boxed{4", "\\boxed{\n4\n</answer>", "\\boxed{4\\}"],
      [tex`\frac12`, tex`<answer>\boxed{\frac{1}{2}>`, "<answer>\n\\boxed{\\frac{1}{2}\n</answer>", tex`\\boxed{\frac12}`],
      ["x > 3", tex`\boxed{x > 3>`, tex`\boxed{x > 3`],
    ],
    wrong: [
      ["4", "<answer>\n\\boxed{5>", "<answer>\n\\boxed{4+\n</answer>"],
      ["4", "\\boxed{4+3>", "boxed{5}", "unboxed{4} and more\nof that", "\\boxed{not 4>", "\\boxed{4 dozen\n</answer>", "\\boxed{4}\nNo: \\boxed{5>", "\\boxed{4x</answer}"],
      [tex`\frac12`, tex`\boxed{\frac{1}{2`, tex`\boxed{\frac{1}>`],
    ],
  },
  {
    kind: "02 answer announced otherwise, or by the last formula",
    right: [
      ["4", "Some work.\n\n**Answer**: $4$", "Therefore, $x=4$.", "Some work.\n\n### Final answer\n$$4$$", "**4**"],
      ["7", "$x=4$ is impossible, so $x=7$."],
      ["4", "Work.\n\n**Final Answer:** 4", "Work.\n#### 4", "Work.\nAnswer = $4$", "Work.\n## Answer\n\n\\[ x = 4 \\]", "Work of $3$.\nHence the value is \\(4\\).",
        "Work.\nThe final result is $4$.", "Work.\n\n$$\n4\n$$", "Work.\nThus x = 4.", "Work.\nSo there are $4$ ways.", "Work.\n\n**$4$**", "The answer to the problem is 4.", "Work.\nx = 4", "Work.\n\\begin{align*}x&=8/2\\\\&=4\\end{align*}", "Work.\nSo we have 4."],
      ["3,5", "So the roots are $3$ and $5$.", "Work.\nThe answers are 3 and 5."],
      [tex`\text{(C)}`, "Work.\nThe correct option is (C).", "**Answer: C**"],
    ],
    wrong: [
      ["4", "Some work with 4.\n\n**Answer**: $5$", "$x=4$ is impossible, so $x=7$."],
      ["4", "Work.\n**Answer**: not $4$", "The answer isn't 4.", "Work.\nIt cannot be $4$.", "Work.\n$x = 4$ is wrong.", "Work.\nThe answer is half of $4$.", "**5**", "Work.\n#### 4 dozen",
        "Work.\nSo the number is less than $4$.", "Work with $4$.\nTherefore, $x=5$.", "Work.\nThus we need 3 more than 4.", "So the roots are $3$ and $4$.", "The answer is 4 or 5.",
        "If x is odd, then $x$ is not $4$.", "We start with $x = 4$ and continue to", "Suppose that $x=4$."],
      ["3,4", "It lies between $3$ and $4$."],
    ],
  },
  {
    kind: "03 empty box beside or after the answer",
    right: [
      ["4", "<answer>\n\\boxed{}\n4\n</answer>"],
      ["4", "<answer>4 \\boxed{}</answer>", "<answer>$4$\n\\boxed{ }\n</answer>", "The answer is 4. \\boxed{}", "\\boxed{4} and \\boxed{...}", "\\boxed{3}\n<answer>\\boxed{?} 4</answer>", "\\boxed{}: $4$", "<answer>\\boxed{answer}\n4</answer>", "<answer>\\boxed{\\text{}} 4</answer>"],
    ],
    wrong: [
      ["4", "<answer>\n\\boxed{}\n5\n</answer>"],
      ["4", "<answer>5 \\boxed{}</answer>", "<answer>\\boxed{}\nnot 4\n</answer>", "\\boxed{}", "\\boxed{5} \\boxed{}\n4", "<answer>\\boxed{ }\n4+1</answer>", "\\boxed{-}\n4"],
    ],
  },
  {
    kind: "04 a list over several boxes",
    right: [
      ["2, 3", "The roots are $\\boxed{2}$ and $\\boxed{3}$."],
      ["3", "First \\boxed{2}.\n\nBut that is wrong; it is \\boxed{3}."],
      ["3,5", "\\boxed{3} and \\boxed{5}", "\\boxed{5}, \\boxed{3}", "$\\boxed{3}$ or $\\boxed{5}$", "$x = \\boxed{3}$, $\\boxed{5}$", "\\(\\boxed{3}\\) and \\(\\boxed{5}\\)"],
      ["1,2,3", "\\boxed{1}, \\boxed{2}, and \\boxed{3}"],
      ["4", "\\boxed{4}, \\boxed{4}", "\\boxed{2} so \\boxed{4}"],
      [tex`x<1 \text{ or } x>3`, "$\\boxed{x<1}$ or $\\boxed{x>3}$"],
    ],
    wrong: [
      ["3", "\\boxed{2} and \\boxed{3}", "\\boxed{3}, \\boxed{2}", "\\boxed{3} or \\boxed{4}", "\\boxed{3} not \\boxed{4}"],
      ["3,5", "\\boxed{3} or rather \\boxed{5}", "\\boxed{3}, \\boxed{4}", "\\boxed{3} minus \\boxed{5}", "\\boxed{3}\n\nWait. \\boxed{5}"],
      ["1234", "\\boxed{1}, \\boxed{234}"],
      ["(3,5)", "\\boxed{3} and \\boxed{5}"],
    ],
  },
  {
    kind: "F10 a next question or speaker ends the answer",
    right: [
      ["7", "The answer is 7.\n\nQ: If I have 3 apples?\nA: 5", "The answer is $7$.\nUser: and now?\n\\boxed{8}", "\\boxed{7}\n\nProblem 2\nWhat is 1+1?\n\\boxed{2}",
        "\\boxed{7}<|start_header_id|>user<|end_header_id|>\n\\boxed{8}", "\\boxed{7}\nHuman: thanks, \\boxed{9}?", "Question: what is 3+4?\nThe answer is 7."],
    ],
    wrong: [
      ["7", "The answer is 8.\n\nQ: What is 3+4?\nThe answer is 7.", "\\boxed{8}\nUser: \\boxed{7}", "\\boxed{8}\n\nProblem 2: \\boxed{7}", "\\boxed{8}<|im_start|>user\n\\boxed{7}", "\\boxed{8}\n\nQuestion: \\boxed{7}"],
    ],
  },
];

// deno-fmt-ignore
const BOXES: readonly Kind[] = [
  {
    kind: "05 counted things in bare words behind a number",
    right: [
      ["12", "12 ways", "12 integers"],
      ["6", "6 sq. units"],
      ["12", "12 possible values", "12 people", tex`\text{12 ways}`, "12 ways in total", tex`12\text{ distinct triangles}`, "12 Students", "12 committee members", "12 pieces of fruit", "12 per day", "12 years old", "12 positive integers"],
      ["36", "36 square units", "36 sq ft", "36 cubic inches"],
      ["1", "1 way"],
      ["2500000", "2.5 million", tex`2.5\text{ million}`],
    ],
    wrong: [
      ["3", "3 dozen"],
      ["12", "12 xy", "13 ways"],
      ["12", "12 abc", "12 less than x", "12 tenths", "12 squared", "12 halves", "12 plus ways", "12 ways or 13", "12 factorial", "12 sin", "12 thousand", "12 over x", "12 ways squared", "12 mod seven", "12 below zero"],
      ["3", "not 3", "half of 3", "less than 3", tex`3\text{ dozen}`, tex`3 \text{ squared}`, tex`\text{not } 3`, tex`\text{at least } 3`, "3 tens", "3 is wrong", tex`\text{not } n = 3`, "twice 3", tex`3\text{ eighths}`, tex`3\text{ doubled}`, tex`3 \text{ is too small}`, "3 negatives", "3 fifteenths", "3 does not work", tex`\text{a third of } 3`, "3 to 4", tex`\text{negative }3`],
      [tex`15\text{ cm}`, "15 inches", "15 sq cm"],
    ],
  },
  {
    kind: "06 the left side of an equation is not readable",
    right: [
      [tex`\begin{pmatrix} 1 \\ 2 \end{pmatrix}`, tex`\text{proj}_{\mathbf{w}} \mathbf{v} = \begin{pmatrix} 1 \\ 2 \end{pmatrix}`],
      ["4", tex`\gcd(8,12) = 4`, tex`4 = \gcd(8,12)`, tex`\gcd(8,12) = \gcd(8,4) = 4`, tex`\det \mathbf{A} = 4`, tex`\operatorname{lcm}(2,4) = 4`, tex`\text{lcm}(2,4) = 4`, tex`\lim_{x\to 0} f(x) = 4`, tex`\text{So } x = 4`, tex`\sum_{k=1}^{4} 1 = 4`],
      [tex`\frac14`, tex`P(X=2)=\frac14`, tex`\Pr(X=2 \mid Y=1) = 0.25`, tex`\mathbb{P}[X > 2] = \frac{1}{4}`],
      ["5", tex`\left\|\mathbf{v}\right\|=5`, tex`\|\vec{v}\| = \sqrt{9+16} = 5`, tex`\lVert v \rVert = 5`],
      ["6", tex`\therefore x=6`, "∴ x = 6"],
      ["2,3", tex`\gcd(4,6) = 2, \gcd(3,6) = 3`],
    ],
    wrong: [
      ["4", tex`\gcd(8,12) = 5`, tex`\gcd(8,12) > 4`, tex`\gcd(8,12) = 5 = 4`, tex`\gcd(8,12) \ne 4`, tex`\sum_k k + y = 4`, tex`\gcd(4,8)`, tex`\gcd(8,12) = \text{not } 4`],
      ["x^2", "x^2 = 9"],
      ["2", "x > 2"],
      ["9", "x^2 = 9", "x + y = 9"],
      ["y = 5", tex`\gcd(5,10) = 5`],
    ],
  },
  {
    kind: "07 a set in bare braces",
    right: [
      [tex`\{2,9\}`, "{2,9}", "{9, 2}", tex`\lbrace 2, 9 \rbrace`, tex`\left{2,9\right}`, "2, 9"],
      ["2,9", "{2,9}", "S = {2, 9}"],
      [tex`(-\infty,2)\cup(2,\infty)`, tex`\mathbb{R} \setminus \{2\}`],
    ],
    wrong: [
      ["(2,9)", "{2,9}"],
      [tex`\{2,9\}`, "(2,9)", "{2,8}", "{2,9,9}", "{29}", "{2+9}"],
      ["[2,9]", "{2,9}"],
      ["18", "{2}{9}"],
    ],
  },
  {
    kind: "08 spaces between thousands",
    right: [
      ["10000", "10 000", tex`10\;000`, tex`10\,000`, "10~000", "10\u2009000"],
      ["1234567.5", "1 234 567.5"],
      ["-12345", "-12 345"],
      [tex`10000\text{ m}`, "10 000 meters"],
      ["5.5", "5 100/200"],
    ],
    wrong: [
      ["1000", "10 00"],
      ["12", tex`1\ 2`],
      ["10000", "1 0000", "10 000 0", "10 0 00", "10 001"],
      ["25.5", "5 100/200"],
      ["1234", "1 23 4", "1234 5"],
    ],
  },
  {
    kind: "09 \\over and \\choose",
    right: [
      [tex`\frac14`, tex`{1 \over 4}`, tex`1 \over 4`, tex`x = {1 \over 4}`, tex`({1 \over 4})`],
      [tex`\frac9{19}`, tex`{9 \over 19}`],
      [tex`-\frac{\sqrt3}{2}`, tex`-{\sqrt{3} \over 2}`],
      ["10", tex`{5 \choose 2}`, tex`5 \choose 2`],
      [tex`\frac{x+1}{x-1}`, tex`{x+1 \over x-1}`],
      ["5", tex`{8 \over 4}+3`],
    ],
    wrong: [
      [tex`\frac14`, tex`{4 \over 1}`, tex`{1 \over 40}`, tex`{1 \over 2 \over 2}`, tex`1 \over`],
      ["10", tex`{2 \choose 5}`, tex`{5 \over 2}`],
      [tex`\frac{x+1}{x-1}`, tex`x+{1 \over x}-1`],
    ],
  },
  {
    kind: "10 decoration and layout around an answer",
    right: [
      ["7", tex`\color{blue}{7}`, tex`\underline{7}`, tex`\large 7`, "7\\ "],
      ["7", tex`\textcolor{red}{7}`, tex`{\color{red} 7}`, tex`\mathbf{7}`, tex`\Huge{7}`, tex`\boldsymbol{7}`, "**7**", "`7`", tex`\,7\,`, tex`\displaystyle 7`, tex`x = \color{red}{7}`, tex`7\hspace{1cm}`, tex`7 \tag{1}`, tex`\fcolorbox{red}{white}{7}`, tex`\underbrace{7}`, tex`\bigl.7\bigr.`, "<b>7</b>"],
      [tex`\frac12`, tex`\color{blue}{\frac{1}{2}}`, tex`\bigl(\frac12\bigr)`, tex`\underline{\underline{\frac12}}`],
      [tex`\text{east}`, tex`\underline{\text{east}}`, tex`\textcolor{red}{\text{east}}`],
      [tex`\text{(C)}`, tex`\textcolor{red}{\textbf{(C)}}`],
    ],
    wrong: [
      ["7", tex`\color{blue}{8}`, tex`\color{7}{8}`, tex`\cancel{7}`, tex`\phantom{7}`, tex`\color{red}7 \color{blue}8`, tex`\overline{7}`, tex`\underline{7}7`, tex`\sqrt{\color{red}7}`, tex`7\hspace{1cm}8`, tex`-\color{red}{7}`, tex`\not 7`],
      [tex`\text{east}`, tex`\color{east}{\text{west}}`],
    ],
  },
  {
    kind: "11 relations in other spellings",
    right: [
      [tex`x \neq 3`, "x != 3", "x!=3", "x <> 3", tex`x \not= 3`, "x ≠ 3", "x =/= 3"],
      ["6", "3!", "3!=6", "x == 6", "x := 6"],
      [tex`x \ge 3`, "x >= 3", "x ≥ 3", "x ⩾ 3", tex`x \geqslant 3`, tex`x \geqq 3`],
      [tex`x \le 3`, "x =< 3", "x <= 3"],
    ],
    wrong: [
      ["x = 3", "x != 3", "x <> 3"],
      ["3", "x != 3", "x <> 3", tex`x \not= 3`, "x >= 3", "!= 3"],
      [tex`x \neq 3`, "x != 4", "x = 3", "x! = 3"],
      ["6", "x! = 6", "n != 6"],
      [tex`x \ge 3`, "x > 3", "x =< 3"],
    ],
  },
  {
    kind: "12 sums of matrices, i j k, identity",
    right: [
      [tex`\begin{pmatrix}4\\6\end{pmatrix}`, tex`\begin{pmatrix}1\\2\end{pmatrix} + \begin{pmatrix}3\\4\end{pmatrix}`, tex`2\begin{pmatrix}1\\2\end{pmatrix} + \begin{pmatrix}2\\2\end{pmatrix}`,
        tex`\begin{pmatrix}5\\9\end{pmatrix} - \begin{pmatrix}1\\3\end{pmatrix}`, tex`(1,2)+(3,4)`, tex`4\mathbf{i} + 6\mathbf{j}`, tex`4\hat{i}+6\hat{j}`, tex`4\mathbf{\hat{i}}+6\mathbf{\hat{j}}`],
      [tex`\begin{pmatrix}4\\6\\1\end{pmatrix}`, tex`4\mathbf{i}+6\mathbf{j}+\mathbf{k}`, "4i + 6j + k", tex`4\hat{\imath} + 6\hat{\jmath} + \hat{k}`, tex`4\vec{i}+6\vec{j}+\vec{k}`],
      [tex`\begin{pmatrix}2&0\\0&2\end{pmatrix}`, "2I", tex`2\mathbf{I}`, "2I_2", tex`I + \begin{pmatrix}1&0\\0&1\end{pmatrix}`, tex`\begin{pmatrix}1&0\\0&1\end{pmatrix}+\begin{pmatrix}1&0\\0&1\end{pmatrix}`],
    ],
    wrong: [
      [tex`\begin{pmatrix}4\\6\end{pmatrix}`, tex`\begin{pmatrix}1\\2\end{pmatrix} + \begin{pmatrix}3\\5\end{pmatrix}`, tex`\begin{pmatrix}4&6\end{pmatrix}`, tex`\begin{pmatrix}4\\6\end{pmatrix}+\begin{pmatrix}0&0\end{pmatrix}`,
        tex`6\mathbf{i}+4\mathbf{j}`, tex`4\mathbf{i}+6\mathbf{k}`, "4i+6", "4x+6y"],
      [tex`\begin{pmatrix}4\\6\\1\end{pmatrix}`, tex`4\mathbf{i}+6\mathbf{j}`, tex`4\mathbf{i}-6\mathbf{j}+\mathbf{k}`],
      [tex`\begin{pmatrix}2&0\\0&2\end{pmatrix}`, "2", "3I", "2I_3", "2J", tex`\begin{pmatrix}2&0\\0&2\end{pmatrix}+I`, "2I+1"],
      [tex`\begin{pmatrix}2&1\\0&2\end{pmatrix}`, "2I"],
    ],
  },
  {
    kind: "13 other spellings of numbers",
    right: [
      [tex`\frac13`, tex`0.\bar{3}`, tex`0.\dot{3}`, tex`0.\overline3`, "0.(3)", "⅓"],
      [tex`\frac16`, tex`0.1\bar{6}`],
      [tex`2.5\times 10^{-3}`, "2.5e-3", "2.5E-3", "2.5 x 10^{-3}", "2.5×10⁻³", "0.0025"],
      [tex`e^{i\pi/4}`, tex`\operatorname{cis}\frac{\pi}{4}`, tex`\text{cis}(45^\circ)`, tex`\mathrm{cis}\left(\frac{\pi}{4}\right)`, tex`\frac{\sqrt2}{2}+\frac{\sqrt2}{2}i`],
      [tex`e^{i\pi/3}`, tex`\text{cis }60^\circ`, tex`\cos 60^\circ + i\sin 60^\circ`],
      ["1000000", "1e6", "1E6"],
      [tex`28\%`, "28 pct", "28 percent", tex`28\text{ per cent}`],
      ["21", tex`\text{twenty-one}`],
    ],
    wrong: [
      [tex`\frac{3}{10}`, tex`0.\bar{3}`],
      ["0.025", "2.5e-3"],
      [tex`\frac13`, tex`0.3`, tex`0.\bar{4}`, tex`0.0\bar{3}`, "0.3(3)"],
      ["0.0025", "2.5e3", "2.5 x 10^{3}", "25e-3"],
      [tex`e^{i\pi/4}`, tex`\operatorname{cis}\frac{\pi}{3}`, tex`\operatorname{cis} 45`, tex`2\operatorname{cis}\frac{\pi}{4}`],
      ["2000", "2e - 3"],
      [tex`28\%`, "29 pct", "28 pct off"],
      ["21", tex`\text{twenty-two}`, tex`\text{twenty one hundred}`],
    ],
  },
  {
    kind: "14 sets of numbers in other notations",
    right: [
      ["(2,5)", tex`\{x : 2 < x < 5\}`, "]2,5[", tex`x>2 \text{ and } x<5`, tex`\{x \mid 2<x<5\}`, tex`\left\{x \in \mathbb{R} : 2 < x < 5\right\}`, "2 < x < 5", tex`\left]2,5\right[`, tex`x > 2 \land x < 5`, tex`(2,\infty)\cap(-\infty,5)`],
      ["[2,5)", "[2,5[", tex`\{t : 2 \le t < 5\}`],
      [tex`(-\infty,2)\cup(2,\infty)`, tex`\mathbb{R} - \{2\}`, tex`\mathbb{R}\setminus\{2\}`, tex`x \ne 2`, tex`\text{all real numbers except 2}`, tex`\text{all real numbers except } x = 2`, tex`]-\infty,2[ \cup ]2,\infty[`],
      [tex`(-\infty,2)\cup(5,\infty)`, tex`(-\infty,2) \text{ or } (5,\infty)`, tex`\{x : x < 2 \text{ or } x > 5\}`, "x < 2 or x > 5"],
      [tex`(-\infty,\infty)`, tex`\text{all real numbers}`, tex`\text{all reals}`, "all real numbers", tex`\text{all real } x`, tex`-\infty < x < \infty`, tex`\text{(all real numbers)}`, tex`\mathbb{R}`, tex`x \in \mathbb{R}`],
      [tex`\emptyset`, tex`\text{the empty set}`, tex`\{\}`],
    ],
    wrong: [
      ["(2,5)", tex`\{x : 2 \le x < 5\}`, tex`x>2 \text{ or } x<5`, "]2,5]", "[2,5[", tex`\{x : 2 < x\}`, tex`\{2,5\}`, tex`\{x \in \mathbb{Z} : 2 < x < 5\}`, tex`(2,\infty)\cup(-\infty,5)`, tex`x<2 \text{ and } x>5`],
      ["[2,5]", "[2,5[", "]2,5["],
      [tex`(-\infty,2)\cup(2,\infty)`, tex`\mathbb{R} - \{3\}`, tex`\text{all real numbers}`, tex`\mathbb{R} + \{2\}`, tex`\text{all real numbers except 3}`],
      [tex`(-\infty,2)\cup(5,\infty)`, tex`(-\infty,2) \text{ and } (5,\infty)`, tex`x<2 \text{ and } x>5`],
      [tex`(-\infty,\infty)`, tex`\text{not all real numbers}`, tex`\text{all positive real numbers}`, tex`\text{all integers}`],
      ["2x", "x:2x"],
    ],
  },
  {
    kind: "15 choices with a mark, articles before a word",
    right: [
      [tex`\text{(C)}`, "C. 5", "C) 5", "(C) 5", "C.", "(C)", "[C]", "Option C", tex`\text{C. ellipse}`, tex`\textbf{(C)}\ 5`, "C: 5"],
      [tex`\text{ellipse}`, tex`\text{an ellipse}`, "an ellipse", tex`\text{the ellipse}`, tex`\text{It is an ellipse}`],
      [tex`\text{Tuesday}`, tex`\text{on Tuesday}`, "Tuesday."],
      [tex`\text{even}`, tex`\text{is even}`],
    ],
    wrong: [
      [tex`\text{(C)}`, "D. 5", "C. or D.", "(C) or (D)", "not C", "C. D", "(C)(D)", "A. C", "CD"],
      [tex`\text{even}`, tex`\text{not even}`, tex`\text{odd}`, tex`\text{neither even}`, tex`-\text{even}`, tex`\text{even, odd}`],
      [tex`\text{ellipse}`, tex`\text{a circle}`, tex`\text{not an ellipse}`],
      [tex`\text{Tuesday}`, tex`\text{on Monday}`, tex`\text{before Tuesday}`],
    ],
  },
  {
    kind: "16 times of day and signs of units",
    right: [
      [tex`11:30 \text{ a.m.}`, "11:30 a.m.", "11:30 am", "11:30 A.M.", "11:30am", tex`11{:}30\text{ a.m.}`, tex`\text{11:30 a.m.}`],
      [tex`5.4 \text{ cents}`, "5.4¢", "5.4 cents", tex`5.4\text{¢}`],
      ["20", "20°C", tex`20^\circ\text{C}`, "20€", "€20", "£20", "20 km/h", "20°"],
      [tex`2 \text{ p.m.}`, "2:00 p.m.", "2:00 PM"],
      [tex`15 \text{ cm}^2`, "15 cm²"],
    ],
    wrong: [
      [tex`3:30 \text{ p.m.}`, tex`3:30 \text{ a.m.}`, "3:30 a.m.", "3:31 p.m.", "3:03 p.m.", "3 p.m."],
      [tex`5.4 \text{ cents}`, "5.4€", tex`\$5.4`, "54¢", "5.4%"],
      ["20", "21°C", "20:30", "2:00 p.m."],
      [tex`2 \text{ p.m.}`, "2:30 p.m.", "2:00 a.m."],
      [tex`15 \text{ cm}^2`, "15 cm³", "15 m²"],
    ],
  },
];

const grade = async (gold: string, text: string) =>
  (await math500.grade(math500.itemOf({ gold }, []), text)).strict;

for (
  const [kinds, textOf] of [
    [TEXTS, (answer: string) => answer],
    [BOXES, (answer: string) => `Adding up, we find \\boxed{${answer}}.`],
  ] as const
) {
  for (const { kind, right, wrong } of kinds) {
    Deno.test(`math500: ${kind}`, async () => {
      const found: string[] = [];
      for (const [table, expected] of [[right, true], [wrong, false]] as const) {
        for (const [gold, ...answers] of table) {
          for (const answer of answers) {
            const { correct, answer: read, reason } = await grade(gold, textOf(answer));
            if (correct !== expected) found.push(`${gold}: ${answer} is ${correct}, read ${read}, ${reason}`);
          }
        }
      }
      assertEquals(found, []);
    });
  }
}
