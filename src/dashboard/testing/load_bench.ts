/**
 * Load: 4,000 cells and 200,000 kept responses, made up. Prints start-up time and the latency of pages as the
 * dashboard's own process answers them.
 *
 *   deno run --allow-read=. --allow-write=.cache --allow-net=127.0.0.1 "--allow-run=$(deno run src/driver/executable.ts)" \
 *     src/dashboard/testing/load_bench.ts
 */

import { OBJECTIVES } from "../../objectives/registry.ts";
import { allTasks } from "../../../tasks/registry.ts";
import { type MadeUp, writeMadeUp } from "./testing.ts";

const FOLDER = ".cache/dashboard-load";
/** 6 tasks x 24 objectives x 28 seeds, each with 50 responses: 25 of each of 2 decodings. */
const MADE: MadeUp = {
  suite: "mini",
  tasks: allTasks.map(({ id }) => id).filter((id) => id.endsWith("/mini")),
  objectives: OBJECTIVES.map(({ id }) => id),
  seeds: Array.from({ length: 28 }, (_, i) => i + 1),
  items: 128,
  rollouts: 60,
  samples: 25,
};
const LOOKS = 200;

/** What is asked, by name: the leaderboard with its rankings in turn, then one page of each other kind. */
const ASKED: readonly (readonly [name: string, path: (look: number) => string])[] = [
  ["leaderboard", () => ""],
  [
    "leaderboard, other rankings, sorted",
    (look) =>
      `sections/mini.1.staged.cpu~compute.${
        ["greedy.strict", "sampled.d1", "greedy.d1"][look % 3]
      }.html?sort=ranking.${["mean", "gain", "rank", "compute"][look % 4]}${look % 3 ? ".desc" : ""}`,
  ],
  ["leaderboard, sorted anew each time", (look) => `?sort=ranking.${MADE.tasks[look % 6]}&task=${look}`],
  ["figure", () => "index/forest.svg"],
  ["task", (look) => `tasks/${MADE.tasks[look % 6]!.replace("/", ".")}.html`],
  ["objective", (look) => `objectives/${MADE.objectives[look % MADE.objectives.length]}.html`],
  ["cells", (look) => look % 20 === 0 ? "cells.html" : `cells.${1 + look % 20}.html`],
  ["cell", (look) => `cells/mini.sudoku.mini.bgpo.${1 + look % 28}.cpu.html`],
  ["generations", (look) => `cells/mini.sudoku.mini.bgpo.${1 + look % 28}.cpu/generated.greedy.html`],
];

async function start(): Promise<{ child: Deno.ChildProcess; address: string; seconds: number }> {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--allow-read=${FOLDER}`,
      "--allow-net=127.0.0.1",
      "src/main.ts",
      "dashboard",
      "--results",
      FOLDER,
      "--port",
      "0",
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return { child, address: value.trim(), seconds: (performance.now() - began) / 1000 };
}

async function timed(address: string): Promise<number> {
  const began = performance.now();
  const response = await fetch(address);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return performance.now() - began;
}

function quantile(values: readonly number[], q: number): string {
  return values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1]!.toFixed(1).padStart(7);
}

try {
  Deno.statSync(`${FOLDER}/leaderboard.json`);
} catch {
  const began = performance.now();
  await writeMadeUp(FOLDER, MADE);
  console.log(`results made up in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
const cells = MADE.tasks.length * MADE.objectives.length * MADE.seeds.length;
console.log(`${cells} cells, ${cells * MADE.samples * 2} kept responses`);

const starts: number[] = [];
for (let i = 0; i < 5; i++) {
  const { child, address, seconds } = await start();
  starts.push(seconds);
  if (i === 0) console.log(`first leaderboard after a start: ${(await timed(address)).toFixed(0)} ms`);
  child.kill();
  await child.status;
}
console.log(`start-up until it listens, 5 times: ${starts.map((s) => s.toFixed(2)).join(", ")} s`);

const { child, address } = await start();
try {
  console.log("milliseconds                          first     p50     p95     max");
  for (const [name, path] of ASKED) {
    const first = await timed(address + path(0));
    const all: number[] = [];
    for (let look = 0; look < LOOKS; look++) all.push(await timed(address + path(look)));
    console.log(
      `${name.padEnd(34)} ${first.toFixed(1).padStart(7)} ${
        [0.5, 0.95, 1].map((q) => quantile(all, q)).join(" ")
      }`,
    );
  }
  // A record that is written anew: the leaderboard is derived from all of them again.
  const record = `${FOLDER}/mini/sudoku/mini/bgpo/seed-1.cpu.json`, text = await Deno.readTextFile(record);
  const changed: number[] = [];
  for (let look = 0; look < 5; look++) {
    await Deno.writeTextFile(record, text);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    changed.push(await timed(address));
  }
  console.log(`leaderboard after a record was replaced, 5 times: ${changed.map(Math.round).join(", ")} ms`);
} finally {
  child.kill();
  await child.status;
}
