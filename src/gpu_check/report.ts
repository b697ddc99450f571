/** What a check of a GPU found, as a file to be sent and kept: one per adapter in results/gpu. */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";

const text = z.string().max(1000);
const amount = z.number().min(0);
/** Null where it was not measured, for the reason that the note gives. */
const rate = amount.nullable();

const reportSchema = z.strictObject({
  schema: z.literal(1),
  /** ISO 8601. */
  startedAt: text,
  seconds: amount,
  deno: text,
  commit: text,
  dirty: z.boolean(),
  adapter: z.strictObject({
    description: text,
    vendor: text,
    device: text,
    /** A driver that runs on the CPU: its figures say nothing about any GPU. */
    software: z.boolean(),
    subgroupSize: z.int().min(0),
    maxBufferBytes: amount,
    features: z.array(text),
    cooperativeMatrix: z.strictObject({
      listed: z.boolean(),
      /** Whether a device with it was granted, and what the answer was where it was not. */
      granted: z.boolean(),
      answer: text.nullable(),
    }),
  }),
  parity: z.array(z.strictObject({
    name: text,
    passed: z.boolean(),
    failure: text.nullable(),
    comparisons: z.array(z.strictObject({
      output: text,
      /** Null where it is not finite, which JSON does not have. */
      error: amount.nullable(),
      tolerance: amount,
    })),
  })),
  products: z.array(z.strictObject({
    variant: text,
    layout: text,
    m: amount,
    n: amount,
    k: amount,
    gflops: rate,
    /** Whether it is the variant that the product would choose. */
    chosen: z.boolean(),
  })),
  attention: z.array(z.strictObject({
    variant: text,
    direction: z.enum(["forward", "backward"]),
    batch: amount,
    sequence: amount,
    heads: amount,
    headDim: amount,
    gflops: rate,
    chosen: z.boolean(),
  })),
  bandwidth: z.array(z.strictObject({ name: text, bytes: amount, gigabytesPerSecond: rate })),
  models: z.array(z.strictObject({
    name: text,
    parameters: amount,
    /** Trained, half of them scored. */
    trainingTokensPerSecond: rate,
    /** Of responses, at one token per forward pass. */
    sampledTokensPerSecond: rate,
    note: text.nullable(),
  })),
});

export type GpuReport = z.infer<typeof reportSchema>;

/** @throws TypeError saying what is wrong with it */
export function validateReport(value: unknown, name: string): GpuReport {
  const { success, data, error } = reportSchema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw new TypeError(`${name} is no report of gpu-check: ${path.join(".") || "the file"}: ${message}`);
}

/** The name of an adapter as a file name: letters, digits and hyphens alone, however it is called. */
export function slugOf(description: string): string {
  const slug = description.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60);
  return slug.replace(/-$/, "") || "unnamed";
}

/** Writes a report. */
export async function writeReport(path: string, report: GpuReport): Promise<void> {
  await replaceFile(path, canonicalJson(report));
}

/** The reports of a folder, by file name; none where there is no folder. @throws TypeError for a file that is none */
export async function readReports(folder: string): Promise<[name: string, report: GpuReport][]> {
  const reports: [string, GpuReport][] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !name.endsWith(".json")) continue;
      const path = `${folder}/${name}`, content = await Deno.readTextFile(path);
      let value: unknown;
      try {
        value = JSON.parse(content);
      } catch {
        throw new TypeError(`${path} is no report of gpu-check: it is not JSON`);
      }
      reports.push([name, validateReport(value, path)]);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return reports.sort(([a], [b]) => a < b ? -1 : 1);
}
