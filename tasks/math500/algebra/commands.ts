/** Commands and words of expressions, by what they do. */

import { FUNCTIONS, type Relation } from "./tree.ts";

export const FRACTIONS = new Set(["frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"]);
/** Commands between two operands, of all that stands in the group. */
export const INFIXES: Readonly<Record<string, "quotient" | "binomial">> = {
  over: "quotient",
  choose: "binomial",
};
export const BINOMIALS = new Set(["binom", "dbinom", "tbinom"]);
export const ACCENTS = new Set([
  "overline",
  "bar",
  "hat",
  "widehat",
  "vec",
  "overrightarrow",
  "tilde",
  "widetilde",
]);
export const MATRICES = new Set(["pmatrix", "bmatrix", "matrix", "Bmatrix", "smallmatrix", "array"]);
export const GREEK = new Set(
  ("alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau " +
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell angle triangle")
    .split(" "),
);
export const INFINITY = new Set(["infty", "infinity", "inf", "oo"]);
export const named = new Map<string, (typeof FUNCTIONS)[number]>([
  ...FUNCTIONS.map((name) => [name, name] as const),
  ["asin", "arcsin"],
  ["acos", "arccos"],
  ["atan", "arctan"],
]);
export const INVERSES: Readonly<Record<string, (typeof FUNCTIONS)[number]>> = {
  sin: "arcsin",
  cos: "arccos",
  tan: "arctan",
};
/** Words that may stand without a backslash. */
export const isBareName = (word: string) =>
  named.has(word) || word === "pi" || word === "sqrt" || word === "log" || word === "cis" ||
  INFINITY.has(word);

/** Commands between two sides. */
export const RELATION_COMMANDS: Readonly<Record<string, Relation>> = {
  le: "<=",
  leq: "<=",
  leqslant: "<=",
  leqq: "<=",
  lt: "<",
  ge: ">=",
  geq: ">=",
  geqslant: ">=",
  geqq: ">=",
  gt: ">",
  ne: "!=",
  neq: "!=",
  in: "in",
  approx: "~",
};
/** Commands that end a product. */
export const STOPS = new Set([
  ...Object.keys(RELATION_COMMANDS),
  ..."cup cap setminus smallsetminus backslash land lor wedge vee over choose pm mp cdot times div ast rangle rfloor rceil rvert circ end mid colon & % \\ }"
    .split(" "),
]);
