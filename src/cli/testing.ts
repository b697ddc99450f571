/** Runs commands in tests exactly as the tasks do: with the permissions of src/driver/permissions.ts and no others. */

import { assert, assertEquals } from "@std/assert";
import { baseIdentity } from "../bench/base_models.ts";
import { validateRecord } from "../records/record.ts";
import { namedFolders } from "../driver/folders.ts";
import { startOf } from "../driver/permissions.ts";
import type { CommandName } from "./commands.ts";

/**
 * Arguments of Deno for a command, its permissions included: what its task starts.
 * @param data what DLLM_BENCH_DATA names
 * @param own what DLLM_BENCH_OUT names; "" for nothing
 * @param args from which the folders of the dashboard and of an export are taken
 */
export function denoArguments(
  command: CommandName,
  data = Deno.env.get("DLLM_BENCH_DATA") ?? "",
  own = "",
  args: readonly string[] = [],
): string[] {
  const list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);
  return startOf(command, { data, own, named: namedFolders(args), list });
}

/** Arguments of Deno that start what starts the programs, as deno.json has them. */
export function startArguments(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync("deno.json")) as {
    tasks: { start: { command: string } };
  };
  const line = tasks.start.command.replace(/^deno /, "")
    .replace("$(deno run src/driver/executable.ts)", Deno.execPath());
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain)!);
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** What DLLM_BENCH_DATA names; default: what it names here. */
  readonly data?: string;
  /** Whether the command may use the network: results must not depend on it. */
  readonly offline?: boolean;
  /** A copy of the repository to run in; default: this one. */
  readonly cwd?: string;
}

/** A command that can be spawned and killed: its process is Deno itself, without a shell in between. */
function command(
  name: CommandName,
  args: readonly string[],
  { data, offline = false, cwd = "." }: CommandOptions = {},
): Deno.Command {
  const [run, ...rest] = denoArguments(name, data);
  return new Deno.Command(Deno.execPath(), {
    cwd,
    args: [run!, ...(offline ? ["--deny-net"] : []), ...rest, ...args],
    env: { NO_COLOR: "1", ...(data !== undefined && { DLLM_BENCH_DATA: data }) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command to its end. */
export async function runCommand(
  name: CommandName,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await command(name, args, options).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** A command that was started and is still running. */
export interface RunningCommand {
  /** Waits until the command is at some point, or at its end. */
  until(reached: () => boolean): Promise<void>;
  /** Sends a signal to the process, if it still runs. */
  send(signal: Deno.Signal): void;
  /** Ends the process and returns what it wrote; without a signal, waits for its end. */
  end(signal?: "SIGKILL" | "SIGINT"): Promise<CommandResult & { signal: Deno.Signal | null }>;
  /** Lines of stdout so far. */
  readonly lines: readonly string[];
}

/** Starts a command, to be watched and stopped. */
export function startCommand(
  name: CommandName,
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  const child = command(name, args, options).spawn();
  const lines: string[] = [];
  let ended = false, text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      lines.splice(0, lines.length, ...text.split("\n").slice(0, -1));
    }
    ended = true;
  })();
  const errors = new Response(child.stderr).text();
  const send = (signal: Deno.Signal) => {
    // Where the process has ended by itself, its status says so.
    if (!ended) child.kill(signal);
  };
  return {
    lines,
    send,
    async until(reached) {
      while (!ended && !reached()) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    async end(signal) {
      if (signal) send(signal);
      const status = await child.status;
      await reading;
      return { code: status.code, signal: status.signal, stdout: text, stderr: await errors };
    },
  };
}

/** Runs a command that must end well and returns what it wrote. */
export async function succeed(
  name: CommandName,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await runCommand(name, args, options);
  assertEquals(result.code, 0, result.stderr);
  return result;
}

/** The lines of a `--json` run: each one is a JSON object with an event. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  assert(stdout.endsWith("\n"), "the last line is complete");
  return stdout.trimEnd().split("\n").map((line) => {
    const value = JSON.parse(line);
    assert(typeof value.event === "string", line);
    return value;
  });
}

/** Whether there is a file or folder. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Folder in which commands keep the base model of the cell whose record is in a file. */
export async function baseFolderOf(record: string): Promise<string> {
  const { cell: { base, task, backend } } = validateRecord(
    JSON.parse(await Deno.readTextFile(record)),
    record,
  );
  const kernels = backend === "webgpu" ? "webgpu" : "cpu";
  return `.cache/base/${await baseIdentity(base, { id: task }, { backend: kernels })}`;
}
