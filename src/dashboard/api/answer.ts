/** Answers with an entity tag: a client that has the text is told so instead of being sent it again. */

import { sha256 } from "../../files/identity.ts";

/** A strong entity tag of a text or file. */
export function entityTag(body: string | Uint8Array): string {
  return `"${sha256(body).slice(0, 32)}"`;
}

/** The text or file, or 304 where the client has it. */
export function answer(
  request: Request,
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
  tag: string,
): Response {
  const known =
    request.headers.get("If-None-Match")?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? [];
  if (known.includes(tag) || known.includes("*")) {
    return new Response(null, { status: 304, headers: { ETag: tag } });
  }
  return new Response(body, { headers: { "Content-Type": type, ETag: tag } });
}
