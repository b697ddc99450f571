/** What the slow tests of this folder share: commands in a copy of the repository. */

import { assertEquals } from "@std/assert";

/** Files of a copy. */
export const COPIED = /^(deno\.json|deno\.lock|README\.md|LICENSE|(kernels|src|tasks)\/.*)$/;

/** Runs command lines as they stand, each of which must end well; returns what they print. */
export async function runLines(cwd: string, text: string): Promise<string> {
  let out = "";
  for (const line of text.trim().split("\n")) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "--eval", line],
      cwd,
      env: { NO_COLOR: "1", DLLM_BENCH_DATA: "", DLLM_BENCH_OUT: "" },
    }).output();
    const decoder = new TextDecoder();
    assertEquals(code, 0, `${line}\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
    out += decoder.decode(stdout);
  }
  return out;
}
