/** BGPO and VRPO-OL on-policy. */

import { textsTable } from "../../tables/table.ts";
import { lineChart } from "../../figures/mod.ts";
import { type Claim, piece } from "../claim.ts";
import { onPolicyEquality } from "../measurements/on_policy_equality.ts";
import type { Profile } from "../profile.ts";
import { exactCheck } from "../verdict.ts";
import { NORMALISED, PAPER } from "./settings.ts";

const pieces = ({ tasks, seeds, batch, memory }: Profile) =>
  tasks.flatMap((task) =>
    seeds.map((seed) =>
      piece(onPolicyEquality, {
        task,
        seed,
        ...batch,
        objectives: ["bgpo", "vrpo-ol"],
        settings: NORMALISED,
        samples: memory.samples.filter((n) => n <= 8),
      })
    )
  );

export const equality: Claim = {
  id: "bgpo-on-policy",
  group: "bgpo",
  title: "On-policy, BGPO is VRPO-OL",
  paper: PAPER,
  statement: "on-policy, the bound is tight in value and gradient (section 4)",
  method:
    "gradients of both objectives on the same masks; largest difference of an element over the largest element",
  pieces,
  read(results, profile) {
    const samples = profile.memory.samples.filter((n) => n <= 8);
    const measured = pieces(profile).map((of) => ({ ...of.parameters, difference: results(of).difference }));
    const largest = samples.map((_, i) => Math.max(...measured.map(({ difference }) => difference[i]!)));
    return {
      checks: [
        exactCheck("largest relative difference of a gradient element", Math.max(...largest), [null, 1e-6]),
      ],
      notes: [
        "Any difference between the two at one update per rollout and equal n_t is therefore noise or a defect; the " +
        "paper's on-policy scores of both differ by up to 2.8 points.",
      ],
      tables: [textsTable({
        caption: `Largest over ${measured.length} batches:`,
        columns: ["n_t", "relative difference"],
        rows: samples.map((
          n,
          i,
        ) => [String(n), largest[i] === 0 ? "0: equal bits" : largest[i]!.toExponential(1)]),
      })],
      figures: [{
        name: "difference",
        caption: "Relative difference of the two gradients against n_t.",
        ...lineChart({
          title: "BGPO and VRPO-OL on-policy",
          subtitle: `largest over ${measured.length} batches`,
          x: { label: "masked states per response, n_t", scale: "log2" },
          y: { label: "largest relative difference", include: [0, 1e-6] },
          series: [{ name: "difference", points: samples.map((x, i) => ({ x, y: largest[i]! })) }],
          references: [{ at: 1e-6, label: "threshold" }],
        }),
      }],
      data: { samples, measured: measured.map(({ task, seed, difference }) => ({ task, seed, difference })) },
    };
  },
};
