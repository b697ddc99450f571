/**
 * Identities of this repository's code in copies of it: formatted, commented and moved copies are the same code, and
 * a copy with one other token is not.
 */

import { posix } from "node:path";
import { parse as parseScript } from "@babel/parser";
import { assert, assertEquals } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import { allTasks } from "../../tasks/registry.ts";
import { withFolder } from "../files/testing.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { codeOf, codeReader } from "../records/code.ts";
import { isPackage } from "../records/module_graph.ts";
import {
  baseSource,
  exporterOf,
  gradingSource,
  measurementSource,
  repository,
  type SourceBackend,
  type SourceCode,
  sourceCode,
  type SourcePart,
} from "../records/source_identity.ts";

/** Texts of a copy's files by path. */
type Files = ReadonlyMap<string, string>;

const BACKENDS: readonly SourceBackend[] = ["cpu", "webgpu"];
const MEASUREMENTS = await namesOfMeasurements();
const here = repository();
/** Texts that copies share are parsed once, and registries asked once. */
const parse = codeReader();
const exporters = new Map<string, Promise<string>>();
const original = sourceCode(here, exporter, parse);

function exporter(...[kind, id]: Parameters<typeof exporterOf>): Promise<string> {
  const key = `${kind} ${id}`;
  let path = exporters.get(key);
  if (!path) exporters.set(key, path = exporterOf(kind, id));
  return path;
}

/** Names of what the modules export that the registry of measurements imports. */
async function namesOfMeasurements(): Promise<string[]> {
  const registry = new URL("./measurements/list.ts", import.meta.url);
  const { statements } = codeOf(registry.pathname, await Deno.readTextFile(registry));
  const modules = statements.filter(({ typesOnly }) => !typesOnly).map(({ specifier }) =>
    import(new URL(specifier, registry).href)
  );
  return (await Promise.all(modules)).flatMap((module) => Object.values(module) as { name?: unknown }[])
    .filter((value) => typeof value === "object" && typeof value.name === "string")
    .map(({ name }) => name as string);
}

/** Every part of the code, by what it is a part of. */
async function partsOf(code: SourceCode): Promise<Map<string, SourcePart>> {
  const parts = new Map<string, SourcePart>();
  for (const backend of BACKENDS) {
    parts.set(`core, ${backend}`, await code.core(backend));
    for (const { id } of allTasks) parts.set(`${id}, ${backend}`, await code.task(id, backend));
    for (const { id } of OBJECTIVES) parts.set(`${id}, ${backend}`, await code.objective(id, backend));
    for (const name of MEASUREMENTS) parts.set(`${name}, ${backend}`, await code.measurement(name, backend));
  }
  return parts;
}

/** Every identity that records name, and those of the parts. */
async function identitiesOf(code: SourceCode): Promise<Record<string, string>> {
  const identities: Record<string, string> = {};
  for (const [name, { identity }] of await partsOf(code)) identities[name] = identity;
  for (const backend of BACKENDS) {
    for (const { id } of allTasks) {
      identities[`base of ${id}, ${backend}`] = await baseSource(id, backend, code);
      identities[`grading of ${id}, ${backend}`] = await gradingSource(id, backend, code);
    }
    for (const name of MEASUREMENTS) {
      identities[`measurement ${name}, ${backend}`] = await measurementSource(backend, name, code);
    }
  }
  return identities;
}

/** The files behind all parts, and the file that names the packages. */
async function reachedTexts(): Promise<Map<string, string>> {
  const paths = [...(await partsOf(original)).values()].flatMap(({ files }) => [...files.keys()]);
  const files = new Map<string, string>();
  for (const path of ["deno.json", ...new Set(paths.filter((path) => !isPackage(path)))].sort()) {
    files.set(path, (await here.read(path))!);
  }
  return files;
}

/** The code of a copy, whose files are elsewhere than here. */
function codeIn(files: Files, moved: (path: string) => string = (path) => path): SourceCode {
  const names = (folder: string) =>
    [...files.keys()].filter((path) => posix.dirname(path) === folder).map((path) => posix.basename(path));
  return sourceCode(
    {
      read: (path) => Promise.resolve(files.get(path) ?? null),
      list: (folder) => Promise.resolve(names(folder)),
    },
    async (kind, id) => moved(await exporter(kind, id)),
    parse,
  );
}

