/** Downloads every pinned data file into the cache. */

import { dataFiles } from "../tasks/data/files.ts";
import { openDataFile } from "../tasks/data/open.ts";

for (const file of Object.values(dataFiles)) {
  const bytes = await openDataFile(file);
  console.log(`${file.name}: ${bytes.length} bytes`);
}
