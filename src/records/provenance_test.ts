import { assert, assertEquals } from "@std/assert";
import { provenance, readCommit } from "./provenance.ts";

Deno.test("a commit is 40 digits, perhaps with changes; anything else is unknown", () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  assertEquals(readCommit(commit), [commit, false]);
  assertEquals(readCommit(`${commit}+dirty`), [commit, true]);
  for (const text of ["", "+dirty", "HEAD", `${commit}0`, `${commit} x`]) {
    assertEquals(readCommit(text), ["unknown", false], text);
  }
});

Deno.test("a record says which processor, adapter and driver it was made with", () => {
  const cpu = provenance({ adapter: "wasm", backend: "cpu" });
  assert(/^\S.*, \d+ threads$/.test(cpu.cpu), cpu.cpu);
  assertEquals([cpu.adapter, cpu.driver, cpu.deno], ["wasm", "none", Deno.version.deno]);
});
