import { assert, assertEquals, assertThrows } from "@std/assert";
import { meanPassAtK, passAtK } from "./pass_at_k.ts";

/** By counting every subset. */
function counted(samples: number, correct: number, k: number): number {
  let hits = 0, all = 0;
  for (let set = 0; set < 1 << samples; set++) {
    let size = 0;
    for (let i = 0; i < samples; i++) size += (set >> i) & 1;
    if (size !== k) continue;
    all++;
    if ((set & ((1 << correct) - 1)) !== 0) hits++;
  }
  return hits / all;
}

Deno.test("pass@k equals the share of subsets with a correct response", () => {
  for (let samples = 1; samples <= 8; samples++) {
    for (let correct = 0; correct <= samples; correct++) {
      for (let k = 1; k <= samples; k++) {
        const difference = passAtK({ samples, correct }, k) - counted(samples, correct, k);
        assert(Math.abs(difference) < 1e-12, `${samples} ${correct} ${k}`);
      }
    }
  }
});

Deno.test("pass@k: greedy, large and mean", () => {
  assertEquals([0, 1].map((correct) => passAtK({ samples: 1, correct }, 1)), [0, 1]);
  assert(Math.abs(passAtK({ samples: 10_000, correct: 1 }, 100) - 0.01) < 1e-12);
  assertEquals(meanPassAtK([{ samples: 4, correct: 1 }, { samples: 4, correct: 4 }], 1), 0.625);
});

Deno.test("pass@k refuses counts that cannot be", () => {
  assertThrows(
    () => passAtK({ samples: 3, correct: 1 }, 4),
    RangeError,
    "expected k to be an integer from 1 to 3",
  );
  assertThrows(() => passAtK({ samples: 3, correct: 4 }, 1), RangeError, "expected correct");
  assertThrows(() => passAtK({ samples: 3, correct: 1 }, 0.5), RangeError, "expected k");
  assertThrows(() => meanPassAtK([], 1), RangeError, "at least one problem");
});
