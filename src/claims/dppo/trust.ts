/** DPPO's claims about ratios and divergences themselves. */

import { textsTable } from "../../tables/table.ts";
import { barChart, lineChart } from "../../figures/mod.ts";
import { type Claim, piece, type Results } from "../claim.ts";
import { BIN_ENDS, trustAudit } from "../measurements/trust_audit.ts";
import type { Profile } from "../profile.ts";
import { cell, differences, over, SEEDS_NOTE } from "../reading.ts";
import { exactCheck, seedCheck } from "../verdict.ts";
import { ALL_STEPS, DPPO, PAPER, PPO } from "./settings.ts";

const MASKS = [...PPO.slice(0, 2), ...DPPO].map((objective) => ({ objective, settings: ALL_STEPS }));

const pieceOf = ({ audit, batch }: Profile, distance: number, task: string, seed: number) =>
  piece(trustAudit, { task, seed, ...batch, ...audit, distance, masks: MASKS });

const pieces = (profile: Profile) =>
  profile.tasks.flatMap((task) =>
    profile.seeds.flatMap((seed) =>
      profile.distances.map((distance) => pieceOf(profile, distance, task, seed))
    )
  );

const audits = (results: Results, profile: Profile, distance: number) =>
  profile.seeds.map((seed) => profile.tasks.map((task) => results(pieceOf(profile, distance, task, seed))));

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

export const divergence: Claim = {
  id: "dppo-divergence",
  group: "dppo",
  title: "Binary and top-K divergences are lower bounds of the whole one",
  paper: PAPER,
  statement:
    "merging tokens into a rest can only lower a divergence: binary <= top-K <= full, and top-20 is close to full",
  method:
    "total variation and KL of every committed token, from whole distributions in f64, several updates after the " +
    "rollout",
  pieces,
  read(results, profile) {
    const { distances, audit: { topK } } = profile;
    const all = distances.map((distance) => audits(results, profile, distance));
    const excess = Math.max(...all.flat(2).map((audit) => audit.excess));
    const columns = ["binary", ...topK.map((k) => `top-${k}`), "full"];
    const numbers = (kind: "tv" | "kl", column: number) =>
      all.map((ofDistance) =>
        over(ofDistance.map((ofTasks) =>
          average(ofTasks.map((audit) => {
            const { binary, topK, full } = audit[kind];
            return [binary, ...topK, full][column]!;
          }))
        ))
      );
    const last = all.at(-1)!;
    const coverage = (kind: "tv" | "kl") =>
      last.map((ofTasks) => average(ofTasks.map((audit) => audit[kind].topK.at(-1)! / audit[kind].full)));
    const chart = (kind: "tv" | "kl", label: string) => ({
      name: kind,
      caption: `Mean ${label} against the number of updates since the rollout.`,
      ...lineChart({
        title: `Mean ${label} of committed tokens`,
        subtitle: `mean over tasks; ${SEEDS_NOTE}`,
        x: { label: "updates since the rollout", ticks: distances },
        y: { label, include: [0] },
        series: columns.map((name, column) => ({
          name,
          points: distances.map((x, i) => {
            const { value, interval } = numbers(kind, column)[i]!;
            return { x, y: value, interval };
          }),
        })),
      }),
    });
    return {
      checks: [
        exactCheck("largest excess of a coarser divergence over a finer one", excess, [null, 1e-9]),
        seedCheck(`top-${topK.at(-1)} over full total variation`, coverage("tv"), [0.95, null]),
        seedCheck(`top-${topK.at(-1)} over full KL`, coverage("kl"), [0.95, null]),
      ],
      notes: [
        `${all.flat(2).reduce((sum, { tokens }) => sum + tokens, 0)} tokens of a vocabulary of 64.`,
        SEEDS_NOTE,
      ],
      tables: (["tv", "kl"] as const).map((kind) =>
        textsTable({
          caption: kind === "tv" ? "Mean total variation:" : "Mean KL in nats:",
          columns: ["updates since the rollout", ...columns],
          rows: distances.map((distance, i) => [
            String(distance),
            ...columns.map((_, column) => cell(numbers(kind, column)[i]!)),
          ]),
        })
      ),
      figures: [chart("tv", "total variation"), chart("kl", "KL (nats)")],
      data: {
        distances,
        columns,
        excess,
        tv: columns.map((_, c) => numbers("tv", c)),
        kl: columns.map((_, c) => numbers("kl", c)),
      },
    };
  },
};

export const masks: Claim = {
  id: "dppo-masks",
  group: "dppo",
  title: "PPO's clip masks unlikely tokens, DPPO's mask does not",
  paper: PAPER,
  statement:
    "the ratio is a bad proxy of divergence: it masks tokens of low probability, whose divergence is small, and " +
    "keeps those of high probability",
  method:
    "share of committed tokens whose weight is 0, mean over both signs of the advantage, by their probability " +
    "under the rollout's policy",
  pieces,
  read(results, profile) {
    const distance = profile.distances.at(-1)!, all = audits(results, profile, distance);
    const share = (objective: string, bin: number) =>
      all.map((ofTasks) => average(ofTasks.map(({ masked }) => masked[objective]![bin]!)));
    const last = BIN_ENDS.length - 1;
    const skew = (objective: string) => differences(share(objective, 0), share(objective, last));
    const bins = BIN_ENDS.map((end, i) => `${i === 0 ? 0 : BIN_ENDS[i - 1]} to ${end}`);
    const population = BIN_ENDS.map((_, bin) =>
      over(all.map((ofTasks) => average(ofTasks.map((a) => a.share[bin]!))))
    );
    return {
      checks: [
        seedCheck(
          `ppo-clip: masked share of tokens below ${BIN_ENDS[0]} minus above ${BIN_ENDS[last - 1]}`,
          skew("ppo-clip"),
          [0.05, null],
        ),
        seedCheck(
          `tokens below ${BIN_ENDS[0]}: masked share of ppo-clip minus dppo-binary-tv`,
          differences(share("ppo-clip", 0), share("dppo-binary-tv", 0)),
          [0.05, null],
        ),
      ],
      notes: [`${distance} updates after the rollout.`, SEEDS_NOTE],
      tables: [textsTable({
        caption: "Share of masked tokens by their probability under the rollout's policy:",
        columns: ["probability", "share of tokens", ...MASKS.map(({ objective }) => objective)],
        rows: bins.map((name, bin) => [
          name,
          cell(population[bin]!),
          ...MASKS.map(({ objective }) => cell(over(share(objective, bin)))),
        ]),
      })],
      figures: [{
        name: "share",
        caption: "Share of masked tokens by probability.",
        ...barChart({
          title: `Masked tokens, ${distance} updates after the rollout`,
          subtitle: `mean over tasks; ${SEEDS_NOTE}`,
          label: "probability of the token under the rollout's policy",
          groups: bins,
          y: { label: "share of masked tokens" },
          series: MASKS.map(({ objective }) => ({
            name: objective,
            bars: bins.map((_, bin) => over(share(objective, bin))),
          })),
        }),
      }],
      data: {
        distance,
        bins: [...BIN_ENDS],
        population,
        masked: Object.fromEntries(
          MASKS.map(({ objective }) => [objective, bins.map((_, bin) => share(objective, bin))]),
        ),
      },
    };
  },
};
