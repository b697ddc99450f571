/**
 * Measures the pieces of claims: base models first, then everything that does not read the clock in parallel, then
 * what does, alone. A finished piece is kept by its identity, so that an interrupted run continues and a repeated one
 * measures nothing.
 */

import type { DeviceIdentity } from "../bench/base_models.ts";
import { measurementSource } from "../records/source_identity.ts";
import { type Suite, suiteIdentity } from "../suite/suite.ts";
import type { JobHooks } from "../workers/pool.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { identityOf } from "../files/identity.ts";
import { type Piece, pieceIdentity, type Place, type Results } from "./claim.ts";
import type { ClaimJob } from "./job.ts";

export interface MeasureOptions {
  /** Jobs at the same time. */
  readonly width: number;
  readonly description: DeviceIdentity;
  run(job: ClaimJob, hooks: JobHooks<number>): Promise<unknown>;
  readonly suite: Suite;
  /** Folder of base models, and of finished pieces. */
  readonly bases: string;
  readonly cache: string;
  readonly signal: AbortSignal;
  /** `done` of `total` pieces; base models count as pieces. */
  progress(done: number, total: number, note: string): void;
  say(line: string): void;
}

/**
 * The results of all pieces.
 * @throws the reason of the signal when it was aborted; finished pieces are kept
 */
export async function measurePieces(pieces: readonly Piece[], options: MeasureOptions): Promise<Results> {
  const { suite, description, cache } = options;
  const context = {
    suite: suiteIdentity(suite),
    device: { backend: description.backend, adapter: description.adapter },
  };
  const results = new Map<string, unknown>();
  const pending: { piece: Piece; key: string; path: string }[] = [];
  for (const piece of pieces) {
    const key = pieceIdentity(piece);
    if (results.has(key) || pending.some((other) => other.key === key)) continue;
    const source = await measurementSource(description.backend, piece.measurement);
    const path = `${cache}/${identityOf({ ...context, source, piece: key })}.json`;
    const kept = await readResult(path);
    if (kept === undefined) pending.push({ piece, key, path });
    else results.set(key, kept);
  }

  const places = new Map<string, Place>();
  for (const { piece: { parameters: { task, seed } } } of pending) {
    places.set(`${task} ${seed}`, { task, seed });
  }
  const jobs = jobRunner(options, places.size + pending.length);
  await jobs.all(
    [...places.values()].map((base) => async (step) => {
      await step({ base }, `base model of ${base.task}, seed ${base.seed}`);
    }),
    options.width,
  );
  const measuring = ({ piece, key, path }: typeof pending[number]): Job => async (step) => {
    const { measurement, parameters: { task, seed } } = piece;
    const result = await step({ piece }, `${measurement}, ${task}, seed ${seed}`);
    // Through JSON also when it is fresh: what is read is what would be read from the cache.
    await replaceFile(path, canonicalJson({ piece, result }));
    results.set(key, JSON.parse(canonicalJson(result)));
  };
  await jobs.all(pending.filter(({ piece }) => !piece.timed).map(measuring), options.width);
  await jobs.all(pending.filter(({ piece }) => piece.timed).map(measuring), 1);

  return <R>(piece: Piece<R>): R => {
    const key = pieceIdentity(piece);
    if (!results.has(key)) {
      throw new Error(`${piece.measurement} was not measured: ${canonicalJson(piece.parameters)}`);
    }
    return results.get(key) as R;
  };
}

type Job = (step: (work: ClaimJob["work"], note: string) => Promise<unknown>) => Promise<void>;

function jobRunner({ run, suite, bases, signal, progress, say }: MeasureOptions, total: number) {
  let finished = 0;
  const shares = new Map<number, number>();
  let id = 0;
  const show = (note: string) => {
    const running = [...shares.values()].reduce((sum, share) => sum + share, 0);
    progress(Math.round(100 * (finished + running)) / 100, total, note);
  };
  const work = async (job: Job, stop: AbortSignal) => {
    const own = id++;
    shares.set(own, 0);
    await job((work, note) =>
      run({ suite, cache: bases, work }, {
        onProgress(share) {
          shares.set(own, share);
          show(note);
        },
        warn: say,
        signal: stop,
      })
    );
    shares.delete(own);
    finished++;
  };
  return {
    /** Runs jobs in order, `width` at a time; the first failure stops the others. */
    async all(jobs: readonly Job[], width: number): Promise<void> {
      const queue = [...jobs];
      const failed = new AbortController();
      const stop = AbortSignal.any([signal, failed.signal]);
      const lane = async () => {
        for (let job = queue.shift(); job; job = queue.shift()) {
          stop.throwIfAborted();
          await work(job, stop);
        }
      };
      const lanes = Array.from({ length: width }, () =>
        lane().catch((error) => {
          failed.abort(error);
          throw error;
        }));
      const outcomes = await Promise.allSettled(lanes);
      if (outcomes.some(({ status }) => status === "rejected")) {
        throw signal.aborted ? signal.reason : failed.signal.reason;
      }
    },
  };
}

/** The result in a file; undefined where there is none, or one that cannot be read, which is measured again. */
async function readResult(path: string): Promise<unknown> {
  try {
    return (JSON.parse(await Deno.readTextFile(path)) as { result: unknown }).result;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
