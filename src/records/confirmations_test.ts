import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { canonicalJson } from "../files/canonical_json.ts";
import { withFolder } from "../files/testing.ts";
import {
  addConfirmation,
  type Confirmation,
  ConfirmationError,
  CONFIRMATIONS,
  confirmationsOf,
  NO_CONFIRMATIONS,
  readConfirmations,
  staleParts,
} from "./confirmations.ts";

/** The identity of a made-up part of the code. */
const part = (digit: string) => digit.repeat(64);
const [A, B, C, D, E, F] = ["a", "b", "c", "d", "e", "f"].map(part) as [
  ...[string, string, string, string, string, string],
];

/** A confirmation of `[old, new]` parts. */
function confirmation(
  sources: readonly (readonly [from: string, to: string])[],
  { backend = "cpu", peakDeviceBytes = {} }: Partial<Pick<Confirmation, "backend" | "peakDeviceBytes">> = {},
): Confirmation {
  return {
    backend,
    commit: "unknown",
    changed: ["src/bench/cell.ts"],
    sources: Object.fromEntries(sources),
    shown: { "mini/sudoku/mini/bgpo/seed-1.cpu": part("0") },
    peakDeviceBytes,
  };
}

const source = (core: string, task = D, objective = E) => ({ core, task, objective });

/** Confirmations in their order, pairs that are the same on the CPU, and pairs that are not. */
const CHAINS: [
  name: string,
  list: readonly Confirmation[],
  same: readonly [string, string][],
  other: readonly [string, string][],
][] = [
  ["none", [], [[A, A]], [[A, B]]],
  ["one step", [confirmation([[A, B]])], [[A, B], [B, A], [B, B]], [[A, C], [B, C]]],
  [
    "three steps",
    [confirmation([[A, B]]), confirmation([[B, C]]), confirmation([[C, D]])],
    [[A, D], [D, A], [A, C], [B, D]],
    [[A, E]],
  ],
  ["steps in any order", [confirmation([[B, C]]), confirmation([[A, B]])], [[A, C], [C, A]], [[A, D]]],
  [
    "two that became the same code",
    [confirmation([[A, C], [B, C]])],
    [[A, B], [A, C], [B, C]],
    [[A, D]],
  ],
  [
    "one that became two in turn",
    [confirmation([[A, B]]), confirmation([[A, C]])],
    [[B, C], [A, C]],
    [[B, D]],
  ],
  ["a revert", [confirmation([[A, B]]), confirmation([[B, A]])], [[A, B], [B, A]], [[A, C]]],
  [
    "a revert, and on from there",
    [confirmation([[A, B]]), confirmation([[B, A]]), confirmation([[A, C]])],
    [[A, C], [B, C]],
    [[C, D]],
  ],
  ["twice the same", [confirmation([[A, B]]), confirmation([[A, B]])], [[A, B]], [[B, C]]],
  ["code that is not another", [confirmation([[A, A]])], [[A, A]], [[A, B]]],
  ["parts side by side", [confirmation([[A, B], [C, D]])], [[A, B], [C, D]], [[A, C], [B, D], [A, D]]],
  ["chains of other backends", [confirmation([[A, B]], { backend: "webgpu" })], [], [[A, B]]],
  [
    "a chain with a step of another backend",
    [confirmation([[A, B]]), confirmation([[B, C]], { backend: "webgpu" })],
    [[A, B]],
    [[B, C], [A, C]],
  ],
];

for (const [name, list, same, other] of CHAINS) {
  Deno.test(`confirmations: ${name}`, () => {
    const known = confirmationsOf(list);
    for (const [a, b] of same) {
      assert(known.same("cpu", a, b));
      assertEquals(known.representative("cpu", a), known.representative("cpu", b));
    }
    for (const [a, b] of other) {
      assert(!known.same("cpu", a, b), `${a[0]} and ${b[0]}`);
      assert(known.representative("cpu", a) !== known.representative("cpu", b));
    }
    assertEquals(known.list, list);
  });
}

Deno.test("a part that nothing is said about stands for itself, and others have one of their own as representative", () => {
  const { representative } = confirmationsOf([confirmation([[A, B]]), confirmation([[B, C]])]);
  assertEquals(representative("cpu", F), F);
  assertEquals(representative("webgpu", A), A);
  assert([A, B, C].includes(representative("cpu", A)));
});

Deno.test("a record is confirmed where later code replaced one of its parts, on its backend", () => {
  const known = confirmationsOf([confirmation([[A, B]]), confirmation([[E, F]], { backend: "webgpu" })]);
  assertEquals(known.isConfirmed("cpu", source(A)), true);
  assertEquals(known.isConfirmed("cpu", source(B)), false);
  assertEquals(known.isConfirmed("cpu", source(C, D, E)), false);
  assertEquals(known.isConfirmed("webgpu", source(A, D, E)), true);
  assertEquals(known.isConfirmed("webgpu", source(A, D, F)), false);
  assertEquals(NO_CONFIRMATIONS.isConfirmed("cpu", source(A)), false);
});

