import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { codeOf } from "./code.ts";

/** Everything of a file that is code: its imports have no order, and other files no name. */
function code(path: string, text: string): string {
  const { body, statements, specifiers } = codeOf(path, text);
  return JSON.stringify([body, statements.map(({ clause }) => clause).sort(), specifiers.length]);
}

/** What is compared, and two texts of it, that stand in a file with this ending. */
type Pair = readonly [what: string, one: string, other: string];

function check(path: string, same: readonly Pair[], other: readonly Pair[]): void {
  for (const [what, a, b] of same) assertEquals(code(path, a), code(path, b), what);
  for (const [what, a, b] of other) assertEquals(code(path, a) === code(path, b), false, what);
}

const SAME_SCRIPT: readonly Pair[] = [
  ["comments", "f(a);", "/** Why. */ f(/* a */ a); // done\n"],
  ["a comment between any tokens", "const a = b.c;", "const/**/a/**/=/**/b/**/./**/c/**/;/**/"],
  ["quotes", `const a = "b";`, "const a = 'b';"],
  ["an escaped quote", `const a = "it's";`, `const a = 'it\\'s';`],
  ["semicolons", "const a = 1;\nconst b = a;", "const a = 1\nconst b = a"],
  ["a semicolon at the start of a line", "f();\n[a].map(g);", "f()\n;[a].map(g)"],
  ["superfluous semicolons", "function f() { a(); b(); }", "function f() { a();; b(); };"],
  ["a trailing comma", "f(a, [b], { c });", "f(a, [b,], { c, },);"],
  ["a trailing comma of parameters and types", "function f<A>(a: [A]) {}", "function f<A,>(a: [A,],) {}"],
  ["braces around one statement", "if (a) b(); else c();", "if (a) { b(); } else { c(); }"],
  ["braces in a loop", "for (const a of b) f(a);", "for (const a of b) {\n  f(a);\n}"],
  ["braces around nothing", "while (f());", "while (f()) {}"],
  [
    "braces around an inner condition",
    "if (a) { if (b) c(); } else d();",
    "if (a) { if (b) { c(); } } else { d(); }",
  ],
  ["else if in braces", "if (a) b(); else if (c) d();", "if (a) { b(); } else { if (c) { d(); } }"],
  ["parentheses of an arrow", "f((a) => a);", "f(a => a);"],
  ["parentheses that change nothing", "const a = b + c * d;", "const a = (b + (c * d));"],
  ["parentheses of a type", "type A = B | C[];", "type A = (B | (C[]));"],
  ["quoted properties", "const a = { b: 1, c: 2 };", `const a = { "b": 1, 'c': 2 };`],
  ["quoted members of a type", "interface A { b: 1; c(): void }", `interface A { "b": 1; "c"(): void }`],
  ["lines", "f(a, b).c().d();", "f(\n  a,\n  b,\n)\n  .c()\n  .d();"],
  [
    "line ends of another system",
    "const a = `b\n${c}\n`;\nf(a);\n",
    "const a = `b\r\n${c}\r\n`;\r\nf(a);\r\n",
  ],
  ["operators at the start of a line", "const a = b +\n  c;", "const a = b\n  + c;"],
  ["separators of type members", "type A = { b: 1; c: 2 };", "type A = { b: 1, c: 2, };"],
  ["a leading bar", "type A = B | C;", "type A =\n  | B\n  | C;"],
  [
    "the order of imports",
    `import { a } from "./a.ts";\nimport b from "b";`,
    `import b from "b";\nimport { a } from "./a.ts";`,
  ],
  ["the order of names", `import { a, b as c } from "./a.ts";`, `import { b as c, a } from "./a.ts";`],
  ["the place of imports", `import { a } from "./a.ts";\nf(a);`, `f(a);\nimport { a } from "./a.ts";`],
  ["the path of an import", `import { a } from "./a.ts";`, `import { a } from "../b/c.ts";`],
  ["the path of a re-export", `export { a } from "./a.ts";`, `export { a } from "./b.ts";`],
  ["the path of a late import", `await import("./a.ts");`, `await import("../b.ts");`],
  ["the path of a worker", `new URL("./a.ts", import.meta.url);`, `new URL('../b.ts', import.meta.url);`],
  ["the path of a resolved file", `import.meta.resolve("./a.ts");`, `import.meta.resolve("./b.ts");`],
  ["the path of an imported type", `let a: import("./a.ts").A<B>;`, `let a: import("./b.ts").A<B>;`],
  ["where a type is imported as one", `import type { A } from "./a.ts";`, `import { type A } from "./a.ts";`],
];

