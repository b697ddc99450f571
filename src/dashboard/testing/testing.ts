/** Made-up results for tests and load: realistic in form and size, true in nothing. */

import { gzipSync } from "node:zlib";
import { randomSequence } from "../../../kernels/philox/random.ts";
import { exp } from "../../../kernels/math/elementary.ts";
import { writeLeaderboard } from "../../leaderboard/files.ts";
import { type BenchRecord, validateRecord } from "../../records/record.ts";
import { recordedScore } from "../../records/score.ts";
import { recordPath } from "../../records/folder.ts";
import { exampleRecord } from "../../bench/testing.ts";
import { canonicalJson } from "../../files/canonical_json.ts";
import { sha256 } from "../../files/identity.ts";
import type { Hono } from "hono";
import { createApp } from "../server/app.ts";
import { type LiveStore, openLive } from "../store/live.ts";
import { openResults } from "../store/results.ts";
import type { Sample } from "../store/sample_file.ts";

export interface MadeUp {
  readonly suite: string;
  readonly tasks: readonly string[];
  readonly objectives: readonly string[];
  readonly seeds: readonly number[];
  /** Graded items of each test set and decoding. */
  readonly items: number;
  readonly rollouts: number;
  /** Kept generations per test set and decoding. */
  readonly samples: number;
  /** Replaces the texts that a model or a machine writes. */
  readonly text?: (field: string) => string;
}

export const SMALL: MadeUp = {
  suite: "mini",
  tasks: ["sudoku/mini", "countdown/mini"],
  objectives: ["bgpo", "reinforce-elbo", "vrpo-ol"],
  seeds: [1, 2, 3],
  items: 64,
  rollouts: 24,
  samples: 3,
};

const identity = (text: string) => sha256(`made up ${text}`);

/** A number in [0, 1) that a name and an index determine. */
function noise(name: string, index = 0): number {
  return Number.parseInt(sha256(`${name} ${index}`).slice(0, 8), 16) / 2 ** 32;
}

