import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { main } from "./program.ts";
import { denoArguments } from "./testing.ts";
import { realCountdown } from "../../tasks/countdown/mod.ts";
import { gsm8k } from "../../tasks/gsm8k/mod.ts";
import { gradeOf, InfrastructureError } from "../../tasks/verdict.ts";
import type { RealTask } from "../../tasks/real_task.ts";
import { realSudoku } from "../../tasks/sudoku/mod.ts";
import { gradeFile, type GradeOptions } from "../grading/grade.ts";
import { readLines } from "../files/lines.ts";
import { wilsonInterval } from "../statistics/intervals.ts";
import { type LineProblem, summaryText } from "../grading/summary.ts";
import { type Verdict, VerdictFileError } from "../grading/verdict_file.ts";

const encoder = new TextEncoder();

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const base = `${import.meta.dirname}/../../.cache/test`;
  await Deno.mkdir(base, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: base });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A file of two test rows, golds 72 and 1,450. */
const testFile = encoder.encode(
  ["72", "1,450"].map((gold) => JSON.stringify({ question: "q", answer: `w\n#### ${gold}` })).join("\n"),
);
const options = (input: string, out: string | null, more: Partial<GradeOptions> = {}): GradeOptions => ({
  task: gsm8k,
  input,
  out,
  split: "test",
  openTestFile: () => Promise.resolve(testFile),
  ...more,
});

const readVerdicts = async (path: string): Promise<Verdict[]> =>
  (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line));

const LINES = [
  { index: 0, text: "\\boxed{72}" },
  { index: 1, text: "\\boxed{1,450}" },
  { index: 1, text: "\\boxed{1}" },
  { gold: "8", text: "#### 8" },
  { index: 99, gold: 8, text: "<answer>8</answer>" },
];
const text = (lines: readonly unknown[]) => lines.map((line) => JSON.stringify(line) + "\n").join("");

