/** Scratch space for tests, inside the repository's cache folder: tests write nowhere else. */

const ROOT = ".cache/test";

/** Runs `fn` with a new empty folder and removes the folder afterwards. */
export async function withFolder(fn: (folder: string) => void | Promise<void>): Promise<void> {
  await Deno.mkdir(ROOT, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: ROOT });
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
