import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openCpu } from "../../../kernels/cpu.ts";
import { withFolder } from "../../files/testing.ts";
import { testSite } from "../testing.ts";
import { estimators } from "./estimators.ts";
import { BIN_ENDS, trustAudit } from "./trust_audit.ts";

const elbo = { normalize: 1, systematicCounts: 1, samples: 2 };
const ESTIMATORS = [
  { name: "elbo", objective: "reinforce-elbo", settings: elbo },
  { name: "vrpo", objective: "vrpo-ol", settings: elbo },
  { name: "free", objective: "pg-is", settings: { steps: 0 } },
  { name: "clipped", objective: "ppo-clip", settings: { steps: 0 } },
  { name: "egspo, all", objective: "egspo", settings: { steps: 0, beta: 0 } },
];

Deno.test("estimators: objectives that are equal on-policy are found equal, products and costs are consistent", () =>
  withFolder(async (cache) => {
    using backend = await openCpu();
    const site = await testSite(backend, cache);
    const place = { task: "sudoku/mini", seed: 1, prompts: 2, group: 4 };
    const { rows, rollout } = await estimators.measure(site, {
      ...place,
      batches: 3,
      estimators: ESTIMATORS,
    });
    assertEquals(rollout, 4);
    const exact = rows["policy-gradient-proposed"]!, whole = rows["policy-gradient-committed"]!;
    assertEquals([exact.own, whole.own], [exact.toProposed, whole.toCommitted]);
    assertEquals(exact.toCommitted, whole.toProposed);
    assertEquals(rows.vrpo!.sameAs, "elbo");
    assertEquals(rows.vrpo!.own, rows.elbo!.own);
    // Token means and step sums differ by a constant factor, advantages by the divisor of their group.
    assertEquals(rows.clipped!.sameAs, "free");
    assertEquals(rows.elbo!.sameAs, null);
    const cosine = (a: typeof exact, product: number, b: typeof exact) =>
      product / Math.sqrt(a.square * b.square);
    assert(Math.abs(cosine(exact, exact.toCommitted, whole)) <= 1);
    assertEquals([whole.forwards, rows.elbo!.forwards, rows.vrpo!.forwards], [12, 6, 8]);

    const audit = await trustAudit.measure(site, {
      ...place,
      distance: 2,
      mantissaBits: 23,
      topK: [2, 8],
      masks: [{ objective: "pg-is", settings: { steps: 0 } }, {
        objective: "ppo-clip",
        settings: { steps: 0 },
      }],
    });
    assertEquals(audit.tokens, 8 * 16);
    assertAlmostEquals(audit.share.reduce((a, b) => a + b, 0), 1, 1e-12);
    assertEquals(audit.masked["pg-is"], BIN_ENDS.map(() => 0));
    assert(audit.excess < 1e-12, `${audit.excess}`);
    for (const { binary, topK: [two, eight], full } of [audit.tv, audit.kl]) {
      assert(
        0 < binary && binary <= two! && two! <= eight! && eight! <= full,
        `${[binary, two, eight, full]}`,
      );
    }
  }));
