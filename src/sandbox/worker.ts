/**
 * A worker with one interpreter: a candidate's or a judge's. The host starts it without permissions; before any
 * Python runs it also gives up the names through which JavaScript asks for them.
 */

import {
  type Channel,
  type Interpreter,
  type Limits,
  type PythonFiles,
  startInterpreter,
  Stop,
} from "./interpreter.ts";
import type { Usage } from "./interpreter.ts";
import {
  answer,
  answerOf,
  ask,
  closePipe,
  type CloseReason,
  openPipe,
  type Pipe,
  PIPE_CAPACITY,
  questionOf,
  stopRequested,
} from "./pipe.ts";

export type Role = "candidate" | "judge";

/** The first message to a worker. */
export interface Start {
  readonly role: Role;
  readonly files: PythonFiles;
  /** Memory to begin with; null starts Python itself and loads the modules that programs use. */
  readonly image: Uint8Array | null;
  /** Python files of the sandbox and the statement that loads what an image holds; used without an image. */
  readonly sources: Readonly<Record<string, string>>;
  readonly prelude: string;
}

/** The answer to it: the image that the interpreter has now. */
export interface Started {
  readonly image: Uint8Array;
}

/** What a worker does with its interpreter. */
export type Duty = "answer" | "judge" | "expressions";

/** Every later message. `job` is what a judge, or the judge of expressions, reads. */
export interface Work {
  readonly duty: Duty;
  readonly pipe: SharedArrayBuffer;
  readonly job: string;
  readonly limits: Limits;
}

/** The answer to that. */
export interface Worked {
  readonly role: Role;
  /** What was written to the host. */
  readonly result: string | null;
  /** Why the interpreter did not end by itself, and in words. */
  readonly stop: CloseReason | null;
  readonly detail: string;
  readonly usage: Usage;
  /** Whether the worker takes more work. */
  readonly reusable: boolean;
}

/** Descriptors, as the Python files name them. */
const PEER = 1000, HOST = 1001;
const NEWLINE = 10;

/** A channel that hands out messages in parts and collects lines. */
function lines(next: () => Uint8Array | null, send: (message: Uint8Array) => void): Channel {
  let incoming: Uint8Array = new Uint8Array();
  const outgoing: Uint8Array[] = [];
  let length = 0;
  return {
    read(into) {
      if (incoming.length === 0) incoming = next() ?? incoming;
      const part = incoming.subarray(0, into.length);
      into.set(part);
      incoming = incoming.subarray(part.length);
      return part.length;
    },
    write(bytes) {
      outgoing.push(bytes);
      length += bytes.length;
      if (length > PIPE_CAPACITY) throw new Stop("forbidden", "the program sent a message beyond all bounds");
      if (bytes.at(-1) !== NEWLINE) return;
      const message = new Uint8Array(length);
      let at = 0;
      for (const part of outgoing.splice(0)) {
        message.set(part, at);
        at += part.length;
      }
      length = 0;
      send(message);
    },
  };
}

function candidateChannels(pipe: Pipe, onAnswer: () => void): Map<number, Channel> {
  const channel = lines(() => questionOf(pipe), (message) => {
    onAnswer();
    if (!answer(pipe, message)) {
      throw new Stop("forbidden", "the program sent an answer that nobody asked for");
    }
  });
  return new Map([[PEER, channel]]);
}

function hostChannel(job: string, results: Uint8Array[]): Map<number, Channel> {
  const jobs = [new TextEncoder().encode(job)];
  const host = lines(() => jobs.pop() ?? null, () => {});
  return new Map([[HOST, { read: host.read, write: (bytes) => void results.push(bytes) }]]);
}

function judgeChannels(pipe: Pipe, job: string, results: Uint8Array[]): Map<number, Channel> {
  const peer = lines(() => answerOf(pipe), (message) => void ask(pipe, message));
  return hostChannel(job, results).set(PEER, peer);
}

const SOURCES: Readonly<Record<Duty, string>> = {
  answer: "import candidate; candidate.serve()",
  judge: "import judge; judge.judge()",
  expressions: "import expressions; expressions.judge()",
};

function work(
  role: Role,
  interpreter: Interpreter,
  image: Uint8Array,
  { duty, pipe: memory, job, limits }: Work,
): Worked {
  const pipe = openPipe(memory);
  const results: Uint8Array[] = [];
  if (shared && duty !== "expressions") interpreter.restore(image);
  // How a conversation ends is a matter of time; steps count up to the last answer.
  let answered: Usage | null = null;
  const channels = {
    answer: () => candidateChannels(pipe, () => answered = interpreter.usage()),
    judge: () => judgeChannels(pipe, job, results),
    expressions: () => hostChannel(job, results),
  };
  let stop: CloseReason | null = null, detail = "";
  try {
    // A judge goes on when the candidate's time is over, to report what is known.
    const stopped = duty === "judge" ? () => false : () => stopRequested(pipe);
    interpreter.run(SOURCES[duty], channels[duty](), limits, stopped);
  } catch (error) {
    stop = error instanceof Stop ? error.reason : "crash";
    detail = error instanceof Error ? error.message : String(error);
  }
  // A candidate that ends, however it ends, must not leave the judge waiting.
  if (duty === "answer") closePipe(pipe, stop ?? "exit");
  const usage = stop === null && answered !== null ? answered : interpreter.usage();
  const result = results.length > 0 ? new TextDecoder().decode(results[0]) : null;
  return { role, result, stop, detail, usage, reusable: stop === null && setBack(duty, interpreter, image) };
}

/** Whether expressions have used the interpreter since it was last set back. */
let shared = false;

/**
 * Sets the interpreter back for what comes next; false when it cannot be used again. After expressions that waits
 * for a program: it takes longer than many expressions, and another cannot see what they leave.
 */
function setBack(duty: Duty, interpreter: Interpreter, image: Uint8Array): boolean {
  shared = duty === "expressions" && interpreter.restorable(image);
  return shared || interpreter.restore(image);
}

/** What a worker sees of its host. */
const scope = globalThis as unknown as {
  postMessage(message: Started | Worked): void;
  onmessage: (event: MessageEvent) => void;
};

/** Gives up what a program that somehow ran JavaScript could use. */
function disarm(): void {
  for (const name of ["Deno", "process", "Buffer", "fetch", "WebSocket", "Worker", "navigator", "caches"]) {
    delete (globalThis as unknown as Record<string, unknown>)[name];
  }
}

scope.onmessage = async ({ data }: MessageEvent<Start>) => {
  disarm();
  const { role, files, sources, prelude } = data;
  const interpreter = await startInterpreter(files, data.image, sources);
  const unlimited = { memory: 64 << 20, output: 1 << 20, files: 1 << 20, steps: Infinity };
  interpreter.run(
    data.image ? "import candidate, expressions, judge" : prelude,
    new Map(),
    unlimited,
    () => false,
  );
  const image = data.image ?? interpreter.image();
  if (!interpreter.restore(image)) throw new Error("expected the prelude to leave nothing but memory");
  scope.onmessage = ({ data }: MessageEvent<Work>) => scope.postMessage(work(role, interpreter, image, data));
  scope.postMessage({ image });
};
