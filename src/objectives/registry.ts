/** The algorithms, by name. A new one is its file, its WGSL file and a line here. */

import { bgpo } from "./bgpo.ts";
import { bgpoDare } from "./bgpo_dare.ts";
import { coupledGrpo } from "./coupled_grpo.ts";
import { diffuGrpo } from "./diffu_grpo.ts";
import { espo } from "./espo.ts";
import { grpoElbo } from "./grpo_elbo.ts";
import type { Objective } from "./objective.ts";
import { reinforceElbo } from "./reinforce_elbo.ts";
import { spg } from "./spg.ts";
import { unigrpo } from "./unigrpo.ts";
import { vrpoOl } from "./vrpo_ol.ts";
import { wd1 } from "./wd1.ts";

export const OBJECTIVES: readonly Objective[] = [
  reinforceElbo,
  grpoElbo,
  vrpoOl,
  bgpo,
  bgpoDare,
  diffuGrpo,
  unigrpo,
  wd1,
  coupledGrpo,
  spg,
  espo,
];

/** @throws Error listing the known names. */
export function objectiveById(id: string): Objective {
  const objective = OBJECTIVES.find((known) => known.id === id);
  if (objective) return objective;
  throw new Error(
    `unknown objective "${id}"; known objectives: ${OBJECTIVES.map(({ id }) => id).join(", ")}`,
  );
}
