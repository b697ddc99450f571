import { assertEquals } from "@std/assert";
import { joinDashedValues } from "./arguments.ts";

Deno.test("a minus and a negative number behind an option are its value, and nothing else is", () => {
  const cases: [line: string, joined: string][] = [
    ["--input - --out x", "--input=- --out x"],
    ["--limit -1", "--limit=-1"],
    ["--limit -.5 --limit -1e3", "--limit=-.5 --limit=-1e3"],
    ["--out --json", "--out --json"],
    ["--out -x", "--out -x"],
    ["--json -1", "--json -1"],
    ["--input=- -", "--input=- -"],
    ["-- --limit -1", "-- --limit -1"],
    ["--limit", "--limit"],
  ];
  for (const [line, joined] of cases) {
    assertEquals(joinDashedValues(line.split(" "), ["input", "limit", "out"]).join(" "), joined);
  }
});
