/** Responses and what they must come to. The problem is 5, 3, 2 -> 6; others follow where it cannot show a case. */

import { type Golden, goldenTests } from "../testing/testing.ts";
import { countdownMini } from "./mini.ts";
import { countdownExample } from "./test_sets.ts";

const right = (response: string, parse = response): Golden => ({
  response,
  parse,
  reward: 1,
  correct: true,
  reason: "correct",
});
const wellFormed = (response: string, reason: string, parse = response): Golden => ({
  response,
  parse,
  reward: 0.1,
  correct: false,
  reason,
});
const misused = (response: string, reason: string): Golden => ({
  response,
  parse: response,
  reward: 0,
  correct: false,
  reason,
});
const none = (response: string): Golden => ({
  response,
  parse: null,
  reward: 0,
  correct: false,
  reason: "no expression",
});

const ordinary: Golden[] = [
  right("5+3-2"),
  right("3-2+5"),
  right("5-2+3"),
  right("(5+3)-2"),
  right("5-(2-3)"),
  right(" 5 + 3\t- 2\n", "5+3-2"),
  right("5+3−2", "5+3-2"),
  right("5+3-2=6", "5+3-2"),
  right("5+3-2 = 06", "5+3-2"),
  // What is stated behind the equals sign does not matter.
  right("5+3-2=7", "5+3-2"),
  right("5+3-2=6=6", "5+3-2"),
  right("5+3-2=8-2=6", "5+3-2"),
  right("6=5+3-2", "5+3-2"),
  right("((5))+(3-2)"),
  right("\\left(5+3\\right)-2", "(5+3)-2"),
  right("<answer>5+3-2</answer>", "5+3-2"),
  right("<answer>\n\\boxed{5 + 3 - 2}\n</answer>", "5+3-2"),
  right("So \\boxed{5+3+2}, no, \\boxed{5+3-2}.", "5+3-2"),
  wellFormed("5+3+2", "value 10, target 6"),
  wellFormed("2-3-5", "value -6, target 6"),
  wellFormed("5*3/2", "value 15/2, target 6"),
  wellFormed("5×3÷2", "value 15/2, target 6", "5*3/2"),
  wellFormed("5\\cdot 3\\div2", "value 15/2, target 6", "5*3/2"),
  wellFormed("\\frac{5}{3}\\times 2", "value 10/3, target 6", "((5)/(3))*2"),
  wellFormed("2-5/3", "value 1/3, target 6"),
  wellFormed("2/5/3", "value 2/15, target 6"),
  wellFormed("5-3-2", "value 0, target 6"),
  misused("5+3", "does not use 2"),
  misused("5+5-2-2", "uses 5 twice, given once"),
  misused("5+3-2+0", "uses 0, which is not given"),
  misused("6", "uses 6, which is not given"),
  misused("53+2", "uses 53, which is not given"),
  misused("5+3-2+5*3-5*3", "uses 5 3 times, given once"),
];

const hostile: Golden[] = [
  right("5+3-2<|eot_id|><|endoftext|>", "5+3-2"),
  right("5+3-2<eos>+1", "5+3-2"),
  none(""),
  none("5+3-"),
  none("+5+3-2"),
  none("-2+5+3"),
  none("5+(-2)+3"),
  none("5+-2+3"),
  none("5**3-2"),
  none("9**9**9"),
  none("9^9^9"),
  none("5//3+2"),
  none("5.+3-2"),
  none("5.0+3-2"),
  none("5e0+3-2"),
  none("0x5+3-2"),
  none("05+3-2"),
  none("5+3-2="),
  none("5+3-2=-6"),
  none("=6"),
  none("5 3 2"),
  none("5(3)-2"),
  none("(5+3-2"),
  none("5+3-2)"),
  none("()"),
  none("5+3-2\u0000"),
  none("5+3\uFFFD2"),
  none("5+3-2;alert(1)"),
  none("__import__('os').system('id')"),
  none("constructor"),
  none("\u202e2-3+5"),
  none("５+３-２"),
  none("\ud8005+3-2"),
  none("<answer></answer>5+3-2"),
  right("\\boxed{5+3-2", "5+3-2"),
  none("\\frac53+2"),
  none("5<|mask|>3-2"),
  none("(".repeat(100_000) + "5" + ")".repeat(100_000)),
  none("(".repeat(33) + "5" + ")".repeat(33) + "+3-2"),
  right("(".repeat(32) + "5" + ")".repeat(32) + "+3-2"),
  none(`${"9".repeat(100_000)}+3-2`),
  none("5+3-2+1234567890123"),
  misused("5+3-2+123456789012", "uses 123456789012"),
  none("1+".repeat(500_000)),
  none("5+3-2 is 6"),
];

goldenTests(
  countdownMini,
  "ordinary",
  countdownExample({ numbers: [5, 3, 2], target: 6, solution: "5+3-2" }),
  ordinary,
);
goldenTests(
  countdownMini,
  "hostile",
  countdownExample({ numbers: [5, 3, 2], target: 6, solution: "5+3-2" }),
  hostile,
);

goldenTests(
  countdownMini,
  "repeated number's",
  countdownExample({ numbers: [4, 4, 2], target: 2, solution: null }),
  [
    right("4/4*2"),
    right("2*(4/4)"),
    right("2/(4/4)"),
    wellFormed("4/(4*2)", "value 1/2, target 2"),
    misused("4-2", "uses 4 only once"),
    misused("4-2+2-2", "uses 2 3 times, given once"),
    // Numbers as they stand, but no value.
    { ...misused("2/(4-4)", "divides by zero") },
  ],
);

goldenTests(
  countdownMini,
  "real problem's",
  countdownExample({ numbers: [30, 100, 93], target: 23, solution: null }),
  [
    right("30-(100-93)"),
    right("30+93-100"),
    wellFormed("(100-93)*30", "value 210, target 23"),
    misused("3+0+100+93", "uses 3, which is not given"),
  ],
);

// 1/3 * 3 is exactly 1.
goldenTests(countdownMini, "fraction", countdownExample({ numbers: [1, 3, 3], target: 1, solution: null }), [
  right("1/3*3"),
  right("3*\\frac{1}{3}", "3*((1)/(3))"),
  right("3/(3/1)"),
]);
