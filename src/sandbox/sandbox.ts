/**
 * Runs model-written Python.
 *
 * A program and its tests never share an interpreter. One worker holds the program and answers calls; another holds
 * the tests, calls, and sees answers as plain data only. So a verdict cannot be forged from inside the program:
 * `passed` means that the tests ran to their end on its answers. Both interpreters are WebAssembly without any way
 * to Javain workers without permissions, in a process that may read the interpreter's files and nothing
 * else. Each program gets a fresh interpreter: memory is set back to the image of one that has just started. Only
 * expressions, whose text can name nothing but their argument, share one, in batches.
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_CACHE, imageIsWhole, imagePath, writeImage } from "./image.ts";
import { type Expression, expressionsJobs, type ExpressionVerdict, unknownVerdicts } from "./expressions.ts";
import type { HostOptions, Job, Reply, Request, Result } from "./host.ts";
import { type Exit, jobOf, type Program, type Script, scriptJob, type Verdict } from "./program.ts";

export type { Expression, ExpressionTest, ExpressionVerdict } from "./expressions.ts";
export type { Exit, Program, Verdict } from "./program.ts";

export interface SandboxOptions {
  /** Programs run at a time. Default: one per core. */
  readonly programs?: number;
  /** Folder of images of a started interpreter; null: keep none. Default: `.cache/sandbox` of the repository. */
  readonly cache?: string | null;
  /** What people should know, such as that the start will take longer. Default: printed as an error line. */
  readonly onMessage?: (message: string) => void;
}

export interface Sandbox {
  /**
   * Never rejects for what a program does, or for a failure of the sandbox: that is the verdict `infra_error`.
   * @throws RangeError, TypeError for a program without tests or with limits that are none
   */
  run(program: Program): Promise<Verdict>;
  /**
   * Verdicts of expressions, in their order: those of `run` for `def f(x): return <expression>`, thousands of times
   * as fast. Never rejects for what an expression is.
   * @throws TypeError for an expression without tests, RangeError for a test whose numbers are not finite
   */
  runExpressions(items: readonly Expression[]): Promise<ExpressionVerdict[]>;
  /** Runs a program as `python -c` would. Its exit code proves nothing: the program decides it. */
  script(script: Script): Promise<Exit>;
  /** Ends the process; programs that still run get `infra_error`. */
  close(): Promise<void>;
  /** The host's process, null while there is none. */
  readonly process: Deno.ChildProcess | null;
}

/** Milliseconds that the host may be silent beyond the time limits of what it was given. */
const PATIENCE = 60_000;

interface Pending {
  readonly id: number;
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  /** Hosts that ended while they had it. */
  deaths: number;
}

function infraError(job: Job, reason: string): Result {
  if (job.kind === "expressions") return unknownVerdicts(job, "infra_error", reason);
  const common = { status: "infra_error", reason, reproducible: false, steps: 0 } as const;
  return job.kind === "script"
    ? { ...common, code: null }
    : { ...common, passed: 0, total: job.tests.length };
}

function pythonFolder(): string {
  return decodeURIComponent(new URL(".", import.meta.resolve("pyodide")).pathname).replace(/\/$/, "");
}

/** Starts the host's process with the permissions it needs and no other. */
function spawnHost(image: string | null, programs: HostOptions["programs"]): Deno.ChildProcess {
  const python = pythonFolder();
  const here = import.meta.dirname!;
  const modules = [here, resolve(here, "../../kernels/philox")];
  const readable = [python, ...modules, ...(image === null ? [] : [image])];
  const options: HostOptions = { python, image, programs };
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--unstable-worker-options",
      `--allow-read=${readable.join(",")}`,
      fileURLToPath(new URL("./host.ts", import.meta.url)),
      JSON.stringify(options),
    ],
    env: { NO_COLOR: "1", TZ: "UTC" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return (await new Response(stream).text()).trim();
}

/**
 * The path of an image, made now if there is none.
 * @throws Error when none can be made or kept
 */
async function readyImage(cache: string, onMessage: (message: string) => void): Promise<string> {
  const path = await imagePath(cache);
  if (await imageIsWhole(path)) return path;
  onMessage("Preparing the Python interpreter; this happens once and takes some seconds.");
  const host = spawnHost(null, "image");
  await host.stdin.close();
  const { success, stdout, stderr } = await host.output();
  if (!success) throw new Error(`the interpreter did not start: ${new TextDecoder().decode(stderr).trim()}`);
  await writeImage(path, stdout);
  return path;
}

/** A running host. */
interface Host {
  readonly process: Deno.ChildProcess;
  send(request: Request): void;
  /** Resolves with the reason when the process has ended. */
  readonly ended: Promise<string>;
}

/**
 * Starts a host and waits until it takes programs.
 * @throws Error with what it said when it ends before that
 */
