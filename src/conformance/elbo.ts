/** elbo.json: the exact ELBO by enumeration, and the mask counts of the systematic grid. */

import { exactElboBernoulli, exactElboByCount } from "../diffusion/elbo.ts";
import { systematicCounts } from "../diffusion/forward_process.ts";
import { type CaseResult, type Checker, compareCase, F64_TOLERANCE, readJson } from "./checker.ts";

type WeightJson = { readonly L: number; readonly l: number } & Readonly<Record<string, number>>;

interface ElboJson {
  /** `logp["i|S"]`: log-prob of token i when the positions S are masked. */
  readonly enumeration: {
    readonly L: number;
    readonly logp: Readonly<Record<string, number>>;
    readonly elbo: number;
  };
  readonly systematic_counts: readonly {
    readonly L: number;
    readonly b: number;
    readonly k: number;
    readonly l: readonly number[];
    readonly u: readonly number[];
  }[];
  /** L, l and one number more. */
  readonly bernoulli_count_weight_equivalence?: readonly WeightJson[];
}

export const elboChecker: Checker = {
  matches: (path) => path === "elbo.json",
  async check(path, folder) {
    const json = await readJson(folder, path) as ElboJson;
    return [
      ...enumerationCases(json.enumeration),
      ...json.systematic_counts.map(({ L, b, k, l, u }) => {
        const counts = systematicCounts(L, b, k);
        return compareCase(`systematic counts L=${L} b=${b} k=${k}`, [
          { name: "l", actual: counts, expected: l, tolerance: 0 },
          { name: "u", actual: counts.map((count) => L / count), expected: u, tolerance: F64_TOLERANCE },
        ]);
      }),
      ...(json.bernoulli_count_weight_equivalence ?? []).map(weightCase),
    ];
  },
};

/** The ELBO of the table in both forms. */
function enumerationCases({ L, logp, elbo }: ElboJson["enumeration"]): CaseResult[] {
  const conditional = (position: number, masked: number) => {
    const positions = Array.from({ length: L }, (_, i) => i).filter((i) => masked >> i & 1);
    const value = logp[`${position}|${positions.join(",")}`];
    if (value === undefined) throw new Error(`no log-prob of token ${position} with ${positions} masked`);
    return value;
  };
  const forms = { "count form": exactElboByCount, "Bernoulli form": exactElboBernoulli };
  return Object.entries(forms).map(([name, form]) =>
    compareCase(`enumeration, ${name}`, [
      { name: "elbo", actual: form(L, conditional), expected: elbo, tolerance: F64_TOLERANCE },
    ])
  );
}

/**
 * C(L, l) times the integral of t^(l-1) (1-t)^(L-l): what the Bernoulli form weighs one token with when l are
 * masked. It is the ELBO of a table that is 1 in the states with l masked tokens and 0 elsewhere, over the l tokens.
 */
function weightCase({ L, l, ...integral }: WeightJson): CaseResult {
  const table = (_: number, masked: number) => masked.toString(2).replaceAll("0", "").length === l ? 1 : 0;
  return compareCase(`weight of ${l} masked of ${L}`, [
    {
      name: "integral over t",
      actual: exactElboBernoulli(L, table) / l,
      expected: Object.values(integral)[0]!,
      tolerance: F64_TOLERANCE,
    },
    {
      name: "count form",
      actual: exactElboByCount(L, table) / l,
      expected: Object.values(integral)[0]!,
      tolerance: F64_TOLERANCE,
    },
  ]);
}
