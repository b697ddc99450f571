/**
 * Writes the WGSL of the subgroup GEMM, for one layout and one number of lanes.
 *
 * A workgroup is exactly one subgroup and owns 16 rows x (4 * lanes) columns of C; a lane owns 16 rows x 4 columns.
 * Per four k's, every lane loads the four vec4s of B that belong to its columns, but only its share of A: what one
 * lane has loaded reaches the others by `subgroupBroadcast`, a register operation. So 16 vec4s of A cost two loads
 * on 8 lanes, and neither workgroup memory nor a barrier is needed, both of which are slow on a CPU driver.
 * Bytes loaded per workgroup and four k's: 256 of A and 64 * lanes of B, for 512 * lanes flops.
 *
 * The layouts differ only in how a load is addressed and which components form a row or a column:
 *   A[M,K]: a vec4 holds one row at four k's.       A[K,M]: a vec4 holds four rows at one k.
 *   B[K,N]: a vec4 holds four columns at one k.     B[N,K]: a vec4 holds one column at four k's.
 * Hence C needs N % 4 == 0, A[M,K] and B[N,K] need K % 4 == 0, A[K,M] needs M % 4 == 0.
 *
 * Every element is summed over k in order, mul then add, into one accumulator.
 */

import { type Storage, vec4Access } from "./storage.ts";

export const LAYOUTS = ["ab", "abt", "atb"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** Rows of C per workgroup: 8 are a third slower, 32 a tenth faster but twice as long to compile. */
export const ROWS = 16;

/** Numbers 0 .. n-1. */
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const lines = (count: number, line: (i: number) => string) => upTo(count).map(line).join("\n");
const COMPONENT = ["x", "y", "z", "w"];

/** One step of the sum: 16 rows x 4 columns at four k's. `x` are the row's values of A, `b0..b3` B at each k. */
const multiplyRow = (r: number, x: string) => `    sum${r} = add4(sum${r}, ${x}, b0, b1, b2, b3);`;

/** A[M,K]: lane l loads row l (and row l + lanes, ...) at four k's. */
function rowMajorA(lanes: number) {
  const loads = Math.ceil(ROWS / lanes);
  return {
    setup: lines(loads, (i) => `  let a_at${i} = min(row + ${i * lanes}u + lane, shape.m - 1u) * inner4;`),
    load: lines(loads, (i) => `    let a${i} = a[a_at${i} + k4];`),
    multiply: lines(
      ROWS,
      (r) => multiplyRow(r, `subgroupBroadcast(a${Math.floor(r / lanes)}, ${r % lanes}u)`),
    ),
    tail: "",
  };
}

/** A[K,M]: vec4 number e = 4 * k + quad holds rows 4 * quad .. + 3 at the k-th of four k's; lane l loads e = l, ... */
function columnMajorA(lanes: number) {
  const loads = Math.ceil(ROWS / lanes);
  const quad = (name: string, e: number) =>
    `subgroupBroadcast(${name}${Math.floor(e / lanes)}, ${e % lanes}u)`;
  return {
    setup: `  let rows4 = shape.m / 4u;
  let a_at = min(row / 4u + lane % 4u, rows4 - 1u);`,
    load: lines(
      loads,
      (i) => `    let a${i} = a[min(4u * k4 + ${i * lanes / 4}u + lane / 4u, shape.k - 1u) * rows4 + a_at];`,
    ),
    multiply: [
      lines(ROWS, (e) => `    let q${e} = ${quad("a", e)};`),
      lines(ROWS, (r) => {
        const at = (k: number) => `q${4 * k + Math.floor(r / 4)}.${COMPONENT[r % 4]}`;
        return multiplyRow(r, `vec4f(${[0, 1, 2, 3].map(at).join(", ")})`);
      }),
    ].join("\n"),
    tail: `  for (var k = 4u * steps; k < shape.k; k++) {
    let last = a[k * rows4 + a_at];
    let across = load_b4(k * cols4 + col4);
${lines(4, (e) => `    let q${e} = subgroupBroadcast(last, ${e}u);`)}
${lines(ROWS, (r) => `    sum${r} += q${Math.floor(r / 4)}.${COMPONENT[r % 4]} * across;`)}
  }`,
  };
}

/** B[K,N]: the four columns of a lane, at each of four k's. */
const rowMajorB = {
  setup: "",
  load: lines(4, (k) => `    let b${k} = load_b4((4u * k4 + ${k}u) * cols4 + col4);`),
};

/** B[N,K]: four k's of each of the four columns of a lane, turned so that b0..b3 are one k each. */
const columnMajorB = {
  setup: "  let b_at = 4u * col4 * inner4;",
  load: [
    lines(4, (j) => `    let t${j} = load_b4(b_at + ${j}u * inner4 + k4);`),
    lines(4, (k) => `    let b${k} = vec4f(${[0, 1, 2, 3].map((j) => `t${j}.${COMPONENT[k]}`).join(", ")});`),
  ].join("\n"),
};

/** The shader text; its entry point is `subgroup`. To be concatenated after the prelude. */
export function subgroupSource(layout: Layout, lanes: number, storage: Storage): string {
  const a = layout === "atb" ? columnMajorA(lanes) : rowMajorA(lanes);
  const b = layout === "abt" ? columnMajorB : rowMajorB;
  return `// Generated for ${layout}, ${lanes} lanes and B in ${storage} by subgroup.ts, which explains it.
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
${vec4Access(storage)}@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
struct Shape { m: u32, n: u32, k: u32, accumulate: u32 }
@group(0) @binding(3) var<uniform> shape: Shape;

fn add4(sum: vec4f, x: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return (((sum + x.x * b0) + x.y * b1) + x.z * b2) + x.w * b3;
}

// What the sum goes on from.
fn start_of(row: u32, col4: u32) -> vec4f {
  if (shape.accumulate != 2u || row >= shape.m) { return vec4f(); }
  return c[row * (shape.n / 4u) + col4];
}

fn store_row(row: u32, col4: u32, sum: vec4f) {
  if (row >= shape.m) { return; }
  let at = row * (shape.n / 4u) + col4;
  var value = sum;
  if (shape.accumulate == 1u) { value += c[at]; }
  c[at] = value;
}

@compute @workgroup_size(${lanes})
fn subgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) lane: u32) {
  let index = flat_index(group, groups, 0u, 1u);
  let cols4 = shape.n / 4u;
  let inner4 = (shape.k + 3u) / 4u;
  let steps = shape.k / 4u;
  let panels = (cols4 + ${lanes - 1}u) / ${lanes}u;
  let row = index / panels * ${ROWS}u;
  if (row >= shape.m) { return; }
  // Lanes past the last column follow it until the end: all lanes must take part in the broadcasts.
  let own_col4 = index % panels * ${lanes}u + lane;
  let col4 = min(own_col4, cols4 - 1u);
${a.setup}
${b.setup}
${lines(ROWS, (r) => `  var sum${r} = start_of(row + ${r}u, col4);`)}
  for (var k4 = 0u; k4 < steps; k4++) {
${a.load}
${b.load}
${a.multiply}
  }
${a.tail}
  if (own_col4 >= cols4) { return; }
${lines(ROWS, (r) => `  store_row(row + ${r}u, col4, sum${r});`)}
}
`;
}