const OTHER_SCRIPT: readonly Pair[] = [
  ["a constant", "const a = 1;", "const a = 2;"],
  ["a sign", "const a = 1;", "const a = -1;"],
  ["a string", `f("a");`, `f("a ");`],
  ["a boolean", "f(true);", "f(false);"],
  ["null", "f(null);", "f(undefined);"],
  ["an operator", "f(a < b);", "f(a <= b);"],
  ["an assignment", "a += b;", "a -= b;"],
  ["an identifier", "f(a);", "f(b);"],
  ["the name of a property", "a.b = 1;", "a.c = 1;"],
  ["a type", "const a: number = f();", "const a: bigint = f();"],
  ["an assertion of a type", "f(a as B);", "f(a);"],
  ["a declaration", "const a = 1;", "let a = 1;"],
  ["async", "async function f() {}", "function f() {}"],
  ["static", "class A { static b = 1 }", "class A { b = 1 }"],
  ["readonly", "class A { readonly b = 1 }", "class A { b = 1 }"],
  ["a hole in an array", "f([a, , b]);", "f([a, b]);"],
  ["a hole and a value", "f([, a]);", "f([null, a]);"],
  ["optional chaining", "a?.b;", "a.b;"],
  ["the end of an optional chain", "a?.b.c;", "(a?.b).c;"],
  ["an optional member", "type A = { b?: 1 };", "type A = { b: 1 };"],
  ["an index in place of a name", `a["b"];`, "a.b;"],
  ["a computed name", "const a = { [b]: 1 };", "const a = { b: 1 };"],
  ["parentheses that matter", "const a = b + c * d;", "const a = (b + c) * d;"],
  ["the order of arguments", "f(a, b);", "f(b, a);"],
  ["the order of statements", "f();\ng();", "g();\nf();"],
  ["a line that starts with an operator", "a\n++b;", "a++\nb;"],
  ["a return that stands alone", "function f() { return a; }", "function f() { return\na; }"],
  ["flags of a regular expression", "f(/a/g);", "f(/a/gi);"],
  ["a regular expression", "f(/a/);", "f(/b/);"],
  ["the text of a template", "f(`a${b} c`);", "f(`a${b}  c`);"],
  ["a string in place of a template", "f(`a`);", `f("a");`],
  ["an integer of another type", "f(1n);", "f(1);"],
  ["the branch of else", "if (a) b(); else if (c) d(); else e();", "if (a) b(); else { if (c) d(); } e();"],
  [
    "which condition an else belongs to",
    "if (a) { if (b) c(); } else d();",
    "if (a) { if (b) c(); else d(); }",
  ],
  ["what a loop repeats", "while (a) { b(); c(); }", "while (a) b(); c();"],
  ["a loop that does nothing", "while (a) b();", "while (a); b();"],
  ["a block of its own", "{ let a = 1; }", "let a = 1;"],
  ["what an arrow gives", "f((a) => ({}));", "f((a) => {});"],
  ["await", "await f();", "f();"],
  ["a directive", `"use strict"; f();`, `("use strict"); f();`],
  ["what is imported", `import { a } from "./a.ts";`, `import { b } from "./a.ts";`],
  ["the local name of an import", `import { a } from "./a.ts";`, `import { a as b } from "./a.ts";`],
  ["a default import", `import a from "./a.ts";`, `import { a } from "./a.ts";`],
  ["all of a module", `import * as a from "./a.ts";`, `import a from "./a.ts";`],
  ["an import for a type alone", `import { A } from "./a.ts";`, `import type { A } from "./a.ts";`],
  ["one name as a type", `import { A, b } from "./a.ts";`, `import { type A, b } from "./a.ts";`],
  [
    "what kind of file is imported",
    `import a from "./a" with { type: "text" };`,
    `import a from "./a" with { type: "json" };`,
  ],
  ["an import that is exported", `import { a } from "./a.ts";`, `export { a } from "./a.ts";`],
  ["an import less", `import { a } from "./a.ts";\nimport "./b.ts";`, `import { a } from "./a.ts";`],
  [
    "a URL elsewhere",
    `new URL("https://a.test/", import.meta.url);`,
    `new URL("https://b.test/", import.meta.url);`,
  ],
  ["an argument beside a path", `import("./a.ts", { with: b });`, `import("./a.ts", { with: c });`],
];

Deno.test("TypeScript: layout, comments and paths are no code; names, values, types and structure are", () => {
  check("a.ts", SAME_SCRIPT, OTHER_SCRIPT);
});

