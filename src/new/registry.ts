/** What is new has an id and a place of its own, and stands in a registry. */

/** How things are named where they are made. */
export interface Names {
  /** On the command line and in records. */
  readonly id: string;
  /** Of the module, from the registry on, without the ending. */
  readonly file: string;
  /** In TypeScript. */
  readonly constant: string;
}

/** Lines with a longer id would have to be broken. */
const LONGEST = 32;

/**
 * @param kind what messages call it
 * @throws Error unless the id is of lower-case words joined by hyphens, the first letter a letter
 */
export function checkId(kind: string, id: string): void {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) && id.length <= LONGEST) return;
  throw new Error(
    `"${id}" is no id of ${kind}: expected lower-case words joined by hyphens, as in my-own, of ${LONGEST} characters at most`,
  );
}

/** @throws Error naming the first of the paths where something lies */
export async function checkFree(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isFree = await Deno.lstat(path).then(() => false, (error) => {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    });
    if (!isFree) throw new Error(`${path} exists: choose another id, or move it away`);
  }
}

/** The words of an id as a name of TypeScript. */
export function camelCase(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A registry with one import more, which stands where its path belongs, and one entry more at the end of its first list. */
export function registryWith(registry: string, { file, constant }: Names): string {
  const lines = registry.split("\n"), path = `./${file}.ts`;
  const pathOf = (line: string) => /^import .* from "(.*)";$/.exec(line)?.[1];
  const next = lines.findIndex((line) => (pathOf(line) ?? "") > path);
  const last = lines.findLastIndex((line) => pathOf(line) !== undefined);
  lines.splice(next < 0 ? last + 1 : next, 0, `import { ${constant} } from "${path}";`);
  return lines.join("\n").replace("\n];", `\n  ${constant},\n];`);
}
