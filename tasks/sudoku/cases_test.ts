/** Kinds of responses that graders get wrong, each with right and wrong answers in several spellings. */

import { kindTests } from "../testing/cases.ts";
import { realSudoku } from "./mod.ts";

const of = { puzzle: "3102200002100320", solution: "3142243142131324" };
const { puzzle, solution } = of;
const rows = solution.match(/..../g)!;
const spaced = rows.map((row) => [...row].join(" "));
/** The last two cells swapped. */
const wrong = "3142243142131342", wrongRows = wrong.match(/..../g)!;
const tagged = (text: string) => `<answer>\n${text}\n</answer>`;
/** The rows with labels, a line each. */
const labelled = (rows: readonly string[], labels: readonly string[]) =>
  tagged(rows.map((row, at) => labels[at] + row).join("\n"));

const LABELS: readonly (readonly string[])[] = [
  ["1. ", "2. ", "3. ", "4. "],
  ["1) ", "2) ", "3) ", "4) "],
  ["(1) ", "(2) ", "(3) ", "(4) "],
  ["1: ", "2: ", "3: ", "4: "],
  ["1 | ", "2 | ", "3 | ", "4 | "],
  ["0: ", "1: ", "2: ", "3: "],
  ["**1.** ", "**2.** ", "**3.** ", "**4.** "],
  ["Row 1: ", "Row 2: ", "Row 3: ", "Row 4: "],
  ["row one: ", "row two: ", "row three: ", "row four: "],
  ["First row: ", "Second row: ", "Third row: ", "Fourth row: "],
  ["R1: ", "R2: ", "R3: ", "R4: "],
  ["a) ", "b) ", "c) ", "d) "],
  ["#1 ", "#2 ", "#3 ", "#4 "],
  ["R1 ", "R2 ", "R3 ", "R4 "],
  ["Top row: ", "Second row: ", "Third row: ", "Bottom row: "],
  ["- ", "- ", "- ", "- "],
  ["• ", "• ", "• ", "• "],
];
const SEPARATORS = [
  "/",
  " / ",
  "//",
  "|",
  " | ",
  ";",
  "-",
  ", ",
  ".",
  " -> ",
  " → ",
  "<br>",
  ":",
  "_",
  " \\\\ ",
];

kindTests(realSudoku, {
  "labels of rows": [{
    of,
    right: [
      ...LABELS.flatMap((labels) => [labelled(rows, labels), labelled(spaced, labels)]),
      tagged(rows.map((row, at) => `${at + 1}. ${row}`).join(" ")),
    ],
    wrong: [
      ...LABELS.map((labels) => labelled(wrongRows, labels)),
      labelled(rows, ["1. ", "3. ", "2. ", "4. "]),
      labelled(rows, ["2. ", "3. ", "4. ", "5. "]),
      labelled(rows.slice(0, 3), ["1. ", "2. ", "3. "]),
      labelled(rows, ["Column 1: ", "Column 2: ", "Column 3: ", "Column 4: "]),
      labelled([...rows, "1"], ["1. ", "2. ", "3. ", "4. ", "5. "]),
    ],
  }],
  "signs between rows": [{
    of,
    right: [
      ...SEPARATORS.map((sign) => tagged(rows.join(sign))),
      tagged(spaced.join(" / ")),
      tagged(`${puzzle} / ${solution}`),
      tagged(`${puzzle} -> ${solution}`),
    ],
    wrong: [
      ...SEPARATORS.map((sign) => tagged(wrongRows.join(sign))),
      tagged(rows.slice(0, 3).join("/")),
      tagged([...rows, "3142"].join("/")),
      tagged(rows.join("/") + "1"),
      tagged(`${rows.join("/")}.5`),
      tagged(`${rows.join("/")}/1`),
      tagged(rows.join("x")),
    ],
  }],
  "a later attempt, or one that is taken back": [{
    of,
    right: [
      `${puzzle} solved: ${solution}`,
      `${wrong} no, ${solution}`,
      "31422431421313 is too short, so it is " + solution,
      `${wrong} is wrong. ${solution}`,
      `${solution}. Row 1 is 3142, column 1 is 3241.`,
      `${solution}\nNo digit repeats in a row.`,
      `${solution}: each row has 1, 2, 3, 4`,
    ].map(tagged),
    wrong: [
      `${solution} no, 31422431421313`,
      `${solution}, wait: ${wrong}`,
      `${solution}\nor 3142 2431 42`,
      `${solution} no, ${solution}1`,
      `${solution} no, 3142243142131325`,
      `${solution} or 3142243142131x24`,
      `${solution} then 3142 2431 4213 13?4`,
      `${solution} is wrong`,
      `${solution} does not work`,
      `not ${solution}`,
      `The answer isn't ${solution}`,
    ].map(tagged),
  }],
});
