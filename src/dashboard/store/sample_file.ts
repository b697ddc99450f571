/** The graded responses beside a record: gzip JSON lines, one response a line. */

import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { ID } from "../../suite/names.ts";

/** A samples file larger than this, unpacked, is not read: it could not be shown, and may be a bomb. */
const UNPACKED_BYTES = 64 * 2 ** 20;

const graded = z.object({ correct: z.boolean(), answer: z.string().nullable(), reason: z.string() });

/** What a line of the file holds. */
export const sampleSchema = z.object({
  set: z.string().regex(ID),
  decoding: z.enum(["greedy", "sampled"]),
  index: z.int().min(0),
  id: z.string(),
  prompt: z.string(),
  /** Text of each token of the response. */
  tokens: z.array(z.string()),
  /** Per token: the denoising step that revealed it, the probability it had then, and the entropy in nats. */
  revealStep: z.array(z.number()),
  confidence: z.array(z.number().nullable()),
  entropy: z.array(z.number().nullable()),
  response: z.string(),
  strict: graded,
  d1: graded.optional(),
});

/** One graded response. */
export type Sample = z.infer<typeof sampleSchema>;

/** Which response a sample is, among those of its cell. */
export type SampleName = Pick<Sample, "set" | "decoding" | "index">;

export interface Samples {
  readonly samples: readonly Sample[];
  /** Why lines, or the whole file, could not be read. */
  readonly problems: readonly string[];
}

/** Reads a samples file whole. Lines that are not samples are reported by number. */
export function readSamples(path: string): Samples {
  let text: string;
  try {
    text = new TextDecoder().decode(gunzipSync(Deno.readFileSync(path), { maxOutputLength: UNPACKED_BYTES }));
  } catch (error) {
    return { samples: [], problems: [`the samples cannot be read: ${(error as Error).message}`] };
  }
  const samples: Sample[] = [], problems: string[] = [];
  text.split("\n").forEach((line, i) => {
    if (line === "") return;
    const sample = parseSample(line);
    if (typeof sample === "string") problems.push(`line ${i + 1}: ${sample}`);
    else samples.push(sample);
  });
  return { samples, problems };
}

function parseSample(line: string): Sample | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return (error as Error).message;
  }
  const result = sampleSchema.safeParse(value);
  if (!result.success) {
    return result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  }
  const { tokens, revealStep, confidence, entropy } = result.data;
  if ([revealStep, confidence, entropy].some(({ length }) => length !== tokens.length)) {
    return "expected as many steps, confidences and entropies as tokens";
  }
  return result.data;
}