Deno.test("grade: rows by index and items of their own, one verdict per line", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/in.jsonl`, text(LINES));
    const summary = await gradeFile(options(`${folder}/in.jsonl`, `${folder}/out.jsonl`));
    const verdicts = await readVerdicts(`${folder}/out.jsonl`);
    assertEquals(verdicts.map(({ line }) => line), [1, 2, 3, 4, 5]);
    assertEquals(verdicts.map(({ index }) => index), [0, 1, 1, null, 99]);
    assertEquals(verdicts.map(({ strict }) => strict), [true, true, false, true, true]);
    assertEquals(verdicts.map(({ d1 }) => d1), [true, false, false, false, true]);
    assertEquals(verdicts.map(({ answer }) => answer), ["72", "1450", "1", "8", "8"]);
    assertEquals(verdicts[2]!.reason, "box: 1, gold 1,450");
    assertEquals(verdicts[1]!.d1_answer, "1");
    assertEquals(summary.strict.correct, 4);
    assertEquals(summary.d1!.correct, 2);
    assertEquals([summary.graded, summary.strictOnly, summary.d1Only], [5, 2, 0]);
    // Row 1 has two samples, one of them right: half a success in one trial of four.
    assertEquals([summary.problems, summary.rows], [4, { answered: 2, total: 1319 }]);
    assertEquals(summary.strict.accuracy, 3.5 / 4);
    assertEquals(summary.strict.interval, wilsonInterval(3.5, 4));
    assertEquals([summary.malformed, summary.failed, summary.cells], [[], [], null]);
    assertEquals(
      summaryText(summary),
      `gsm8k: 5 graded, 2 of 1,319 rows answered
  samples of 4 problems: averaged by problem, and so is the interval
  strict 87.50 %  [39.58, 98.68]  4/5
  d1     50.00 %  [15.00, 85.00]  2/5
  only strict calls 2 correct, only d1 0`,
    );
  });
});

const MALFORMED: readonly (readonly [string | Uint8Array, string])[] = [
  ["", "empty"],
  ["  ", "empty"],
  ["{", "expected JSON"],
  ["[1]", "expected a JSON object"],
  ["null", "expected a JSON object"],
  ['{"index": 0}', 'expected "text" to be a string, or null for no answer, found none'],
  ['{"index": 0, "text": 7}', 'expected "text" to be a string, or null for no answer, found 7'],
  ['{"text": "7"}', 'expected "index", or "gold"; found neither'],
  ['{"index": 2, "text": ""}', 'expected "index" to be a row from 0 to 1, found 2'],
  ['{"index": -1, "text": ""}', "row number from 0, found -1"],
  ['{"index": "0", "text": ""}', 'found "0"'],
  ['{"index": 0.5, "text": ""}', "found 0.5"],
  ['{"gold": "many", "text": ""}', "expected gold to be a number"],
  [new Uint8Array([0x7b, 0xff, 0x7d]), "not UTF-8"],
  ["\ufeff" + '{"index": 0, "text": ""}', "expected JSON"],
];

Deno.test("grade: malformed lines are reported by number, and the others graded", async () => {
  await withFolder(async (folder) => {
    const good = encoder.encode('{"index": 0, "text": "#### 72"}\r\n');
    const parts = MALFORMED.flatMap(([line]) => [
      good,
      typeof line === "string" ? encoder.encode(line) : line,
      encoder.encode("\n"),
    ]);
    await Deno.writeFile(
      `${folder}/in.jsonl`,
      new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()),
    );
    const reported: LineProblem[] = [];
    const input = options(`${folder}/in.jsonl`, null, {
      onMalformed: (problem) => void reported.push(problem),
    });
    const summary = await gradeFile(input);
    assertEquals(summary.malformed, reported);
    assertEquals(reported.map(({ line }) => line), MALFORMED.map((_, index) => 2 * index + 2));
    for (const [index, [, reason]] of MALFORMED.entries()) {
      assertStringIncludes(reported[index]!.reason, reason);
    }
    assertEquals([summary.graded, summary.strict.correct], [MALFORMED.length, MALFORMED.length]);
    assertStringIncludes(summaryText(summary), `${MALFORMED.length} malformed: lines 2, 4, 6`);
  });
});

Deno.test("grade: killed anywhere and started again, the verdicts are those of one run", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`, out = `${folder}/out.jsonl`;
    await Deno.writeTextFile(input, "garbage\n" + text(LINES) + "\n");
    const whole = await gradeFile(options(input, out));
    const bytes = await Deno.readFile(out);
    for (let size = 0; size <= bytes.length; size += 7) {
      await Deno.writeFile(out, bytes.slice(0, size));
      const summary = await gradeFile(options(input, out));
      assertEquals(await Deno.readFile(out), bytes);
      assertEquals({ ...summary, resumed: 0 }, whole);
      assertEquals(summary.resumed, new TextDecoder().decode(bytes.slice(0, size)).split("\n").length - 1);
    }
    let graded = 0;
    const again = await gradeFile(options(input, out, { onVerdict: () => void graded++ }));
    assertEquals([again.graded, again.resumed, graded], [5, 5, 0]);
    assertEquals(await Deno.readFile(out), bytes);
  });
});

