import { assertEquals } from "@std/assert";
import { replaceFile } from "./durable.ts";
import { withFolder } from "./testing.ts";

Deno.test("replaceFile creates folders, replaces contents and leaves no temporary file", () =>
  withFolder(async (root) => {
    const path = `${root}/a/b/file.txt`;
    await replaceFile(path, "first, longer than the second");
    await Deno.writeTextFile(`${path}.tmp`, "left behind by a crash");
    await replaceFile(path, new TextEncoder().encode("second"));
    assertEquals(await Deno.readTextFile(path), "second");
    assertEquals([...Deno.readDirSync(`${root}/a/b`)].map(({ name }) => name), ["file.txt"]);
  }));
