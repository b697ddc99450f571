/**
 * The process that model-written programs run in, apart from the one that trains: it may read the interpreter's
 * files and nothing else. Programs come in as JSON lines and go to pairs of workers, one with the program and one
 * with its tests; what becomes of them goes out as JSON lines.
 */

// Has the package fetched before its other files are read.
import "pyodide/pyodide.asm.mjs";
import { contentOf, PRELUDE, SOURCES } from "./image.ts";
import { closePipe, closeReason, createPipe, type Pipe, requestStop, resetPipe } from "./pipe.ts";
import { batchText, type ExpressionsJob, expressionVerdicts } from "./expressions.ts";
import { exitOf, FILES_LIMIT, MEMORY_LIMIT, OUTPUT_LIMIT, type ProgramJob, verdictOf } from "./program.ts";
import type { Role, Start, Started, Work, Worked } from "./worker.ts";

/** The one argument of the process, as JSON. */
export interface HostOptions {
  /** Folder of the interpreter's files. */
  readonly python: string;
  /** File of an image; null starts every interpreter in full. */
  readonly image: string | null;
  /** Programs run at a time. "image": write the image of a started interpreter to the standard output, and end. */
  readonly programs: number | "image";
}

export type Job = ProgramJob | ExpressionsJob;
export type Result = ReturnType<typeof verdictOf | typeof exitOf | typeof expressionVerdicts>;

/** A line of the standard input. */
export interface Request {
  readonly id: number;
  readonly job: Job;
}

/** A line of the standard output. The first has `ready`. */
export interface Reply {
  readonly ready?: true;
  readonly id?: number;
  readonly result?: Result;
}

/** How long a worker may take to notice that it has to stop, in milliseconds. */
const GRACE = 500;

interface Runner {
  work(message: Work): Promise<Worked>;
  /** Ends the worker; a running program counts as stopped by the clock. */
  kill(): void;
}

function ended(role: Role, stop: "clock" | "crash", detail: string): Worked {
  const usage = { steps: 0, output: 0, memoryRefused: false, exit: null };
  return { role, result: null, stop, detail, usage, reusable: false };
}

/**
 * Starts a worker. The image is the one it was given, or that of the interpreter it started in full.
 * @throws Error when the interpreter does not start
 */
function startRunner(start: Start): Promise<{ runner: Runner; image: Uint8Array }> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: start.role,
    deno: { permissions: "none" },
  });
  let finish: ((worked: Worked) => void) | null = null;
  const settle = (worked: Worked) => {
    finish?.(worked);
    finish = null;
  };
  const runner: Runner = {
    work(message) {
      return new Promise((resolve) => {
        finish = resolve;
        worker.postMessage(message);
      });
    },
    kill() {
      worker.terminate();
      settle(ended(start.role, "clock", "stopped from outside"));
    },
  };
  return new Promise((resolve, reject) => {
    // What a worker throws is its own end, never that of the process.
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      settle(ended(start.role, "crash", event.message));
      reject(new Error(`the interpreter did not start: ${event.message}`));
    };
    worker.onmessage = ({ data }: MessageEvent<Started>) => {
      worker.onmessage = ({ data }: MessageEvent<Worked>) => settle(data);
      resolve({ runner, image: data.image });
    };
    worker.postMessage(start);
  });
}

