/** The JSON interface below /api/v1. Each answer is a function of the results, so it has an entity tag. */

import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { allTasks } from "../../../tasks/registry.ts";
import { OBJECTIVES } from "../../objectives/registry.ts";
import { answer, entityTag } from "./answer.ts";
import type { LiveStore } from "../store/live.ts";
import type { Results } from "../store/results.ts";
import { OPENAPI } from "./openapi.ts";

const TYPE = "application/json; charset=utf-8";
const LIMIT = 100, MOST = 500;
/** How often the store is looked at for the live stream. */
const LOOK_EVERY_MS = 1000;

export function apiRoutes({ results, live }: { results: () => Results; live: LiveStore }): Hono {
  const api = new Hono();
  const cellOf = (c: Context) => results().cell(c.req.param("id") ?? "");

  api.get("/openapi.json", (c) => send(c, OPENAPI));
  api.get("/leaderboard", (c) => send(c, results().leaderboard));
  api.get("/cells", (c) => {
    const wanted = (["suite", "task", "objective"] as const).map((name) =>
      [name, c.req.query(name)] as const
    );
    const cells = results().cells.filter((cell) =>
      wanted.every(([name, value]) => !value || cell[name] === value)
    );
    return list(c, cells, ({ id, suite, task, objective, seed, samples }) => ({
      id,
      suite,
      task,
      objective,
      seed,
      samples,
      record: `/api/v1/cells/${id}`,
    }));
  });
  api.get("/cells/:id", (c) => {
    const cell = cellOf(c);
    const record = cell && results().record(cell);
    return record ? send(c, record) : fault(404, "there is no such cell");
  });
  api.get("/cells/:id/samples", (c) => {
    const cell = cellOf(c);
    return cell ? list(c, results().samples(cell).samples) : fault(404, "there is no such cell");
  });
  api.get(
    "/objectives",
    (c) =>
      list(c, OBJECTIVES, ({ id, title, paper, equation, departures, defaults }) => ({
        id,
        title,
        paper,
        equation,
        departures,
        defaults,
      })),
  );
  api.get(
    "/tasks",
    (c) =>
      list(c, allTasks, ({ id, title, promptLength, responseLength, flawDescription }) => ({
        id,
        title,
        promptLength,
        responseLength,
        flaw: flawDescription,
      })),
  );
  api.get("/claims", (c) => list(c, results().claims, ({ report: { data: _, ...report } }) => report));
  api.get("/live", (c) => send(c, live.state()));
  api.get("/live/events", (c) =>
    streamSSE(c, async (stream) => {
      let last = "";
      while (!stream.aborted) {
        const data = JSON.stringify(live.state());
        if (data !== last) await stream.writeSSE({ event: "change", data });
        // A comment, so that a connection that is gone is noticed.
        else await stream.write(": quiet\n\n");
        last = data;
        await stream.sleep(LOOK_EVERY_MS);
      }
    }));
  api.all("*", () => fault(404, "there is no such thing here; /api/v1/openapi.json lists what there is"));
  return api;
}

function send(c: Context, value: unknown): Response {
  const text = JSON.stringify(value);
  return answer(c.req.raw, text, TYPE, entityTag(text));
}

function fault(status: number, error: string): Response {
  return new Response(JSON.stringify({ error }), { status, headers: { "Content-Type": TYPE } });
}

/** The page of a list that the address asks for, with the address of the next one. */
function list<Item>(
  c: Context,
  items: readonly Item[],
  show: (item: Item) => unknown = (item) => item,
): Response {
  const page = whole(c.req.query("page"), 1, 1e6), limit = whole(c.req.query("limit"), LIMIT, MOST);
  if (page === null || limit === null) {
    return fault(400, `expected whole numbers: page from 1, limit from 1 to ${MOST}`);
  }
  const pages = Math.max(1, Math.ceil(items.length / limit));
  const next = new URL(c.req.url);
  next.searchParams.set("page", String(page + 1));
  return send(c, {
    items: items.slice((page - 1) * limit, page * limit).map(show),
    total: items.length,
    page,
    pages,
    next: page < pages ? next.pathname + next.search : null,
  });
}

/** A whole number from 1 to `most`, the default where nothing is given, null for anything else. */
function whole(text: string | undefined, otherwise: number, most: number): number | null {
  if (text === undefined) return otherwise;
  const value = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : null;
}
