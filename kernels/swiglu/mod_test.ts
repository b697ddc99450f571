import { assertEquals } from "@std/assert";
import { readWords, upload } from "../backend.ts";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, forward } from "./mod.ts";
import * as reference from "./reference.ts";

const SHAPES = [[1, 1], [1, 4], [3, 7], [7, 9], [16, 4], [13, 20], [33, 96], [65, 33]] as const;

for (const [rows, hidden] of SHAPES) {
  backendTest(`swiglu ${rows}x${hidden} equals its f64 reference`, async (backend) => {
    const shape = { rows, hidden };
    // Gates in [-4, 4): both signs and the curved part of silu.
    const gateUp = testData(rows * 2 * hidden, 1).map((x) => 4 * x), dy = testData(rows * hidden, 2);
    await checkOp(backend, {
      inputs: { gateUp },
      outputs: { y: rows * hidden },
      run: (on, views) => forward(on, views, shape),
      expected: { y: reference.forward(gateUp, shape) },
    });
    await checkOp(backend, {
      inputs: {},
      outputs: {},
      inout: { gateUp, dy },
      run: (on, views) => backward(on, views as never, shape),
      expected: { gateUp: reference.backward(gateUp, dy, shape), dy: reference.forward(gateUp, shape) },
    });
  });
}

for (const hidden of [4, 3]) {
  backendTest(`swiglu with ${hidden} columns saturates without overflow`, async (backend) => {
    const shape = { rows: 1, hidden };
    const gateUp = Float32Array.from([-1e4, -120, 1e4, 120].slice(0, hidden).concat(Array(hidden).fill(1)));
    const dy = new Float32Array(hidden).fill(1);
    await checkOp(backend, {
      inputs: { gateUp },
      outputs: { y: hidden },
      run: (on, views) => forward(on, views, shape),
      expected: { y: reference.forward(gateUp, shape) },
    });
    await checkOp(backend, {
      inputs: {},
      outputs: {},
      inout: { gateUp, dy },
      run: (on, views) => backward(on, views as never, shape),
      expected: { gateUp: reference.backward(gateUp, dy, shape), dy: reference.forward(gateUp, shape) },
    });
  });
}

for (const hidden of [88, 33]) {
  backendTest(`swiglu backward leaves the bits that forward gave, ${hidden} columns`, async (backend) => {
    const shape = { rows: 9, hidden }, gateUp = testData(9 * 2 * hidden, 5).map((x) => 9 * x);
    const views = {
      gateUp: upload(backend, "gate up", gateUp),
      y: backend.allocate("y", 9 * hidden),
      dy: upload(backend, "dy", testData(9 * hidden, 6)),
    };
    forward(backend, views, shape);
    backward(backend, views, shape);
    assertEquals(await readWords(backend, views.dy), await readWords(backend, views.y));
    for (const view of Object.values(views)) backend.free(view);
  });
}

Deno.test("swiglu backward equals central differences", () => {
  const shape = { rows: 3, hidden: 5 };
  const gateUp = Float64Array.from(testData(30, 3), (x) => 4 * x);
  checkGradient(
    (at) => reference.forward(at, shape),
    (at, dy) => reference.backward(at, dy, shape),
    gateUp,
  );
});