Deno.test("grade: verdicts of other generations are not continued, and nothing is lost", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`, out = `${folder}/out.jsonl`;
    await Deno.writeTextFile(input, text(LINES));
    await gradeFile(options(input, out));
    const before = await Deno.readFile(out);
    const refused = async (message: string, more: Partial<GradeOptions> = {}) => {
      const found = await Deno.readFile(out);
      await assertRejects(() => gradeFile(options(input, out, more)), VerdictFileError, message);
      assertEquals(await Deno.readFile(out), found);
    };
    await refused("expected a verdict of sudoku, found one of gsm8k", { task: realSudoku });
    await Deno.writeTextFile(input, text([LINES[0], { index: 1, text: "\\boxed{2}" }, ...LINES.slice(2)]));
    await refused("another line 2");
    await Deno.writeTextFile(input, text(LINES.slice(0, 3)));
    await refused("a verdict of line 4");
    for (const other of ["notes", "notes\n", '{"index": 0, "text": ""}', '{"task": "gsm8k"}\n', "[]\n"]) {
      await Deno.writeTextFile(out, other);
      await refused("line 1: expected a verdict of gsm8k, found something else");
    }
    await Deno.writeFile(out, before);
    await assertRejects(() => gradeFile(options(input, `${folder}/none/out.jsonl`)), Deno.errors.NotFound);
  });
});

Deno.test("grade: what cannot be graded is no wrong answer, and is tried again", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`, out = `${folder}/out.jsonl`;
    await Deno.writeTextFile(input, text(LINES));
    let broken = true, closed = 0;
    const task: RealTask = {
      ...gsm8k as RealTask,
      async grade(item, text) {
        // Later ones finish first.
        await new Promise((resolve) => setTimeout(resolve, text.length % 7));
        if (broken && text.includes("1")) throw new InfrastructureError("no worker");
        return await (gsm8k as RealTask).grade(item, text);
      },
      close() {
        closed++;
        return Promise.resolve();
      },
    };
    const failed: number[] = [];
    const first = await gradeFile(
      options(input, out, { task, onFailed: ({ line }) => void failed.push(line) }),
    );
    assertEquals(failed, [2, 3]);
    assertEquals(first.failed, [{ line: 2, reason: "no worker" }, { line: 3, reason: "no worker" }]);
    assertEquals([first.graded, first.strict.total], [3, 3]);
    assertEquals((await readVerdicts(out)).map(({ line }) => line), [1, 4, 5]);
    assertStringIncludes(summaryText(first), "2 not graded: lines 2, 3");
    broken = false;
    const second = await gradeFile(options(input, out, { task }));
    assertEquals([second.graded, second.resumed, second.failed.length, closed], [5, 3, 0, 2]);
    assertEquals((await readVerdicts(out)).map(({ line }) => line), [1, 4, 5, 2, 3]);
  });
});

Deno.test("grade: a defect of a grader stops the run, and the workers are ended", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/in.jsonl`, text(LINES));
    let closed = false;
    const task: RealTask = {
      ...gsm8k as RealTask,
      grade: (_item, text) =>
        text.includes("1,450") ? Promise.reject(new TypeError("defect")) : Promise.resolve({
          strict: gradeOf(true, "", ""),
          d1: gradeOf(true, "", ""),
        }),
      close: () => Promise.resolve(void (closed = true)),
    };
    await assertRejects(() => gradeFile(options(`${folder}/in.jsonl`, null, { task })), TypeError, "defect");
    assert(closed);
  });
});

Deno.test("grade: an item of its own needs no test file, an index one that can be had", async () => {
  await withFolder(async (folder) => {
    const openTestFile = () => Promise.reject(new Error("no file"));
    await Deno.writeTextFile(`${folder}/own.jsonl`, text([LINES[3]]));
    assertEquals((await gradeFile(options(`${folder}/own.jsonl`, null, { openTestFile }))).graded, 1);
    await Deno.writeTextFile(`${folder}/rows.jsonl`, text([LINES[0]]));
    await assertRejects(
      () => gradeFile(options(`${folder}/rows.jsonl`, null, { openTestFile })),
      Error,
      "no file",
    );
  });
});

Deno.test("grade: Sudoku's verdicts count cells per mode; Countdown's lines carry numbers and target", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`, out = `${folder}/out.jsonl`;
    const item = { puzzle: "0310200404001043", solution: "4312213434211243" };
    const texts = [
      `<answer>${item.solution}4</answer>`,
      `<answer>${item.solution}</answer>`,
      "<answer>4312</answer>",
    ];
    await Deno.writeTextFile(input, text(texts.map((text) => ({ ...item, text }))));
    const summary = await gradeFile(options(input, out, { task: realSudoku }));
    const verdicts = await readVerdicts(out);
    assertEquals(verdicts.map(({ cells_correct }) => cells_correct), [
      { strict: 0, d1: 8 },
      { strict: 8, d1: 8 },
      { strict: 0, d1: 2 },
    ]);
    assertEquals(verdicts.map(({ cells_empty }) => cells_empty), Array(3).fill({ strict: 8, d1: 8 }));
    assertEquals(summary.cells, { strict: { count: 8, total: 24 }, d1: { count: 18, total: 24 } });
    assertStringIncludes(summaryText(summary), "d1 75.00 % (18/24)");

    const problem = { numbers: [5, 3, 2], target: 6, text: "\\boxed{5+3-2}" };
    await Deno.writeTextFile(input, text([problem, { numbers: [5], text: "" }]));
    const counted = await gradeFile(options(input, null, { task: realCountdown }));
    assertEquals([counted.strict.correct, counted.malformed.length], [1, 1]);
    assertEquals(
      counted.malformed[0]!.reason,
      'expected "index", or "numbers" and "target"; found no "target"',
    );
  });
});

