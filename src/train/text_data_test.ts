import { assert, assertEquals, assertThrows } from "@std/assert";
import type { BasePhase, TokenPair } from "./base.ts";
import { fits, textData } from "./text_data.ts";

const MASK = 100, END = 101;
const PHASE: BasePhase = {
  steps: 1,
  batch: 4,
  schedule: { peak: 1, warmup: 0, decay: "constant", final: 1 },
  flaw: 0,
};
const pair = (prompt: number, response: number, token: number): TokenPair => ({
  prompt: new Uint32Array(prompt).fill(token),
  response: new Uint32Array(response).fill(token + 1),
});
const SMALL = [pair(3, 2, 10), pair(5, 4, 20)], LARGE = Array.from({ length: 50 }, () => pair(2, 6, 30));
const OPTIONS = { name: "texts", batch: 4, sequence: 12, maskId: MASK, endId: END, seed: 1 };

Deno.test("texts: rows are prompt, response and end tokens to one length; only responses are masked", () => {
  const data = textData({ ...OPTIONS, tasks: [SMALL, LARGE] });
  for (let step = 0; step < 50; step++) {
    const { ids, targetRows, targets, shape } = data.batch(PHASE, step);
    assert(shape.batch * shape.sequence <= data.limits.rows && shape.targets <= data.limits.targets);
    const whole = ids.slice();
    targetRows.forEach((at, k) => {
      assertEquals(ids[at], MASK);
      whole[at] = targets[k]!;
    });
    const rows = Array.from(
      { length: 4 },
      (_, row) => [...whole.subarray(row * shape.sequence)].slice(0, shape.sequence),
    );
    let full = false;
    for (const row of rows) {
      const source = [...SMALL, LARGE[0]!].find(({ prompt }) => prompt[0] === row[0])!;
      const text = [...source.prompt, ...source.response];
      assertEquals(row, [...text, ...Array(shape.sequence - text.length).fill(END)]);
      full ||= text.length + 1 === shape.sequence;
      assert(text.length < shape.sequence, "every row has an end token");
    }
    assert(full, "the longest row decides the length");
    targetRows.forEach((at) => {
      const row = rows[Math.floor(at / shape.sequence)]!;
      assert(at % shape.sequence >= row.filter((token) => token === row[0]).length, "a prompt is not masked");
    });
    assertEquals(data.batch(PHASE, step), {
      ids,
      targetRows,
      targets,
      dlogp: data.batch(PHASE, step).dlogp,
      shape,
    });
  }
});

Deno.test("texts: every task is drawn as often as another", () => {
  const data = textData({ ...OPTIONS, tasks: [SMALL, LARGE] });
  let small = 0;
  for (let step = 0; step < 500; step++) {
    const { ids, shape } = data.batch(PHASE, step);
    for (let row = 0; row < 4; row++) if (ids[row * shape.sequence]! < 30) small++;
  }
  // Four standard errors of 2000 fair draws.
  assert(Math.abs(small - 1000) < 90, `${small} of 2000`);
});

Deno.test("texts: what has no room for an end token is refused", () => {
  assertEquals([fits(pair(3, 8, 1), 12), fits(pair(4, 8, 1), 12)], [true, false]);
  assertThrows(() => textData({ ...OPTIONS, tasks: [[pair(4, 8, 1)]] }), RangeError, "fewer than 12 tokens");
  assertThrows(() => textData({ ...OPTIONS, tasks: [SMALL, []] }), RangeError, "for every task of texts");
});
