/** Identities by content: SHA-256, as 64 lower-case hexadecimal digits. */

import { createHash } from "node:crypto";
import { compactJson } from "./canonical_json.ts";

/** SHA-256 of bytes, or of a text in UTF-8. A typed array counts as its bytes in memory, which are little-endian. */
export function sha256(data: string | ArrayBufferView): string {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The identity of a value: SHA-256 of its canonical JSON. Equal values have equal identities, whatever the
 * order of their keys.
 * @throws TypeError if the value is not JSON
 */
export function identityOf(value: unknown): string {
  return sha256(compactJson(value));
}

/** What an identity looks like. */
export const IDENTITY = /^[0-9a-f]{64}$/;
