import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { withFolder } from "../files/testing.ts";
import {
  type Checkpoint,
  loadLatestCheckpoint,
  removeInterruptedWrites,
  saveCheckpoint,
  stepFolder,
} from "./checkpoint.ts";

/** A checkpoint whose contents depend on its step. */
function example(step: number): Checkpoint {
  const random = randomSequence({ seed: step, stream: 1 });
  const words = Uint32Array.from({ length: 37 }, () => random.word());
  return {
    step,
    tensors: {
      parameters: new Float32Array(words.buffer, 4, 20),
      "adam/first moment": words,
      empty: new Float32Array(),
    },
    state: { step, curve: [0.25, 0.5], done: false },
  };
}

const save = (folder: string, step: number) => saveCheckpoint(folder, step, example(step));

const fail = (message: string) => {
  throw new Error(`unexpected report: ${message}`);
};

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Bits, since assertEquals would accept one NaN for another. */
function assertSame(actual: Checkpoint | null, expected: Checkpoint): void {
  assert(actual !== null);
  const bits = ({ step, state, tensors }: Checkpoint) => ({
    step,
    state,
    tensors: Object.entries(tensors).map(([name, data]) => [
      name,
      data.constructor.name,
      [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
    ]),
  });
  assertEquals(bits(actual), bits(expected));
}

Deno.test("loadLatestCheckpoint returns what saveCheckpoint wrote, bit for bit", () =>
  withFolder(async (folder) => {
    assertEquals(await loadLatestCheckpoint(`${folder}/none`, fail), null);
    assertEquals(await loadLatestCheckpoint(folder, fail), null);
    await save(`${folder}/run`, 7);
    assertSame(await loadLatestCheckpoint(`${folder}/run`, fail), example(7));
  }));

Deno.test("saveCheckpoint keeps the last two, orders by number and replaces an equal step", () =>
  withFolder(async (folder) => {
    for (const step of [5, 999_999, 1_000_000]) await save(folder, step);
    assertEquals(names(folder), ["step-1000000", "step-999999"]);
    await saveCheckpoint(folder, 1_000_000, { ...example(3), state: "replaced" });
    assertEquals((await loadLatestCheckpoint(folder, fail))?.state, "replaced");
    assertEquals(names(folder), ["step-1000000", "step-999999"]);
  }));

Deno.test("equal checkpoints have equal bytes", () =>
  withFolder(async (folder) => {
    await save(`${folder}/a`, 3);
    await save(`${folder}/b`, 3);
    const files = names(`${folder}/a/step-000003`);
    assertEquals(files, [
      "DONE",
      "manifest.json",
      "state.json",
      "tensor-0.bin",
      "tensor-1.bin",
      "tensor-2.bin",
    ]);
    for (const file of files) {
      assertEquals(
        await Deno.readFile(`${folder}/a/step-000003/${file}`),
        await Deno.readFile(`${folder}/b/step-000003/${file}`),
      );
    }
  }));

/** Every file of a checkpoint with its bytes. */
function contents(folder: string, step: number): { path: string; bytes: Uint8Array }[] {
  const path = `${folder}/${stepFolder(step)}`;
  return names(path).map((name) => ({
    path: `${path}/${name}`,
    bytes: Deno.readFileSync(`${path}/${name}`),
  }));
}

/** Damages one file of step 2, and requires that this is reported and step 1 is loaded. */
async function assertDetected(
  folder: string,
  path: string,
  damaged: Uint8Array,
  whole: Uint8Array,
): Promise<void> {
  Deno.writeFileSync(path, damaged);
  const reports: string[] = [];
  const loaded = await loadLatestCheckpoint(folder, (message) => reports.push(message));
  assertEquals(loaded?.step, 1, `damage to ${path} was not detected`);
  assertEquals(reports.length, 1);
  assertStringIncludes(reports[0]!, "step-000002 is damaged and was passed over");
  Deno.writeFileSync(path, whole);
}

Deno.test("each of 1000 flipped bits is detected and the checkpoint before is used", () =>
  withFolder(async (folder) => {
    await save(folder, 1);
    await save(folder, 2);
    const files = contents(folder, 2);
    const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const random = randomSequence({ seed: 1, stream: 2 });
    for (let i = 0; i < 1000; i++) {
      let at = random.below(total);
      const file = files.find(({ bytes }) => at < bytes.length || (at -= bytes.length, false))!;
      const damaged = file.bytes.slice();
      damaged[at]! ^= 1 << random.below(8);
      await assertDetected(folder, file.path, damaged, file.bytes);
    }
    assertSame(await loadLatestCheckpoint(folder, fail), example(2));
  }));

Deno.test("each of 100 truncations is detected, and so are added bytes and missing files", () =>
  withFolder(async (folder) => {
    await save(folder, 1);
    await save(folder, 2);
    const files = contents(folder, 2).filter(({ bytes }) => bytes.length > 0);
    const random = randomSequence({ seed: 2, stream: 2 });
    for (let i = 0; i < 100; i++) {
      const { path, bytes } = files[i % files.length]!;
      await assertDetected(folder, path, bytes.subarray(0, random.below(bytes.length)), bytes);
    }
    for (const { path, bytes } of contents(folder, 2)) {
      await assertDetected(folder, path, Uint8Array.of(...bytes, 0), bytes);
      Deno.removeSync(path);
      const reports: string[] = [];
      assertEquals((await loadLatestCheckpoint(folder, (message) => reports.push(message)))?.step, 1);
      assertEquals(reports.length, 1);
      Deno.writeFileSync(path, bytes);
    }
  }));

Deno.test("what a killed run leaves behind is passed over, and cleared by the next save", () =>
  withFolder(async (folder) => {
    await save(folder, 1);
    await save(folder, 2);
    const files = contents(folder, 2);
    // Killed after each number of files written, and after writing a part of the next one.
    for (let written = 0; written <= files.length; written++) {
      const temporary = `${folder}/temporary-step-000003`;
      Deno.mkdirSync(temporary);
      files.slice(0, written).forEach(({ bytes }, i) => Deno.writeFileSync(`${temporary}/${i}`, bytes));
      Deno.writeFileSync(`${temporary}/part`, files[0]!.bytes.subarray(0, 5));
      assertEquals((await loadLatestCheckpoint(folder, fail))?.step, 2);
      await save(folder, 2);
      assertEquals(names(folder), ["step-000001", "step-000002"]);
    }
    // Killed between setting the old step 2 aside and putting the new one in its place.
    Deno.renameSync(`${folder}/step-000002`, `${folder}/temporary-old-step-000002`);
    assertEquals((await loadLatestCheckpoint(folder, fail))?.step, 1);
    await save(folder, 2);
    assertEquals(names(folder), ["step-000001", "step-000002"]);
  }));

Deno.test("a damaged checkpoint never displaces an intact one", () =>
  withFolder(async (folder) => {
    await save(folder, 1);
    await save(folder, 2);
    Deno.writeTextFileSync(`${folder}/step-000002/tensor-0.bin`, "");
    await save(folder, 3);
    assertEquals(names(folder), ["step-000001", "step-000003"]);
    Deno.writeTextFileSync(`${folder}/step-000003/DONE`, "");
    const reports: string[] = [];
    assertSame(await loadLatestCheckpoint(folder, (message) => reports.push(message)), example(1));
    assertEquals(reports.length, 1);
  }));

Deno.test("garbage in the folder is ignored or passed over", () =>
  withFolder(async (folder) => {
    await save(folder, 4);
    Deno.mkdirSync(`${folder}/step-000009`);
    Deno.mkdirSync(`${folder}/step-000008/manifest.json`, { recursive: true });
    Deno.mkdirSync(`${folder}/step-0000010`);
    Deno.mkdirSync(`${folder}/step-x`);
    Deno.writeTextFileSync(`${folder}/step-000011`, "a file");
    Deno.writeTextFileSync(`${folder}/notes.txt`, "");
    // A checkpoint under the name of another step.
    for (const { path, bytes } of contents(folder, 4)) {
      Deno.mkdirSync(`${folder}/step-000007`, { recursive: true });
      Deno.writeFileSync(path.replace("step-000004", "step-000007"), bytes);
    }
    const reports: string[] = [];
    assertSame(await loadLatestCheckpoint(folder, (message) => reports.push(message)), example(4));
    assertEquals(reports.map((message) => /step-\d+/.exec(message)![0]), [
      "step-000009",
      "step-000008",
      "step-000007",
    ]);
    assertStringIncludes(reports[2]!, "it holds step 4");
    assertEquals(await loadLatestCheckpoint(`${folder}/notes.txt`, fail), null);
  }));

Deno.test("saveCheckpoint refuses a wrong step and a state that is not JSON", () =>
  withFolder(async (folder) => {
    for (const step of [-1, 1.5, NaN]) assertThrows(() => stepFolder(step), RangeError, "step: expected");
    const bad = { tensors: {}, state: { loss: NaN } };
    await assertRejects(() => saveCheckpoint(folder, 1, bad), TypeError, "$.loss");
    assertEquals(names(folder), []);
  }));

Deno.test("what an interrupted removal left is cleared without another save", () =>
  withFolder(async (folder) => {
    await save(folder, 1);
    await save(folder, 2);
    // As a crash leaves it while the oldest checkpoint is removed: some of its files are gone.
    Deno.mkdirSync(`${folder}/temporary-old-step-000001`);
    Deno.writeTextFileSync(`${folder}/temporary-old-step-000001/DONE`, "");
    await removeInterruptedWrites(folder);
    assertEquals(names(folder), ["step-000001", "step-000002"]);
    assertSame(await loadLatestCheckpoint(folder, fail), example(2));
    await removeInterruptedWrites(`${folder}/absent`);
  }));
