/**
 * Policy gradient with truncated importance sampling (arXiv 2602.04879 compares against it under the name CISPO).
 *
 *   J = mean over all tokens of stop(min(r, C)) A log p,     C = `truncation`
 *   grad J: weight min(r, C) A
 */

import wgsl from "../../kernels/objectives/pg_tis.wgsl" with { type: "text" };
import type { Objective } from "./objective.ts";
import { allSteps, onDenoising, tokenObjective, truncatedValue, truncatedWeight } from "./token_mean.ts";

export const pgTis: Objective = {
  ...tokenObjective,
  id: "pg-tis",
  title: "PG-TIS",
  paper: "arXiv 2602.04879, baselines",
  equation: "mean over tokens of stop(min(r, C)) A log p",
  departures: onDenoising,
  defaults: { ...allSteps, truncation: 3 },
  vanishes: () => true,
  weight: (inputs, { truncation }, totals) => truncatedWeight(inputs, true, truncation!, totals),
  value: (response, { truncation }, totals) => truncatedValue(response, totals, truncation!, () => true),
  wgsl,
  wgslHyper: ["truncation"],
};
