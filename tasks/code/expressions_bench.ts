/**
 * How fast the sandbox judges expressions, and from memory:
 *   deno run -A tasks/code/expressions_bench.ts [--programs=2] [--rounds=5]
 * prints the best of some rounds: verdicts per second (four tests each) by batch size, and the time to the first.
 */

import { parseArgs } from "@std/cli";
import { closeCodeSandbox, runExpressions } from "./grades.ts";
import { createSandbox, type Expression } from "../../src/sandbox/sandbox.ts";

const XS = [0, 1, 3, 7];

/** Different expressions, all right: such as a model of the mini tasks writes. */
function expressions(count: number, round: number): Expression[] {
  return Array.from({ length: count }, (_, i) => ({
    expression: `(x-${i % 10})*${i}+${round}`,
    tests: XS.map((x) => ({ x, expected: (x - i % 10) * i + round })),
  }));
}

/** The shortest of some rounds, in seconds. */
async function best(rounds: number, fn: (round: number) => Promise<unknown>): Promise<number> {
  let seconds = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await fn(round);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return seconds;
}

const { programs, rounds } = parseArgs(Deno.args, {
  string: ["programs", "rounds"],
  default: { programs: String(navigator.hardwareConcurrency), rounds: "5" },
});
const perSecond = (count: number, seconds: number) => `${Math.round(count / seconds)} verdicts/s`;

const start = performance.now();
const sandbox = await createSandbox({ programs: Number(programs) });
await sandbox.runExpressions(expressions(1, 0));
console.log(`first verdict after ${((performance.now() - start) / 1000).toFixed(2)} s`);
for (const count of [1, 64, 512, 4096, 32768]) {
  const seconds = await best(Number(rounds), (round) => sandbox.runExpressions(expressions(count, round)));
  console.log(`batches of ${count}: ${(1000 * seconds).toFixed(1)} ms, ${perSecond(count, seconds)}`);
}
await sandbox.close();

const items = expressions(50_000, 0);
await runExpressions(items);
const seconds = await best(Number(rounds), () => runExpressions(items));
console.log(`from memory: ${perSecond(items.length, seconds)}`);
await closeCodeSandbox();
