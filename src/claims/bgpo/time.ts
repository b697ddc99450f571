/** BGPO's step time. Its numbers vary with the machine. */

import { textsTable } from "../../tables/table.ts";
import { lineChart } from "../../figures/mod.ts";
import { median } from "../../statistics/moments.ts";
import { type Claim, piece } from "../claim.ts";
import { stepSeconds } from "../measurements/step_seconds.ts";
import type { Profile } from "../profile.ts";
import { NORMALISED, PAPER } from "./settings.ts";

const FORMS = [
  { name: "vrpo-ol, naive (retain)", objective: "vrpo-ol", mode: "retain" },
  { name: "vrpo-ol, two-pass", objective: "vrpo-ol", mode: "two-pass" },
  { name: "bgpo, streaming", objective: "bgpo", mode: "two-pass" },
] as const;

const pieces = ({ timing, seeds, tasks }: Profile) =>
  FORMS.map(({ objective, mode }) =>
    piece(stepSeconds, { task: tasks[0]!, seed: seeds[0]!, ...timing, objective, mode, settings: NORMALISED })
  );

/** Denoising steps of a rollout in the paper, for the planning tasks. */
const PAPER_STEPS = 128;

export const time: Claim = {
  id: "bgpo-time",
  group: "bgpo",
  timed: true,
  title: "More samples cost BGPO little time",
  paper: PAPER,
  statement:
    "a step of BGPO with n_t = 16 takes only slightly longer than one of VRPO-OL with n_t = 4, because the " +
    "rollout dominates (figure 3, right)",
  method:
    "seconds of a rollout and of an on-policy update on one core, median of repeats; a step with the paper's " +
    `${PAPER_STEPS} denoising steps is computed from the time of one denoising step here`,
  pieces,
  read(results, profile) {
    const { samples } = profile.timing;
    const measured = pieces(profile).map((of) => results(of));
    const { steps } = measured[0]!;
    const updates = measured.map(({ update }) => update.map(median));
    const rollout = median(measured.map((form) => form.rollout));
    const at = (form: number, n: number) => updates[form]![Math.max(0, samples.indexOf(n))]!;
    const paperRollout = rollout / steps * PAPER_STEPS;
    const most = samples.includes(16) ? 16 : samples.at(-1)!, few = samples.includes(4) ? 4 : samples[0]!;
    const ratios = measured[2]!.update[samples.indexOf(most)]!.map((seconds, r) =>
      (paperRollout + seconds) / (paperRollout + measured[0]!.update[samples.indexOf(few)]![r]!)
    );
    const here = (rollout + at(2, most)) / (rollout + at(0, few));
    const responses = profile.timing.prompts * profile.timing.group;
    return {
      checks: [{
        what:
          `step of bgpo at n_t = ${most} over vrpo-ol at n_t = ${few}, with ${PAPER_STEPS} denoising steps`,
        estimate: median(ratios),
        interval: [Math.min(...ratios), Math.max(...ratios)],
        within: [null, 1.5],
      }],
      notes: [
        `With the ${steps} denoising steps of this suite the same ratio is ${
          here.toFixed(2)
        }: short rollouts make ` +
        "samples expensive, so results at equal compute do not carry over from here to long rollouts.",
        "Responses in the same state share a forward pass here, which the paper's sampler does not do: rollouts are the " +
        "cheaper for it, and samples weigh the more.",
        "The interval is the range over the repeats.",
      ],
      tables: [textsTable({
        caption: `Milliseconds of an update of ${responses} responses; their rollout takes ${
          (1000 * rollout).toFixed(1)
        }:`,
        columns: ["n_t", ...FORMS.map(({ name }) => name)],
        rows: samples.map((n, i) => [String(n), ...updates.map((form) => (1000 * form[i]!).toFixed(1))]),
      })],
      figures: [{
        name: "seconds",
        caption: "Seconds of one update against n_t.",
        ...lineChart({
          title: "Time of an update",
          subtitle: `${responses} responses, one core; median and range of ${profile.timing.repeats} repeats`,
          x: { label: "masked states per response, n_t", scale: "log2" },
          y: { label: "time (ms)", scale: "log10" },
          series: FORMS.map(({ name }, form) => ({
            name,
            points: samples.map((x, i) => {
              const times = measured[form]!.update[i]!.map((seconds) => 1000 * seconds);
              return { x, y: median(times), interval: [Math.min(...times), Math.max(...times)] };
            }),
          })),
          references: [{ at: 1000 * rollout, label: "rollout" }],
        }),
      }],
      data: {
        samples,
        rollout,
        updates: FORMS.map(({ name }, i) => ({ name, seconds: measured[i]!.update })),
      },
    };
  },
};
