import { assertEquals } from "@std/assert";
import { bytes, duration, grouped, magnitude, percent, points } from "./numbers.ts";
import { csv } from "./csv.ts";
import { tableJson } from "./json.ts";
import { shown, sorted, type Table } from "./table.ts";

const TABLE: Table = {
  id: "scores",
  caption: "Scores",
  columns: [
    { id: "name", title: "Name", kind: "text" },
    { id: "score", title: "Score", kind: "share", unit: "%" },
  ],
  rows: [
    [{ value: "b" }, { value: 0.25, interval: [0.2, 0.3] }],
    [{ value: 'a "quoted", name' }, { value: null }],
    [{ value: "=1+1" }, { value: 0.5 }],
  ],
};

Deno.test("rows sort by value in both directions, missing ones last", () => {
  const names = (column: string, descending: boolean) =>
    sorted(TABLE, { column, descending }).rows.map(([name]) => name!.value);
  assertEquals(names("score", false), ["b", "=1+1", 'a "quoted", name']);
  assertEquals(names("score", true), ["=1+1", "b", 'a "quoted", name']);
  assertEquals(names("name", false), ["=1+1", 'a "quoted", name', "b"]);
  assertEquals(names("no such column", false), names("", false));
});

Deno.test("CSV quotes what needs it, keeps formulas text, and has a column for each end of an interval", () => {
  assertEquals(
    csv(TABLE),
    'name,score,score_low,score_high\r\nb,0.25,0.2,0.3\r\n"a ""quoted"", name",,,\r\n\'=1+1,0.5,,\r\n',
  );
});

Deno.test("JSON has the same values by the names of columns", () => {
  assertEquals(tableJson(TABLE).rows[0], {
    name: { value: "b" },
    score: { value: 0.25, interval: [0.2, 0.3] },
  });
});

Deno.test("numbers are short, signed where they are differences, and the same everywhere", () => {
  assertEquals([grouped(1234567), percent(0.1234), points(-0.05), points(0.0004), points(0)], [
    "1,234,567",
    "12.3",
    "−5.0",
    "0.0",
    "0.0",
  ]);
  assertEquals([bytes(512), bytes(3 * 2 ** 20), magnitude(40e9), magnitude(12)], [
    "512 B",
    "3.00 MiB",
    "40 G",
    "12",
  ]);
  assertEquals([duration(7.25), duration(185), duration(7800)], ["7.3 s", "3 min 5 s", "2 h 10 min"]);
  assertEquals(shown({ value: 0.0001 }, "p"), "< 0.001");
  assertEquals(shown({ value: null }, "share"), "–");
});
