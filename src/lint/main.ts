/** Says where the code leaves its layout: `deno task check` runs it after the types. */

import { circles, deadExports, importsFromAbove } from "./findings.ts";
import { INTENDED } from "./intended.ts";
import { readTree } from "./tree.ts";

const modules = await readTree(".");
const findings = [...circles(modules), ...importsFromAbove(modules), ...deadExports(modules, INTENDED)];
for (const finding of findings) console.error(finding);
console.log(
  `${modules.length} modules: ${findings.length === 0 ? "no findings" : `${findings.length} findings`}`,
);
if (findings.length > 0) Deno.exit(1);
