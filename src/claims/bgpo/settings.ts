/** What BGPO's claims have in common. */

export const PAPER = "BGPO, arXiv 2510.11683 v3";

/**
 * Settings of the suite for ELBO objectives: sums divided by the length of the response, mask counts on an even grid.
 */
export const NORMALISED = { normalize: 1, systematicCounts: 1 } as const;
/** Settings as published: raw sums, independent mask ratios. */
export const PUBLISHED = { normalize: 0, systematicCounts: 0 } as const;
