import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { formatDuration, formatRate, jsonProgress, lineProgress, terminalProgress } from "./progress.ts";

/** An output that keeps what is written, and a clock that is moved by hand. */
function recorder(columns?: number) {
  const state = { text: "", time: 0 };
  const output = {
    ...(columns !== undefined && { isTTY: true, columns }),
    write: (text: string) => state.text += text,
  };
  return { state, output, options: { label: "sudoku bgpo 1", unit: "steps", clock: () => state.time } };
}

Deno.test("rates and durations are short", () => {
  assertEquals(formatRate(12.345, "steps"), "12.3 steps/s");
  assertEquals(formatRate(12345.6, "steps"), "12346 steps/s");
  assertEquals(formatRate(0.125, "steps"), "8.00 s/step");
  assertEquals(formatRate(null, "steps"), "- steps/s");
  assertEquals(formatDuration(65.4), "1:05");
  assertEquals(formatDuration(59.6), "1:00");
  assertEquals(formatDuration(7384), "2:03:04");
  assertEquals(formatDuration(-1), "0:00");
  assertEquals(formatDuration(null), "-");
});

Deno.test("lines: first, last, every tenth, and every few seconds", () => {
  const { state, output, options } = recorder();
  const progress = lineProgress(output, options);
  for (let done = 0; done <= 100; done++) {
    progress.update(done, 100, `reward 0.${done}`);
    state.time += 100;
  }
  progress.done("finished");
  const lines = state.text.split("\n");
  assertEquals(lines.length, 13);
  assertEquals(lines[0], "sudoku bgpo 1: 0/100 steps (0 %), - steps/s, ETA -, reward 0.0");
  assertEquals(lines[1], "sudoku bgpo 1: 10/100 steps (10 %), 10.0 steps/s, ETA 0:09, reward 0.10");
  assertEquals(lines[10], "sudoku bgpo 1: 100/100 steps (100 %), 10.0 steps/s, ETA 0:00, reward 0.100");
  assertEquals(lines.slice(11), ["finished", ""]);
});

Deno.test("lines: slow work is shown every few seconds, and an update without news is not", () => {
  const { state, output, options } = recorder();
  const progress = lineProgress(output, options);
  for (let done = 0; done < 5; done++) {
    progress.update(done, 1000);
    progress.update(done, 1000);
    state.time += 4000;
  }
  assertEquals(
    state.text,
    [
      "sudoku bgpo 1: 0/1000 steps (0 %), - steps/s, ETA -\n",
      "sudoku bgpo 1: 2/1000 steps (0 %), 4.00 s/step, ETA 1:06:32\n",
      "sudoku bgpo 1: 4/1000 steps (0 %), 4.00 s/step, ETA 1:06:24\n",
    ].join(""),
  );
});

Deno.test("resumed work counts its pace from where it starts", () => {
  const { state, output, options } = recorder();
  const progress = lineProgress(output, options);
  progress.update(80, 100);
  state.time = 10_000;
  progress.update(90, 100);
  assertStringIncludes(state.text, "90/100 steps (90 %), 1.00 steps/s, ETA 0:10");
});

Deno.test("the next piece of work under the same display has a pace of its own", () => {
  const { state, output, options } = recorder();
  const progress = lineProgress(output, options);
  for (const [seconds, done] of [[0, 0], [10, 1000], [20, 0], [30, 100]] as const) {
    state.time = 1000 * seconds;
    progress.update(done, 1000);
  }
  assertEquals(
    state.text.split("\n")[3],
    "sudoku bgpo 1: 100/1000 steps (10 %), 10.0 steps/s, ETA 1:30",
  );
});