/** A place where one job runs at a time: its workers start when they are needed and are replaced when used up. */
function createPlace(
  start: (role: Role) => Promise<Runner>,
  first: Runner | null,
): (job: Job) => Promise<Result> {
  const workers: Partial<Record<Role, Promise<Runner>>> = first ? { candidate: Promise.resolve(first) } : {};
  const worker = (role: Role) => workers[role] ??= start(role);
  // One for all jobs of the same workers: shared memory of every job its own would lie around by the gigabyte.
  let pipe = createPipe();

  /** The pipe for the next job, as new. */
  function nextPipe(): Pipe {
    resetPipe(pipe);
    return pipe;
  }

  function replaceUsedUp(runner: Runner, { role, reusable }: Worked): void {
    if (reusable) return;
    runner.kill();
    // What is being killed may still write to the old one.
    pipe = createPipe();
    workers[role] = start(role);
    // A failure to start is thrown where the worker is used.
    workers[role].catch(() => {});
  }

  async function runProgram(job: ProgramJob): Promise<Result> {
    const [candidate, judge] = await Promise.all([worker("candidate"), worker("judge")]);
    const pipe = nextPipe();
    const { kind, code, fallbacks, setup, context, entries, tests } = job;
    const script = kind === "script";
    const output = script ? OUTPUT_LIMIT : Infinity;
    const limits = { memory: MEMORY_LIMIT, output, files: FILES_LIMIT, steps: job.steps };
    const trying = candidate.work({ duty: "answer", pipe: pipe.shared, job: "", limits });
    const judging = judge.work({
      duty: "judge",
      pipe: pipe.shared,
      job: JSON.stringify({ script, code, fallbacks, setup, context, entries, tests }),
      limits,
    });
    const time = job.seconds * 1000;
    const timers = [
      setTimeout(() => requestStop(pipe), time),
      setTimeout(() => {
        closePipe(pipe, "clock");
        candidate.kill();
      }, time + GRACE),
      setTimeout(() => judge.kill(), time + 2 * GRACE),
    ];
    const judged = await judging;
    timers.forEach(clearTimeout);
    const closed = closeReason(pipe);
    closePipe(pipe, "exit");
    // One that closed the pipe has ended, and says how as soon as the machine lets it.
    const last = closed === null ? setTimeout(() => candidate.kill(), GRACE) : undefined;
    const tried = await trying;
    clearTimeout(last);
    replaceUsedUp(judge, judged);
    replaceUsedUp(candidate, tried);
    const outcome = { judged, tried, closed };
    return script ? exitOf(outcome) : verdictOf(outcome, tests.length);
  }

  async function runExpressions(job: ExpressionsJob): Promise<Result> {
    const runner = await worker("candidate");
    const pipe = nextPipe();
    const limits = { memory: MEMORY_LIMIT, output: OUTPUT_LIMIT, files: FILES_LIMIT, steps: Infinity };
    const timers = [
      setTimeout(() => requestStop(pipe), job.seconds * 1000),
      setTimeout(() => runner.kill(), job.seconds * 1000 + GRACE),
    ];
    const worked = await runner.work({
      duty: "expressions",
      pipe: pipe.shared,
      job: batchText(job),
      limits,
    });
    timers.forEach(clearTimeout);
    replaceUsedUp(runner, worked);
    return expressionVerdicts(job, worked);
  }

  return (job) => job.kind === "expressions" ? runExpressions(job) : runProgram(job);
}

async function write(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

/** Lines of the standard input, until it ends. */
async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

async function main(options: HostOptions): Promise<void> {
  const [wasm, library] = await Promise.all(
    ["pyodide.asm.wasm", "python_stdlib.zip"].map((name) => Deno.readFile(`${options.python}/${name}`)),
  );
  const files = { module: await WebAssembly.compile(wasm!), library: library! };
  const first = options.image === null ? null : contentOf(await Deno.readFile(options.image));
  const common = { files, sources: SOURCES, prelude: PRELUDE };
  const { runner, image } = await startRunner({ ...common, role: "candidate", image: first });
  if (options.programs === "image") return await write(image);

  const start = async (role: Role) => (await startRunner({ ...common, role, image })).runner;
  const replies: Promise<void>[] = [Promise.resolve()];
  const reply = (message: Reply) => {
    const bytes = new TextEncoder().encode(JSON.stringify(message) + "\n");
    replies[0] = replies[0]!.then(() => write(bytes));
  };
  const waiting: Request[] = [];
  const idle: ((request: Request) => void)[] = [];
  const next = () =>
    new Promise<Request>((resolve) => {
      const request = waiting.shift();
      if (request) resolve(request);
      else idle.push(resolve);
    });
  for (let i = 0; i < options.programs; i++) {
    const run = createPlace(start, i === 0 ? runner : null);
    (async () => {
      for (;;) {
        const { id, job } = await next();
        reply({ id, result: await run(job) });
      }
    })();
  }
  reply({ ready: true });
  for await (const line of lines()) {
    const request = JSON.parse(line) as Request;
    const taker = idle.shift();
    if (taker) taker(request);
    else waiting.push(request);
  }
}

await main(JSON.parse(Deno.args[0]!));
Deno.exit(0);
