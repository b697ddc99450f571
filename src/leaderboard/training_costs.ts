/** What training cost and how it went, by task and objective. */

import type { Confirmations } from "../records/confirmations.ts";
import { mean } from "../statistics/moments.ts";
import { groupBy, round, sum } from "../std/collections.ts";
import { areaUnder, curveOf } from "./curves.ts";
import type { BenchRecord } from "../records/record.ts";
import { type Decoding, DECODINGS } from "../suite/names.ts";

/** Means over seeds where nothing else is said. */
export interface Training {
  readonly task: string;
  readonly objective: string;
  readonly steps: number;
  readonly updates: number;
  readonly responses: number;
  readonly tokens: number;
  readonly forwards: number;
  readonly flops: number;
  /** The largest of all seeds. */
  readonly peakDeviceBytes: number;
  /** Of all seeds together. */
  readonly skippedUpdates: number;
  /** Mean height of the learning curve over the run, by the decodings that were evaluated along the way. */
  readonly area: Readonly<Partial<Record<Decoding, number>>>;
  /** Mean over rollouts of the share of prompts whose responses all earned the same reward. */
  readonly deadGroups: number;
  /** Mean entropy in nats over the first and the last tenth of the rollouts; null where never finite. */
  readonly entropy: { readonly first: number | null; readonly last: number | null };
  /** Mean over rollouts, null without an anchor. */
  readonly kl: number | null;
  readonly maskShare: number | null;
}

/** Sorted by task, then by objective. */
export function trainingOf(records: readonly BenchRecord[], confirmations: Confirmations): Training[] {
  const groups = groupBy(records, ({ cell }) => JSON.stringify([cell.task, cell.objective]));
  return groups.map(([, members]) => {
    const { task, objective } = members[0]!.cell;
    const budget = (field: keyof BenchRecord["outcome"]["budget"]) =>
      round(mean(members.map(({ outcome }) => outcome.budget[field])));
    const diagnostic = (field: "kl" | "maskShare") =>
      known(members.map(({ outcome }) => known(outcome.diagnostics[field])));
    const entropy = (part: (values: (number | null)[]) => (number | null)[]) =>
      rounded(known(members.map(({ outcome }) => known(part(outcome.diagnostics.entropy)))));
    const tenth = (values: readonly unknown[]) => Math.ceil(values.length / 10);
    return {
      task,
      objective,
      steps: budget("steps"),
      updates: budget("updates"),
      responses: budget("responses"),
      tokens: budget("tokens"),
      forwards: budget("forwards"),
      flops: budget("flops"),
      peakDeviceBytes: Math.max(...members.map((record) => peakDeviceBytes(record, confirmations))),
      skippedUpdates: sum(members.map(({ outcome }) => outcome.diagnostics.skippedUpdates)),
      area: areas(members),
      deadGroups: round(known(members.map(({ outcome }) => known(outcome.diagnostics.deadGroups))) ?? 0),
      entropy: {
        first: entropy((values) => values.slice(0, tenth(values))),
        last: entropy((values) => values.slice(values.length - tenth(values))),
      },
      kl: rounded(diagnostic("kl")),
      maskShare: rounded(diagnostic("maskShare")),
    };
  });
}

/** Of the newest code that the record is valid for. */
function peakDeviceBytes({ cell, cost }: BenchRecord, confirmations: Confirmations): number {
  const { suite, task, objective, backend, source } = cell;
  const newer = confirmations.isConfirmed(backend, source)
    ? confirmations.peakDeviceBytes(backend, `${suite.id}/${task}/${objective}`)
    : null;
  return newer ?? cost.peakDeviceBytes;
}

function areas(members: readonly BenchRecord[]): Partial<Record<Decoding, number>> {
  const entries = DECODINGS.flatMap((decoding): [Decoding, number][] => {
    const curves = members.map((record) => curveOf(record, decoding));
    return curves.every((curve) => curve.length > 0) ? [[decoding, round(mean(curves.map(areaUnder)))]] : [];
  });
  return Object.fromEntries(entries);
}

/** Mean of the values that are known; null where none is. */
function known(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length > 0 ? mean(numbers) : null;
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value);
}
