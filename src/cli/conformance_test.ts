import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { backendTest } from "../../kernels/testing.ts";
import { run } from "./conformance.ts";
import { objectiveById } from "../objectives/registry.ts";
import { type Checker, compareCase, readJson, relativeError } from "../conformance/checker.ts";
import { checkFolder } from "../conformance/conformance.ts";
import { checkObjectiveCase } from "../conformance/objectives.ts";
import { reportText, totalsOf } from "../conformance/report.ts";

const FIXTURES = `${import.meta.dirname}/../conformance/fixtures`;
const SCRATCH = `${import.meta.dirname}/../../.cache/conformance-test`;

/** Runs `body` with a folder that holds the given files. */
async function withFolder(
  files: Record<string, string>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  await Deno.mkdir(SCRATCH, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: SCRATCH });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Cases of each committed objective file. */
const OBJECTIVE_CASES = {
  "bgpo": 9,
  "bgpo-dare": 6,
  "cispo": 5,
  "clip-higher": 5,
  "coupled-grpo": 4,
  "diffu-grpo": 5,
  "dppo-binary-kl": 9,
  "dppo-binary-tv": 9,
  "dppo-topk-kl": 8,
  "dppo-topk-tv": 8,
  "egspo": 5,
  "egspo-sa": 8,
  "espo": 7,
  "grpo-elbo": 5,
  "minirl": 6,
  "pg-is": 5,
  "pg-tis": 5,
  "ppo-clip": 5,
  "reinforce-elbo": 6,
  "spg": 8,
  "trace-rl": 4,
  "unigrpo": 4,
  "vrpo-ol": 6,
  "wd1": 4,
};
/** Committed files with a checksum besides these. */
const OTHER_FILES = 34;

