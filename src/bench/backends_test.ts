/** A whole small run, from a fresh model to reinforcement learning, compared between backends and pinned. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Backend } from "../../kernels/backend.ts";
import { openCpu } from "../../kernels/cpu.ts";
import { testBackend } from "../../kernels/testing.ts";
import { taskById } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { type NamedTensors, readParameters } from "../model/parameters.ts";
import type { Objective } from "../objectives/objective.ts";
import { objectiveById } from "../objectives/registry.ts";
import { trainBase } from "../train/base.ts";
import { policyStep, type StepLog } from "../train/policy.ts";
import { loadSuite } from "../suite/suite.ts";
import { modelConfig } from "../suite/settings.ts";
import { createTrainer } from "./trainer.ts";

const suite = await loadSuite("smoke");
const SEED = 1;

/** An untrained model solves nothing and would learn nothing: it is rewarded for the letter "1" instead. */
const task: Task = {
  ...taskById("sudoku/mini"),
  rewards: (batch) => Promise.resolve(batch.map(({ text }) => text.split("1").length - 1)),
};

interface Run {
  readonly log: readonly StepLog[];
  readonly tensors: NamedTensors;
}

/** The parameters of the base model after a few steps. */
function base(backend: Backend): Promise<NamedTensors> {
  const { initialisation, optimizer, tasks } = suite;
  const recipe = { initialisation, optimizer, phases: tasks[task.id]!.base };
  return trainBase(
    backend,
    { config: modelConfig(suite, task.vocabulary), task, recipe, seed: SEED },
    () => {},
  );
}

/** `steps` rollouts with the updates that follow them, from the parameters of the base model. */
async function reinforce(
  backend: Backend,
  objective: Objective,
  from: NamedTensors,
  steps: number,
): Promise<Run> {
  using trainer = createTrainer(backend, { suite, task, objective, mode: "two-pass" }, from, []);
  const { learner, ...run } = trainer, log: StepLog[] = [];
  while (log.length < steps) log.push(await policyStep({ task, seed: SEED, ...run }, log));
  return { log, tensors: await readParameters(backend, learner.parameters) };
}

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** Distance of two sets of parameters, relative to how far the first is from where both started. */
function relativeDistance(a: NamedTensors, b: NamedTensors, start: NamedTensors): number {
  let apart = 0, moved = 0;
  for (const [name, { data }] of a) {
    apart += norm(data.map((value, i) => value - b.get(name)!.data[i]!)) ** 2;
    moved += norm(data.map((value, i) => value - start.get(name)!.data[i]!)) ** 2;
  }
  return Math.sqrt(apart / moved);
}

/** Both backends round each of some hundred f32 operations on the way: 1e-6 was measured, a wrong term gives 1. */
const TOLERANCE = 1e-4;

/** One of each kind of weight: of the token, of the state, of the response, of recorded distributions. */
const COMPARED = ["reinforce-elbo", "vrpo-ol", "bgpo"].map(objectiveById);

for (const objective of COMPARED) {
  Deno.test({
    name: `a rollout and its updates with ${objective.id} are the same on cpu and webgpu`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const cpu = await testBackend("cpu"), webgpu = await testBackend("webgpu");
      const start = await base(cpu);
      const ours = await reinforce(cpu, objective, start, 1);
      const theirs = await reinforce(webgpu, objective, start, 1);
      const [a, b] = [ours.log[0]!, theirs.log[0]!];
      assert(a.gradNorm.every((size) => size! > 0.1), "there is nothing to compare without a gradient");
      const exact = ({ entropy: _, value: __, gradNorm: ___, kl: ____, maxRatio: _____, ...rest }: StepLog) =>
        rest;
      assertEquals(exact(a), exact(b));
      for (const name of ["value", "gradNorm", "kl", "maxRatio"] as const) {
        assertEquals(a[name].map((value) => value === null), b[name].map((value) => value === null), name);
        a[name].forEach((value, i) => assertAlmostEquals(value ?? 0, b[name][i] ?? 0, TOLERANCE, name));
      }
      assertAlmostEquals(a.entropy!, b.entropy!, TOLERANCE * a.entropy!);
      const distance = relativeDistance(ours.tensors, theirs.tensors, start);
      assert(distance < TOLERANCE, `parameters are ${distance} of the way apart`);
    },
  });
}

Deno.test("the fast build trains like the portable one", async () => {
  using fast = await openCpu({ build: "fast" });
  using portable = await openCpu();
  const [start, objective] = [await base(portable), objectiveById("bgpo")];
  const ours = await reinforce(fast, objective, start, 1);
  const theirs = await reinforce(portable, objective, start, 1);
  assertEquals(ours.log[0]!.reward, theirs.log[0]!.reward);
  const distance = relativeDistance(ours.tensors, theirs.tensors, start);
  assert(distance < TOLERANCE, `parameters are ${distance} of the way apart`);
});

function hashOf({ log, tensors }: Run): string {
  const parameters = Array.from(tensors, ([name, { data }]) => [name, sha256(data)]);
  assert([...tensors.values()].every(({ data }) => data.every(Number.isFinite)));
  return sha256(canonicalJson({ log, parameters }));
}

/**
 * The same bits on every machine. A change of a kernel that is meant to change them renews these hashes, and all
 * results of the cpu backend with them; a change of the step log renews the hashes alone.
 */
const PINNED: Record<string, string> = {
  base: "e06d7d30fc83763cc89e6b7d66dd6c0ee254645a6a855a22672cee0110de5877",
  "reinforce-elbo": "de895e0be5a23f4d2e368e64ba7400aed24111a5bec8a37de16d6610956a0eec",
  "vrpo-ol": "e2fd8e1b9e312f3c9a011f3a5d9ae9b555e693f201437e26d4f1f6332a6c1404",
  bgpo: "7a1ba26e281e5a046821766ff3a1ec76e0b71ed521a03276dca81cdee930d60c",
};

Deno.test("two rollouts on the CPU, in its portable build, give the pinned bits", async () => {
  using backend = await openCpu();
  const start = await base(backend);
  const hashes: Record<string, string> = { base: hashOf({ log: [], tensors: start }) };
  for (const objective of COMPARED) {
    hashes[objective.id] = hashOf(await reinforce(backend, objective, start, 2));
  }
  assertEquals(hashes, PINNED);
});
