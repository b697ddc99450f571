/** Answers with an entity tag: a client that has the text is told so instead of being sent it again. */

import { sha256 } from "../files/identity.ts";

/** A strong entity tag of a text. */
export function entityTag(text: string): string {
  return `"${sha256(text).slice(0, 32)}"`;
}

/** The text, or 304 where the client has it. */
export function answer(request: Request, text: string, type: string, tag: string): Response {
  const known =
    request.headers.get("If-None-Match")?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? [];
  if (known.includes(tag) || known.includes("*")) {
    return new Response(null, { status: 304, headers: { ETag: tag } });
  }
  return new Response(text, { headers: { "Content-Type": type, ETag: tag } });
}
