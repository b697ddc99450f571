/** The OpenAPI document, from the schemas of the answers. */

import { z } from "zod";
import * as schemas from "./schemas.ts";

interface Route {
  readonly path: string;
  readonly summary: string;
  readonly answer: z.ZodType;
  readonly parameters?: readonly Parameter[];
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly description: string;
  readonly integer?: true;
}

const PAGING: readonly Parameter[] = [
  { name: "page", in: "query", description: "from 1", integer: true },
  { name: "limit", in: "query", description: "items of a page, 1 to 500; default 100", integer: true },
];
const CELL: Parameter = { name: "id", in: "path", description: "id of a cell" };
const filter = (name: string): Parameter => ({ name, in: "query", description: `only this ${name}` });

/** Every route below /api/v1 that answers JSON. */
export const ROUTES: readonly Route[] = [
  { path: "/leaderboard", summary: "The leaderboard as data", answer: schemas.leaderboard },
  {
    path: "/cells",
    summary: "All cells",
    answer: schemas.cells,
    parameters: [filter("suite"), filter("task"), filter("objective"), ...PAGING],
  },
  { path: "/cells/{id}", summary: "The record of a cell", answer: schemas.record, parameters: [CELL] },
  {
    path: "/cells/{id}/samples",
    summary: "Generations of a cell",
    answer: schemas.samples,
    parameters: [CELL, ...PAGING],
  },
  { path: "/objectives", summary: "Objectives of this code", answer: schemas.objectives, parameters: PAGING },
  { path: "/tasks", summary: "Tasks of this code", answer: schemas.tasks, parameters: PAGING },
  { path: "/claims", summary: "Claims and their verdicts", answer: schemas.claims, parameters: PAGING },
  { path: "/live", summary: "The running bench", answer: schemas.live },
];

const json = (schema: unknown) => ({ content: { "application/json": { schema } } });

export const OPENAPI = {
  openapi: "3.1.0",
  info: {
    title: "dllm-rl-bench",
    version: "1",
    description:
      "Results and progress of the benchmark, read-only. Answers carry an ETag; with If-None-Match an " +
      "unchanged one is 304. `/live/events` is a stream of server-sent events named `change`, each with the data of `/live`.",
  },
  servers: [{ url: "/api/v1" }],
  paths: Object.fromEntries(ROUTES.map(({ path, summary, answer, parameters = [] }) => [path, {
    get: {
      summary,
      operationId: path.slice(1).replace(/[^a-z]+(\w)/g, (_, letter) => letter.toUpperCase()).replace(
        /\W/g,
        "",
      ),
      parameters: parameters.map(({ name, in: place, description, integer }) => ({
        name,
        in: place,
        description,
        required: place === "path",
        schema: { type: integer ? "integer" : "string" },
      })),
      responses: {
        200: { description: summary, ...json(z.toJSONSchema(answer)) },
        304: { description: "Unchanged" },
        400: { description: "A parameter is out of range", ...json(z.toJSONSchema(schemas.fault)) },
        404: { description: "There is no such thing", ...json(z.toJSONSchema(schemas.fault)) },
      },
    },
  }])),
};
