import { assertEquals, assertMatch } from "@std/assert";

/** Works in steps of 50 ms, and saves at the end of the step in which it is asked to stop. */
const SCRIPT = `
  const { interruptible } = await import("${import.meta.resolve("./interrupt.ts")}");
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
  await interruptible(async (signal) => {
    console.log("working");
    for (let step = 0; step < 100; step++) {
      await pause();
      if (!signal.aborted) continue;
      for (let i = 0; i < SAVING; i++) await pause();
      console.log("saved");
      signal.throwIfAborted();
    }
  }).catch(async (error) => {
    for (let i = 0; i < 5; i++) await pause();
    console.log(error.name);
    Deno.exit(130);
  });
`;

/**
 * Sends signals, each so many milliseconds after the one before.
 * @param saving steps that saving takes
 */
async function press(saving: number, signals: readonly (readonly [Deno.Signal, number])[]) {
  const args = ["eval", "--no-check", SCRIPT.replace("SAVING", String(saving))];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  for (const [signal, delay] of signals) {
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended, as its status says.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
  const { code } = await child.status;
  assertEquals(await new Response(child.stderr).text(), "");
  return { code, text };
}

Deno.test("a signal that comes twice within half a second is one press: everything is saved", async () => {
  for (
    const signals of [
      [["SIGINT", 0], ["SIGINT", 0]],
      [["SIGINT", 0], ["SIGINT", 1], ["SIGTERM", 1]],
      // By then all is saved, and the command about to end.
      [["SIGINT", 0], ["SIGINT", 200]],
    ] as const
  ) {
    const { code, text } = await press(2, signals);
    assertEquals([code, text], [130, "working\nsaved\nInterrupted\n"], JSON.stringify(signals));
  }
});

Deno.test("a second press ends the process at once", async () => {
  // Pressed again where a busy machine saw the first two close together.
  const { code, text } = await press(80, [["SIGINT", 0], ["SIGINT", 700], ["SIGINT", 700], ["SIGINT", 700]]);
  assertEquals(code, 130);
  assertMatch(text, /^working\n$/);
});