/** All options of `deno fmt` that concern these files, each with another value than this repository's. */
const FORMAT = {
  useTabs: true,
  lineWidth: 60,
  indentWidth: 8,
  semiColons: false,
  singleQuote: true,
  quoteProps: "consistent",
  newLineKind: "crlf",
  useBraces: "always",
  bracePosition: "nextLine",
  singleBodyPosition: "nextLine",
  nextControlFlowPosition: "nextLine",
  trailingCommas: "never",
  operatorPosition: "sameLine",
  spaceAround: true,
  spaceSurroundingProperties: false,
  "typeLiteral.separatorKind": "comma",
};

/** Files in another format. `deno fmt` drops decorators of functions, so they are statements meanwhile. */
async function formatted(files: Files): Promise<Files> {
  const result = new Map<string, string>();
  let rewritten = 0, scripts = 0;
  await withFolder(async (folder) => {
    for (const [path, text] of files) {
      if (!path.endsWith(".ts")) continue;
      await Deno.mkdir(posix.dirname(`${folder}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text.replace(/^@(\w+)$/gm, "DECORATOR.$1;"));
    }
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ fmt: FORMAT }));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", "--config", "deno.json"],
      cwd: folder,
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    for (const [path, text] of files) {
      if (!path.endsWith(".ts")) {
        result.set(path, otherLayout(path, text));
        continue;
      }
      const other = (await Deno.readTextFile(`${folder}/${path}`)).replace(/\bDECORATOR\.(\w+);?/g, "@$1");
      result.set(path, other);
      scripts++;
      if (other.replace(/\s/g, "") !== text.replace(/\s/g, "")) rewritten++;
    }
  });
  console.log(`formatted: ${rewritten} of ${scripts} scripts differ in more than white space`);
  assert(rewritten > 0.9 * scripts);
  return result;
}

/** WGSL and Python, which `deno fmt` leaves alone: other line ends and indents, and empty lines between. */
function otherLayout(path: string, text: string): string {
  if (path.endsWith(".wgsl")) return text.replace(/\n */g, "\r\n\t\r\n");
  if (!path.endsWith(".py")) return text;
  return pythonLines(text).map(({ line, starts, ends }) =>
    (starts ? line.replace(/^( +)/, "$1$1") : line) + (ends ? "\r\n" : "")
  ).join("\r\n");
}

/** Lines of a Python file, and whether they start and end outside texts of several lines. */
function pythonLines(text: string): { line: string; starts: boolean; ends: boolean }[] {
  let outside = true;
  return text.split("\n").map((line) => {
    const starts = outside;
    if (line.split('"""').length % 2 === 0) outside = !outside;
    return { line, starts, ends: outside };
  });
}

interface Token {
  readonly kind: "name" | "number" | "string" | "operator" | "other";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Tokens of a file in order, without comments. */
function tokensOf(path: string, text: string): Token[] {
  return path.endsWith(".ts") ? scriptTokens(text) : textTokens(path, text);
}

function scriptTokens(text: string): Token[] {
  // A decorator is a name in a line of its own to this parser.
  const { tokens } = parseScript(text.replace(/@(?=\w+\s)/g, " "), {
    sourceType: "module",
    plugins: ["typescript"],
    tokens: true,
  });
  const kinds: Record<string, Token["kind"]> = { name: "name", num: "number", string: "string" };
  return (tokens as { type: { label?: string }; start: number; end: number }[])
    .filter(({ type, start, end }) => type.label !== undefined && end > start)
    .map(({ type, start, end }) => {
      const written = text.slice(start, end);
      return {
        kind: kinds[type.label!] ?? (written in OPERATORS ? "operator" : "other"),
        text: written,
        start,
        end,
      };
    });
}

const LINE_COMMENT: Readonly<Record<string, string>> = { ".wgsl": "\\/\\/", ".py": "#" };

/** Words, numbers, strings and signs. */
function textTokens(path: string, text: string): Token[] {
  const pattern = new RegExp(
    `(?<comment>${LINE_COMMENT[posix.extname(path)]}[^\\n]*)|(?<string>"""[^]*?"""|"[^"\\n]*"|'[^'\\n]*')|` +
      "(?<number>\\.?\\d[\\w.]*)|(?<name>[A-Za-z_]\\w*)|(?<other>\\S)",
    "g",
  );
  return [...text.matchAll(pattern)].flatMap(({ 0: written, index, groups }) => {
    if (groups!.comment !== undefined) return [];
    const kind = (["number", "name"] as const).find((each) => groups![each] !== undefined) ??
      (groups!.string !== undefined ? "string" : written in OPERATORS ? "operator" : "other");
    return [{ kind, text: written, start: index, end: index + written.length }];
  });
}

/** What stands in an operator's place when it is changed. */
const OPERATORS: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "&&": "||",
  "||": "&&",
  "===": "!==",
};

/** With comments between random tokens. */
function commented(files: Files, random: RandomSequence): Files {
  return new Map([...files].map(([path, text]) => [path, withComments(path, text, random)]));
}

function withComments(path: string, text: string, random: RandomSequence): string {
  if (path.endsWith(".py")) {
    return pythonLines(text).map(({ line, starts, ends }) =>
      (starts && random.below(6) === 0 ? `${" ".repeat(random.below(9))}# ( [ {\n` : "") + line +
      (ends && random.below(4) === 0 ? `  # it's "` : "")
    ).join("\n");
  }
  if (!/\.(?:ts|wgsl)$/.test(path)) return text;
  const parts: string[] = [];
  let end = 0;
  for (const { start, kind } of tokensOf(path, text)) {
    // Signs of WGSL may be halves of one.
    if (random.below(8) !== 0 || "@#".includes(text[start - 1] ?? " ")) continue;
    if (path.endsWith(".wgsl") && kind !== "name") continue;
    parts.push(text.slice(end, start), `/* "${random.below(99)}' \` import("./none.ts") @inline */`);
    end = start;
  }
  return [...parts, text.slice(end), "\n// the end"].join("");
}

const FOLDERS: Readonly<Record<string, string>> = {
  "src/objectives/": "src/aims/of/policies/",
  "src/diffusion/": "noise/",
  "kernels/rope/": "kernels/rotation/",
};
/** Where identities start, and what names the packages: these stay. */
const ROOTS = new Set([
  "deno.json",
  "kernels/cpu.ts",
  "kernels/webgpu.ts",
  "src/bench/cell.ts",
  "src/bench/model_scores.ts",
  "src/suite/settings.ts",
  "src/bench/test_sets.ts",
  "src/train/base.ts",
]);

/** New paths of files: some folders, and every third file. Kernels stay beside their bindings. */
function movesOf(files: Files): (path: string) => string {
  const moves = new Map<string, string>();
  let kept = 0;
  for (const path of files.keys()) {
    const folder = Object.keys(FOLDERS).find((folder) => path.startsWith(folder));
    if (folder !== undefined) moves.set(path, path.replace(folder, FOLDERS[folder]!));
    else if (!ROOTS.has(path) && kept++ % 3 === 0) {
      const ending = /(?:\.as)?\.\w+$/.exec(path)![0];
      moves.set(
        path,
        `${path.startsWith("kernels/") ? posix.dirname(path) : "elsewhere/and"}/${kept}${ending}`,
      );
    }
  }
  const names = [...moves.keys()];
  for (const folder of Object.keys(FOLDERS)) assert(names.some((path) => path.startsWith(folder)), folder);
  return (path) => moves.get(path) ?? path;
}

/** Files under new paths, which other files name. */
function moved(files: Files, to: (path: string) => string): Files {
  return new Map([...files].map(([path, text]) => {
    const folder = path === "deno.json" ? "." : posix.dirname(path);
    const ending = path.endsWith(".as.ts") ? ".ts" : "";
    const renamed = text.replace(/(["'])(\.\.?\/[^"'\n]+)\1/g, (written, quote, specifier) => {
      const target = posix.join(folder, specifier + ending);
      if (!files.has(target)) return written;
      const relative = posix.relative(posix.dirname(to(path)), to(target));
      return `${quote}${relative.startsWith(".") ? "" : "./"}${
        relative.slice(0, relative.length - ending.length)
      }${quote}`;
    });
    return [to(path), renamed];
  }));
}

/** Files of a copy that are other code, as names for a failure of the identities. */
function otherCode(files: Files, copy: Files, to: (path: string) => string): string[] {
  const code = (path: string, text: string) => {
    const { body, statements } = parse(path, text);
    return [body, ...statements.map(({ clause }) => clause).sort()].join("\n");
  };
  return [...files.keys()].filter((path) =>
    path !== "deno.json" && code(path, files.get(path)!) !== code(to(path), copy.get(to(path))!)
  );
}

Deno.test("a repository that is formatted, commented and moved otherwise is the same code", async () => {
  const files = await reachedTexts(), to = movesOf(files);
  const random = randomSequence({ seed: 1, stream: 0 });
  const other = await formatted(files);
  const copies: Record<string, Files> = {
    formatted: other,
    commented: commented(files, random),
    moved: moved(files, to),
    "all three": moved(commented(other, random), to),
  };
  const expected = await identitiesOf(original);
  for (const [what, copy] of Object.entries(copies)) {
    const path = /moved|three/.test(what) ? to : (path: string) => path;
    assertEquals(otherCode(files, copy, path), [], what);
    assertEquals(await identitiesOf(codeIn(copy, path)), expected, what);
    const differ = [...files].filter(([path, text]) => copy.get(path) !== text);
    console.log(
      `${what}: ${differ.length} of ${files.size} files differ, ${
        Object.keys(expected).length
      } identities are equal`,
    );
    assert(differ.length > (what === "moved" ? 0.3 : 0.9) * files.size, what);
  }
  const away = [...files.keys()].filter((path) => to(path) !== path);
  console.log(`${away.length} files and ${Object.keys(FOLDERS).length} folders have moved`);
  assert(away.length >= 10);
});

/** Changes of one token in each language. */
const CHANGES = 13;

/** The parts whose identities differ, and those that should: the ones that reach a file or package. */
async function comparison(copy: SourceCode, path: string): Promise<{ differ: string[]; reach: string[] }> {
  const before = await partsOf(original), after = await partsOf(copy);
  const names = [...before.keys()];
  return {
    differ: names.filter((name) => before.get(name)!.identity !== after.get(name)!.identity),
    reach: names.filter((name) => before.get(name)!.files.has(path)),
  };
}

/** The text with one other token, and what was changed; the parser decides whether it is a program. */
function mutated(path: string, text: string, random: RandomSequence): { text: string; what: string } {
  const { statements, specifiers } = codeOf(path, text);
  const named = new Set([...statements.map(({ specifier }) => specifier), ...specifiers]);
  const tokens = tokensOf(path, text).filter(({ kind, text }) =>
    kind !== "other" && !(kind === "string" && (text.length === 2 || named.has(text.slice(1, -1))))
  );
  for (;;) {
    const { kind, text: old, start, end } = tokens[random.below(tokens.length)]!;
    const changed = kind === "name"
      ? `${old}_`
      : kind === "number"
      ? "987654"
      : kind === "string"
      ? `${old[0]}~${old.slice(1)}`
      : OPERATORS[old]!;
    const mutant = text.slice(0, start) + changed + text.slice(end);
    try {
      parse(path, mutant);
      return { text: mutant, what: `${path}: ${old} -> ${changed}` };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}

Deno.test("another token changes every part of the code that reaches its file, and no other part", async () => {
  const files = await reachedTexts(), random = randomSequence({ seed: 2, stream: 0 });
  const languages: Readonly<Record<string, RegExp>> = {
    TypeScript: /(?<!\.as)\.ts$/,
    AssemblyScript: /\.as\.ts$/,
    WGSL: /\.wgsl$/,
    Python: /\.py$/,
  };
  const all = (await partsOf(original)).size;
  for (const [language, ending] of Object.entries(languages)) {
    const paths = [...files.keys()].filter((path) => ending.test(path));
    let changed = 0;
    for (let i = 0; i < CHANGES; i++) {
      const path = paths[random.below(paths.length)]!;
      const { text, what } = mutated(path, files.get(path)!, random);
      const { differ, reach } = await comparison(codeIn(new Map([...files, [path, text]])), path);
      assertEquals(differ, reach, what);
      assert(reach.length > 0, what);
      changed += differ.length;
    }
    console.log(
      `${CHANGES} tokens of ${language}: ${changed} parts changed, ${CHANGES * all - changed} did not`,
    );
  }
});

Deno.test("another version of a package changes every part of the code that reaches it, and no other part", async () => {
  const files = await reachedTexts();
  const reached = new Set([...(await partsOf(original)).values()].flatMap(({ files }) => [...files.keys()]));
  const packages = [...reached].filter((path) => path.startsWith("npm:"));
  assert(packages.length > 0);
  for (const path of packages) {
    const bumped = path.replace(/@(\d[\d.]*)/, "@$1-1");
    const copy = new Map([...files, [
      "deno.json",
      files.get("deno.json")!.replace(`"${path}"`, `"${bumped}"`),
    ]]);
    const { differ, reach } = await comparison(codeIn(copy), path);
    assertEquals(differ, reach, bumped);
    console.log(`${bumped}: ${differ.length} parts changed`);
  }
});
