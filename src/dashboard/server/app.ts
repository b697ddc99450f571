/** The server: pages, their files, the JSON interface and the live stream, for GET and HEAD alone. */

import { createHash } from "node:crypto";
import { Hono } from "hono";
import { FIGURE_CSS } from "../../figures/mod.ts";
import { apiRoutes } from "../api/routes.ts";
import { answer, entityTag } from "../api/answer.ts";
import { assets } from "./assets.ts";
import { placeOf } from "../parts/place.tsx";
import { renderPage } from "../parts/layout.tsx";
import { notFoundBody } from "../pages/not_found.tsx";
import { PAGE_POLICY, refusal, security } from "./security.ts";
import { fileAt, queryOf, type SiteFile } from "../site.ts";
import type { LiveStore } from "../store/live.ts";
import { type Memo, memo } from "../../leaderboard/memo.ts";
import type { Results } from "../store/results.ts";

export interface AppOptions {
  /** What stands in the results folder now. */
  readonly results: () => Results;
  readonly live: LiveStore;
  /** Accepted values of the Host header; null accepts all (tests without a network). */
  readonly hosts: ReadonlySet<string> | null;
  /** Told about errors that are the server's own. */
  readonly onError?: (error: Error) => void;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  gz: "application/gzip",
};

/** Addresses longer than this are refused before anything is parsed. */
const LONGEST = 2000;

/** Pages and files kept rendered, per state of the results. */
const RENDERED = 1000;

interface Rendered {
  readonly file: SiteFile;
  readonly tag: string;
}

/** The application; `app.request(path)` answers without a network. */
export function createApp({ results, live, hosts, onError = () => {} }: AppOptions): Hono {
  const rendered = new WeakMap<Results, Memo<Rendered | null>>();
  const app = new Hono();
  app.use(security(hosts));
  app.use((c, next) =>
    c.req.url.length > LONGEST ? Promise.resolve(refusal(414, "the address is too long")) : next()
  );

  app.get("/assets/:name", (c) => {
    const name = c.req.param("name");
    const text = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (text === undefined) return c.notFound();
    return answer(c.req.raw, text, TYPES[name.slice(name.lastIndexOf(".") + 1)]!, entityTag(text));
  });

  app.route("/api/v1", apiRoutes({ results, live }));

  app.get("*", (c) => {
    const { pathname, searchParams } = new URL(c.req.url);
    const path = pathname === "/" ? "index.html" : pathname.slice(1);
    const query = queryOf(searchParams);
    const now = results();
    const make = () => {
      const file = fileAt({ results: now, live: live.state() }, path, query);
      return file && { file, tag: entityTag(file.body) };
    };
    let kept = rendered.get(now);
    if (!kept) rendered.set(now, kept = memo(RENDERED));
    // What runs changes from one look to the next.
    const found = path === "live.html" ? make() : kept.get(JSON.stringify([path, query]), make);
    if (!found) return c.notFound();
    const { file: { type, body }, tag } = found;
    const response = answer(c.req.raw, body, TYPES[type]!, tag);
    if (type === "html") response.headers.set("Content-Security-Policy", PAGE_POLICY);
    if (type === "svg") response.headers.set("Content-Security-Policy", FIGURE_POLICY);
    return response;
  });

  app.notFound((c) => {
    // Only the depth of the address matters, for the links.
    const place = placeOf("x/".repeat(new URL(c.req.url).pathname.split("/").length - 2) + "not-found");
    return c.html(renderPage(place, notFoundBody(place)), 404, { "Content-Security-Policy": PAGE_POLICY });
  });
  app.onError((error) => {
    onError(error);
    return refusal(500, "this page could not be made; the server's output says why");
  });
  return app;
}

/** A figure has one stylesheet, known beforehand, and nothing else. */
const FIGURE_POLICY = `default-src 'none'; style-src 'sha256-${
  createHash("sha256").update(FIGURE_CSS).digest("base64")
}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`;
