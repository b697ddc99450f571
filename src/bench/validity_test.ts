import { assertEquals } from "@std/assert";
import { type Confirmation, confirmationsOf, NO_CONFIRMATIONS } from "../records/confirmations.ts";
import type { BenchRecord, Cell } from "../records/record.ts";
import { exampleRecord } from "./testing.ts";
import { changeText, stalenessOf, whyAgain } from "./validity.ts";

const record = exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 2, backend: "cpu" });
const { cell } = record;
const other = (digit: string) => digit.repeat(64);

/** The test sets that the record was graded on. */
const SETS = [{ id: "generated" }, { id: "sudoku-d1" }];

const why = (now: Cell, sets = SETS, list: readonly Confirmation[] = [], before: BenchRecord = record) =>
  whyAgain(before, now, sets, confirmationsOf(list));

/** New code for some parts of the record's, on a backend. */
const confirmed = (sources: Record<string, string>, backend = "cpu"): Confirmation => ({
  backend,
  commit: "unknown",
  changed: [],
  sources,
  shown: {},
  peakDeviceBytes: {},
});

/** The same cell, read from its JSON with the keys the other way round. */
function reversed<T>(value: T): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, inner]) => [key, reversed(inner)]),
  ) as T;
}

Deno.test("an equal cell does not run again, whatever the order of its keys", () => {
  assertEquals(why(cell), null);
  assertEquals(why(reversed(structuredClone(cell))), null);
  assertEquals(stalenessOf(cell, cell, NO_CONFIRMATIONS), { fields: [], code: [] });
});

const { rollout, evaluation } = cell.decoding;

/** Every field but code and data, changed. */
const FIELDS: { [Field in Exclude<keyof Cell, "source" | "data">]: Cell[Field] } = {
  suite: { ...cell.suite, version: 9 },
  task: "countdown/mini",
  objective: "wd1",
  settings: { ...cell.settings, samples: 3 },
  learningRate: 0.25,
  updates: { ...cell.updates, miniBatches: 2 },
  decoding: { rollout: { ...rollout, topK: 5 }, evaluation },
  memory: "retain",
  setting: "natural",
  seed: 3,
  baseSeed: 3,
  backend: "cpu-fast",
  base: other("1"),
};

for (const [field, value] of Object.entries(FIELDS)) {
  Deno.test(`a change of ${field} makes a record stale, by that name`, () => {
    const now = { ...cell, [field]: value };
    assertEquals(stalenessOf(cell, now, NO_CONFIRMATIONS).fields, [field as keyof Cell]);
    assertEquals(why(now), `${field} changed since its record`);
  });
}

/** Parts of the code that changed, and the reason. */
const CODE: [change: Partial<Cell["source"]>, reason: string][] = [
  [{ core: other("1") }, "the code of every cell changed since its record"],
  [{ task: other("1") }, "the code of the task changed since its record"],
  [{ objective: other("1") }, "the code of the objective changed since its record"],
  [
    { core: other("1"), objective: other("2") },
    "the code of every cell, the code of the objective changed since its record",
  ],
];

Deno.test("a change of code names its part, after the fields that changed", () => {
  for (const [change, reason] of CODE) {
    const now = { ...cell, source: { ...cell.source, ...change } };
    assertEquals(why(now), reason);
    assertEquals(stalenessOf(cell, now, NO_CONFIRMATIONS), {
      fields: [],
      code: Object.keys(change) as (keyof Cell["source"])[],
    });
    assertEquals(why({ ...now, learningRate: 1, base: other("3") }), `learningRate, base, ${reason}`);
  }
  assertEquals(changeText({ fields: [], code: [] }), null);
});

Deno.test("code that is confirmed to give the same is valid, on its backend and as far as it is confirmed", () => {
  const now = { ...cell, source: { ...cell.source, core: other("1"), task: other("2") } };
  const core = confirmed({ [cell.source.core]: other("1") });
  const task = confirmed({ [cell.source.task]: other("2") });
  const both = confirmed({ [cell.source.core]: other("1"), [cell.source.task]: other("2") });
  assertEquals(why(now, SETS, [both]), null);
  assertEquals(why(now, SETS, [core, task]), null);
  assertEquals(why(now, SETS, [core]), "the code of the task changed since its record");
  assertEquals(
    why(now, SETS, [confirmed(both.sources, "webgpu")]),
    "the code of every cell, the code of the task changed since its record",
  );
  // Over a step in between, and back to the code of the record.
  const steps = [
    confirmed({ [cell.source.core]: other("7") }),
    confirmed({ [other("7")]: other("1"), [cell.source.task]: other("2") }),
  ];
  assertEquals(why(now, SETS, steps), null);
  assertEquals(why(cell, SETS, [both], { ...record, cell: now }), null);
  // A confirmation of code says nothing about what else changed.
  assertEquals(why({ ...now, learningRate: 1 }, SETS, [both]), "learningRate changed since its record");
});

Deno.test("a file that is missing now takes nothing away, other bytes of one do, and one more is graded", () => {
  const [name] = Object.keys(cell.data) as [string];
  assertEquals(why({ ...cell, data: {} }, [{ id: "generated" }]), null);
  assertEquals(why({ ...cell, data: { [name]: other("9") } }), "data changed since its record");
  const more = { ...cell, data: { ...cell.data, "more.csv": other("9") } };
  assertEquals(why(more), null);
  assertEquals(why(more, [...SETS, { id: "more" }]), "it was not graded on more");
  assertEquals(why(cell, [...SETS, { id: "one" }, { id: "two" }]), "it was not graded on one, two");
  // What changed comes first: the cell is trained again in any case.
  assertEquals(why({ ...cell, seed: 7 }, [...SETS, { id: "one" }]), "seed changed since its record");
});
