/** Scratch space for tests, inside the repository's cache folder: tests write nowhere else. */

const ROOT = ".cache/test";

/** Runs `fn` with a new empty folder and removes the folder afterwards. */
export async function withFolder<T>(fn: (folder: string) => T | Promise<T>): Promise<T> {
  await Deno.mkdir(ROOT, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: ROOT });
  try {
    return await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies the files of the repository whose path matches into a folder; hidden folders are left out. */
export async function copyRepository(target: string, matching: RegExp): Promise<void> {
  for (const path of walk(".")) {
    if (!matching.test(path)) continue;
    await Deno.mkdir(`${target}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(path, `${target}/${path}`);
  }
}

function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile) yield path;
    else if (!entry.name.startsWith(".")) yield* walk(path);
  }
}
