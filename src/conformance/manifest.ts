/** manifest.json: size and sha256 of every listed file that is there. A folder may hold a part of the files. */

import { type CaseResult, type Checker, readJson } from "./checker.ts";

export const manifestChecker: Checker = {
  matches: (path) => path === "manifest.json",
  async check(path, folder) {
    const { files } = await readJson(folder, path) as {
      files: Record<string, { bytes: number; sha256: string }>;
    };
    const results: CaseResult[] = [];
    for (const [name, expected] of Object.entries(files)) {
      const content = await contentOf(`${folder}/${name}`);
      if (!content) continue;
      const sha256 = await sha256Of(content);
      const equal = content.length === expected.bytes && sha256 === expected.sha256;
      const detail = `expected ${expected.bytes} bytes, sha256 ${expected.sha256}; ` +
        `found ${content.length} bytes, sha256 ${sha256}`;
      results.push(
        equal ? { name, status: "passed", error: 0 } : { name, status: "failed", error: 1, detail },
      );
    }
    return results;
  },
};

async function contentOf(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function sha256Of(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
}
