/**
 * What every answer of the server obeys: GET and HEAD only, no foreign host name (DNS rebinding), no request that
 * another site started, and headers that leave a page nothing but its own files.
 */

import type { MiddlewareHandler } from "hono";

/** Pages load their own stylesheet, images and scripts, and nothing else; there is no inline code or style. */
export const PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Everything that is not a page. */
export const DATA_POLICY =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

const HEADERS: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
  "Cache-Control": "no-cache",
};

/** Requests from this origin, or by a person who typed or followed the address outside a page. */
const OWN_SITES = new Set(["same-origin", "none"]);

/** Names under which a server on this host and port is addressed. */
export function hostNames(host: string, port: number): ReadonlySet<string> {
  const names = ["127.0.0.1", "localhost", "[::1]"].includes(host)
    ? ["127.0.0.1", "localhost", "[::1]"]
    : [host];
  return new Set(names.flatMap((name) => port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}

/** A plain text answer; the headers are added on its way out. */
export function refusal(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}

/**
 * @param hosts accepted values of the Host header, or null where the caller is no network (tests, the export)
 */
export function security(hosts: ReadonlySet<string> | null): MiddlewareHandler {
  return async (c, next) => {
    const refused = refusalOf(c.req.raw, hosts);
    if (refused) c.res = refused;
    else await next();
    const { headers } = c.res;
    for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
    if (!headers.has("Content-Security-Policy")) headers.set("Content-Security-Policy", DATA_POLICY);
  };
}

function refusalOf(request: Request, hosts: ReadonlySet<string> | null): Response | null {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const response = refusal(405, "only GET and HEAD are answered here");
    response.headers.set("Allow", "GET, HEAD");
    return response;
  }
  const host = request.headers.get("Host");
  if (hosts && (host === null || !hosts.has(host.toLowerCase()))) {
    return refusal(421, "this server does not answer to that host name");
  }
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null && !OWN_SITES.has(site)) {
    return refusal(403, "requests from other sites are not answered");
  }
  return null;
}
