/**
 * The mini variants of the code tasks: a response is the expression that a function of x returns. It is judged as the
 * program it stands for, among many in one interpreter, as its text can name nothing; with other characters it is not
 * run and fails.
 */

import type { ExpressionTest } from "../../src/sandbox/sandbox.ts";
import { closeCodeSandbox, gradeOfVerdict, runExpressions } from "./grades.ts";
import type { Task } from "../task.ts";

/** The function that tests call. */
export const FUNCTION = "f";

/** The program that a response stands for. */
export function programText(response: string): string {
  return `def ${FUNCTION}(x):\n    return ${response}\n`;
}

/** The answer that a model without a small vocabulary would give in place of a response. */
export function answerText(response: string): string {
  return `\`\`\`python\n${programText(response)}\`\`\``;
}

export function assertOf({ x, expected }: ExpressionTest, name: string): string {
  return `assert ${name}(${x}) == ${expected}`;
}

/** Rewards and grades: the share of the tests that pass, and whether all do. */
export function gradedByTests<Item extends { readonly cases: readonly ExpressionTest[] }>(): Pick<
  Task<Item>,
  "rewards" | "grades" | "close"
> {
  const judge: (batch: Parameters<Task<Item>["rewards"]>[0]) => ReturnType<typeof runExpressions> = (batch) =>
    runExpressions(batch.map(({ example, text }) => ({ expression: text, tests: example.item.cases })));
  return {
    async rewards(batch) {
      return (await judge(batch)).map(({ passed, total }) => passed / total);
    },
    async grades(batch) {
      const verdicts = await judge(batch);
      return batch.map(({ text }, i) => {
        const verdict = verdicts[i]!, strict = gradeOfVerdict(programText(text), "block", verdict);
        // An exit code that only the tests decide: 0 when all of them pass.
        const d1 = {
          ...strict,
          reason: `exit code ${strict.correct ? 0 : 1}: ${verdict.reason}`,
          measures: {},
        };
        return { strict, d1 };
      });
    },
    close: closeCodeSandbox,
  };
}