Deno.test("stale parts are those that differ without a confirmation, each by its name", () => {
  const known = confirmationsOf([confirmation([[A, B]])]);
  assertEquals(staleParts(known, "cpu", source(A), source(A)), []);
  assertEquals(staleParts(known, "cpu", source(A), source(B)), []);
  assertEquals(staleParts(known, "cpu-fast", source(A), source(B)), ["core"]);
  assertEquals(staleParts(known, "cpu", source(A), source(C)), ["core"]);
  assertEquals(staleParts(known, "cpu", source(A, D, E), source(B, F, A)), ["task", "objective"]);
  assertEquals(staleParts(NO_CONFIRMATIONS, "cpu", source(A), source(B)), ["core"]);
});

Deno.test("the peak of a cell is the newest that was measured, on its backend", () => {
  const bgpo = "mini/sudoku/mini/bgpo", wd1 = "mini/sudoku/mini/wd1";
  const { peakDeviceBytes } = confirmationsOf([
    confirmation([[A, B]], { peakDeviceBytes: { [bgpo]: 300, [wd1]: 100 } }),
    confirmation([[B, C]], { peakDeviceBytes: { [bgpo]: 0 } }),
    confirmation([[B, C]], { backend: "webgpu", peakDeviceBytes: { [bgpo]: 900 } }),
  ]);
  assertEquals(peakDeviceBytes("cpu", bgpo), 0);
  assertEquals(peakDeviceBytes("cpu", wd1), 100);
  assertEquals(peakDeviceBytes("webgpu", bgpo), 900);
  assertEquals(peakDeviceBytes("webgpu", wd1), null);
  assertEquals(peakDeviceBytes("cpu", "mini/sudoku/mini/none"), null);
});

Deno.test("a folder without the file has none, and those added to it are read in their order", () =>
  withFolder(async (folder) => {
    assertEquals(readConfirmations(folder).list, []);
    assertEquals(readConfirmations(`${folder}/none`).list, []);
    const first = confirmation([[A, B]], { peakDeviceBytes: { "mini/sudoku/mini/bgpo": 7 } });
    const second = confirmation([[B, C]]);
    await addConfirmation(folder, first);
    assertEquals(readConfirmations(folder).list, [first]);
    await addConfirmation(folder, second);
    const known = readConfirmations(folder);
    assertEquals(known.list, [first, second]);
    assert(known.same("cpu", A, C));
    const text = await Deno.readTextFile(`${folder}/${CONFIRMATIONS}`);
    assertEquals(text, canonicalJson({ schema: 1, confirmations: [first, second] }));
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names.filter((name) => !name.startsWith(".")), [CONFIRMATIONS]);
  }));

const fault = (change: Partial<Record<keyof Confirmation | "extra", unknown>>) => ({
  schema: 1,
  confirmations: [confirmation([[A, B]]), { ...confirmation([[B, C]]), ...change }],
});

/** Contents of the file, and what the error says after the file's name. */
const INVALID: [value: unknown, message: string][] = [
  [null, " does not hold confirmations:\n  : "],
  [[], " does not hold confirmations:\n  : "],
  [{ schema: 1 }, "\n  confirmations: "],
  [{ schema: 2, confirmations: [] }, "\n  schema: "],
  [{ schema: 1, confirmations: [], more: 1 }, `Unrecognized key: "more"`],
  [fault({ backend: 3 }), "\n  confirmations.1.backend: "],
  [fault({ commit: undefined }), "\n  confirmations.1.commit: "],
  [fault({ changed: "src" }), "\n  confirmations.1.changed: "],
  [fault({ sources: { [A]: "b" } }), `\n  confirmations.1.sources.${A}: expected 64 hexadecimal digits`],
  [fault({ sources: { a: B } }), "\n  confirmations.1.sources.a: "],
  [fault({ shown: { cell: "" } }), "\n  confirmations.1.shown.cell: expected 64 hexadecimal digits"],
  [fault({ peakDeviceBytes: { cell: -1 } }), "\n  confirmations.1.peakDeviceBytes.cell: "],
  [fault({ peakDeviceBytes: { cell: 0.5 } }), "\n  confirmations.1.peakDeviceBytes.cell: "],
  [fault({ extra: 1 }), `\n  confirmations.1: Unrecognized key: "extra"`],
];

Deno.test("a file that is not valid is an error with its name and the place of the fault, and nothing is added to it", () =>
  withFolder(async (folder) => {
    const path = `${folder}/${CONFIRMATIONS}`;
    const refused = async (text: string, message: string) => {
      await Deno.writeTextFile(path, text);
      const error = assertThrows(() => readConfirmations(folder), ConfirmationError);
      assertStringIncludes(error.message, path);
      assertStringIncludes(error.message, message);
      await assertRejects(() => addConfirmation(folder, confirmation([[A, B]])), ConfirmationError);
      assertEquals(await Deno.readTextFile(path), text);
    };
    for (const [value, message] of INVALID) await refused(JSON.stringify(value), message);
    await refused("", " is not JSON: ");
    await refused("{", " is not JSON: ");
  }));

Deno.test("a confirmation that is not valid is not written", () =>
  withFolder(async (folder) => {
    await addConfirmation(folder, confirmation([[A, B]]));
    const before = await Deno.readTextFile(`${folder}/${CONFIRMATIONS}`);
    await assertRejects(
      () => addConfirmation(folder, confirmation([[A, "b"]])),
      Error,
      "64 hexadecimal digits",
    );
    assertEquals(await Deno.readTextFile(`${folder}/${CONFIRMATIONS}`), before);
  }));
