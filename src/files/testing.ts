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