Deno.test("JSON lines can be read back", () => {
  const { state, output, options } = recorder();
  const progress = jsonProgress(output, options);
  progress.update(0, 4);
  state.time = 2000;
  progress.update(1, 4, "reward 0.5");
  progress.line("half");
  progress.done("done");
  const common = { event: "progress", label: "sudoku bgpo 1", total: 4, unit: "steps" };
  assertEquals(state.text.trim().split("\n").map((line) => JSON.parse(line)), [
    { ...common, done: 0, rate: null, remaining: null, note: null },
    { ...common, done: 1, rate: 0.5, remaining: 6, note: "reward 0.5" },
    { event: "note", label: "sudoku bgpo 1", text: "half" },
    { event: "done", label: "sudoku bgpo 1", summary: "done" },
  ]);
});

Deno.test("the bar shows share, rate, time left and note, and gives way to the summary", () => {
  const { state, output, options } = recorder(120);
  const progress = terminalProgress(output, options);
  progress.update(0, 40);
  assertStringIncludes(state.text, "sudoku bgpo 1 [--------------] 0 %, - steps/s, ETA -");
  state.time = 5000;
  progress.update(10, 40, "reward 0.412");
  progress.done("sudoku bgpo 1: reward 0.412");
  assertStringIncludes(
    state.text,
    "sudoku bgpo 1 [====----------] 25 %, 2.00 steps/s, ETA 0:15, reward 0.412",
  );
  assert(state.text.endsWith("\x1b[2Ksudoku bgpo 1: reward 0.412\n"), JSON.stringify(state.text));
  assert(!state.text.includes("\x1b[?"), "no state of the terminal is changed");
});

Deno.test("a line stays: the bar moves below it and never returns", () => {
  const { state, output, options } = recorder(120);
  const progress = terminalProgress(output, options);
  progress.update(0, 2);
  progress.line("a cell is done");
  progress.update(2, 2);
  progress.done("end");
  const [before, after] = state.text.split("a cell is done\n");
  assert(before!.endsWith("\r\x1b[2K"), "the bar is erased first");
  assertStringIncludes(after!, "[==============] 100 %");
  assert(!after!.includes("\x1b8"), "the cursor stays below the line");
});

Deno.test("the bar never exceeds the width of the terminal", () => {
  const { state, output, options } = recorder(30);
  const progress = terminalProgress(output, options);
  progress.update(1, 2, "reward 0.412");
  progress.done("");
  // deno-lint-ignore no-control-regex
  for (const line of state.text.split(/\x1b(?:\[\d*[A-Z]|\d)/)) assert(line.length <= 30, line);
});

Deno.test("work that ends before its first update leaves only the summary", () => {
  const { state, output, options } = recorder(80);
  terminalProgress(output, options).done("nothing to do");
  assertEquals(state.text, "nothing to do\n");
});

Deno.test("without a summary, the end of the display adds no line", () => {
  for (const render of [terminalProgress, lineProgress, jsonProgress]) {
    const { state, output, options } = recorder(80);
    render(output, options).done();
    assertEquals(state.text, "");
  }
});

Deno.test("a process without a terminal writes plain lines to stderr, or JSON lines to stdout", () =>
  withFolder(async (folder) => {
    const module = import.meta.resolve("./progress.ts");
    for (const json of [false, true]) {
      const script = `import { openProgress } from "${module}";
        const progress = openProgress({ label: "work", unit: "steps", json: ${json} });
        progress.update(1, 2);
        progress.done("end");`;
      await Deno.writeTextFile(`${folder}/script.ts`, script);
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", `${folder}/script.ts`],
      }).output();
      assertEquals(code, 0);
      const [used, unused] = json ? [stdout, stderr] : [stderr, stdout];
      const lines = new TextDecoder().decode(used).split("\n");
      const first = '{"event":"progress","label":"work","done":1,"total":2,"unit":"steps"';
      assertStringIncludes(lines[0]!, json ? first : "work: 1/2 steps (50 %)");
      assertEquals(lines.slice(1), [json ? '{"event":"done","label":"work","summary":"end"}' : "end", ""]);
      assertEquals(unused.length, 0);
    }
  }));
