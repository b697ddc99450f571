/** Tables of cases of the strict graders: by kind, what is right of an item and what is wrong of it. */

import { assertEquals } from "@std/assert";
import type { RealTask } from "../real_task.ts";

/** Responses to one item. */
export interface Cases<Fields> {
  readonly of: Fields;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

/** One test per kind; the fields are those of a line that carries its own item. */
export function kindTests<Item, Fields extends Readonly<Record<string, unknown>>>(
  task: RealTask<Item>,
  kinds: Readonly<Record<string, readonly Cases<Fields>[]>>,
): void {
  for (const [kind, tables] of Object.entries(kinds)) {
    Deno.test(`${task.id}: ${kind}`, async () => {
      const failures: string[] = [];
      for (const { of, right, wrong } of tables) {
        const item = task.itemOf({ ...of }, []);
        for (const [texts, expected] of [[right, true], [wrong, false]] as const) {
          for (const text of texts) {
            const { strict } = await task.grade(item, text);
            if (strict.correct === expected) continue;
            failures.push(
              `${JSON.stringify(of)} ${JSON.stringify(text)}: expected ${expected}, ${strict.reason}`,
            );
          }
        }
      }
      assertEquals(failures, []);
    });
  }
}