backendTest(
  "the committed fixtures: every objective, estimator and checksum case passes",
  async (backend) => {
    const reports = await checkFolder(FIXTURES, { backend });
    const passed = Object.fromEntries(
      reports.filter(({ file }) => !/^(models|e2e)\//.test(file))
        .map(({ file, form, cases, passed }) => [form ? `${file} ${form}` : file, [cases, passed]]),
    );
    const bothForms = Object.fromEntries(
      Object.entries(OBJECTIVE_CASES).flatMap(([id, cases]) =>
        ["typescript", backend.description.backend].map((
          form,
        ) => [`objectives/${id}.json ${form}`, [cases, cases]])
      ),
    );
    const files = OTHER_FILES + Object.keys(OBJECTIVE_CASES).length;
    assertEquals(passed, {
      "advantages.json": [8, 8],
      "divergence.json typescript": [17, 17],
      [`divergence.json ${backend.description.backend}`]: [10, 10],
      "elbo.json": [17, 17],
      "kl.json": [3, 3],
      "manifest.json": [files, files],
      ...bothForms,
      "selection.json": [9, 9],
      "stats.json": [34, 34],
    });
    const { cases, passed: all } = totalsOf(reports);
    assertEquals(all, cases, reportText(reports));
    const kinds = new Set(reports.map(({ file }) => file.replace(/[^/]*$/, "")));
    assertEquals([...kinds].sort(), ["", "e2e/", "models/llada/", "objectives/"]);
  },
);

backendTest(
  "a wrong expected value fails its case, in both forms where both are checked",
  async (backend) => {
    const { cases } = await readJson(FIXTURES, "objectives/bgpo.json");
    const objective = objectiveById("bgpo");
    const json = cases.find(({ name }: { name: string }) => name === "off_policy");
    const statuses = async (change: (copy: typeof json) => void) => {
      const copy = structuredClone(json);
      change(copy);
      return (await checkObjectiveCase(objective, copy, { backend })).map(({ status }) => status);
    };
    assertEquals(await statuses(() => {}), ["passed", "passed"]);
    assertEquals(await statuses((c) => c.expected.dloss_dlogp[0][0][0] *= 1.001), ["failed", "failed"]);
    const negative = json.expected.advantages.findIndex((advantage: number) => advantage < 0);
    assertEquals(await statuses((c) => c.responses[negative].states[1].logp[0] -= 0.01), [
      "failed",
      "failed",
    ]);
    assertEquals(await statuses((c) => c.expected.objective += 1e-6), ["failed", "passed"]);
    assertEquals(await statuses((c) => c.expected.advantages[3] += 1e-6), ["failed", "passed"]);
    assertEquals(await statuses((c) => c.expected.aux.g[2][1] += 1e-6), ["failed", "passed"]);
  },
);

backendTest("a file of another objective is missing with its cases, a damaged one fails", async (backend) => {
  const other = JSON.stringify({ objective: "abacus", cases: [{ name: "a" }, { name: "b" }] });
  await withFolder({ "objectives/abacus.json": other, "kl.json": "{" }, async (folder) => {
    const [damaged, missing] = await checkFolder(folder, { backend });
    assertEquals([missing!.cases, missing!.missing, missing!.passed], [2, 2, 0]);
    assertEquals(missing!.reasons, ["the objective abacus is not implemented"]);
    assertEquals([damaged!.file, damaged!.failed], ["kl.json", 1]);
  });
});

backendTest(
  "a file that differs from its checksum fails, one that is not there is no case",
  async (backend) => {
    const sha256 = "0".repeat(64);
    const manifest = JSON.stringify({
      files: { "a.bin": { bytes: 3, sha256 }, "b.bin": { bytes: 3, sha256 } },
    });
    await withFolder({ "manifest.json": manifest, "a.bin": "abc" }, async (folder) => {
      const [report] = await checkFolder(folder, { backend });
      assertEquals([report!.cases, report!.failed], [1, 1]);
      assertStringIncludes(report!.failures[0]!.detail, "found 3 bytes, sha256 ba7816bf");
    });
  },
);

backendTest("a folder without a known file and a folder that is not there are refused", async (backend) => {
  await withFolder({ "notes.txt": "" }, async (folder) => {
    await assertRejects(() => checkFolder(folder, { backend }), Error, "has no file with expected values");
  });
  await assertRejects(() => checkFolder(`${FIXTURES}/nowhere`, { backend }), Error, "cannot read the folder");
});

Deno.test("the first checker that matches a file checks it, and what it throws is a failed case", async () => {
  const checker: Checker = {
    matches: (path) => path === "kl.json",
    check: () => Promise.reject(new Error("no such number")),
  };
  const reports = await checkFolder(FIXTURES, { backend: null as never }, [checker]);
  assertEquals(reports.map(({ file, failures }) => [file, failures]), [
    ["kl.json", [{ name: "kl.json", detail: "no such number" }]],
  ]);
});

Deno.test("errors are relative to the largest expected entry; NaN and other shapes never pass", () => {
  assertEquals(relativeError([[1, 2.5], []], [[1, 2], []]), 0.25);
  assertEquals(relativeError([0.5], [0]), 0.5);
  assertEquals(relativeError(0.5, 0, 10), 0.05);
  const status = (actual: number[], expected: number[]) =>
    compareCase("case", [{ name: "x", actual, expected, tolerance: 1e300 }]).status;
  assertEquals(status([NaN], [1]), "failed");
  assertEquals(status([1], [NaN]), "failed");
  let message = "";
  try {
    relativeError([[1], [2]], [[1, 2]]);
  } catch (error) {
    message = (error as Error).message;
  }
  assertStringIncludes(message, "expected the shape [[.,.]], found [[.],[.]]");
});

Deno.test({
  name: "the command: status 0 when nothing fails, 1 when a case fails, and JSON on request",
  // The command opens and closes its own device.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const printed: string[] = [];
    const log = console.log;
    console.log = (text: string) => printed.push(text);
    try {
      const bgpo = await Deno.readTextFile(`${FIXTURES}/objectives/bgpo.json`);
      await withFolder({ "objectives/bgpo.json": bgpo }, async (folder) => {
        assertEquals(await run(["--fixtures", folder, "--backend", "webgpu"]), 0);
        assertStringIncludes(printed.join("\n"), "objectives/bgpo.json (webgpu)");
      });
      const kl = await Deno.readTextFile(`${FIXTURES}/kl.json`);
      await withFolder(
        { "kl.json": kl.replace('"dvalue_dlogp_theta":[1.0,', '"dvalue_dlogp_theta":[1.5,') },
        async (f) => {
          printed.length = 0;
          assertEquals(await run(["--fixtures", f, "--json"]), 1);
          const { totals, files } = JSON.parse(printed.join("\n"));
          assertEquals(totals, { cases: 3, passed: 2, failed: 1, missing: 0 });
          assertEquals(files[0].failures[0].name, "k1");
        },
      );
    } finally {
      console.log = log;
    }
    await assertRejects(() => run([]), Error, "--fixtures");
    await assertRejects(() => run(["--fixtures", FIXTURES, "--backend", "abacus"]), Error, "abacus");
    assert(printed.length > 0);
  },
});
