import { assertEquals } from "@std/assert";
import { pieceIdentity, type Results } from "../claim.ts";
import { PROFILES } from "../profile.ts";
import { columnOf, gradientNotes, OFF, pieceOf, seedsWithGradient } from "./sampling.ts";

Deno.test("a seed whose batch has no gradient is left out and named; one whose gradients overflow is kept", () => {
  const profile = { ...PROFILES.full, seeds: [1, 2, 3] };
  const row = (deviation: number | null, nonFinite: number) => ({ samples: 1, deviation, nonFinite });
  const rows = [row(0.5, 0), row(null, 0), row(null, 3)];
  const kept = new Map(
    profile.seeds.map((
      seed,
      i,
    ) => [pieceIdentity(pieceOf(profile, OFF, seed)), {
      rows: { bgpo: profile.sampling.samples.map(() => rows[i]) },
    }]),
  );
  const results = ((piece: Parameters<Results>[0]) => kept.get(pieceIdentity(piece))) as Results;
  assertEquals(seedsWithGradient(results, profile, OFF), [1, 3]);
  assertEquals(columnOf(results, profile, OFF, "bgpo")("deviation")[0], [0.5, null]);
  assertEquals(gradientNotes(results, profile, OFF), [
    "left out for want of a gradient, as every group of its batch earned the same reward: seed 2",
  ]);
  assertEquals(gradientNotes(results, { ...profile, seeds: [1, 3] }, OFF), []);
});
