/** The modules of the repository. */

import { type Module, readModule } from "./module.ts";

const ROOTS = ["kernels", "src", "tasks"];

/**
 * All modules in TypeScript, AssemblyScript aside, which is compiled alone.
 * @param root of the repository
 * @throws SyntaxError naming a file that cannot be parsed
 */
export async function readTree(root: string): Promise<Module[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)) as {
    imports: Readonly<Record<string, string>>;
  };
  const modules: Module[] = [];
  for (const path of await filesBelow(root, ROOTS)) {
    if (!/\.tsx?$/.test(path) || path.endsWith(".as.ts") || path.endsWith(".d.ts")) continue;
    modules.push(readModule(path, await Deno.readTextFile(`${root}/${path}`), imports));
  }
  return modules;
}

/** Paths of the files in folders and below, in order. */
async function filesBelow(root: string, folders: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    const entries = await Array.fromAsync(Deno.readDir(`${root}/${folder}`));
    const inside = entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of inside) {
      if (isDirectory) files.push(...await filesBelow(root, [`${folder}/${name}`]));
      else files.push(`${folder}/${name}`);
    }
  }
  return files;
}