Deno.test("JSX: text as it is shown, however its lines are broken", () => {
  check("a.tsx", [
    ["lines", "<a><b>c d</b></a>;", "<a>\n  <b>\n    c\n    d\n  </b>\n</a>;"],
    ["attributes", `<a b="c" d={e} />;`, `<a\n  b='c'\n  d={e}\n/>;`],
    ["a space at the end of a line", "<a>b <c /></a>;", `<a>\n  b{" "}\n  <c />\n</a>;`],
    ["a comment", "<a><b /></a>;", "<a>{/* c */}<b /></a>;"],
    ["parentheses", "f(() => <a />);", "f(() => (\n  <a />\n));"],
  ], [
    ["text", "<a>b</a>;", "<a>c</a>;"],
    ["a space before an element", "<a>b <c /></a>;", "<a>b<c /></a>;"],
    ["a space between elements", "<a><b /> <c /></a>;", "<a><b />\n<c /></a>;"],
    ["an element", "<a />;", "<b />;"],
    ["an attribute", `<a b="c" />;`, `<a b="d" />;`],
    ["a value in place of text", "<a>b</a>;", "<a>{b}</a>;"],
  ]);
});

Deno.test("AssemblyScript: a decorator is code, on the line of its function or above it", () => {
  check("a.as.ts", [
    ["the line", "@inline\nfunction f(): void {}", "@inline function f(): void {}"],
    [
      "a comment",
      "@inline\nfunction f(): void {}",
      "// @ts-ignore\n@inline // why\n/* f */ function f(): void {}",
    ],
    ["an export", "@inline\nexport function f(): void {}", "  @inline export function f(): void {}"],
  ], [
    ["a decorator less", "@inline\nfunction f(): void {}", "function f(): void {}"],
    ["another decorator", "@inline\nfunction f(): void {}", "@unsafe\nfunction f(): void {}"],
    [
      "another function",
      "@inline\nfunction f() {}\nfunction g() {}",
      "function f() {}\n@inline\nfunction g() {}",
    ],
    [
      "the argument of a decorator",
      '@external("a")\ndeclare function f(): void',
      '@external("b")\ndeclare function f(): void',
    ],
    ["a type", "let a: f32 = 0;", "let a: f64 = 0;"],
  ]);
});

Deno.test("WGSL: tokens without comments and layout", () => {
  check("a.wgsl", [
    ["comments", "fn f() { a = b; }", "// why\nfn f() /* a */ { a = b; } // done"],
    ["a comment in a comment", "a = b;", "a = /* c /* d */ c = d; */ b;"],
    ["a comment that ends in a line of its own", "a = b;", "a = /* // */ b;"],
    ["a comment without end in a line comment", "a = b;\nc = d;", "a = b; // /* \nc = d;"],
    ["comments beside operators", "a = b / c * d;", "a = b//**/\n/c*/**/d;"],
    ["a line end of another system", "// a\nb = c;", "// a\r\nb = c;"],
    [
      "lines",
      "fn f(a: u32) -> f32 { return f32(a); }",
      "fn f(\n  a : u32\n)->f32{return f32(a);}",
    ],
    ["spaces around operators", "a=-b;c=d*-e;f+=g;", "a = - b; c = d * -e; f += g;"],
    ["spaces in types", "var a: array<vec2<f32>>;", "var a : array< vec2<f32> >;"],
    ["a hexadecimal number before a sign", "a = 0xe+1;", "a = 0xe + 1;"],
    ["attributes", "@group(0) @binding(1) var a: f32;", "@group( 0 )@binding( 1 )\nvar a:f32;"],
  ], [
    ["a constant", "a = 1.0;", "a = 1.5;"],
    ["the suffix of a number", "a = 1u;", "a = 1i;"],
    ["an exponent", "a = 1e-3;", "a = 1e-4;"],
    ["an operator", "a = b + c;", "a = b - c;"],
    ["an assignment", "a += b;", "a = b;"],
    ["an identifier", "a = b;", "a = c;"],
    ["a type", "var a: f32;", "var a: f16;"],
    ["a name taken apart", "a = bc;", "a = b c;"],
    ["code that a comment ends before", "// a\nb = c;", "// a\nb = d;"],
    ["code behind a line end of another system", "// a\rb = c;", "// a\rb = d;"],
    ["code behind a comment", "/* a */ b = c;", "/* a */ b = d;"],
    ["an attribute", "@group(0) var a: f32;", "var a: f32;"],
    ["the order of statements", "a = 1; b = 2;", "b = 2; a = 1;"],
  ]);
});

