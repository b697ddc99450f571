import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { IDENTITY, identityOf, sha256 } from "./identity.ts";

Deno.test("sha256 equals the published test vectors", () => {
  assertEquals(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assertEquals(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

Deno.test("sha256 of a view covers its bytes only", () => {
  const bytes = new TextEncoder().encode("xabcx");
  assertEquals(sha256(bytes.subarray(1, 4)), sha256("abc"));
  assertEquals(sha256(Uint32Array.of(0x64636261)), sha256("abcd"));
});

Deno.test("identityOf depends on the value, not on the order of its keys", () => {
  assertEquals(identityOf({ a: 1, b: [2] }), identityOf({ b: [2], a: 1 }));
  assertNotEquals(identityOf({ a: 1 }), identityOf({ a: "1" }));
  assertMatch(identityOf(null), IDENTITY);
});