/** A valid record whose score depends on the objective, the task and the seed. */
function madeUpRecord(made: MadeUp, task: string, objective: string, seed: number): BenchRecord {
  const { items, rollouts } = made, name = `${task} ${objective} ${seed}`;
  const random = randomSequence({ seed: Number.parseInt(sha256(name).slice(0, 7), 16), stream: 77 });
  const start = 0.15 + 0.3 * noise(task), gain = 0.1 + 0.3 * noise(`${objective} skill`) + 0.05 * noise(name);
  const at = (share: number) => Math.min(0.98, start + gain * (1 - exp(-3 * share)));
  const difficulty = (item: number) => noise(`${task} item`, item);
  const score = (ability: number) =>
    recordedScore({
      items: Array.from({ length: items }, (_, item) => {
        const strict = difficulty(item) + 0.15 * (random.uniform() - 0.5) < ability;
        return { strict, d1: strict || random.uniform() < 0.03 };
      }),
      measures: task.startsWith("sudoku")
        ? { cells: { count: Math.round(8 * items * (0.5 + ability / 2)), total: 8 * items } }
        : {},
      tags: {},
      tokens: 16 * items,
      forwards: 4 * items,
    });
  const perRollout = (value: (share: number) => number) =>
    Array.from({ length: rollouts }, (_, i) => Math.round(1e6 * value(i / rollouts)) / 1e6);
  const wobble = (size: number) => size * (random.uniform() - 0.5);
  const updates = 4, cost = 300 + Math.round(200 * noise(objective));
  const every = Math.max(1, Math.floor(rollouts / 6));
  const curve = Array.from({ length: Math.floor(rollouts / every) + 1 }, (_, i) => i * every).flatMap((
    step,
  ) =>
    (["greedy", "sampled"] as const).map((decoding) => ({
      puzzles: "test",
      step,
      updates: updates * step,
      forwards: cost * step,
      decoding,
      n: 32,
      correct: Math.round(32 * Math.min(1, Math.max(0, at(step / rollouts) + wobble(0.08)))),
    }))
  );
  const text = made.text ?? ((field: string) => field);
  const example = exampleRecord({ task, objective, seed, backend: "cpu" });
  return validateRecord({
    ...example,
    cell: {
      ...example.cell,
      suite: { id: made.suite, version: 1, identity: identity(made.suite) },
      base: identity(`${task} ${seed}`),
      source: { core: identity("core"), task: identity(task), objective: identity(objective) },
      data: { [`made-up/${text("data.csv")}`]: identity("data") },
    },
    outcome: {
      ...example.outcome,
      status: noise(`${name} status`) < 0.02 ? "diverged" : "complete",
      model: identity(name),
      budget: {
        steps: rollouts,
        updates: updates * rollouts,
        responses: 64 * rollouts,
        tokens: 1024 * rollouts,
        forwards: cost * rollouts,
        rolloutForwards: 256 * rollouts,
        flops: 40_000_000_000,
        rewardCalls: 64 * rollouts,
      },
      tests: (["sampled", "greedy"] as const).map((decoding) => ({
        set: "generated",
        decoding,
        before: score(start),
        after: score(at(1)),
      })),
      curve,
      diagnostics: {
        reward: perRollout((share) => Math.min(1, Math.max(0, at(share) + wobble(0.2)))),
        entropy: perRollout((share) => 0.9 * exp(-share) + Math.abs(wobble(0.1))),
        deadGroups: perRollout((share) => Math.min(1, 0.1 + 0.4 * share + Math.abs(wobble(0.2)))),
        gradNorm: perRollout(() => 0.5 + random.uniform()),
        kl: objective.startsWith("reinforce")
          ? Array.from({ length: rollouts }, () => null)
          : perRollout((share) => 0.01 * share + Math.abs(wobble(0.002))),
        maskShare: perRollout((share) => 0.05 + 0.1 * share),
        skippedUpdates: 0,
      },
      events: [{ step: 1, kind: "note", detail: text("a made-up event") }],
    },
    cost: { peakDeviceBytes: Math.round((2 + 3 * noise(objective)) * 2 ** 20) },
    run: {
      ...example.run,
      seconds: { base: 12, rollout: 1.5, update: 4, evaluation: 2.25, total: 8 },
      startedAt: text("2026-01-02T03:04:05.000Z"),
      cpu: text("a made-up processor"),
      adapter: text("no adapter"),
      driver: text("unknown"),
      deno: text("2.9.6"),
    },
  });
}

/** Generations that go with a record. */
function madeUpSamples(made: MadeUp, record: BenchRecord): Sample[] {
  const text = made.text ?? ((field: string) => field);
  const { task, objective, seed } = record.cell;
  return record.outcome.tests.flatMap(({ set, decoding }) =>
    Array.from({ length: made.samples }, (_, index): Sample => {
      const tokens = ["1", "+", "2", "*", "3", "=", "7", "<eos>"].map((token) => text(token));
      const correct = noise(`${task} ${objective} ${seed} ${index}`) < 0.6;
      return {
        set,
        decoding,
        index,
        id: text(`${task} item ${index}`),
        prompt: text(`Make 7 of 1, 2 and 3.\nAnswer: `),
        tokens,
        revealStep: tokens.map((_, i) => Math.floor((i * 5 % 8) / 2)),
        confidence: tokens.map((_, i) => Math.round(1000 * (0.4 + 0.6 * noise("confidence", i))) / 1000),
        entropy: tokens.map((_, i) => Math.round(1000 * noise("entropy", i)) / 1000),
        response: tokens.join(""),
        strict: {
          correct,
          answer: text("1+2*3"),
          reason: text(correct ? "equals the target" : "another number"),
        },
        d1: { correct, answer: null, reason: text("no answer tag") },
      };
    })
  );
}

/** Writes the records of made-up results into a folder, with the texts of the first seed. */
export async function writeMadeUpCells(folder: string, made: MadeUp): Promise<BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (const task of made.tasks) {
    for (const objective of made.objectives) {
      for (const seed of made.seeds) {
        const record = madeUpRecord(made, task, objective, seed);
        const path = `${folder}/${recordPath(record.cell)}`;
        await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
        await Deno.writeTextFile(path, canonicalJson(record));
        records.push(record);
        if (seed !== Math.min(...made.seeds)) continue;
        const lines = madeUpSamples(made, record).map((sample) => JSON.stringify(sample) + "\n").join("");
        const beside = (name: string, text: string) =>
          Deno.writeFile(path.replace(/\.json$/, `.${name}.jsonl.gz`), gzipSync(text));
        await beside("samples", lines);
        await beside("steps", `${JSON.stringify({ step: 1, gradNorm: [0.5, 0.25] })}\n`);
      }
    }
  }
  return records;
}