Deno.test("grade: lines of any length, in pieces of any size", async () => {
  const content = encoder.encode(["a", "", "bcd".repeat(1000), "é", "last"].join("\n"));
  for (const size of [1, 2, 3, 1000, content.length]) {
    const pieces = Array.from(
      { length: Math.ceil(content.length / size) },
      (_, i) => content.slice(i * size, (i + 1) * size),
    );
    const lines = [];
    for await (const line of readLines(ReadableStream.from(pieces))) lines.push(line);
    assertEquals(lines.map(({ number }) => number), [1, 2, 3, 4, 5]);
    assertEquals(lines.map(({ bytes }) => new TextDecoder().decode(bytes)), [
      "a",
      "",
      "bcd".repeat(1000),
      "é",
      "last",
    ]);
    const short = [];
    for await (const { tooLong, bytes } of readLines(ReadableStream.from(pieces), 100)) {
      short.push(tooLong ? "long" : new TextDecoder().decode(bytes));
    }
    assertEquals(short, ["a", "", "long", "é", "last"]);
  }
});

Deno.test("grade: a gzip file is read as what it holds", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl.gz`;
    const compress = (lines: readonly unknown[]) =>
      new Blob([text(lines)]).stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(input, compress(LINES));
    assertEquals((await gradeFile(options(input, null))).strict.correct, 4);
    // The command has no test file on every machine: lines that carry their own items need none.
    await Deno.writeFile(input, compress(LINES.slice(3)));
    const whole = await Deno.readFile(input);
    // Its last eight bytes are checksum and length.
    const wrongSum = whole.with(whole.length - 8, whole.at(-8)! ^ 1);
    for (const bytes of [encoder.encode("no gzip"), whole.slice(0, -9), wrongSum]) {
      await Deno.writeFile(input, bytes);
      const { status, out, err } = await command("--task", "gsm8k", "--input", input);
      assertEquals([status, out, err.split("\n").length], [1, "", 2], err);
      assertStringIncludes(err, `error: ${input}: expected a whole gzip file, found corrupt`);
    }
    const { status, err } = await command("--task", "gsm8k", "--input", folder);
    assertEquals([status, err], [1, `error: ${folder}: expected a file, found a folder; check the path\n`]);
  });
});

interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** What the command prints, and its exit status. */
async function command(...args: string[]): Promise<Printed> {
  const { log, error } = console;
  const printed = { out: "", err: "" };
  console.log = (line: string) => void (printed.out += line + "\n");
  console.error = (line: string) => void (printed.err += line + "\n");
  try {
    return { status: await main(["grade", ...args]), ...printed };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("grade: the command", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`, out = `${folder}/out.jsonl`;
    await Deno.writeTextFile(input, text([LINES[3], "nothing", LINES[4]]));
    const args = ["--task", "gsm8k", "--input", input, "--out", out];
    const plain = await command(...args);
    assertEquals(plain.status, 1);
    assertStringIncludes(plain.out, "gsm8k: 2 graded, 0 of 1,319 rows answered\n");
    assertStringIncludes(plain.out, "1 malformed: line 2");
    assertStringIncludes(plain.err, "line 2 is malformed: expected a JSON object");
    const json = await command(...args, "--json", "--lenient");
    assertEquals(json.status, 0);
    const summary = JSON.parse(json.out);
    assertEquals([summary.graded, summary.resumed, summary.strict.correct], [2, 2, 2]);
    assertEquals(summary.malformed.map(({ line }: LineProblem) => line), [2]);
    await Deno.writeTextFile(input, "nothing\n");
    assertEquals((await command("--task", "gsm8k", "--input", input, "--lenient")).status, 1);
    const help = await command("--help");
    assertEquals(help.status, 0);
    for (const part of ["--task", "--out", "--lenient", "gold", "puzzle, solution"]) {
      assertStringIncludes(help.out, part);
    }
  });
});

