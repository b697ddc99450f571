/** Folders that users name: in the environment, and on the command line of programs that may read nothing else. */

import type { Folders } from "./permissions.ts";

/** What the environment names, and the repository. */
export function environmentFolders(): Omit<Folders, "named"> {
  return {
    data: Deno.env.get("DLLM_BENCH_DATA") ?? "",
    own: Deno.env.get("DLLM_BENCH_OUT") ?? "",
    list: (folder) => [...Deno.readDirSync(folder)].map(({ name }) => name),
  };
}

/** What is shown where nothing is named. */
export const RESULTS = "results";

/** Folders after --results and --out, and the results of the repository where none is named to be read. */
export function namedFolders(args: readonly string[]): string[] {
  const of = (option: string) =>
    args.flatMap((word, i) => {
      const value = word === option
        ? args[i + 1]
        : word.startsWith(`${option}=`)
        ? word.slice(option.length + 1)
        : "";
      return value ? [value] : [];
    });
  const shown = of("--results");
  return [...(shown.length > 0 ? shown : [RESULTS]), ...of("--out")];
}