/** The same with the leaderboard derived from them. */
export async function writeMadeUp(folder: string, made: MadeUp): Promise<BenchRecord[]> {
  const records = await writeMadeUpCells(folder, made);
  await writeLeaderboard(folder, records);
  return records;
}

/** Live state of a bench that never ran. */
const NO_LIVE: LiveStore = openLive(".cache/test/no-such-store.sqlite");

/** The application over a results folder, looking at it afresh at every request. */
export function madeUpApp(folder: string, live: LiveStore = NO_LIVE): Hono {
  let time = 0;
  const open = openResults(folder, () => time);
  return createApp({
    results() {
      time += 1e6;
      return open();
    },
    live,
    hosts: null,
    onError: (error) => {
      throw error;
    },
  });
}

/** Tags of an HTML text in order, each with the names of its attributes: what a page consists of, texts apart. */
export function tagsOf(html: string): string[] {
  const tags: string[] = [];
  const rest = html.replace(
    /<(\/?[a-z][a-z0-9]*|!doctype html)((?:\s+[a-zA-Z][\w:-]*(?:="[^"]*")?)*)\s*\/?>/g,
    (_, name, attributes) => {
      const names = [...String(attributes).matchAll(/([a-zA-Z][\w:-]*)(?:="[^"]*")?/g)].map(([, attribute]) =>
        attribute
      );
      tags.push([name, ...names].join(" "));
      return "";
    },
  );
  const stray = /[<>]/.exec(rest);
  if (stray) {
    throw new Error(
      `not a tag of the templates: ${rest.slice(Math.max(0, stray.index - 80), stray.index + 80)}`,
    );
  }
  return tags;
}

/** Hash of every file below a folder, by path. */
export function hashesOf(folder: string, below = ""): Map<string, string> {
  const entries = [...Deno.readDirSync(`${folder}/${below}`)].sort((a, b) => a.name < b.name ? -1 : 1);
  return new Map(
    entries.flatMap(({ name, isDirectory }) => {
      const path = `${below}${name}`;
      return isDirectory
        ? [...hashesOf(folder, `${path}/`)]
        : [[path, sha256(Deno.readFileSync(`${folder}/${path}`))] as const];
    }),
  );
}

/** A claim's report with one table and one figure. */
export async function writeMadeUpClaim(folder: string, text: (field: string) => string = (field) => field) {
  await Deno.mkdir(`${folder}/claims`, { recursive: true });
  const claim = {
    schema: 1,
    id: "made-up",
    group: "bgpo",
    title: text("Memory does not grow with the samples"),
    paper: text("a made-up paper"),
    statement: text("Peak memory is constant in n_t."),
    method: text("Peak bytes of one update."),
    scale: text("full"),
    suite: { id: text("mini"), version: 1, identity: text("none") },
    outcome: "reproduced",
    verdict: text("reproduced: the ratio is 1.01"),
    checks: [{
      what: text("bytes at 64 samples over bytes at 1"),
      estimate: 1.01,
      interval: [1.01, 1.01],
      within: [null, 1.05],
      outcome: "reproduced",
    }],
    notes: [text("measured on made-up models")],
    figures: [{ file: "made-up-memory.svg", caption: text("Peak memory against n_t") }],
    data: [],
  };
  const line = (field: string) => text(field).replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  await Deno.writeTextFile(
    `${folder}/claims/made-up.md`,
    `# A claim\n\n${line("Bytes")}\n\n| n_t | bytes |\n| --- | --- |\n| 1 | ${line("2.0")} |\n`,
  );
  await Deno.writeTextFile(`${folder}/claims/made-up.json`, canonicalJson(claim));
  await Deno.writeTextFile(
    `${folder}/claims/made-up-memory.svg`,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380"><rect width="760" height="380" fill="#ccc"/></svg>`,
  );
}
