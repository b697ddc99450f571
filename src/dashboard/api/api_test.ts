import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { madeUpApp, SMALL, writeMadeUp, writeMadeUpClaim } from "../testing/testing.ts";
import { OPENAPI, ROUTES } from "./openapi.ts";
import { cells, samples } from "./schemas.ts";

const CELL = "mini.sudoku.mini.bgpo.1.cpu";

async function withApi(fn: (get: (path: string) => Promise<Response>) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await writeMadeUp(folder, SMALL);
    await writeMadeUpClaim(folder);
    const app = madeUpApp(folder);
    await fn(async (path) => await app.request(`/api/v1${path}`));
  });
}

Deno.test("every documented route answers as its schema says", () =>
  withApi(async (get) => {
    for (const { path, answer } of ROUTES) {
      const response = await get(path.replace("{id}", CELL));
      assertEquals([response.status, response.headers.get("Content-Type")], [
        200,
        "application/json; charset=utf-8",
      ], path);
      const result = answer.safeParse(await response.json());
      assert(result.success, `${path}: ${result.error?.message}`);
    }
  }));

Deno.test("the document lists every route once, with its parameters, and is served", () =>
  withApi(async (get) => {
    assertEquals(await (await get("/openapi.json")).json(), JSON.parse(JSON.stringify(OPENAPI)));
    assertEquals(OPENAPI.openapi, "3.1.0");
    const operations = Object.values(OPENAPI.paths).map(({ get }) => get.operationId);
    assertEquals(new Set(operations).size, operations.length);
    for (const [path, { get }] of Object.entries(OPENAPI.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assertEquals(
        get.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name),
        named,
      );
    }
  }));

Deno.test("pages of a list hold every item once", () =>
  withApi(async (get) => {
    const ids: string[] = [];
    let next: string | null = "/api/v1/cells?limit=7";
    while (next) {
      const page: ReturnType<typeof cells.parse> = cells.parse(
        await (await get(next.slice("/api/v1".length))).json(),
      );
      assertEquals([page.total, page.pages], [18, 3]);
      ids.push(...page.items.map(({ id }) => id));
      next = page.next;
    }
    assertEquals([ids.length, new Set(ids).size], [18, 18]);
    const filtered = cells.parse(await (await get("/cells?task=sudoku/mini&objective=bgpo")).json());
    assertEquals(filtered.items.map(({ seed }) => seed), [1, 2, 3]);
    const generations = samples.parse(await (await get(`/cells/${CELL}/samples?limit=4&page=2`)).json());
    assertEquals([generations.items.length, generations.total, generations.next], [2, 6, null]);
  }));

Deno.test("parameters out of range are 400, unknown cells 404, both as JSON", () =>
  withApi(async (get) => {
    for (
      const query of [
        "page=0",
        "page=-1",
        "page=x",
        "page=1.5",
        "limit=0",
        "limit=501",
        "limit=1e2",
        "page=99999999",
      ]
    ) {
      const response = await get(`/cells?${query}`);
      assertEquals(response.status, 400, query);
      assert((await response.json()).error);
    }
    for (
      const path of ["/cells/none", "/cells/none/samples", "/none", "/cells/mini.sudoku.mini.bgpo.99.cpu"]
    ) {
      const response = await get(path);
      assertEquals(response.status, 404, path);
      assert((await response.json()).error);
    }
  }));
