import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PLACEHOLDER, symbolVocabulary as vocabulary } from "./vocabulary.ts";

Deno.test("vocabulary: at most 64 different symbols, and text comes back from its ids", () => {
  assert(vocabulary.symbols.length <= vocabulary.size);
  assertEquals(new Set(vocabulary.symbols).size, vocabulary.symbols.length);
  for (const text of ["0310200404001043", "30,100,93=23", "(100-93)*30", "32;\\boxed{8}", ""]) {
    assertEquals(vocabulary.decode(vocabulary.encode(text)), text);
  }
});

Deno.test("vocabulary: the symbols and ids that trained models refer to have not moved", () => {
  assertEquals(vocabulary.symbols.slice(0, 27).join(""), "<eos><mask>0123456789+-*/()=,;x%>? \n");
  assertEquals([...vocabulary.encode("5,3,2=06")], [7, 19, 5, 19, 4, 18, 2, 8]);
});

Deno.test("vocabulary: the longest symbol wins at every position", () => {
  assertEquals(vocabulary.encode("Tom has 5 cats buys 2 gives 3?").length, 9);
  assertEquals(vocabulary.encode("x, sub 8, sub 4, mul 3").length, 7);
  assertEquals(vocabulary.encode("5+2=07-3=04####04").length, 14);
  // A comma alone is a symbol too, and so is a space.
  assertEquals([...vocabulary.encode(", ")].map((id) => vocabulary.symbols[id]), [",", " "]);
});

Deno.test("vocabulary: text that is no symbol is refused by naming the character", () => {
  const error = assertThrows(() => vocabulary.encode("5+é"), RangeError);
  assertStringIncludes(error.message, '"é" (U+00E9) at 2');
  assertThrows(() => vocabulary.encode("1😀"), RangeError, "U+1F600");
  // The spelling of a special token is not the token.
  assertThrows(() => vocabulary.encode("<eos>"), RangeError, '"<"');
  assertThrows(() => vocabulary.encode("<mask>"), RangeError, '"<"');
});

Deno.test("vocabulary: decoding cuts at the first end token and shows ids without text", () => {
  const { eosId, maskId } = vocabulary;
  assertEquals(vocabulary.decode([3, 4, eosId, 5, eosId]), "12");
  assertEquals(vocabulary.decode([eosId, 3]), "");
  assertEquals(vocabulary.decode([3, maskId, 63, 4000]), `1${PLACEHOLDER.repeat(3)}`);
});

Deno.test("vocabulary: padding fills with end tokens and never cuts", () => {
  assertEquals([...vocabulary.encodePadded("12", 4)], [3, 4, vocabulary.eosId, vocabulary.eosId]);
  assertEquals([...vocabulary.encodePadded("12", 2)], [3, 4]);
  assertThrows(() => vocabulary.encodePadded("123", 2), RangeError, "at most 2 tokens, found 3");
});
