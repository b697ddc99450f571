import { assertEquals } from "@std/assert";
import { memo, remembering } from "./memo.ts";

Deno.test("a memo keeps what was used last", () => {
  const made: string[] = [], kept = memo<string>(2);
  const get = (key: string) =>
    kept.get(key, () => {
      made.push(key);
      return `value of ${key}`;
    });
  for (const key of ["a", "b", "a", "c", "a", "b"]) assertEquals(get(key), `value of ${key}`);
  assertEquals(made, ["a", "b", "c", "b"]);
  assertEquals(kept.size, 2);
});

Deno.test("a remembering function computes once for equal arguments, and tells others apart", () => {
  let calls = 0;
  const join = remembering(10, (values: readonly number[], name: string) => {
    calls++;
    return `${name} ${values.join(" ")}`;
  });
  const cases: [number[], string][] = [[[1, 2], "a"], [[12], "a"], [[1, 2], "b"], [[], "a"], [[0.1], "a"]];
  for (let round = 0; round < 2; round++) {
    for (const [values, name] of cases) assertEquals(join([...values], name), `${name} ${values.join(" ")}`);
  }
  assertEquals(calls, cases.length);
});
