/** Objectives that came out the same. */

import { compare, groupBy } from "../std/collections.ts";
import type { BenchRecord } from "../records/record.ts";

/**
 * Classes of objectives whose final models are equal byte for byte in every cell, each in ascending order, by first
 * member. Under some settings gradients coincide by construction: counting such objectives one by one would make
 * one result look like several.
 */
export function classesOf(records: readonly BenchRecord[]): string[][] {
  const models = groupBy(records, ({ cell }) => cell.objective).map(([objective, own]) => ({
    objective,
    models: own.map(({ cell, outcome }) => `${cell.task} ${cell.seed} ${outcome.model}`).sort().join("\n"),
  }));
  return groupBy(models, (each) => each.models)
    .map(([, members]) => members.map(({ objective }) => objective).sort(compare))
    .sort(([a], [b]) => compare(a!, b!));
}
