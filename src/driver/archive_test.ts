import { assertEquals, assertThrows } from "@std/assert";
import { readTar } from "./archive.ts";
import { tarEntry, tarFile } from "./testing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("readTar returns the files of an archive, whatever their length", () => {
  const archive = tarFile(
    tarEntry("a.txt", bytes("hello")),
    tarEntry("./folder", bytes(""), { type: "5" }),
    tarEntry("empty", bytes("")),
    tarEntry("b/full", new Uint8Array(512).fill(7)),
    tarEntry("c", bytes("x"), { prefix: "deep/folder" }),
  );
  assertEquals(
    readTar(archive),
    new Map([
      ["a.txt", bytes("hello")],
      ["empty", bytes("")],
      ["b/full", new Uint8Array(512).fill(7)],
      ["deep/folder/c", bytes("x")],
    ]),
  );
});

Deno.test("readTar refuses names that leave the folder", () => {
  for (const name of ["/etc/passwd", "../x", "a/../../x", "a\\..\\x", ""]) {
    assertThrows(() => readTar(tarFile(tarEntry(name, bytes("x")))), SyntaxError, "leaves the folder");
  }
  assertThrows(() => readTar(tarFile(tarEntry("x", bytes("x"), { prefix: ".." }))), SyntaxError, "leaves");
});

Deno.test("readTar refuses links, devices and repeated names", () => {
  for (const type of ["1", "2", "3", "6", "x"]) {
    assertThrows(() => readTar(tarFile(tarEntry("a", bytes(""), { type }))), SyntaxError, "no regular file");
  }
  const twice = tarFile(tarEntry("a", bytes("1")), tarEntry("./a", bytes("2")));
  assertThrows(() => readTar(twice), SyntaxError, "occurs twice");
});

Deno.test("readTar refuses damaged and cut archives", () => {
  const archive = tarFile(tarEntry("a.txt", bytes("hello")));
  for (const at of [0, 124, 130, 156, 257]) {
    const damaged = archive.slice();
    damaged[at]! ^= 1;
    assertThrows(() => readTar(damaged), SyntaxError, "checksum");
  }
  assertThrows(() => readTar(archive.slice(0, 514)), SyntaxError, 'ends inside "a.txt"');
  assertThrows(() => readTar(archive.slice(0, 1024)), SyntaxError, "no end mark");
  assertThrows(() => readTar(new Uint8Array()), SyntaxError, "no end mark");
});
