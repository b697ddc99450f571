/** Runs commands in tests exactly as the tasks do: with the flags that stand in deno.json and no others. */

import type { CommandName } from "./options.ts";

/** Arguments of Deno for a command, its permissions included. */
export async function denoArguments(command: CommandName): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  const line: string = tasks[command].command.split("&& deno ")[1];
  const data = Deno.env.get("DLLM_BENCH_DATA");
  const values: Record<string, string> = {
    DLLM_BENCH_DATA: data ?? "",
    DLLM_BENCH_NO_DATA: data ? "" : ".",
    DLLM_BENCH_OUT: "",
    DLLM_BENCH_NO_OUT: "runs",
  };
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) =>
    (quoted ?? plain)!.replace(/\$(\w+)/g, (_, name) => values[name]!)
  );
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that can be spawned and killed: its process is Deno itself, without a shell in between. */
export async function command(name: CommandName, args: readonly string[]): Promise<Deno.Command> {
  return new Deno.Command(Deno.execPath(), {
    args: [...await denoArguments(name), ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command to its end. */
export async function runCommand(name: CommandName, args: readonly string[]): Promise<CommandResult> {
  const { code, stdout, stderr } = await (await command(name, args)).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
