/** The algorithms, by name. A new one is its file, its WGSL file and a line here. */

import { bgpo } from "./bgpo.ts";
import type { Objective } from "./objective.ts";
import { reinforceElbo } from "./reinforce_elbo.ts";
import { vrpoOl } from "./vrpo_ol.ts";

export const OBJECTIVES: readonly Objective[] = [
  reinforceElbo,
  vrpoOl,
  bgpo,
];

/** @throws Error listing the known names. */
export function objectiveById(id: string): Objective {
  const objective = OBJECTIVES.find((known) => known.id === id);
  if (objective) return objective;
  throw new Error(
    `unknown objective "${id}"; known objectives: ${OBJECTIVES.map(({ id }) => id).join(", ")}`,
  );
}
