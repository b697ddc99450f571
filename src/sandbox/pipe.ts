/**
 * A pipe between two workers that block on it: one asks, the other answers, in turns. It is the only thing that the
 * worker with model-written code shares with anybody.
 */

/** Longest message, in bytes. */
export const PIPE_CAPACITY = 4 << 20;

const HEADER = 16;
const TURN = 0, LENGTH = 1, REASON = 2, CLOCK = 3;
const ASKER = 0, ANSWERER = 1, ANSWERED = 2, CLOSED = 3;

/** Why a pipe was closed. Each but the first two is decided by what the program does, not by time or machine. */
const CLOSE_REASONS = ["clock", "crash", "steps", "output", "memory", "forbidden", "exit"] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export interface Pipe {
  readonly shared: SharedArrayBuffer;
  readonly control: Int32Array;
  readonly data: Uint8Array;
}

export function createPipe(): Pipe {
  return openPipe(new SharedArrayBuffer(HEADER + PIPE_CAPACITY));
}

/** The same pipe, in another worker. */
export function openPipe(shared: SharedArrayBuffer): Pipe {
  return { shared, control: new Int32Array(shared, 0, HEADER / 4), data: new Uint8Array(shared, HEADER) };
}

/** Makes the pipe as new for another conversation. Only once neither side of the last one can use it any more. */
export function resetPipe({ control }: Pipe): void {
  control.fill(0);
}

/** Ends the conversation for both sides; the first reason stays. Never blocks. */
export function closePipe({ control }: Pipe, reason: CloseReason): void {
  Atomics.compareExchange(control, REASON, 0, CLOSE_REASONS.indexOf(reason) + 1);
  Atomics.store(control, TURN, CLOSED);
  Atomics.notify(control, TURN);
}

/** Why the pipe was closed, or null while it is open. */
export function closeReason({ control }: Pipe): CloseReason | null {
  const reason = Atomics.load(control, REASON);
  return reason === 0 ? null : CLOSE_REASONS[reason - 1] ?? "crash";
}

/** Asks the answering side to stop at its next chance, because its time is over. */
export function requestStop({ control }: Pipe): void {
  Atomics.store(control, CLOCK, 1);
}

/** Whether `requestStop` was called. */
export function stopRequested({ control }: Pipe): boolean {
  return Atomics.load(control, CLOCK) !== 0;
}

function put(pipe: Pipe, message: Uint8Array, from: number, to: number): boolean {
  if (message.length > PIPE_CAPACITY) {
    throw new RangeError(`expected a message of at most ${PIPE_CAPACITY} bytes, found ${message.length}`);
  }
  if (Atomics.load(pipe.control, TURN) !== from) return false;
  pipe.data.set(message);
  Atomics.store(pipe.control, LENGTH, message.length);
  if (Atomics.compareExchange(pipe.control, TURN, from, to) !== from) return false;
  Atomics.notify(pipe.control, TURN);
  return true;
}

/** Waits until it is `turn` and copies the message; null when the pipe is closed. */
function take(pipe: Pipe, turn: number): Uint8Array | null {
  for (;;) {
    const now = Atomics.load(pipe.control, TURN);
    if (now === CLOSED) return null;
    if (now === turn) break;
    Atomics.wait(pipe.control, TURN, now);
  }
  // The other side may have written anything here.
  const length = Math.min(Atomics.load(pipe.control, LENGTH) >>> 0, PIPE_CAPACITY);
  return pipe.data.slice(0, length);
}

/** Sends a question. False when the pipe is closed. @throws RangeError for a message beyond the capacity */
export function ask(pipe: Pipe, question: Uint8Array): boolean {
  return put(pipe, question, ASKER, ANSWERER);
}

/** Blocks until the answer is there; null when the pipe is closed. */
export function answerOf(pipe: Pipe): Uint8Array | null {
  const answer = take(pipe, ANSWERED);
  if (answer === null) return null;
  return Atomics.compareExchange(pipe.control, TURN, ANSWERED, ASKER) === ANSWERED ? answer : null;
}

/** Blocks until there is a question; null when the pipe is closed. The question stays current until answered. */
export function questionOf(pipe: Pipe): Uint8Array | null {
  return take(pipe, ANSWERER);
}

/** Answers the current question. False when there is none. @throws RangeError for a message beyond the capacity */
export function answer(pipe: Pipe, message: Uint8Array): boolean {
  return put(pipe, message, ANSWERER, ANSWERED);
}
