/** What EGSPO's claims have in common. */

export const PAPER = "EGSPO, arXiv 2603.12554";

/** Values of the setting `selection`. */
export const SELECTIONS = [
  { name: "entropy", selection: 0 },
  { name: "random", selection: 1 },
  { name: "uniform", selection: 2 },
] as const;
