/** `deno task tune`: chooses the learning rates of a suite on seeds that are never reported. */

import { TUNING } from "../records/folder.ts";
import { loadSuite, parseSuite, SUITE_IDS } from "../suite/suite.ts";
import {
  mergeEvidence,
  RATES,
  readEvidence,
  tuneSuite,
  type TuningEvidence,
  withLearningRates,
} from "../bench/tuning.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { lockFolder } from "../files/lock.ts";
import { noteSourceFiles } from "../records/source_files.ts";
import { cellParts } from "../records/source_identity.ts";
import { openExecutor } from "./backend.ts";
import { interruptible } from "./interrupt.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";
import { selectSuite } from "./suite.ts";

const CACHE = ".cache/base";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("tune", args);
  const { suite, tasks, objectives } = await selectSuite(options.suite, options);
  const { executor, reason } = await openExecutor({ ...options, "fast-math": false });
  await using _ = executor;
  const progress = openProgress({ label: `tune ${suite.id}`, unit: "forwards", json: options.json });
  if (!options.json) console.error(`suite ${suite.id}@${suite.version}; backend ${reason}`);
  const folder = `${options.out}/${TUNING}`;
  let evidence: TuningEvidence | undefined;
  try {
    evidence = await interruptible((signal) =>
      tuneSuite(
        {
          executor,
          suite,
          tasks,
          objectives,
          out: `${folder}/.records`,
          work: `${folder}/.records/.work`,
          cache: CACHE,
          mode: "two-pass",
          signal,
        },
        (rate) =>
          progress.line(`learning rate ${rate}, ${RATES.indexOf(rate as never) + 1} of ${RATES.length}`),
        {
          progress: (done, total, note) => progress.update(done, total, note),
          say: progress.line,
          finished: () => {},
          seedFinished: () => Promise.resolve(),
        },
      )
    );
  } finally {
    progress.done(evidence && `the evidence is in ${folder}/${suite.id}.json`);
  }
  const { backend } = executor.description;
  const parts = await Promise.all(
    tasks.flatMap((task) =>
      objectives.map(async ({ id }) => Object.values(await cellParts(task.id, id, backend)))
    ),
  );
  await noteSourceFiles(options.out, parts.flat());
  const file = `${folder}/${suite.id}.json`;
  // Objectives that another process tuned meanwhile are kept.
  using _lock = await lockFolder(`${folder}/.records`);
  evidence = mergeEvidence(await readEvidence(file), evidence);
  await replaceFile(file, canonicalJson(evidence));
  if (options.apply) await apply(options.suite, evidence);
  if (options.json) console.log(JSON.stringify({ event: "tuning", evidence }));
  else {console.log(
      table(
        evidence,
        Object.fromEntries(Object.keys(evidence.objectives).map((id) => [id, rateOf(suite, id)])),
      ),
    );}
  return 0;
}

function rateOf({ objectives }: Awaited<ReturnType<typeof loadSuite>>, id: string): number | undefined {
  return objectives[id]?.learningRate;
}

/** The file of a suite, from the repository: of a built-in one by its id. */
export function suiteFile(suite: string): string {
  return SUITE_IDS.includes(suite) ? `src/suite/suites/${suite}.yaml` : suite;
}

/** Writes the chosen rates into the suite's file. */
async function apply(suite: string, { objectives }: TuningEvidence): Promise<void> {
  const path = suiteFile(suite);
  const rates = Object.fromEntries(Object.entries(objectives).map(([id, { chosen }]) => [id, chosen]));
  const text = withLearningRates(await Deno.readTextFile(path), rates);
  parseSuite(text, path);
  await replaceFile(path, text);
}

/** Mean sampled scores by objective and rate; the chosen one is marked, and so is a suite that has another. */
function table(
  { objectives }: TuningEvidence,
  current: Readonly<Record<string, number | undefined>>,
): string {
  const width = Math.max(...Object.keys(objectives).map(({ length }) => length));
  return [
    `${"".padEnd(width)}  ${RATES.map((rate) => String(rate).padStart(9)).join("")}`,
    ...Object.entries(objectives).map(([id, { chosen, rates }]) => {
      const cells = rates.map(({ rate, mean }) =>
        `${(100 * mean).toFixed(1)}${rate === chosen ? "*" : " "}`.padStart(9)
      );
      return `${id.padEnd(width)}  ${cells.join("")}${
        current[id] === chosen ? "" : `  the suite has ${current[id] ?? "no such objective"}`
      }`;
    }),
    "mean percentage of correct samples over all tasks; * is the rate that the sweep chooses",
  ].join("\n");
}
