/**
 * Writes the WGSL of the GEMM for large products on GPUs, for one layout and storage of B.
 *
 * A workgroup of 256 owns 128 x 128 elements of C, an invocation 8 x 8 of them: two groups of 4 rows and two of 4
 * columns, 64 apart, so that neighbouring invocations read neighbouring vec4s of workgroup memory. Per 16 k's a
 * workgroup reads 128 x 16 of A and 16 x 128 of B once: 16 KiB, all the workgroup memory that every device has, for
 * 524,288 flops, twice as many per byte as tile.wgsl. Per k an invocation reads 4 vec4s for 64 multiplications, where
 * there it reads 2 for 16. One half of the workgroup copies A, the other B, four vec4s each.
 *
 * A vec4 of storage holds either four k's of one row of A or column of B, which are turned on the way, or four
 * neighbours at one k. So whatever is contiguous in an operand, and the columns of C, must be whole vec4s.
 *
 * Every element is summed over k in order, mul then add, into one accumulator; past an edge both sides are zero.
 */

import { type Storage, vec4Access } from "./storage.ts";
import type { Layout } from "./subgroup.ts";

/** Rows and columns of C per workgroup. */
export const TILE8 = 128;

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const lines = (count: number, line: (i: number) => string) => upTo(count).map(line).join("\n");
const COMPONENT = ["x", "y", "z", "w"];

/** How a half of the workgroup copies 16 k's of 128 rows or columns, `size` of them, into its tile. */
function copy(tile: "a_tile" | "b_tile", read: (at: string) => string, alongK: boolean): string {
  const [size, first] = tile === "a_tile" ? ["shape.m", "row0"] : ["shape.n", "col0"];
  if (alongK) {
    // Invocation: four neighbours at four k's; four invocations in a row read 64 contiguous bytes of a neighbour.
    return `      let quad = half / 4u;
      let k4 = half % 4u;
      let inside = k0 + 4u * k4 < shape.k;
${
      lines(4, (i) =>
        `      let at${i} = ${first} + 4u * quad + ${i}u;
      var t${i} = vec4f();
      if (inside && at${i} < ${size}) { t${i} = ${read(`at${i} * (shape.k / 4u) + k0 / 4u + k4`)}; }`)
    }
${
      lines(4, (k) =>
        `      ${tile}[(4u * k4 + ${k}u) * 32u + quad] = vec4f(${
          upTo(4).map((i) =>
            `t${i}.${COMPONENT[k]}`
          ).join(", ")
        });`)
    }`;
  }
  // Invocation: four neighbours at every fourth k; 32 invocations in a row read 512 contiguous bytes.
  return `      let quad = half % 32u;
${
    lines(4, (i) =>
      `      let step${i} = half / 32u + ${4 * i}u;
      var t${i} = vec4f();
      if (k0 + step${i} < shape.k && ${first} + 4u * quad < ${size}) {
        t${i} = ${read(`(k0 + step${i}) * (${size} / 4u) + ${first} / 4u + quad`)};
      }
      ${tile}[step${i} * 32u + quad] = t${i};`)
  }`;
}

/** The shader text; its entry point is `tile8`. To be concatenated after the prelude. */
export function tile8Source(layout: Layout, storage: Storage): string {
  const rows = upTo(8), row = (r: number) => `row + ${r < 4 ? r : 60 + r}u`;
  return `// Generated for ${layout}, B in ${storage}, by tile8.ts, which explains it.
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
${vec4Access(storage)}@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
struct Shape {
  m: u32, n: u32, k: u32,
  a_row: u32, a_inner: u32, b_inner: u32, b_col: u32,
  accumulate: u32, storage: u32,
}
@group(0) @binding(3) var<uniform> shape: Shape;

// [16 k's][32 quads of neighbouring rows of A or columns of B]
var<workgroup> a_tile: array<vec4f, 512>;
var<workgroup> b_tile: array<vec4f, 512>;

// What a sum goes on from.
fn start_of(row: u32, col: u32) -> vec4f {
  if (shape.accumulate != 2u || row >= shape.m || col >= shape.n) { return vec4f(); }
  return c[(row * shape.n + col) / 4u];
}

fn store4(row: u32, col: u32, sum: vec4f) {
  if (row >= shape.m || col >= shape.n) { return; }
  let at = (row * shape.n + col) / 4u;
  var value = sum;
  if (shape.accumulate == 1u) { value += c[at]; }
  c[at] = value;
}

@compute @workgroup_size(256)
fn tile8(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, groups, 0u, 1u);
  let tiles_per_row = (shape.n + ${TILE8 - 1}u) / ${TILE8}u;
  let row0 = index / tiles_per_row * ${TILE8}u;
  let col0 = index % tiles_per_row * ${TILE8}u;
  let half = local % 128u;
  let row4 = local / 16u;
  let col4 = local % 16u;
  let row = row0 + row4 * 4u;
  let col = col0 + col4 * 4u;
${
    rows.map((r) =>
      `  var left${r} = start_of(${row(r)}, col);
  var right${r} = start_of(${row(r)}, col + 64u);`
    ).join("\n")
  }
  for (var k0 = 0u; k0 < shape.k; k0 += 16u) {
    if (local < 128u) {
${copy("a_tile", (at) => `a[${at}]`, layout !== "atb")}
    } else {
${copy("b_tile", (at) => `load_b4(${at})`, layout === "abt")}
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let top = a_tile[k * 32u + row4];
      let bottom = a_tile[k * 32u + row4 + 16u];
      let left = b_tile[k * 32u + col4];
      let right = b_tile[k * 32u + col4 + 16u];
${
    rows.map((r) => {
      const x = `${r < 4 ? "top" : "bottom"}.${COMPONENT[r % 4]}`;
      return `      left${r} += ${x} * left;
      right${r} += ${x} * right;`;
    }).join("\n")
  }
    }
    workgroupBarrier();
  }
${
    rows.map((r) =>
      `  store4(${row(r)}, col, left${r});
  store4(${row(r)}, col + 64u, right${r});`
    ).join("\n")
  }
}
`;
}