Deno.test("grade: a command line that makes no sense is refused", async () => {
  const refused = async (message: string, ...args: string[]) => {
    const { status, out, err } = await command(...args);
    assertEquals([status, out, err.split("\n").length], [2, "", 2], err);
    assertStringIncludes(err, `error: ${message}`);
  };
  await refused("grade needs --task");
  await refused("grade needs --input", "--task", "gsm8k");
  await refused('unknown task "gsm" (did you mean "gsm8k"?)', "--task", "gsm", "--input", "x");
  await refused(
    'unknown split "dev"; known splits: train, test',
    ...["--task", "gsm8k", "--input", "-", "--split", "dev"],
  );
  await refused('unknown option "--ouput" (did you mean', "--task", "gsm8k", "--input", "x", "--ouput=y");
  await refused('unexpected argument "extra"', "extra");
  await refused("--task is given 2 times", "--task", "gsm8k", "--task", "sudoku", "--input", "x");
  await refused("--out needs a value", "--task", "gsm8k", "--input", "x", "--out", "");
});

/** `grade` as its task starts it, with a text on the standard input. */
async function gradeProcess(args: readonly string[], input: string): Promise<Printed> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...denoArguments("grade"), ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(encoder.encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { status: code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("grade: a minus is the standard input; a refused folder is explained without flags of Deno", async () => {
  const lines = text([LINES[3]]);
  const { status, out, err } = await gradeProcess(["--task", "gsm8k", "--input", "-"], lines);
  assertEquals([status, err], [0, ""]);
  assertStringIncludes(out, "strict 100.00 %");
  const refused = await gradeProcess(["--task", "gsm8k", "--input", "-", "--out", "/var/v.jsonl"], lines);
  assertEquals([refused.status, refused.out], [1, ""]);
  assertStringIncludes(refused.err, 'error: Requires write access to "/var/v.jsonl"');
  assertStringIncludes(refused.err, "DLLM_BENCH_OUT=FOLDER");
  assert(!refused.err.includes("--allow"), refused.err);
});

Deno.test("grade: a missing text is a wrong answer, counted apart, and answers no row", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`;
    const nulls = Array.from({ length: 9 }, () => ({ index: 1, text: null }));
    await Deno.writeTextFile(input, text([LINES[0], ...nulls]));
    const summary = await gradeFile(options(input, `${folder}/out.jsonl`));
    assertEquals([summary.graded, summary.withoutText, summary.strict.correct, summary.d1!.correct], [
      ...[10, 9, 1, 1],
    ]);
    assertEquals([summary.rows.answered, summary.problems, summary.strict.accuracy], [1, 2, 0.5]);
    const printed = summaryText(summary);
    assertStringIncludes(printed, "gsm8k: 10 graded, 1 of 1,319 rows answered\n  9 without a text: wrong\n");
    const [, verdict] = await readVerdicts(`${folder}/out.jsonl`);
    assertEquals([verdict!.answer, verdict!.reason, verdict!.d1_reason], [null, "no text", "no text"]);
    const again = await gradeFile(options(input, `${folder}/out.jsonl`));
    assertEquals({ ...again, resumed: 0 }, summary);

    const item = { puzzle: "0310200404001043", solution: "4312213434211243" };
    await Deno.writeTextFile(input, text([{ ...item, text: null }]));
    const { cells } = await gradeFile(options(input, null, { task: realSudoku }));
    assertEquals(cells, { strict: { count: 0, total: 8 }, d1: { count: 0, total: 8 } });
  });
});

Deno.test("grade: samples of one problem are one trial, whatever names the problem", async () => {
  await withFolder(async (folder) => {
    const input = `${folder}/in.jsonl`;
    const question = (text: string) => ({ gold: 7, question: text });
    const cases: [lines: Record<string, unknown>[], problems: number, accuracy: number][] = [
      // The same row, right twice and wrong twice; another one, right.
      [
        [
          { index: 0, text: "72" },
          { index: 0, text: "1" },
          { index: 0, text: "2" },
          { index: 0, text: "72" },
          {
            index: 1,
            text: "1450",
          },
        ],
        2,
        0.75,
      ],
      [
        [{ ...question("a"), text: "7" }, { ...question("a"), text: "8" }, { ...question("b"), text: "7" }],
        2,
        0.75,
      ],
      // An answer does not say of which problem: each line is one.
      [[{ gold: 7, text: "7" }, { gold: 7, text: "8" }, { gold: 7, text: "8" }], 3, 1 / 3],
      [[{ gold: 7, index: 5, text: "7" }, { gold: 7, index: 5, text: "8" }], 1, 0.5],
    ];
    for (const [lines, problems, accuracy] of cases) {
      await Deno.writeTextFile(input, text(lines));
      const { strict, problems: found } = await gradeFile(options(input, null));
      assertEquals([found, strict.accuracy, strict.total], [problems, accuracy, lines.length]);
      assertEquals(strict.interval, wilsonInterval(accuracy * problems, problems));
    }
    const sudoku = { puzzle: "0310200404001043", solution: "4312213434211243" };
    await Deno.writeTextFile(input, text(["", sudoku.solution].map((text) => ({ ...sudoku, text }))));
    const { problems, strict } = await gradeFile(options(input, null, { task: realSudoku }));
    assertEquals([problems, strict.accuracy], [1, 0.5]);
  });
});

Deno.test("grade: a task that the d1 papers never had is graded strictly alone, also where it is continued", async () => {
  await withFolder(async (folder) => {
    const cells = (count: number) => ({
      ...gradeOf(count > 0, "", ""),
      measures: { cells: { count, total: 8 } },
    });
    const task: RealTask = {
      ...gsm8k as RealTask,
      grade: (_item, text) => Promise.resolve({ strict: cells(text === "" ? 0 : 5) }),
    };
    const lines = [...LINES.slice(0, 2), { ...LINES[3] as object, text: null }];
    await Deno.writeTextFile(`${folder}/in.jsonl`, text(lines));
    for (const _run of ["first", "continued"]) {
      const summary = await gradeFile(options(`${folder}/in.jsonl`, `${folder}/out.jsonl`, { task }));
      assertEquals([summary.graded, summary.strict.correct, summary.withoutText], [3, 2, 1]);
      assertEquals([summary.d1, summary.strictOnly, summary.d1Only], [null, null, null]);
      assertEquals(summary.cells, { strict: { count: 10, total: 24 } });
      assert(!summaryText(summary).includes("d1"), summaryText(summary));
    }
    const verdicts = await readVerdicts(`${folder}/out.jsonl`);
    assertEquals(verdicts.map(({ strict }) => strict), [true, true, false]);
    assert(verdicts.every((verdict) => !JSON.stringify(verdict).includes("d1")));
  });
});

Deno.test("grade: programs that need a module that there is none of are told apart", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/in.jsonl`, text(LINES.slice(0, 4)));
    const lacking = (lacks: string) => ({ ...gradeOf(false, "", ""), lacks });
    const task: RealTask = {
      ...gsm8k as RealTask,
      grade: (_item, text) => {
        const strict = text.includes("1")
          ? lacking("numpy")
          : text.includes("#")
          ? lacking("sympy")
          : gradeOf(true, "", "");
        return Promise.resolve({ strict, d1: gradeOf(false, "", "") });
      },
    };
    for (const _run of ["first", "continued"]) {
      const summary = await gradeFile(options(`${folder}/in.jsonl`, `${folder}/out.jsonl`, { task }));
      assertEquals(summary.lacking, { numpy: 2, sympy: 1 });
      assertStringIncludes(
        summaryText(summary),
        "  needs a module that the sandbox lacks: numpy, 2 programs; sympy, 1 program",
      );
    }
  });
});
