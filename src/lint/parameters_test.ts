import { assertEquals } from "@std/assert";
import { signaturesOf } from "./parameters.ts";

/** Arguments that a reader can tell apart by their place. */
const MOST = 4;
/** What others decide, by "path name". */
const GIVEN: Readonly<Record<string, string>> = {
  "src/sandbox/interpreter.ts fd_pwrite": "a function of WASI",
};

Deno.test("signatures are found in functions, arrows, methods and types, type parameters aside", () => {
  const text = `export function one<A, B>(a: A, { b, c }: B, ...rest: A[]) {}
const two = (a: number, b: number) => [1].map((x) => x + a + b);
export interface Three { three(a: number): void; other: (a: 1, b: 2, c: 3, d: 4, e: 5) => void }
export class Four { four(a = 1) { return function five() {}; } }`;
  assertEquals(
    signaturesOf("a.ts", text).map(({ line, name, parameters, isExported }) =>
      `${line} ${name} ${parameters} ${isExported}`
    ),
    ["1 one 3 true", "2 two 2 false", "2 two 1 false", "3 three 1 true", "3 other 5 true"].concat([
      "4 four 1 true",
      "4 five 0 true",
    ]),
  );
});

Deno.test(`no export of src and tasks takes more than ${MOST} arguments by position`, async () => {
  const root = new URL("../../", import.meta.url);
  const found: string[] = [];
  let files = 0;
  const visit = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
      const path = `${folder}${name}`;
      if (isDirectory) await visit(`${path}/`);
      else if (/(?<!\.d)\.tsx?$/.test(name)) {
        files++;
        const text = await Deno.readTextFile(new URL(path, root));
        found.push(
          ...signaturesOf(path, text)
            .filter(({ parameters, isExported, name }) =>
              parameters > MOST && isExported && !(`${path} ${name}` in GIVEN)
            )
            .map(({ line, name, parameters }) =>
              `${path}:${line}: ${name} takes ${parameters}; hand an object`
            ),
        );
      }
    }
  };
  for (const folder of ["src/", "tasks/"]) await visit(folder);
  assertEquals(found, []);
  assertEquals(files > 400, true, `${files} files`);
});
