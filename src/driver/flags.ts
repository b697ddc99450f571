/** Prints how every task starts its program: a line each, for who wants to see or check what they may do. */

import { environmentFolders, namedFolders } from "./folders.ts";
import { type ProgramName, PROGRAMS, startOf } from "./permissions.ts";

for (const name of Object.keys(PROGRAMS) as ProgramName[]) {
  console.log(
    `${name}: deno ${startOf(name, { ...environmentFolders(), named: namedFolders([]) }).join(" ")}`,
  );
}
