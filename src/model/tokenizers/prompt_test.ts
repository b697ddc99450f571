import { assertEquals } from "@std/assert";
import { byteTokenizer } from "./byte.ts";
import { promptIds } from "./prompt.ts";

const PROMPT = { messages: [{ role: "user", content: "1+1?" }], prefill: "<reasoning>" } as const;

Deno.test("prompts are text in the protocol plain, and conversations in the others", () => {
  const text = (protocol: Parameters<typeof promptIds>[2]) =>
    byteTokenizer.decode(promptIds(byteTokenizer, PROMPT, protocol));
  assertEquals(text("plain"), "1+1?<reasoning>");
  for (const protocol of ["chat", "d1", "d1-training", "bgpo"] as const) {
    assertEquals(text(protocol), "<|user|>1+1?<|endoftext|><|assistant|><reasoning>");
  }
});
