import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

Deno.test("parseArgs: text, switches, lists and positional arguments", () => {
  const args = parseArgs(["run", "--task", "a", "--json", "--out=x=y", "--task", "b", "7"], {
    string: ["task", "out", "suite"],
    boolean: ["json", "list"],
    collect: ["task"],
    default: { suite: "mini" },
  });
  // The declared types follow the options.
  const task: string[] = args.task, json: boolean = args.json, suite: string = args.suite;
  assertEquals(args, { _: ["run", 7], task: ["a", "b"], json: true, out: "x=y", suite: "mini", list: false });
  assertEquals([task, json, suite], [["a", "b"], true, "mini"]);
});

Deno.test("parseArgs: absent text is absent, an absent list is empty", () => {
  assertEquals(parseArgs([], { string: ["a", "b"], collect: ["b"] }), { _: [], b: [] });
  assertEquals(parseArgs([], { boolean: ["c"], collect: ["c"] }), { _: [], c: [] });
});

Deno.test("parseArgs: the last value of a repeated option counts", () => {
  assertEquals(parseArgs(["--a", "1", "--a", "2"], { string: ["a"] }), { _: [], a: "2" });
});

Deno.test("parseArgs: an option is no value of the one before it", () => {
  assertEquals(parseArgs(["--out", "--json"], { string: ["out"], boolean: ["json"] }), {
    _: [],
    out: "",
    json: true,
  });
  assertEquals(parseArgs(["--out", "-"], { string: ["out"] }), { _: ["-"], out: "" });
  assertEquals(parseArgs(["--out"], { string: ["out"] }), { _: [], out: "" });
  assertEquals(parseArgs(["--out="], { string: ["out"] }), { _: [], "out=": true });
});

Deno.test("parseArgs: switches take true and false and nothing else", () => {
  const parse = (...args: string[]) => parseArgs(args, { boolean: ["v"] });
  assertEquals(parse("--v", "x"), { _: ["x"], v: true });
  assertEquals(parse("--v", "false", "x"), { _: ["x"], v: false });
  assertEquals(parse("--v=false"), { _: [], v: false });
  assertEquals(parse("--v=true"), { _: [], v: true });
});

Deno.test("parseArgs: aliases share values, defaults and kinds", () => {
  const options = { string: ["task"], boolean: ["help"], alias: { help: "h", task: ["t"] } } as const;
  assertEquals(parseArgs(["-h", "-t", "5"], options), { _: [], help: true, h: true, task: "5", t: "5" });
  assertEquals(parseArgs(["--t=5"], options), { _: [], help: false, h: false, task: "5", t: "5" });
  assertEquals(parseArgs([], { ...options, default: { task: "x" } }), {
    _: [],
    help: false,
    h: false,
    task: "x",
    t: "x",
  });
});

Deno.test("parseArgs: undeclared options are accepted and guessed", () => {
  assertEquals(parseArgs(["--a", "1", "--b", "x", "--c", "--d=0x10", "--no-e", "--f", "1e-3"]), {
    _: [],
    a: 1,
    b: "x",
    c: true,
    d: 16,
    "no-e": true,
    f: 0.001,
  });
  assertEquals(parseArgs(["1", "x", ""], { string: ["_"] }), { _: ["1", "x", ""] });
});

Deno.test("parseArgs: unknown sees what is not declared, and false drops it", () => {
  const seen: unknown[] = [];
  const args = parseArgs(["--a", "1", "--b=2", "x", "--", "--z"], {
    string: ["a"],
    unknown: (...call) => {
      seen.push(call);
      return false;
    },
  });
  assertEquals(seen, [["--b=2", "b", "2"], ["x"]]);
  assertEquals(args, { _: ["--z"], a: "1" });
});

Deno.test("parseArgs: everything after -- is positional text", () => {
  assertEquals(parseArgs(["1", "--", "--a", "2", "--", "3"]), { _: [1, "--a", "2", "--", "3"] });
});
