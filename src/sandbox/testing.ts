/** One sandbox for the tests of a file: started by the first that needs it, closed after the last. */

import { createSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";

/** Runs `fn` with a sandbox and closes it afterwards. */
export async function withSandbox(
  fn: (sandbox: Sandbox) => void | Promise<void>,
  options: SandboxOptions = {},
): Promise<void> {
  const sandbox = await createSandbox(options);
  try {
    await fn(sandbox);
  } finally {
    await sandbox.close();
  }
}
