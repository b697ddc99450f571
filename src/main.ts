/** The command line. */

import { main } from "./cli/program.ts";

// A display that a failed command left behind must not keep the process alive.
if (import.meta.main) Deno.exit(await main(Deno.args));
