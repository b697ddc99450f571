/** Ctrl-C and a polite kill end a run after the step in progress, with everything saved. */

import { EXIT_INTERRUPTED, Interrupted } from "./errors.ts";

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Milliseconds within which a signal is still the same press: a terminal sends it to every process of a pipeline, and
 * those in between, such as npx and `deno task`, pass it on.
 */
const SAME_PRESS = 500;

/** Runs `work` with a signal that Ctrl-C aborts; a second Ctrl-C ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let pressed = 0;
  const stop = () => {
    if (!controller.signal.aborted) {
      pressed = performance.now();
      controller.abort(new Interrupted());
    } else if (performance.now() - pressed > SAME_PRESS) Deno.exit(EXIT_INTERRUPTED);
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    // After a press they stay: it may come again, before the command has said that everything is saved.
    if (!controller.signal.aborted) {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
    }
  }
}
