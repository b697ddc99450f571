/** What the JSON interface answers: schemas that the answers are checked against and the documentation is made of. */

import { z } from "zod";
import { claimReportSchema } from "../../claims/report.ts";
import { sampleSchema } from "../store/sample_file.ts";

/** A page of a list. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    total: z.int().min(0).describe("Items in all pages"),
    page: z.int().min(1),
    pages: z.int().min(1),
    next: z.string().nullable().describe("Address of the next page, or null"),
  });

const interval = z.tuple([z.number(), z.number()]);

export const cellSummary = z.strictObject({
  id: z.string().describe("suite.task[.variant].objective.seed"),
  suite: z.string(),
  task: z.string(),
  objective: z.string(),
  seed: z.int().min(0),
  samples: z.boolean().describe("Whether generations are kept"),
  record: z.string().describe("Address of its record"),
});

export const sample = z.strictObject(sampleSchema.shape);

export const record = z.looseObject({
  schema: z.int(),
  cell: z.looseObject({ task: z.string(), objective: z.string(), seed: z.int() }),
  outcome: z.looseObject({ status: z.enum(["complete", "diverged"]) }),
  run: z.looseObject({}),
}).describe("A record as results/ holds it; results/README.md explains the fields");

export const leaderboard = z.looseObject({
  schema: z.int(),
  sections: z.array(z.looseObject({
    suite: z.strictObject({ id: z.string(), version: z.int(), identity: z.string() }),
    setting: z.string(),
    backend: z.string(),
    tasks: z.array(z.string()),
    seeds: z.array(z.int()),
    classes: z.array(z.array(z.string())).describe(
      "Objectives whose models are equal byte for byte are one class",
    ),
    notes: z.array(z.string()),
    rankings: z.array(z.looseObject({
      axis: z.enum(["compute", "updates"]),
      decoding: z.enum(["greedy", "sampled"]),
      mode: z.enum(["strict", "d1"]),
      rows: z.array(z.looseObject({ objective: z.string() })),
    })),
    results: z.array(z.looseObject({
      task: z.string(),
      set: z.string(),
      subset: z.string(),
      rows: z.array(z.looseObject({ objective: z.string(), score: z.number(), overResponses: interval })),
    })),
    training: z.array(z.looseObject({ task: z.string(), objective: z.string() })),
  })),
}).describe("results/leaderboard.json");

export const objective = z.strictObject({
  id: z.string(),
  title: z.string(),
  paper: z.string(),
  equation: z.string(),
  departures: z.array(z.string()),
  defaults: z.record(z.string(), z.number()),
});

export const task = z.strictObject({
  id: z.string(),
  title: z.string(),
  promptLength: z.int(),
  responseLength: z.int(),
  flaw: z.string().nullable(),
});

export const claim = claimReportSchema.omit({ data: true });

export const live = z.strictObject({
  status: z.enum(["none", "idle", "running"]),
  ready: z.int(),
  leased: z.int(),
  done: z.int(),
  failed: z.int(),
  remainingSeconds: z.number().nullable(),
  failures: z.array(z.strictObject({ id: z.string(), error: z.string() })),
  cells: z.array(z.strictObject({
    id: z.string(),
    worker: z.string(),
    step: z.int(),
    steps: z.int(),
    forwards: z.number(),
    reward: z.number().nullable(),
    silentSeconds: z.number(),
    rewards: z.array(z.number().nullable()),
  })),
});

export const fault = z.strictObject({ error: z.string() });

export const cells = listOf(cellSummary);
export const samples = listOf(sample);
export const objectives = listOf(objective);
export const tasks = listOf(task);
export const claims = listOf(claim);
