/** `deno task dashboard`: shows results and a running bench in the browser. */

import { createApp } from "../dashboard/server/app.ts";
import { hostNames } from "../dashboard/server/security.ts";
import { openLive, STORE_FILE } from "../dashboard/store/live.ts";
import { openResults, type Results } from "../dashboard/store/results.ts";
import { UsageError } from "./errors.ts";
import { hiddenFiles, sectionNotes } from "./notices.ts";
import { parseOptions } from "./options.ts";
import { checkResultsFolder } from "./results_folder.ts";

/**
 * Runs until the signal.
 * @returns the exit status
 */
export async function run(args: readonly string[], signal?: AbortSignal): Promise<number> {
  const { results, port, host: hostname } = parseOptions("dashboard", args);
  const address = { hostname, port: portOf(port) };
  checkResultsFolder(results, "--results");
  const look = telling(openResults(results)), live = openLive(`${results}/${STORE_FILE}`);
  const server = listen(address, (request) => app.fetch(request), signal);
  const app = createApp({
    results: look,
    live,
    hosts: hostNames(hostname, server.addr.port),
    onError: (error) => console.error(error.stack ?? error.message),
  });
  console.log(`http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}/`);
  // Deriving the leaderboard of thousands of records takes seconds: rather now than when a page waits for it.
  for (const line of sectionNotes(look())) console.error(line);
  await server.finished;
  return 0;
}

/** Says on stderr which files are not shown, each once. */
function telling(look: () => Results): () => Results {
  const told = new Set<string>();
  let last: Results | null = null;
  return () => {
    const results = look();
    if (results === last) return results;
    last = results;
    const lines = hiddenFiles(results).filter((line) => !told.has(line));
    for (const line of lines) {
      console.error(line);
      told.add(line);
    }
    return results;
  };
}

/** Starts to answer. @throws Error for a port that cannot be had */
function listen(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  answer: Deno.ServeHandler,
  signal: AbortSignal | undefined,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname, port, onListen: () => {}, ...(signal && { signal }) }, answer);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(`port ${port} of ${hostname} is in use by another program; ${OTHER_PORT}`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new Error(`port ${port} of ${hostname} may not be listened on: ${error.message}; ${OTHER_PORT}`);
    }
    throw error;
  }
}

const OTHER_PORT = "name another one with --port N, or any free one with --port 0";

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new UsageError(`--port: expected a whole number from 0 to 65535, found "${text}"`);
}
