import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { imageIsWhole, imagePath } from "./image.ts";
import { createSandbox } from "./sandbox.ts";
import { withSandbox } from "./testing.ts";

const ADD = "def add(a, b):\n    return a + b\n";

Deno.test("sandbox: an image is made once, and again when it is damaged", () =>
  withFolder(async (cache) => {
    const path = await imagePath(cache);
    const messages: string[] = [];
    const options = { cache, programs: 1, onMessage: (message: string) => void messages.push(message) };
    const use = () =>
      withSandbox(async (sandbox) => {
        assertEquals((await sandbox.run({ code: ADD, tests: ["assert add(1, 2) == 3"] })).status, "passed");
      }, options);
    await Deno.writeTextFile(`${cache}/other.image`, "of another version");
    await use();
    const [made] = messages.splice(0);
    assertStringIncludes(made!, "Preparing the Python interpreter");
    assertEquals([...Deno.readDirSync(cache)].map(({ name }) => `${cache}/${name}`), [path]);
    await use();
    assertEquals(messages, []);
    const image = await Deno.readFile(path);
    image[1_000_000]! ^= 1;
    await Deno.writeFile(path, image);
    assert(!await imageIsWhole(path));
    await use();
    assertEquals(messages, [made!]);
    assert(await imageIsWhole(path));
  }));

Deno.test("sandbox: without an image Python starts in full, and says so", async () => {
  const messages: string[] = [];
  // A folder that cannot be made.
  await withSandbox(async (sandbox) => {
    assertEquals((await sandbox.run({ code: ADD, tests: ["assert add(1, 2) == 3"] })).status, "passed");
  }, { cache: "deno.json/no", programs: 1, onMessage: (message) => void messages.push(message) });
  assertStringIncludes(messages.at(-1)!, "Starting Python in full");
  await assertRejects(() => createSandbox({ programs: 0 }), RangeError, "expected programs");
});
