/**
 * Policy gradient with importance sampling and no trust region: the unconstrained baseline of DPPO (arXiv
 * 2602.04879).
 *
 *   J = mean over all tokens of r A
 *   grad J: weight r A
 */

import wgsl from "../../kernels/objectives/pg_is.wgsl" with { type: "text" };
import { OFF } from "./clipping.ts";
import type { Objective } from "./objective.ts";
import { allSteps, onDenoising, tokenObjective, truncatedValue, truncatedWeight } from "./token_mean.ts";

export const pgIs: Objective = {
  ...tokenObjective,
  id: "pg-is",
  title: "PG-IS",
  paper: "arXiv 2602.04879, baselines",
  equation: "mean over tokens of r A",
  departures: onDenoising,
  defaults: allSteps,
  vanishes: () => true,
  weight: (inputs, _, totals) => truncatedWeight(inputs, true, OFF, totals),
  value: (response, _, totals) => truncatedValue(response, totals, OFF, () => true),
  wgsl,
  wgslHyper: [],
};
