import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { withFolder } from "../files/testing.ts";
import {
  checkSuite,
  type KnownTask,
  loadSuite,
  modelConfig,
  objectiveSettings,
  parseSuite,
  SUITE_IDS,
  SuiteError,
  suiteIdentity,
} from "./suite.ts";

const miniText = await Deno.readTextFile(new URL("./suites/mini.yaml", import.meta.url));
const mini = await loadSuite("mini");

const objectives = ["reinforce-elbo", "vrpo-ol", "bgpo"].map((id) => ({
  id,
  defaults: { samples: 16, normalize: 0, systematicCounts: 0 },
}));
const vocabulary = { size: 64 };
const tasks: KnownTask[] = [
  { id: "sudoku/mini", promptLength: 16, responseLength: 16, vocabulary },
  { id: "countdown/mini", promptLength: 8, responseLength: 8, vocabulary },
];

Deno.test("every built-in suite is valid and carries its own name", async () => {
  for (const id of SUITE_IDS) {
    const suite = await loadSuite(id);
    assertEquals(suite.id, id);
    checkSuite(suite, { objectives, tasks });
    modelConfig(suite, { maskId: 1, eosId: 0 });
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
const FAULTS: [string, string, string][] = [
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
  ["version: 1", "version: 1\nversoin: 2", "  versoin: unknown key; known keys here: id, version, title"],
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
  ["warmup: 5,", "warmup: 61,", "rl.schedule.warmup: expected at most steps = 60"],
  [
    "peak: 0.003, warmup: 50",
    "peak: 0.003, warmup: 384",
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
  ["bgpo: {", "BGPO: {", "objectives.BGPO: expected lower-case letters"],
  [
    "  bgpo: { samples: 2",
    "  bgpo: { samples: two",
    "objectives.bgpo.samples: Invalid input: expected number",
  ],
  ["id: mini", "id: ../mini", "id: expected lower-case letters, digits and hyphens"],
  ["id: mini", "id: mini\nid: mini", "mini.yaml is not YAML"],
  ["id: mini", "id: [", "mini.yaml is not YAML"],
];

Deno.test("parseSuite names the place of every fault", () => {
  for (const [text, replacement, message] of FAULTS) {
    assert(miniText.includes(text), `mini.yaml has no "${text}"`);
    const error = assertThrows(
      () => parseSuite(miniText.replace(text, replacement), "mini.yaml"),
      SuiteError,
    );
    assertStringIncludes(error.message, message);
  }
  assertThrows(() => parseSuite("", "empty.yaml"), SuiteError, "the file: Invalid input: expected object");
  const two = miniText.replace("id: mini", "id: M").replace("version: 1", "version: 0");
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
    ["  bgpo:", "  bgpq:", `unknown objective "bgpq"; known objectives: reinforce-elbo, vrpo-ol, bgpo`],
    [
      "  sudoku/mini:",
      "  sodoku/mini:",
      `unknown task "sodoku/mini"; known tasks: sudoku/mini, countdown/mini`,
    ],
    [
      "  bgpo: { samples: 2",
      "  bgpo: { sample: 2",
      "objectives.bgpo.sample: unknown setting; known settings: samples, normalize, systematicCounts",
    ],
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
    ["steps: 4, blockLength: 16", "steps: 17, blockLength: 16", "at most 16, found 17"],
  ];
  for (const [text, replacement, message] of cases) {
    assertThrows(() => checkSuite(change(text, replacement), { objectives, tasks }), SuiteError, message);
  }
});

Deno.test("objectiveSettings are the defaults with the suite's changes", () => {
  assertEquals(objectiveSettings(mini, objectives[2]!), { samples: 2, normalize: 1, systematicCounts: 1 });
  assertEquals(objectiveSettings(mini, { id: "other", defaults: { beta: 1 } }), { beta: 1 });
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
