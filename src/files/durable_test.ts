import { assert, assertEquals } from "@std/assert";
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

Deno.test("replaceFile by several processes at once leaves what one of them wrote, whole, and fails in none", () =>
  withFolder(async (root) => {
    const path = `${root}/file.txt`;
    const script = (letter: string) => `
      const { replaceFile } = await import("${import.meta.resolve("./durable.ts")}");
      for (let i = 0; i < 30; i++) await replaceFile("${path}", "${letter}".repeat(20_000 + 400 * i));
    `;
    const writers = ["a", "b"].map((letter) =>
      new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", script(letter)] }).output()
    );
    for (const { code, stderr } of await Promise.all(writers)) {
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    }
    const text = await Deno.readTextFile(path);
    assert(text === "a".repeat(text.length) || text === "b".repeat(text.length));
    assertEquals(text.length, 20_000 + 400 * 29);
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["file.txt"]);
  }));
