import { assert, assertEquals } from "@std/assert";
import { realFileTest } from "../testing/testing.ts";
import { type DataFile, dataFiles } from "./files.ts";

for (const [name, file] of Object.entries(dataFiles) as [string, DataFile][]) {
  await realFileTest(`data: ${name} is what it is pinned as, in both forms`, file, (bytes) => {
    assertEquals(bytes.length, file.unzipped?.bytes ?? file.bytes);
    assert(/^[0-9a-f]{64}$/.test(file.sha256));
  });
}
