import { brotliCompressSync, constants } from "node:zlib";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { install, isInstalled, unpack } from "./swiftshader.ts";
import { tarEntry, tarFile } from "./testing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("unpack refuses an archive without the driver, or with another one", async () => {
  const archive = (...entries: Uint8Array[]) => brotliCompressSync(tarFile(...entries));
  await assertRejects(
    () => unpack(archive(tarEntry("other", bytes("x")))),
    Error,
    "expected libvk_swiftshader.so in the driver archive, found other",
  );
  await assertRejects(
    () => unpack(archive(tarEntry("libvk_swiftshader.so", bytes("x")))),
    Error,
    "libvk_swiftshader.so: expected SHA-256 5b9e8591",
  );
  await assertRejects(() => unpack(bytes("no brotli stream")), Error);
});

Deno.test("unpack stops at an archive that expands without end", async () => {
  const zeros = brotliCompressSync(new Uint8Array(64 << 20), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
  });
  await assertRejects(() => unpack(zeros), Error, "larger than");
});

Deno.test("a folder with other, missing or changed files is not an installed driver", () =>
  withFolder(async (root) => {
    const folder = `${root}/driver`;
    assert(!await isInstalled(folder));
    await install(new Map([["vk_swiftshader_icd.json", bytes("{}")]]), folder);
    assert(!await isInstalled(folder), "two files are missing");
    await install(new Map([["libvulkan.so.1", bytes("x")]]), folder);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["libvulkan.so.1"]);
    assertEquals(
      [...Deno.readDirSync(root)].map(({ name }) => name),
      ["driver"],
      "no temporary folder is left",
    );
  }));
