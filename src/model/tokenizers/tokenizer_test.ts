import { assert, assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { byteTokenizer } from "./byte.ts";
import { hasTokenizer, loadTokenizer, saveTokenizer } from "./files.ts";
import { TokenizerError } from "./tokenizer.ts";

const { size, maskId, endId } = byteTokenizer;
const MODEL = { vocab: size, maskId, eosId: endId };
const SPECIAL_TEXT = "<|mask|><|endoftext|><|system|><|user|><|assistant|>";

Deno.test("byte tokenizer: texts come back as they were", () => {
  const texts = [
    "",
    "a",
    "x\0\r\n\t",
    "\ufeffBOM",
    "é٣中😀",
    "\\boxed{5}",
    SPECIAL_TEXT,
    "\u{10ffff}\u007f\u0080",
  ];
  for (const text of texts) assertEquals(byteTokenizer.decode(byteTokenizer.encode(text)), text);
  assertEquals([...byteTokenizer.encode("aé")], [97, 0xc3, 0xa9]);
});

Deno.test("byte tokenizer: every byte has its id, and what is no UTF-8 is shown, never thrown", () => {
  for (let byte = 0; byte < 256; byte++) {
    const text = byteTokenizer.decode([byte]);
    if (byte < 128) assertEquals([...byteTokenizer.encode(text)], [byte]);
    else assertEquals(text, "\ufffd");
  }
  const broken = [[0xc3], [0xc3, 0x28], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xff, 0xfe]];
  for (const bytes of broken) assert(byteTokenizer.decode([97, ...bytes, 98]).startsWith("a\ufffd"));
  // A character that a special token cuts in two is two broken ones.
  assertEquals(byteTokenizer.decode([0xc3, endId, 0xa9]), "\ufffd<|endoftext|>\ufffd");
  assertEquals([...byteTokenizer.encode("\ud800")], [0xef, 0xbf, 0xbd]);
});

Deno.test("byte tokenizer: a text that spells special tokens never becomes one", () => {
  const ids = [
    ...byteTokenizer.encode(SPECIAL_TEXT),
    ...byteTokenizer.encodeChat([{ role: "user", content: SPECIAL_TEXT }], SPECIAL_TEXT),
  ];
  assertEquals(ids.filter((id) => id >= 256).map((id) => byteTokenizer.decode([id])), [
    "<|user|>",
    "<|endoftext|>",
    "<|assistant|>",
  ]);
});

Deno.test("byte tokenizer: a conversation is its turns, and the last is open behind the prefill", () => {
  const messages = [{ role: "system", content: "s" }, { role: "user", content: "é" }] as const;
  assertEquals(
    byteTokenizer.decode(byteTokenizer.encodeChat(messages, "p")),
    "<|system|>s<|endoftext|><|user|>é<|endoftext|><|assistant|>p",
  );
  assertEquals(byteTokenizer.encodeChat([], "").length, 1);
  assertEquals(byteTokenizer.decode([97, size, 98]), "a\ufffdb", "a model may have more ids than tokens");
});

Deno.test("tokenizers lie beside their models, and others are refused", () =>
  withFolder(async (folder) => {
    assertEquals(await hasTokenizer(folder), false);
    await saveTokenizer(folder, byteTokenizer);
    assertEquals(await hasTokenizer(folder), true);
    assertEquals(await loadTokenizer(folder, MODEL), byteTokenizer);
    await assertRejects(
      () => loadTokenizer(folder, { ...MODEL, vocab: 64 }),
      TokenizerError,
      `has ${size} tokens with mask 256 and end 257; the model beside it has 64`,
    );
    await assertRejects(() => loadTokenizer(folder, { ...MODEL, eosId: 0 }), TokenizerError, "and end 0");
    const cases: [string, string][] = [
      ["{", "cannot be read"],
      ["null", 'expected "type": "byte"'],
      ['{"version": "1.0", "model": {"type": "BPE"}}', "other types are not supported"],
      ['{"type": "byte"}', 'expected "special" to be'],
      ['{"type": "byte", "special": {"mask": 0}}', 'found {"mask":0}'],
    ];
    for (const [text, message] of cases) {
      await Deno.writeTextFile(`${folder}/tokenizer.json`, text);
      await assertRejects(() => loadTokenizer(folder, MODEL), TokenizerError, message);
    }
  }));
