/** A report as tables. */

import type { Cell, Column, Table } from "../tables/table.ts";
import type { GpuReport } from "./report.ts";

const text = (id: string, title: string): Column => ({ id, title, kind: "text" });
const number = (id: string, title: string, unit?: string): Column => ({
  id,
  title,
  kind: "number",
  ...(unit && { unit }),
});

function table(
  id: string,
  caption: string,
  columns: Column[],
  rows: readonly (string | number | null)[][],
): Table {
  return { id, caption, columns, rows: rows.map((row) => row.map((value): Cell => ({ value }))) };
}

const rounded = (value: number | null) => value === null ? null : Number(value.toPrecision(4));
const yes = (is: boolean) => is ? "yes" : "";

/** The tables of one report, in the order in which they are read. */
export function reportTables(report: GpuReport): Table[] {
  const { adapter, parity, products, attention, bandwidth, models } = report;
  const worst = ({ failure, comparisons }: GpuReport["parity"][number]) => {
    if (failure !== null) return null;
    const shares = comparisons.map(({ error, tolerance }) =>
      error === null ? Infinity : error && error / tolerance
    );
    const most = Math.max(0, ...shares);
    return Number.isFinite(most) ? rounded(most) : null;
  };
  const { cooperativeMatrix: matrix } = adapter;
  return [
    table("adapter", "The adapter", [text("fact", "fact"), text("value", "value")], [
      ["adapter", adapter.description],
      ["vendor, device", `${adapter.vendor}, ${adapter.device}`],
      ["kind", adapter.software ? "software: its figures say nothing about any GPU" : "GPU"],
      ["subgroup", adapter.subgroupSize ? `${adapter.subgroupSize} lanes` : "of no fixed size"],
      ["largest buffer", `${Math.floor(adapter.maxBufferBytes / 2 ** 20)} MiB`],
      ["wgpu-cooperative-matrix", matrix.granted ? "granted" : `not granted: ${matrix.answer}`],
      ["commit", `${report.commit}${report.dirty ? ", changed" : ""}`],
    ]),
    table(
      "parity",
      "Parity with the CPU, the worst output of each case",
      [text("case", "case"), text("passed", "passed"), number("share", "error", "of what is allowed")],
      parity.map((result) => [result.name, result.passed ? "yes" : "NO", worst(result)]),
    ),
    table(
      "products",
      "Matrix products",
      [
        text("shape", "m x n x k"),
        text("layout", "layout"),
        text("variant", "variant"),
        text("chosen", "chosen"),
        number("gflops", "rate", "GFLOPS"),
      ],
      products.map(({ m, n, k, layout, variant, chosen, gflops }) => [
        `${m} x ${n} x ${k}`,
        layout,
        variant,
        yes(chosen),
        rounded(gflops),
      ]),
    ),
    table(
      "attention",
      "Attention",
      [
        text("shape", "batch x sequence x heads x head dimension"),
        text("direction", "direction"),
        text("variant", "variant"),
        text("chosen", "chosen"),
        number("gflops", "rate", "GFLOPS"),
      ],
      attention.map(({ batch, sequence, heads, headDim, direction, variant, chosen, gflops }) => [
        `${batch} x ${sequence} x ${heads} x ${headDim}`,
        direction,
        variant,
        yes(chosen),
        rounded(gflops),
      ]),
    ),
    table(
      "bandwidth",
      "Memory",
      [text("what", "what"), number("rate", "rate", "GB/s")],
      bandwidth.map(({ name, gigabytesPerSecond }) => [name, rounded(gigabytesPerSecond)]),
    ),
    table(
      "models",
      "Models with random weights",
      [
        text("model", "model"),
        { id: "parameters", title: "parameters", kind: "count" },
        number("training", "training", "tokens/s"),
        number("sampling", "decoding", "tokens/s"),
        text("note", "note"),
      ],
      models.map(({ name, parameters, trainingTokensPerSecond, sampledTokensPerSecond, note }) => [
        name,
        parameters,
        rounded(trainingTokensPerSecond),
        rounded(sampledTokensPerSecond),
        note ?? "",
      ]),
    ),
  ];
}

/** The reports that are there, one line each. */
export function reportsTable(reports: readonly (readonly [name: string, report: GpuReport])[]): Table {
  const best = (rates: readonly { readonly gflops: number | null }[]) =>
    rounded(rates.reduce((most, { gflops }) => Math.max(most, gflops ?? 0), 0));
  return table(
    "reports",
    "Adapters that were checked",
    [
      text("file", "file"),
      text("adapter", "adapter"),
      text("kind", "kind"),
      text("parity", "parity"),
      number("products", "matrix product, best", "GFLOPS"),
      number("memory", "memory, best", "GB/s"),
      number("training", "training, largest model", "tokens/s"),
    ],
    reports.map(([name, { adapter, parity, products, bandwidth, models }]) => [
      name,
      adapter.description,
      adapter.software ? "software" : "GPU",
      `${parity.filter(({ passed }) => passed).length} of ${parity.length}`,
      best(products),
      rounded(Math.max(0, ...bandwidth.map(({ gigabytesPerSecond }) => gigabytesPerSecond ?? 0))),
      rounded(models.at(-1)?.trainingTokensPerSecond ?? null),
    ]),
  );
}