const BLOCK = "if a:\n    b()\n    c()\n";

Deno.test("Python: tokens, lines and blocks, without comments and layout", () => {
  check("a.py", [
    ["comments", BLOCK, "# why\nif a:  # b\n    b()\n  # c\n    c()\n# done"],
    ["blank lines", BLOCK, "\n\nif a:\n\n    b()\n   \n    c()\n\n\n"],
    ["the width of an indent", BLOCK, "if a:\n\tb()\n\tc()\n"],
    ["line ends of another system", BLOCK, BLOCK.replaceAll("\n", "\r\n")],
    ["line ends in triple quotes", `a = """b\nc"""\n`, `a = """b\r\nc"""\r\n`],
    ["the end of the last line", BLOCK, BLOCK.trimEnd()],
    ["a continued line", "a = b + c\n", "a = b \\\n    + c\n"],
    ["lines in brackets", "f(a, [b, c])\nd\n", "f(\n    a,  # b\n  [b,\n\n c])\nd\n"],
    ["spaces", "a = b[1:-1] ** -c\n", "a=b[ 1 : -1 ]**-c\n"],
    ["a string behind a keyword", `a = b in "c"\n`, `a = b in"c"\n`],
    ["a hexadecimal number before a sign", "a = 0xe+1\n", "a = 0xe + 1\n"],
  ], [
    ["a statement in another block", BLOCK, "if a:\n    b()\nc()\n"],
    [
      "a statement in an inner block",
      "if a:\n    if b:\n        c()\n    d()\n",
      "if a:\n    if b:\n        c()\n        d()\n",
    ],
    ["the end of two blocks", "if a:\n  if b:\n    c()\n  d()\n", "if a:\n  if b:\n    c()\nd()\n"],
    ["a line less", "a\nb\n", "a, b\n"],
    ["a line end in place of a space", "a = b\n-c\n", "a = b - c\n"],
    ["a constant", "a = 1\n", "a = 2\n"],
    ["an operator", "a = b // c\n", "a = b / c\n"],
    ["an identifier", "a = b\n", "a = c\n"],
    ["a # in a string", `a = "b # c"\n`, `a = "b # d"\n`],
    ["spaces in a string", `a = "b  c"\n`, `a = "b c"\n`],
    ["a prefix of a string", `a = r"\\n"\n`, `a = "\\n"\n`],
    ["text in triple quotes", `a = """b\n  # c\n"""\n`, `a = """b\n  # d\n"""\n`],
    ["layout in triple quotes", `a = """b\n  c\n"""\n`, `a = """b\n    c\n"""\n`],
    ["quotes in triple quotes", `a = """b " c"""\n`, `a = """b  c"""\n`],
    ["a field of a formatted string", `a = f"{b['c']}"\n`, `a = f"{b['d']}"\n`],
    ["braces in a formatted string", `a = f"{{ {b:{c}} }}"\n`, `a = f"{{ {b:{d}} }}"\n`],
    ["code behind a line end of another system", "# a\rb = c\n", "# a\rb = d\n"],
  ]);
});

Deno.test("a file that cannot be parsed is an error that names it", () => {
  const broken: readonly [path: string, text: string, message: RegExp][] = [
    ["src/a.ts", "const = 1;", /Unexpected token/],
    ["src/a.ts", "if (a) {", /Unexpected token/],
    ["src/a.ts", "f(`a", /Unterminated template/],
    ["src/a.ts", "@inline\nfunction f() {}", /decorators/],
    ["src/a.tsx", "<a><b></a>;", /Unterminated JSX/],
    ["kernels/a.as.ts", "function (", /Unexpected token/],
    ["kernels/a.wgsl", "a /* b", /a comment does not end/],
    ["kernels/a.wgsl", "a /* /* b */", /a comment does not end/],
    ["src/a.py", `a = "b\n`, /a string does not end/],
    ["src/a.py", `a = """b\n`, /a string does not end/],
    ["src/a.py", `a = f"{b["c"]}"\n`, /the string f"\{b\[" ends inside a field: use the other quotes there/],
    ["src/a.py", "f(a\n", /a bracket is not closed/],
    ["src/a.py", "f)\n", /a bracket is closed that none opens/],
    ["src/a.py", "if a:\n    b\n  c\n", /a line is indented as no block around it is/],
  ];
  for (const [path, text, message] of broken) {
    const error = assertThrows(() => codeOf(path, text), SyntaxError, `${path} cannot be parsed: `);
    assertMatch(error.message, message, JSON.stringify(text));
  }
});
