/** `deno task dashboard`: shows results and a running bench in the browser. */

import { createApp } from "../dashboard/app.ts";
import { hostNames } from "../dashboard/security.ts";
import { openLive, STORE_FILE } from "../dashboard/store/live.ts";
import { openResults } from "../dashboard/store/results.ts";
import { UsageError } from "./errors.ts";
import { runPlain } from "./plain_options.ts";

const PERMISSIONS =
  `The task may read results and the folder that DLLM_BENCH_OUT names, and may listen on 127.0.0.1 alone: for
another host, run src/cli/dashboard.ts with the permissions that the task has in deno.json and that host's.`;

const HELP = `Shows results, and a bench that runs, in the browser. Reads only.

Usage: deno task dashboard [options]

Options:
  --results DIR  folder of the records (default results); a bench that writes there is shown live
  --port N       port to listen on, 0 for any free one (default 8000)
  --host NAME    address to listen on (default 127.0.0.1, which only this machine reaches)
  --help         print this text

${PERMISSIONS}`;

const OPTIONS = ["results", "port", "host"] as const;

/**
 * Runs until the signal.
 * @returns the exit status
 */
export function run(args: readonly string[], signal?: AbortSignal): Promise<number> {
  const command = { name: "dashboard", help: HELP, permissions: PERMISSIONS, options: OPTIONS };
  return runPlain(
    command,
    args,
    async ({ results = "results", port, host }) => {
      const hostname = host ?? "127.0.0.1";
      const open = openResults(results), live = openLive(`${results}/${STORE_FILE}`);
      const server = Deno.serve({
        hostname,
        port: portOf(port ?? "8000"),
        ...(signal && { signal }),
        onListen: ({ port }) =>
          console.log(`http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`),
      }, (request) => app.fetch(request));
      const app = createApp({
        results: open,
        live,
        hosts: hostNames(hostname, server.addr.port),
        onError: (error) => console.error(error.stack ?? error.message),
      });
      await server.finished;
      return 0;
    },
  );
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new UsageError(`--port: expected a whole number from 0 to 65535, found "${text}"`);
}

if (import.meta.main) Deno.exit(await run(Deno.args));
