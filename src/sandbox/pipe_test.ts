import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  answer,
  answerOf,
  ask,
  closePipe,
  closeReason,
  createPipe,
  openPipe,
  PIPE_CAPACITY,
  questionOf,
  requestStop,
  resetPipe,
  stopRequested,
} from "./pipe.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Uint8Array | null) => message && new TextDecoder().decode(message);

Deno.test("pipe: questions and answers take turns", () => {
  const asker = createPipe(), answerer = openPipe(asker.shared);
  for (const round of ["one", "two", ""]) {
    assert(ask(asker, bytes(`${round}?`)));
    assertEquals(text(questionOf(answerer)), `${round}?`);
    assert(answer(answerer, bytes(`${round}!`)));
    assertEquals(text(answerOf(asker)), `${round}!`);
  }
});

Deno.test("pipe: nobody can speak out of turn", () => {
  const pipe = createPipe();
  assert(!answer(pipe, bytes("unasked")));
  assert(ask(pipe, bytes("?")));
  assert(!ask(pipe, bytes("again")));
  assert(answer(pipe, bytes("!")));
  assert(!answer(pipe, bytes("second")));
  assertEquals(text(answerOf(pipe)), "!");
});

Deno.test("pipe: the first reason to close stays, and both sides see the end", () => {
  const pipe = createPipe();
  assertEquals(closeReason(pipe), null);
  ask(pipe, bytes("?"));
  closePipe(pipe, "steps");
  closePipe(pipe, "exit");
  assertEquals(closeReason(pipe), "steps");
  assertEquals([answerOf(pipe), questionOf(pipe)], [null, null]);
  assert(!ask(pipe, bytes("?")) && !answer(pipe, bytes("!")));
});

Deno.test("pipe: whatever the other side writes into the shared memory, a message stays within it", () => {
  const pipe = createPipe();
  ask(pipe, bytes("?"));
  answer(pipe, bytes("!"));
  Atomics.store(pipe.control, 1, -1);
  assertEquals(answerOf(pipe)!.length, PIPE_CAPACITY);
  assertThrows(
    () => ask(createPipe(), new Uint8Array(PIPE_CAPACITY + 1)),
    RangeError,
    "expected a message of at most",
  );
});

Deno.test("pipe: one that is reset is open, in the asker's turn and without a request, for both sides", () => {
  const asker = createPipe(), answerer = openPipe(asker.shared);
  ask(asker, bytes("old?"));
  requestStop(asker);
  closePipe(asker, "clock");
  resetPipe(asker);
  assert(closeReason(answerer) === null && !stopRequested(answerer));
  assert(!answer(answerer, bytes("unasked")));
  assert(ask(asker, bytes("new?")));
  assertEquals(text(questionOf(answerer)), "new?");
  assert(answer(answerer, bytes("!")));
  assertEquals(text(answerOf(asker)), "!");
});

Deno.test("pipe: a request to stop closes nothing", () => {
  const pipe = createPipe();
  assert(!stopRequested(pipe));
  requestStop(pipe);
  assert(stopRequested(pipe) && closeReason(pipe) === null);
});
