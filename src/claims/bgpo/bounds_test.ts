import { assertEquals, assertStringIncludes } from "@std/assert";
import { pieceIdentity, type Results } from "../claim.ts";
import { PROFILES } from "../profile.ts";
import { verdictOf } from "../verdict.ts";
import { normalisation } from "./bounds.ts";
import { OFF, pieceOf, RAW } from "./sampling.ts";

const profile = { ...PROFILES.full, seeds: [1, 2, 3] };
const LENGTH = 8;

/** Reads norms of bgpo's gradient by seed; its deviation with raw sums is tiny beside them, as measured. */
function read(norms: { readonly plain: number[]; readonly raw: (number | null)[] }) {
  const kept = new Map<string, unknown>();
  profile.seeds.forEach((seed, i) => {
    for (const [setting, norm] of [[OFF, norms.plain[i]!], [RAW, norms.raw[i]!]] as const) {
      const rows = profile.sampling.samples.map((samples) => ({
        samples,
        deviation: norm === 0 ? null : setting === RAW ? 1e-30 : 0.2,
        nonFinite: 0,
      }));
      kept.set(pieceIdentity(pieceOf(profile, setting, seed)), {
        rows: { "bgpo": rows, "vrpo-ol": rows },
        reference: { "bgpo": { norm }, "vrpo-ol": { norm: norms.plain[i]! * LENGTH } },
      });
    }
  });
  const results = ((piece: Parameters<Results>[0]) => kept.get(pieceIdentity(piece))) as Results;
  return normalisation.read(results, profile);
}

Deno.test("raw sums: a gradient that grows with its own deviation counts as grown, however small the deviation looks", () => {
  const { checks, tables } = read({ plain: [0.5, 1, 2], raw: [4e30, 9, null] });
  // 8 times as long is expected; the second seed has 9 / 8 of it, the third is not even finite.
  assertEquals([checks[0]!.estimate, verdictOf(checks)], [2, "not reproduced"]);
  assertStringIncludes(checks[0]!.what, "seeds, of 3, whose gradient is over 10 times");
  assertEquals(tables[0]!.rows.map((row) => row[1]!.value), ["1e30", "1.125", "Infinity"]);
});

Deno.test("raw sums: gradients as long as the normalised objective's reproduce the claim", () => {
  const { checks, tables } = read({ plain: [0.5, 0, 2], raw: [4, 0, 160] });
  assertEquals([checks[0]!.estimate, verdictOf(checks)], [0, "reproduced"]);
  assertEquals(
    tables[0]!.rows.map(([seed]) => seed!.value),
    ["1", "3"],
    "a seed without a gradient has no row",
  );
});
