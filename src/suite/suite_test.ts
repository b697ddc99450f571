import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { allTasks, realTasks, taskById } from "../../tasks/registry.ts";
import { checkSuite, loadSuite, parseSuite, SUITE_IDS, suiteIdentity } from "./suite.ts";
import { SuiteError } from "./names.ts";
import { withFolder } from "../files/testing.ts";
import { objectiveById, OBJECTIVES } from "../objectives/registry.ts";
import { forwardsPerStep } from "../train/cost.ts";
import { modelConfig, objectiveSettings, policySettings, taskForwardFlops } from "./settings.ts";

const miniText = await Deno.readTextFile(new URL("./suites/mini.yaml", import.meta.url));
const mini = await loadSuite("mini");

const realIds = new Set(realTasks.map(({ id }) => id));

Deno.test("every built-in suite is valid and carries its own name", async () => {
  for (const id of SUITE_IDS) {
    const suite = await loadSuite(id);
    assertEquals(suite.id, id);
    checkSuite(suite, { objectives: OBJECTIVES, tasks: allTasks });
    modelConfig(suite, { maskId: 1, eosId: 0 });
    // Every cell can be paid, every real task has a variant, and a new objective is in every suite.
    const tasks = Object.keys(suite.tasks).map(taskById);
    assertEquals(new Set(tasks.map(({ id }) => id.split("/")[0])), realIds);
    for (const task of tasks) {
      for (const objective of OBJECTIVES) {
        const { steps } = policySettings(suite, task, objective, "two-pass");
        assert(steps >= 2, `${id}: ${steps} rollouts of ${objective.id} on ${task.id}`);
      }
    }
  }
});

Deno.test("mini has models of about thirty thousand parameters", () => {
  const { vocab, dim, layers, hidden, maxSequence } = mini.model;
  const layer = 4 * dim * dim + 3 * dim * hidden + 2 * dim;
  assertEquals(2 * vocab * dim + maxSequence * dim + layers * layer + dim, 30368);
});

