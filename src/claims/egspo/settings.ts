/** What EGSPO's claims have in common. */

import type { Profile } from "../profile.ts";

export const PAPER = "EGSPO, arXiv 2603.12554";

/** Values of the setting `selection`. */
export const SELECTIONS = [
  { name: "entropy", selection: 0 },
  { name: "random", selection: 1 },
  { name: "uniform", selection: 2 },
] as const;

/** The profile of these claims: tasks with enough denoising steps to choose from. */
export function stepProfile(profile: Profile): Profile {
  return { ...profile, tasks: profile.steps.tasks };
}
