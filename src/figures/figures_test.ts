import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { barChart, FIGURE_CSS, formatNumber, intervalChart, lineChart, panels, sizeOf } from "./mod.ts";
import { scaleOf } from "./scale.ts";
import { escapeText } from "./svg.ts";

const LINES = {
  title: "Peak memory",
  subtitle: "bands: 95 % over seeds",
  x: { label: "samples", scale: "log2" as const },
  y: { label: "memory (MB)" },
  series: [
    {
      name: "retain",
      points: [1, 2, 4, 8].map((x) => ({ x, y: 10 * x, interval: [9 * x, 11 * x] as const })),
    },
    { name: "stream", points: [1, 2, 4, 8].map((x) => ({ x, y: 10 })) },
  ],
  references: [{ at: 40, label: "limit" }],
};

/** Whether every tag that opens also closes, in order, and every attribute is quoted. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-z-A-Z]+="[^"<>]*")*)(\/?)>/g, (_, end, name, __, empty) => {
    if (end) assertEquals(open.pop(), name);
    else if (!empty) open.push(name);
    return "";
  });
  assertEquals(open, []);
  assert(!/[<]/.test(rest.replace(FIGURE_CSS, "")), rest);
  assert(!/NaN|Infinity|undefined/.test(svg));
}

const count = (svg: string, pattern: RegExp) => svg.match(pattern)?.length ?? 0;

Deno.test("a line chart has axes with labels, one line and legend entry per series, bands and markers", () => {
  const svg = lineChart(LINES).svg();
  assertWellFormed(svg);
  assertEquals(count(svg, /class="band s0"/g), 1);
  assertEquals(count(svg, /class="band s1"/g), 0);
  // One in the plot, one in the legend.
  assertEquals(count(svg, /class="line s1"/g), 2);
  assertEquals(count(svg, /class="marker s0"/g), 5);
  for (const label of ["samples", "memory (MB)", "retain", "stream", "limit"]) {
    assert(svg.includes(`>${label}</text>`), label);
  }
  assertEquals(lineChart(LINES).svg(), svg);
  assertEquals(count(lineChart({ ...LINES, series: LINES.series.slice(1) }).svg(), />stream</g), 0);
});

Deno.test("panels hold one plot each, row by row, inside the size that the figure states", () => {
  const panel = (title: string) => ({ ...LINES, title, series: LINES.series.slice(1), markers: false });
  const figure = panels({ title: "One run", panels: ["a", "b", "c"].map((name) => panel(`panel ${name}`)) });
  const { width, height } = figure, svg = figure.svg();
  assertWellFormed(svg);
  assertEquals(count(svg, /class="line s0"/g), 3);
  const places = [..."abc"].map((name) =>
    new RegExp(`x="(\\d+)" y="(\\d+)">panel ${name}<`).exec(svg)!.slice(1).map(Number) as [number, number]
  );
  assert(places[0]![0] < places[1]![0] && places[0]![1] === places[1]![1], `${places}`);
  assert(places[0]![0] === places[2]![0] && places[0]![1] < places[2]![1], `${places}`);
  assert(svg.includes(`width="${width}" height="${height}"`));
  for (const [, x, y] of svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
    assert(Number(x) >= 0 && Number(x) <= width && Number(y) >= 0 && Number(y) <= height, `${x} ${y}`);
  }
  assertThrows(() => panels({ title: "", panels: [{ ...panel("none"), series: [] }] }).svg(), RangeError);
});

Deno.test("an interval chart has a marker and a whisker per estimate, and leaves out what is missing", () => {
  const svg = intervalChart({
    title: "Scores",
    x: { label: "accuracy", include: [0, 1] },
    rows: ["bgpo", "vrpo-ol", "egspo"],
    series: [
      { name: "greedy", estimates: [{ value: 0.5, interval: [0.4, 0.6] }, { value: 0.2 }, null] },
      {
        name: "sampled",
        estimates: [{ value: 0.3, interval: null }, null, { value: 0.7, interval: [0.6, 0.8] }],
      },
    ],
    references: [{ at: 0.4, label: "base" }],
  }).svg();
  assertWellFormed(svg);
  assertEquals(count(svg, /class="whisker/g), 2);
  assertEquals(count(svg, /class="marker/g), 4 + 2);
});

Deno.test("bars start at zero, below it where values are negative", () => {
  const chart = {
    title: "Gain",
    label: "task",
    groups: ["sudoku", "countdown"],
    y: { label: "points" },
    series: [{ name: "a", bars: [{ value: 2, interval: [1, 3] as const }, { value: -1 }] }],
  };
  const svg = barChart(chart).svg();
  assertWellFormed(svg);
  const [up, down] = [...svg.matchAll(/class="bar s0" x="[^"]*" y="([^"]*)" width="[^"]*" height="([^"]*)"/g)]
    .map(([, y, height]) => ({ y: Number(y), height: Number(height) }));
  assertAlmostEquals(up!.height, 2 * down!.height, 0.02);
  assertAlmostEquals(up!.y + up!.height, down!.y, 0.02);
  assertThrows(
    () => barChart({ ...chart, groups: ["one"] }),
    RangeError,
    `series "a" has 2 bars for 1 groups`,
  );
});

Deno.test("a figure is as large as it says, for any number of rows, series, references and panels", () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `name ${i}`);
  const y = { label: "points" }, x = { label: "score" };
  const figures = [1, 2, 3, 7, 24].flatMap((count) => [
    lineChart({
      ...LINES,
      series: names(Math.min(count, 8)).map((name) => ({ name, points: [{ x: 1, y: 2 }] })),
    }),
    panels({
      title: "One run",
      panels: names(count).map((title) => ({ title, x, y, series: LINES.series.slice(1) })),
    }),
    ...[1, 2, 5].flatMap((series) => [
      barChart({
        title: "Gain",
        label: "task",
        groups: names(count),
        y,
        series: names(series).map((name) => ({ name, bars: names(count).map((_, i) => ({ value: i + 1 })) })),
      }),
      ...[[], [{ at: 1, label: "base" }]].map((references) =>
        intervalChart({
          title: "Scores",
          x,
          rows: names(count),
          series: names(series).map((name) => ({
            name,
            estimates: names(count).map((_, value) => ({ value })),
          })),
          references,
        })
      ),
    ]),
  ]);
  for (const { width, height, svg } of figures) {
    const drawn = svg();
    assertWellFormed(drawn);
    assertEquals(
      /^<svg [^>]*viewBox="([^"]*)" width="([^"]*)" height="([^"]*)">/.exec(drawn)?.slice(1),
      [`0 0 ${width} ${height}`, `${width}`, `${height}`],
    );
    assertEquals(sizeOf(drawn), { width, height });
    // What is drawn lies inside: paths and the lines of text.
    for (const [, , y] of drawn.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) assert(Number(y) <= height);
    for (const [, y] of drawn.matchAll(/<text [^>]*\by="([\d.]+)"/g)) assert(Number(y) <= height - 5, y);
  }
  const heights = figures.map(({ height }) => height);
  assert(new Set(heights).size > 15, `${heights}`);
  for (const foreign of ["", "<svg/>", `<svg viewBox="0 0 1e9 5">`, `<!-- --><svg viewBox="0 0 7 5">`]) {
    assertEquals(sizeOf(foreign), null);
  }
});

Deno.test("text of the data is escaped, in elements and attributes", () => {
  const hostile = `</text><script>alert("x")</script>&'`;
  const svg = lineChart({
    ...LINES,
    title: hostile,
    x: { label: hostile },
    references: [{ at: 1, label: hostile }],
  }).svg();
  assertWellFormed(svg);
  assert(!svg.includes("<script"));
  assertEquals(escapeText("a\u0000<b>"), "a &lt;b&gt;");
});

Deno.test("a figure inside a page carries no style, alone it carries one for light and dark", () => {
  assert(!lineChart(LINES).svg({ standalone: false }).includes("<style"));
  assertEquals(count(lineChart(LINES).svg(), /prefers-color-scheme:dark/g), 1);
});

Deno.test("ticks are round numbers around the data, powers on a logarithmic axis", () => {
  const ticks = (axis: Parameters<typeof scaleOf>[0], values: number[]) =>
    scaleOf(axis, values, [0, 100]).ticks;
  assertEquals(ticks({ label: "" }, [0, 0.93]), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assertEquals(ticks({ label: "" }, [-3, 12]), [-5, 0, 5, 10, 15]);
  assertEquals(ticks({ label: "" }, [5, 5]), [5, 6]);
  assertEquals(ticks({ label: "", scale: "log2" }, [1, 64]), [1, 2, 4, 8, 16, 32, 64]);
  assertEquals(ticks({ label: "", scale: "log10" }, [0.002, 30]), [0.001, 0.01, 0.1, 1, 10, 100]);
  const { at } = scaleOf({ label: "", scale: "log10" }, [1, 100], [0, 100]);
  assertAlmostEquals(at(10), 50, 1e-9);
});

Deno.test("what an axis cannot show is an error that names the axis", () => {
  assertThrows(
    () => scaleOf({ label: "loss" }, [NaN], [0, 1]),
    RangeError,
    `axis "loss": expected a finite number`,
  );
  assertThrows(
    () => scaleOf({ label: "n", scale: "log2" }, [0], [0, 1]),
    RangeError,
    "a positive number, found 0",
  );
  assertThrows(
    () => lineChart({ ...LINES, series: [], references: [] }).svg(),
    RangeError,
    "nothing to show",
  );
});

Deno.test("numbers are short and readable", () => {
  assertEquals([0, 1, 0.25, 1234.56, 1e6, 0.00012, -3.14159].map(formatNumber), [
    "0",
    "1",
    "0.25",
    "1235",
    "1e6",
    "1.2e-4",
    "-3.142",
  ]);
  assertEquals([-0, Infinity, NaN].map(formatNumber), ["0", "Infinity", "NaN"]);
  assertMatch(formatNumber(123456789), /^1\.23e8$/);
});