async function startHost(
  image: string | null,
  programs: number,
  onReply: (reply: Reply) => void,
): Promise<Host> {
  const process = spawnHost(image, programs);
  const errors = textOf(process.stderr);
  const writer = process.stdin.getWriter();
  const send = (request: Request) => {
    // When the process is gone this fails, and `ended` tells.
    writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n")).catch(() => {});
  };
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => isReady = resolve);
  const reading = (async () => {
    let rest = "";
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const reply = JSON.parse(line) as Reply;
        if (reply.ready) isReady();
        else onReply(reply);
      }
    }
  })().catch(() => process.kill("SIGKILL"));
  const ended = (async () => {
    const status = await process.status;
    await reading;
    await writer.close().catch(() => {});
    return `the sandbox's process ended with code ${status.code}: ${(await errors).slice(0, 500)}`;
  })();
  const failure = await Promise.race([ready, ended]);
  if (failure !== undefined) throw new Error(failure);
  return { process, send, ended };
}

/**
 * Starts the sandbox's process. Close it when it is no longer needed.
 * @throws Error when no interpreter can be started at all
 * @throws RangeError unless `programs` is a positive integer
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { programs = navigator.hardwareConcurrency, cache = DEFAULT_CACHE } = options;
  const { onMessage = (message: string) => console.error(message) } = options;
  if (!Number.isInteger(programs) || programs < 1) {
    throw new RangeError(`expected programs to be a positive integer, found ${programs}`);
  }
  const queue: Pending[] = [];
  const running = new Map<number, Pending>();
  let nextId = 0, closed = false;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  let image: string | null = null;
  let host: Host | null = null;
  try {
    if (cache !== null) {
      image = await readyImage(cache, onMessage);
      host = await startHost(image, programs, onReply);
    }
  } catch (error) {
    image = null;
    onMessage(
      `Starting Python in full, which takes longer, for want of an image: ${(error as Error).message}`,
    );
  }
  host ??= await startHost(image, programs, onReply);

  /**
   * Gives the host what it can hold: two rounds, so that it never waits. What a host ended with is tried again
   * alone, so that the program that ended it, if one did, takes no other along.
   */
  function pump(): void {
    while (host && queue.length > 0) {
      const suspect = queue[0]!.deaths > 0 || running.values().some(({ deaths }) => deaths > 0);
      if (running.size >= (suspect ? 1 : 2 * programs)) break;
      const entry = queue.shift()!;
      running.set(entry.id, entry);
      host.send({ id: entry.id, job: entry.job });
    }
    watch();
  }

  /** Ends a host that says nothing although the time of every program is over. */
  function watch(): void {
    clearTimeout(watchdog);
    if (running.size === 0) return;
    let seconds = 0;
    for (const { job } of running.values()) seconds = Math.max(seconds, job.seconds);
    watchdog = setTimeout(() => host?.process.kill("SIGKILL"), 2 * seconds * 1000 + PATIENCE);
  }

  function onReply({ id, result }: Reply): void {
    const entry = running.get(id!);
    running.delete(id!);
    entry?.resolve(result!);
    pump();
  }

  function giveUp(entries: Iterable<Pending>, reason: string): void {
    for (const { job, resolve } of entries) resolve(infraError(job, reason));
  }

  /** Replaces the host when it ends, until the sandbox is closed. */
  async function keepHost(): Promise<void> {
    while (host) {
      const reason = await host.ended;
      host = null;
      const lost = [...running.values()];
      running.clear();
      if (closed) break;
      for (const entry of lost) entry.deaths++;
      giveUp(lost.filter(({ deaths }) => deaths > 1), reason);
      queue.unshift(...lost.filter(({ deaths }) => deaths === 1));
      try {
        host = await startHost(image, programs, onReply);
      } catch (error) {
        closed = true;
        giveUp(queue.splice(0), (error as Error).message);
      }
      if (closed) host?.process.kill("SIGKILL");
      pump();
    }
  }
  const keeping = keepHost();

  function submit(job: Job): Promise<Result> {
    if (closed) return Promise.resolve(infraError(job, "the sandbox is closed"));
    return new Promise((resolve) => {
      queue.push({ id: nextId++, job, resolve, deaths: 0 });
      pump();
    });
  }

  return {
    run: (program) => submit(jobOf(program)) as Promise<Verdict>,
    async runExpressions(items) {
      const batches = await Promise.all(expressionsJobs(items, programs).map(submit));
      return (batches as ExpressionVerdict[][]).flat();
    },
    script: (script) => submit(scriptJob(script)) as Promise<Exit>,
    async close() {
      closed = true;
      clearTimeout(watchdog);
      giveUp([...queue.splice(0), ...running.values()], "the sandbox was closed");
      running.clear();
      try {
        host?.process.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await keeping;
    },
    get process() {
      return host?.process ?? null;
    },
  };
}
