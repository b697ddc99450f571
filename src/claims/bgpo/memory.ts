/** BGPO's memory claim, and whether it needs BGPO. */

import { textsTable } from "../../tables/table.ts";
import { lineChart } from "../../figures/mod.ts";
import { type Claim, piece, type Results } from "../claim.ts";
import { peakMemory } from "../measurements/peak_memory.ts";
import type { Profile } from "../profile.ts";
import { exactCheck } from "../verdict.ts";
import { NORMALISED, PAPER } from "./settings.ts";

const FORMS = {
  retain: { name: "vrpo-ol, naive (retain)", objective: "vrpo-ol", mode: "retain" },
  twoPass: { name: "vrpo-ol, two-pass", objective: "vrpo-ol", mode: "two-pass" },
  bgpo: { name: "bgpo, streaming", objective: "bgpo", mode: "two-pass" },
} as const;

const pieces = ({ memory, seeds, tasks }: Profile) => {
  const of = ({ objective, mode }: typeof FORMS[keyof typeof FORMS]) =>
    piece(peakMemory, { task: tasks[0]!, seed: seeds[0]!, ...memory, objective, mode, settings: NORMALISED });
  return { retain: of(FORMS.retain), twoPass: of(FORMS.twoPass), bgpo: of(FORMS.bgpo) };
};

function read(results: Results, profile: Profile) {
  const { samples } = profile.memory;
  const { retain, twoPass, bgpo } = pieces(profile);
  const bytes = { retain: results(retain).bytes, twoPass: results(twoPass).bytes, bgpo: results(bgpo).bytes };
  const growth = (of: keyof typeof bytes) =>
    (bytes[of].at(-1)! - bytes[of][0]!) / (samples.at(-1)! - samples[0]!);
  const names = Object.keys(FORMS) as (keyof typeof FORMS)[];
  const megabytes = (value: number) => value / 2 ** 20;
  const responses = profile.memory.prompts * profile.memory.group;
  const chart = lineChart({
    title: "Peak device memory of an update",
    subtitle: `${responses} responses, one state of each per micro-batch; counted from the buffers, so exact`,
    x: { label: "masked states per response, n_t", scale: "log2" },
    y: { label: "peak memory (MiB)", scale: "log10" },
    series: names.map((name) => ({
      name: FORMS[name].name,
      points: samples.map((x, i) => ({ x, y: megabytes(bytes[name][i]!) })),
    })),
  });
  return {
    bytes,
    growth,
    reading: {
      figures: [{
        name: "peak",
        caption: "Peak memory of one update against n_t, for three ways to get its gradient.",
        ...chart,
      }],
      tables: [textsTable({
        caption: "Peak memory in MiB:",
        columns: ["n_t", ...names.map((name) => FORMS[name].name)],
        rows: samples.map((
          n,
          i,
        ) => [String(n), ...names.map((name) => megabytes(bytes[name][i]!).toFixed(2))]),
      })],
      data: { samples, bytes },
    },
  };
}

export const memory: Claim = {
  id: "bgpo-memory",
  group: "bgpo",
  title: "BGPO's memory does not grow with n_t",
  paper: PAPER,
  statement:
    "with the naive objective of VRPO-OL, memory grows linearly with the number of Monte-Carlo samples n_t; " +
    "with BGPO it is constant (figure 1, left)",
  method:
    "one update of the same responses for each n_t; peak of all device buffers, parameters, moments and the " +
    "arrays of the plan included",
  pieces: (profile) => Object.values(pieces(profile)),
  read(results, profile) {
    const { bytes, growth, reading } = read(results, profile);
    const last = profile.memory.samples.at(-1)!;
    return {
      ...reading,
      checks: [
        exactCheck(`naive peak at n_t = ${last} over n_t = 1`, bytes.retain.at(-1)! / bytes.retain[0]!, [
          4,
          null,
        ]),
        exactCheck(
          "growth per sample, BGPO's over the naive one",
          growth("bgpo") / growth("retain"),
          [null, 0.05],
        ),
      ],
      notes: [
        "What still grows with n_t for BGPO is the plan itself, a few words per scored token: " +
        `${Math.round(growth("bgpo"))} bytes per sample here against ${Math.round(growth("retain"))}.`,
      ],
    };
  },
};

export const twoPass: Claim = {
  id: "bgpo-memory-two-pass",
  group: "bgpo",
  title: "Constant memory needs BGPO's bound",
  paper: PAPER,
  statement:
    "the objective of VRPO-OL cannot take many samples because its graphs must be kept, which is why a bound " +
    "that is linear in the samples is needed",
  method:
    "the same objective evaluated twice, once without gradients to know every weight and once state by state " +
    "with them, which gives the same gradient",
  pieces: (profile) => Object.values(pieces(profile)),
  read(results, profile) {
    const { bytes, reading } = read(results, profile);
    return {
      ...reading,
      checks: [
        exactCheck(
          `peak of two-pass VRPO-OL over BGPO's at n_t = ${profile.memory.samples.at(-1)}`,
          bytes.twoPass.at(-1)! / bytes.bgpo.at(-1)!,
          [1.5, null],
        ),
      ],
      notes: [
        "The second pass costs one more forward pass per state: 4 instead of 3, a backward pass counted as two. " +
        "Memory is a property of the implementation, not of the objective.",
      ],
    };
  },
};
