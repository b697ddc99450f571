import { assertEquals } from "@std/assert";
import { answerSection, unboxed } from "./response.ts";

Deno.test("response: the last answer section before the first end token", () => {
  assertEquals(answerSection("5+3"), "5+3");
  assertEquals(answerSection("<answer>1</answer> or <answer>2</answer>!"), "2");
  assertEquals(answerSection("<answer>\n12"), "\n12");
  assertEquals(answerSection("12<|eot_id|><answer>3</answer>"), "12");
  assertEquals(answerSection("1</s>2<|endoftext|>3"), "1");
  assertEquals(answerSection("</answer>1<answer></answer>"), "");
});

Deno.test("response: the last box, with its braces balanced", () => {
  assertEquals(unboxed("1+2"), "1+2");
  assertEquals(unboxed("\\boxed{1} then \\boxed{\\frac{1}{2}} end"), "\\frac{1}{2}");
  assertEquals(unboxed("\\boxed{1+{2}"), null);
  assertEquals(unboxed("\\boxed{}"), "");
});
