/** The algorithms, by name. A new one is its file, its WGSL file and a line here. */

import { bgpo } from "./bgpo.ts";
import { bgpoDare } from "./bgpo_dare.ts";
import { cispo } from "./cispo.ts";
import { clipHigher } from "./clip_higher.ts";
import { coupledGrpo } from "./coupled_grpo.ts";
import { diffuGrpo } from "./diffu_grpo.ts";
import { dppoBinaryKl } from "./dppo_binary_kl.ts";
import { dppoBinaryTv } from "./dppo_binary_tv.ts";
import { dppoTopkKl } from "./dppo_topk_kl.ts";
import { dppoTopkTv } from "./dppo_topk_tv.ts";
import { egspo } from "./egspo.ts";
import { egspoSa } from "./egspo_sa.ts";
import { espo } from "./espo.ts";
import { grpoElbo } from "./grpo_elbo.ts";
import { minirl } from "./minirl.ts";
import type { Objective } from "./objective.ts";
import { pgIs } from "./pg_is.ts";
import { pgTis } from "./pg_tis.ts";
import { ppoClip } from "./ppo_clip.ts";
import { reinforceElbo } from "./reinforce_elbo.ts";
import { spg } from "./spg.ts";
import { traceRl } from "./trace_rl.ts";
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
  egspo,
  egspoSa,
  traceRl,
  ppoClip,
  clipHigher,
  cispo,
  pgIs,
  pgTis,
  minirl,
  dppoBinaryTv,
  dppoBinaryKl,
  dppoTopkTv,
  dppoTopkKl,
];

/** @throws Error listing the known names. */
export function objectiveById(id: string): Objective {
  const objective = OBJECTIVES.find((known) => known.id === id);
  if (objective) return objective;
  throw new Error(
    `unknown objective "${id}"; known objectives: ${OBJECTIVES.map(({ id }) => id).join(", ")}`,
  );
}