Deno.test("loadSuite reads a file by path and lists the known names otherwise", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/own.yaml`, miniText.replace("id: mini", "id: own"));
    assertEquals((await loadSuite(`${folder}/own.yaml`)).id, "own");
    await assertRejects(
      () => loadSuite("toString"),
      SuiteError,
      `unknown suite "toString"; known suites: mini, smoke`,
    );
    await assertRejects(() => loadSuite(`${folder}/none.yaml`), SuiteError, "cannot read the suite");
  }));

/** The mini suite with one piece of its text replaced, and a part of the message this must give. */
const FAULTS: [string | RegExp, string, string][] = [
  [
    "  dim: 32",
    "  dim: 32\n  width: 3",
    "model.width: unknown key; known keys here: vocab, dim, layers, heads",
  ],
  [
    "warmup: 50",
    "warmUp: 50",
    "tasks.sudoku/mini.base.0.schedule.warmUp: unknown key; known keys here: peak, warmup",
  ],
  [
    "steps: 4, blockLength: 16",
    "steps: 4, block: 16",
    "tasks.sudoku/mini.decoding.block: unknown key; known keys",
  ],
  ["version: 3", "version: 3\nversoin: 3", "  versoin: unknown key; known keys here: id, version, title"],
  [
    "decay: cosine",
    "decay: cosin",
    `tasks.sudoku/mini.base.0.schedule.decay: Invalid option: expected one of "constant"`,
  ],
  [
    "position: learned",
    "position: alibi",
    `model.position: Invalid option: expected one of "learned"|"rope"`,
  ],
  ["position: learned", "position: rope", "model.ropeTheta: expected with position: rope, and only there"],
  ["heads: 4", "heads: 5", "model.heads: expected a divisor of dim = 32"],
  ["kvHeads: 4", "kvHeads: 3", "model.kvHeads: expected a divisor of heads = 4"],
  ["hidden: 88", "hidden: 88.5", "model.hidden: Invalid input: expected int"],
  ["hidden: 88", `hidden: "88"`, "model.hidden: Invalid input: expected number, received string"],
  ["hidden: 88", "", "model.hidden: Invalid input: expected number, received undefined"],
  ["flaw: 0.8", "flaw: 1.1", "tasks.sudoku/mini.base.1.flaw: Too big"],
  ["beta2: 0.99", "beta2: 1", "optimizer.beta2: expected less than 1"],
  ["flops: 40000000000", "flop: 40000000000", "rl.budget: expected { flops: N } or { rollouts: N }"],
  ["flops: 40000000000", "rollouts: 0", "rl.budget.rollouts: Too small"],
  ["flops: 40000000000", "flops: 1, rollouts: 1", "rl.budget: expected { flops: N } or { rollouts: N }"],
  ["flaw: 0.8", "flaw: 0", "tasks.sudoku/mini.setting: expected staged where a phase of the base has a flaw"],
  ["setting: staged", "setting: natural", "setting: expected staged where a phase of the base has a flaw"],
  ["setting: staged", "setting: other", `setting: Invalid option: expected one of "staged"|"natural"`],
  ["miniBatches: 4", "miniBatches: 3", "updates.miniBatches: expected a divisor of prompts = 16"],
  [/learningRate: [\d.]+/, "learningRate: 0", "learningRate: Too small"],
  [
    "tuningSeeds: [1001, 1002]",
    "tuningSeeds: [3]",
    "tuningSeeds: expected seeds that are not among those reported",
  ],
  [
    "peak: 0.003, warmup: 50",
    "peak: 0.003, warmup: 451",
    "tasks.sudoku/mini.base.0.schedule.warmup: expected at most",
  ],
  ["group: 8", "group: 1", "rl.group: Too small"],
  ["seeds: [1, 2, 3]", "seeds: [1, 2, 1]", "seeds: expected no seed twice"],
  ["seeds: [1, 2, 3]", "seeds: [4294967296]", "seeds.0: Too big"],
  ["seeds: [1, 2, 3]", "seeds: []", "seeds: Too small"],
  ["[greedy, sampled]", "[greedy, greedy]", "evaluation.final.decodings: expected no value twice"],
  [
    "realPrompts: all",
    "realPrompts: some",
    `evaluation.final.realPrompts: expected "all" or a number of rows`,
  ],
  ["  bgpo:", "  BGPO:", "objectives.BGPO: expected lower-case letters"],
  [
    "settings: { samples: 2",
    "settings: { samples: two",
    "settings.samples: Invalid input: expected number",
  ],
  ["id: mini", "id: ../mini", "id: expected lower-case letters, digits and hyphens"],
  ["id: mini", "id: mini\nid: mini", "mini.yaml is not YAML"],
  ["id: mini", "id: [", "mini.yaml is not YAML"],
];

Deno.test("parseSuite names the place of every fault", () => {
  for (const [text, replacement, message] of FAULTS) {
    assert(miniText !== miniText.replace(text, "\0"), `mini.yaml has no "${text}"`);
    const error = assertThrows(
      () => parseSuite(miniText.replace(text, replacement), "mini.yaml"),
      SuiteError,
    );
    assertStringIncludes(error.message, message);
  }
  assertThrows(() => parseSuite("", "empty.yaml"), SuiteError, "the file: Invalid input: expected object");
  const two = miniText.replace("id: mini", "id: M").replace("version: 3", "version: 0");
  const { message } = assertThrows(() => parseSuite(two, "mini.yaml"), SuiteError);
  assertStringIncludes(message, "  id: ");
  assertStringIncludes(message, "  version: ");
});

Deno.test("checkSuite refuses unknown names and sizes that do not fit", () => {
  const change = (text: string, replacement: string) => {
    assert(miniText.includes(text), text);
    return parseSuite(miniText.replace(text, replacement), "mini.yaml");
  };
  const cases: [string, string, string][] = [
    [
      "  bgpo:",
      "  bgpq:",
      `unknown objective "bgpq"; known objectives: ${OBJECTIVES.map(({ id }) => id).join(", ")}`,
    ],
    [
      "  sudoku/mini:",
      "  sodoku/mini:",
      `unknown task "sodoku/mini"; known tasks: ${allTasks.map(({ id }) => id).join(", ")}`,
    ],
    [
      "settings: { samples: 2",
      "settings: { sample: 2",
      "settings.sample: unknown setting; known settings: samples, ",
    ],
    ...["0", "2.5"].map((samples): [string, string, string] => [
      "settings: { samples: 2",
      `settings: { samples: ${samples}`,
      `settings.samples: expected a whole number from 1 to 65535, found ${samples}`,
    ]),
    [
      "maxSequence: 32",
      "maxSequence: 31",
      "model.maxSequence: expected at least 32 for sudoku/mini, found 31",
    ],
    ["vocab: 64", "vocab: 65", "model.vocab: expected 64, the vocabulary of sudoku/mini, found 65"],
    ["blockLength: 16", "blockLength: 5", "tasks.sudoku/mini.decoding.blockLength: expected a divisor of 16"],
    [
      "steps: 4, blockLength: 16",
      "steps: 3, blockLength: 8",
      "sudoku/mini.decoding.steps: expected a multiple of 2",
    ],
    [
      "  gsm8k/mini:",
      "  gsm8k/multi:",
      "tasks.gsm8k/multi.base.1.flaw: expected 0, as its demonstrations make no systematic mistake, found 0.6",
    ],
    ["steps: 4, blockLength: 16", "steps: 17, blockLength: 16", "at most 16, found 17"],
  ];
  for (const [text, replacement, message] of cases) {
    assertThrows(
      () => checkSuite(change(text, replacement), { objectives: OBJECTIVES, tasks: allTasks }),
      SuiteError,
      message,
    );
  }
});

Deno.test("objectiveSettings are the defaults with the suite's changes", () => {
  assertEquals(objectiveSettings(mini, objectiveById("bgpo")), {
    samples: 2,
    normalize: 1,
    systematicCounts: 1,
  });
  assertThrows(
    () => objectiveSettings(mini, { id: "other", defaults: { beta: 1 } }),
    SuiteError,
    `suite mini has no objective "other"; it has reinforce-elbo`,
  );
});

Deno.test("a budget buys as many whole rollouts as it pays for, fewer of what costs more", () => {
  const sudoku = taskById("sudoku/mini"), flops = taskForwardFlops(mini, sudoku);
  const buy = (id: string, budget: number) => {
    const suite = { ...mini, rl: { ...mini.rl, budget: { flops: budget } } };
    return policySettings(suite, sudoku, objectiveById(id), "two-pass").steps;
  };
  const objective = objectiveById("reinforce-elbo");
  const settings = policySettings(mini, sudoku, objective, "two-pass");
  const each = forwardsPerStep(settings, 2, { objective, hyper: {}, mode: "two-pass" }) *
    flops;
  assertEquals([buy("reinforce-elbo", 5 * each), buy("reinforce-elbo", 5 * each - 1)], [5, 4]);
  assert(buy("vrpo-ol", 50 * each) < buy("bgpo", 50 * each) && buy("bgpo", 50 * each) < 50);
  assertThrows(
    () => buy("reinforce-elbo", each - 1),
    SuiteError,
    `rl.budget.flops is ${each - 1}, and one rollout of reinforce-elbo on sudoku/mini with its updates costs`,
  );
  assertEquals(settings.schedule, {
    peak: mini.objectives["reinforce-elbo"]!.learningRate,
    warmup: 2,
    decay: "constant",
    final: 1,
  });
});

Deno.test("modelConfig completes the sizes", () => {
  const config = modelConfig(mini, { maskId: 1, eosId: 0 });
  assertEquals([config.headDim, config.maskId, config.position, config.tiedHead], [8, 1, "learned", false]);
});

Deno.test("suiteIdentity ignores comments and order, and changes with every value", () => {
  const reordered = miniText.replace("id: mini\nversion: 1", "# a note\nversion: 1\nid: mini");
  assertEquals(suiteIdentity(parseSuite(reordered, "mini.yaml")), suiteIdentity(mini));
  const changed = miniText.replace("flaw: 0.8", "flaw: 0.81");
  assertNotEquals(suiteIdentity(parseSuite(changed, "mini.yaml")), suiteIdentity(mini));
});
