/**
 * Brings a results folder of record schema 2 to schema 3, once: every outcome is kept. Of seeds other than a suite's
 * first, samples and step logs are replaced by their hashes.
 *
 *   deno run -A src/records/migrate.ts RESULTS TREE CLAIMS
 *
 * TREE is a checkout of the code that made the records, whose own identities they must have; CLAIMS the `.work` folder of
 * its `deno task claims`.
 */

import { gunzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";
import { taskById } from "../../tasks/registry.ts";
import { cellOf } from "../bench/cell_spec.ts";
import { GENERATED, recordPath, SCHEMA, TUNING, validateRecord, writeRecord } from "../bench/record.ts";
import { stepLines, writeCompressed } from "../bench/samples.ts";
import { loadSuite } from "../bench/suite.ts";
import { decodingFor } from "../bench/suite_settings.ts";
import { loadTestSets } from "../bench/test_sets.ts";
import { pieceIdentity } from "../claims/claim.ts";
import { hashOfResult } from "../claims/pieces.ts";
import { PROFILES } from "../claims/profile.ts";
import { CLAIMS } from "../claims/registry.ts";
import { suiteIdentity } from "../bench/suite.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { sha256 } from "../files/identity.ts";
import { objectiveById } from "../objectives/registry.ts";
import { noteSourceFiles } from "./source_files.ts";
import { cellParts, cellSource, repository, type SourceCode, sourceCode } from "./source_identity.ts";
import { codeOf } from "./code.ts";

// deno-lint-ignore no-explicit-any
type Old = any;

/** Steps with what was not counted then: forward passes of rollouts, and texts rewarded. */
export function migratedSteps(
  lines: readonly Old[],
  { responses, denoisingSteps, completions }: {
    readonly responses: number;
    readonly denoisingSteps: number;
    readonly completions: boolean;
  },
): Old[] {
  return lines.map((line, i) => {
    const rolloutForwards = (i + 1) * responses * denoisingSteps;
    // A state costs a forward and a backward pass; objectives with completions have one completion per state.
    const completed = completions ? (line.forwards - rolloutForwards) / 3 : 0;
    return { ...line, rolloutForwards, rewardCalls: (i + 1) * responses + completed };
  });
}

/** A score without its intervals, with what decoding cost. */
export function migratedScore(score: Old, responseLength: number, steps: number): Old {
  const { n, strict, d1, ...rest } = score;
  return {
    ...rest,
    n,
    samples: 1,
    tokens: n * responseLength,
    forwards: n * steps,
    strict: { correct: strict.correct },
    d1: { correct: d1.correct },
  };
}

async function oldCode(tree: string): Promise<SourceCode> {
  const root = pathToFileURL(tree.endsWith("/") ? tree : `${tree}/`);
  const registries = {
    task: ["tasks/registry.ts", "id"],
    objective: ["src/objectives/registry.ts", "id"],
    measurement: ["src/claims/measurements/registry.ts", "name"],
  } as const;
  return await Promise.resolve(sourceCode(repository(root), async (kind, id) => {
    const [registry, key] = registries[kind];
    const { statements } = codeOf(registry, await Deno.readTextFile(new URL(registry, root)));
    for (const { specifier } of statements) {
      if (!specifier.startsWith(".")) continue;
      const module = new URL(specifier, new URL(registry, root));
      const exported = Object.values(await import(module.href)).flat() as Old[];
      if (exported.some((value) => value?.[key] === id)) return module.href.slice(root.href.length);
    }
    throw new Error(`no ${kind} ${id} in ${tree}`);
  }));
}

async function main(results: string, tree: string, claims: string): Promise<void> {
  const code = await oldCode(tree), former = await import(`file://${tree}/src/bench/source_identity.ts`);
  const formerSuites = await import(`file://${tree}/src/bench/suite.ts`);
  const text = async (path: string) => new TextDecoder().decode(gunzipSync(await Deno.readFile(path)));
  const parts = [];
  for (const id of ["smoke", "mini"]) {
    const suite = await loadSuite(id),
      formerSuite = formerSuites.commonIdentity(await formerSuites.loadSuite(id));
    const tasks = Object.keys(suite.tasks).map(taskById);
    const sets = await loadTestSets(suite, tasks, (line) => {
      throw new Error(line);
    });
    for (const task of tasks) {
      for (const objective of Object.keys(suite.objectives).map(objectiveById)) {
        for (const seed of suite.seeds) {
          const path = `${results}/${id}/${task.id}/${objective.id}/seed-${seed}.cpu`;
          const old: Old = JSON.parse(await Deno.readTextFile(`${path}.json`));
          if (old.schema !== 2) throw new Error(`${path} is of schema ${old.schema}`);
          if (old.cell.source !== await former.cellSource(task.id, objective.id, "cpu")) {
            throw new Error(`${path} was made by other code than that in ${tree}`);
          }
          const description = { backend: "cpu", adapter: old.run.adapter, features: [] } as const;
          const asked = await cellOf(
            { suite, task, objective, seed },
            { description },
            "two-pass",
            sets.get(task.id)!,
          );
          const { steps: denoisingSteps, blockLength } = asked.decoding.rollout;
          if (old.cell.suite.identity !== formerSuite || old.cell.suite.version !== suite.version) {
            throw new Error(`${path}: suite`);
          }
          for (const key of ["settings", "learningRate", "updates", "setting", "data"] as const) {
            if (canonicalJson(asked[key]) !== canonicalJson(old.cell[key])) {
              throw new Error(`${path}: ${key}`);
            }
          }
          if (canonicalJson({ steps: denoisingSteps, blockLength }) !== canonicalJson(old.cell.decoding)) {
            throw new Error(`${path}: decoding`);
          }
          const own = await cellParts(task.id, objective.id, "cpu", code);
          parts.push(...Object.values(own));
          const cell = { ...asked, source: await cellSource(task.id, objective.id, "cpu", code) };
          const samples = await text(`${path}.samples.jsonl.gz`);
          const log = migratedSteps(
            (await text(`${path}.steps.jsonl.gz`)).trimEnd().split("\n").map((line) => JSON.parse(line)),
            {
              responses: suite.rl.prompts * suite.rl.group,
              denoisingSteps,
              completions: objective.completions === true,
            },
          );
          const steps = stepLines(log), last = log.at(-1)!;
          const { peakDeviceBytes, tests, curve, budget, ...outcome } = old.outcome;
          const record = validateRecord({
            schema: SCHEMA,
            cell,
            outcome: {
              ...outcome,
              budget: { ...budget, rolloutForwards: last.rolloutForwards, rewardCalls: last.rewardCalls },
              tests: tests.map((test: Old) => {
                const { responseLength } = sets.get(task.id)!.find(({ id }) => id === test.set)!;
                const { steps } = decodingFor(suite, task, responseLength, test.decoding);
                const score = (each: Old) => migratedScore(each, responseLength, steps);
                return { ...test, before: score(test.before), after: score(test.after) };
              }),
              validation: [],
              curve: curve.map((point: Old) => ({ puzzles: "test", ...point })),
              texts: { samples: sha256(samples), steps: sha256(steps) },
            },
            cost: { peakDeviceBytes },
            run: old.run,
          }, path);
          await writeRecord(results, record);
          if (seed === suite.seeds[0]) await writeCompressed(`${path}.steps.jsonl.gz`, steps);
          else for (const name of ["samples", "steps"]) await Deno.remove(`${path}.${name}.jsonl.gz`);
          if (`${results}/${recordPath(record.cell)}` !== `${path}.json`) throw new Error(path);
          if (!record.outcome.tests.some(({ set }) => set === GENERATED)) throw new Error(path);
        }
      }
    }
  }
  const evidence = `${results}/${TUNING}/mini.json`,
    sweep: Old = JSON.parse(await Deno.readTextFile(evidence));
  for (const [id, own] of Object.entries<Old>(sweep.objectives)) {
    own.source = {};
    for (const task of Object.keys(own.rates[0].tasks)) {
      own.source[task] = await cellSource(task, id, "cpu", code);
    }
  }
  await replaceFile(evidence, canonicalJson({ ...sweep, schema: 2 }));

  const pieces: Record<string, unknown> = {};
  const known = new Set(CLAIMS.flatMap((claim) => claim.pieces(PROFILES.full)).map(pieceIdentity));
  for (const { name } of Deno.readDirSync(claims)) {
    const { piece, result } = JSON.parse(await Deno.readTextFile(`${claims}/${name}`));
    if (piece.timed || !known.has(pieceIdentity(piece))) continue;
    const part = await code.measurement(piece.measurement, "cpu");
    parts.push(part);
    pieces[pieceIdentity(piece)] = { source: part.identity, result: hashOfResult(result) };
  }
  const suite = suiteIdentity(await loadSuite("mini"));
  await replaceFile(`${results}/claims/pieces.json`, canonicalJson({ schema: 1, suite, pieces }));
  // Layout of JSON and identities of suites changed as well.
  for (const folder of [`${results}/claims`, `${results}/claims/timed`]) {
    for (const { name } of Deno.readDirSync(folder)) {
      if (!name.endsWith(".json") || name === "pieces.json") continue;
      const report: Old = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
      report.suite.identity = suite;
      await replaceFile(`${folder}/${name}`, canonicalJson(report));
    }
  }
  await noteSourceFiles(results, parts);
  console.log(`${Object.keys(pieces).length} measurements of claims`);
}

if (import.meta.main) await main(Deno.args[0]!, Deno.args[1]!, Deno.args[2]!);
