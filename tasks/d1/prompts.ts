/** The layout of the d1 family's prompts: everything in one user turn, reasoning and answer between tags. */

import type { Prompt } from "../real_task.ts";

/** A request to answer between tags. @param answer what stands between the answer tags */
export function tagLayout(answer: string): string {
  return `Write your response in this layout:\n<reasoning>\n...\n</reasoning>\n<answer>\n${answer}\n</answer>`;
}

const user = (content: string, prefill: string): Prompt => ({
  messages: [{ role: "user", content }],
  prefill,
});

/** As they evaluate: the turn of the model begins with `<reasoning>`. */
export function d1Prompt(instructions: string, question: string): Prompt {
  return user(`${instructions}\n\n${question}`, "<reasoning>");
}

/** As they train: no prefill. */
export function d1TrainingPrompt(instructions: string, question: string): Prompt {
  return user(`${instructions}\n\n${question}`, "");
}

/** One user message and nothing else. */
export function userPrompt(content: string): Prompt {
  return user(content, "");
}
