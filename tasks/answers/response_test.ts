import { assert, assertEquals } from "@std/assert";
import { LINEAR_MS } from "../testing/real_task.ts";
import { answerSection, beforeEnd, beforeNextTurn, ownTurn } from "./response.ts";

Deno.test("response: the last answer section before the first end mark", () => {
  assertEquals(answerSection("5+3"), "5+3");
  assertEquals(answerSection("<answer>1</answer> or <answer>2</answer>!"), "2");
  assertEquals(answerSection("<answer>\n12"), "\n12");
  assertEquals(answerSection("12<|eot_id|><answer>3</answer>"), "12");
  assertEquals(answerSection("1</s>2<|endoftext|>3"), "1");
  assertEquals(answerSection("</answer>1<answer></answer>"), "");
  assertEquals(answerSection("<answer>1</answer>\n\nQ: 2?\n<answer>3</answer>"), "1");
});

Deno.test("response: marks of every model family end an answer", () => {
  const ends = [
    ..."<|eot_id|> <|eom_id|> <|end_of_text|> <|eot|> <|endoftext|> <|im_end|> </s> <eos> <end_of_turn>"
      .split(" "),
    ..."<turn|> <|end|> <|role_end|> <|finetune_right_pad_id|> <pad>".split(" "),
  ];
  const turns = [
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|header_start|>user<|header_end|>\n\n",
    "<|im_start|>user\n",
    "<|im_start|>user<|im_sep|>",
    "<start_of_turn>user\n",
    "<|turn>user\n",
    "<|user|>\n",
    "<|assistant|>",
    "[INST]",
    "<s>[INST]",
    "<role>HUMAN</role>",
    "<role>ASSISTANT</role>",
  ];
  for (const mark of [...ends, ...turns]) {
    assertEquals(beforeEnd(`7${mark}8`), "7", mark);
  }
  // Nothing was said before the head of the response's own turn.
  for (const head of turns) assertEquals(beforeEnd(`${head}    7<|im_end|>8`), "    7", head);
  assertEquals(
    beforeEnd("<|begin_of_text|><|start_header_id|>assistant<|end_header_id|>\n\n7<|eot_id|>"),
    "7",
  );
  assertEquals(beforeEnd("<|im_start|>modelling 7"), "modelling 7");
  assertEquals(beforeEnd("<|endoftext|>7"), "");
  for (const text of ["7 <b>8</b>", "a | b |> c", "<|mdm_mask|>7", "x[i] < s > t", "  7\n"]) {
    assertEquals(beforeEnd(text), text);
  }
});

Deno.test("response: a next question or speaker ends an answer", () => {
  const answers = [
    "The answer is 7.",
    "<answer>7</answer>",
    "so \\boxed{7}",
    "#### 7",
    "7",
    "3+4 = 7 apples",
  ];
  const turns = [
    "\n\nQ: If I have 3 apples?\nA: 5",
    "\n\nQuestion: 3?\nAnswer: 5",
    "\nUser: And 3?\nAssistant: 5",
    "\nHuman: And 3?",
    "\n\nProblem: 3?",
    "\nProblem 2\n3?",
    "\n### Problem 2\n3?",
    "\n\n**Question:** 3?",
    "\nQuestion 2: 3?",
    "\n\n## Question\n3?",
    "\n\n### Instruction:\n3?",
    "\nNext question: 3?",
    "\r\nHUMAN: 3?",
  ];
  for (const answer of answers) {
    for (const turn of turns) {
      assertEquals(ownTurn(answer + turn).trim(), answer, JSON.stringify(answer + turn));
    }
  }
});

Deno.test("response: a question that is stated before anything was answered is no turn", () => {
  const texts = [
    "Question: 3 apples and 4?\nAnswer: 7",
    "\n\n**Problem:** 3 apples and 4?\n\n**Solution:** 7",
    "Problem 1: 3 and 4\n7",
    "User: 3 and 4?\nAssistant: 7",
    "<reasoning>\nQuestion: 3 and 4?\n</reasoning>\n<answer>7</answer>",
    "Let me see.\n\nQuestion: 3 and 4?\nAnswer: 7",
    "She has 3 apples and gets 4 more.\nQuestion: how many are there?\nAnswer: 7",
    "The question: 3 and 4?\n7",
    "It is 7 (see problem 2).",
    "The answer is 7.\nProblem solved, as 3 + 4 is that.",
    "The answer is 7.\nUsers: 3",
    "The answer is 7.\nQuestion 2 is harder.",
  ];
  for (const text of texts) assertEquals(beforeNextTurn(text), text);
});

Deno.test("response: megabytes are read in linear time", () => {
  for (
    const unit of [
      "\n",
      " ",
      "Q:\n",
      "\nUser",
      "#",
      "**",
      "<|im_start|>",
      "<s>",
      "1\n\nQ",
      "<a>",
      "answer ",
      "\n \n",
    ]
  ) {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const start = performance.now();
    ownTurn(text);
    assert(performance.now() - start < LINEAR_MS, JSON.stringify(unit));
  }
});
