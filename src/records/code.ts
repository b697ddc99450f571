/**
 * What of a source file is code: its tokens and their structure, as canonical text. Comments and layout are not part
 * of it, nor in TypeScript the quotes and optional semicolons, commas and braces, so that no formatter changes it;
 * names, numbers and types are. Where a file names another one, the place is kept and the name is not: a moved file
 * is the same code.
 */

import { parse as parseScript, type ParserPlugin } from "@babel/parser";

/** An import or re-export. */
export interface ImportStatement {
  /** Canonical text of what it binds. */
  readonly clause: string;
  readonly specifier: string;
  /** It is gone when the module runs. */
  readonly typesOnly: boolean;
}

/** The code of one file. */
export interface Code {
  /** Everything but the statements; `PLACE` stands for each of `specifiers`. */
  readonly body: string;
  /** Imports and re-exports, whose order has no meaning. */
  readonly statements: readonly ImportStatement[];
  /** What other files the body names, in order: dynamic imports, workers, files beside the module. */
  readonly specifiers: readonly string[];
}

/** Stands in a body for the name of another file; no source text has it. */
const PLACE = "\u0000";

/**
 * The code of a file: TypeScript or JavaScript, AssemblyScript (`.as.ts`), WGSL or Python, by the ending of its path.
 * @throws SyntaxError naming the file that cannot be parsed
 */
export function codeOf(path: string, source: string): Code {
  const text = source.replace(/\r\n?/g, "\n");
  try {
    if (path.endsWith(".wgsl")) return { body: wgslTokens(text), statements: [], specifiers: [] };
    if (path.endsWith(".py")) return { body: pythonTokens(text), statements: [], specifiers: [] };
    return scriptCode(path, text);
  } catch (error) {
    throw new SyntaxError(`${path} cannot be parsed: ${(error as Error).message}`);
  }
}

/** As `codeOf`, parsing each text once: for the graphs of both backends, and of copies of a tree. */
export function codeReader(): typeof codeOf {
  const known = new Map<string, Code>();
  return (path, text) => {
    const key = `${path}\n${text}`;
    let code = known.get(key);
    if (!code) known.set(key, code = codeOf(path, text));
    return code;
  };
}

// Operators are taken apart into their characters, as in `a=-b` only spaces could tell where one ends. In no valid
// program of WGSL or Python do the same characters with other spaces between them mean something else.
const WGSL_TOKEN =
  /\/\/[^\n\v\f\u0085\u2028\u2029]*|\/\*|[\p{L}_][\p{L}\p{N}_]*|0[xX](?:[pP][+-]|[\w.])*|\.?\d(?:[eE][+-]|[\w.])*|\S/gu;

function wgslTokens(text: string): string {
  const tokens: string[] = [], pattern = new RegExp(WGSL_TOKEN);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [token] = match;
    if (token === "/*") pattern.lastIndex = commentEnd(text, match.index);
    else if (!token.startsWith("//")) tokens.push(token);
  }
  return tokens.join(" ");
}

/** Where the comment that starts at an index ends. Comments may stand inside each other. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (const { 0: mark, index } of text.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === "/*" ? 1 : -1;
    if (depth === 0) return start + index + mark.length;
  }
  throw new SyntaxError("a comment does not end");
}

const PYTHON_TOKEN = new RegExp(
  [
    /(?<space>[ \t\f]+|\\\n|#[^\n]*)/,
    /(?<line>\n)/,
    /(?<text>[rRbBuUfFtT]{0,2}(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'))/,
    /(?<word>[\p{L}_][\p{L}\p{N}_]*|0[xX]\w*|\.?\d(?:[eE][+-]|[\w.])*|\S)/u,
  ].map(({ source }) => source).join("|"),
  "gu",
);

/** Tokens; a line end is one outside brackets, and a deeper block stands in braces. */
function pythonTokens(text: string): string {
  const parts: string[] = [], indents = [0];
  let brackets = 0, fresh = true, column = 0;
  // The last line may lack its end.
  for (const { 0: token, groups } of `${text}\n`.matchAll(PYTHON_TOKEN)) {
    if (groups!.line !== undefined) {
      if (brackets === 0 && !fresh) parts.push(";");
      [fresh, column] = [fresh || brackets === 0, 0];
    } else if (groups!.space !== undefined) {
      if (fresh) { for (const space of token) column = space === "\t" ? (column | 7) + 1 : column + 1; }
    } else {
      if (fresh) {
        if (column > indents.at(-1)!) {
          indents.push(column);
          parts.push("{");
        }
        while (column < indents.at(-1)!) {
          indents.pop();
          parts.push("}");
        }
        if (column !== indents.at(-1)) throw new SyntaxError("a line is indented as no block around it is");
        fresh = false;
      }
      if ("([{".includes(token)) brackets++;
      else if (")]}".includes(token)) brackets--;
      if (`"'`.includes(token)) throw new SyntaxError("a string does not end");
      if (/^[rR]?[fFtT]/.test(token) && groups!.text !== undefined && !fieldsEnd(token)) {
        throw new SyntaxError(`the string ${token} ends inside a field: use the other quotes there`);
      }
      if (brackets < 0) throw new SyntaxError("a bracket is closed that none opens");
      parts.push(token);
    }
  }
  if (brackets > 0) throw new SyntaxError("a bracket is not closed");
  return parts.join(" ");
}

/** Whether every field of a formatted string, `{...}`, ends in it: its own quotes may stand in a field. */
function fieldsEnd(text: string): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(/\{\{|[{}]/g)) {
    if (mark === "{{" && depth === 0) continue;
    depth = Math.max(0, depth + (mark === "}" ? -1 : mark.length));
  }
  return depth === 0;
}

/** A node of the syntax tree, or a list of nodes, or a value in one. */
type Tree = { readonly type: string; readonly [key: string]: unknown };

/** Keys that say where a node stands and how it is written, not what it is. */
const LAYOUT = new Set([
  "type",
  "start",
  "end",
  "loc",
  "extra",
  "comments",
  "leadingComments",
  "innerComments",
  "trailingComments",
]);
/** Statements whose bodies may stand in braces or not. */
const BODIES = new Set(["body", "consequent", "alternate"]);

function scriptCode(path: string, text: string): Code {
  const plugins: ParserPlugin[] = /\.[jt]sx$/.test(path) ? ["typescript", "jsx"] : ["typescript"];
  // AssemblyScript decorates functions, which no other dialect does: there a decorator becomes a statement.
  const source = path.endsWith(".as.ts") ? text.replace(/@(\w+)/g, "void $1;") : text;
  const { program } = parseScript(source, { sourceType: "module", plugins });
  const statements: ImportStatement[] = [], specifiers: string[] = [];
  const write = writer(specifiers);
  const body = (program.body as unknown as Tree[]).flatMap((node) => {
    const from = (node.source as { value?: string } | null | undefined)?.value;
    if (from === undefined) return [write(node)];
    statements.push(statementOf(node, from));
    return [];
  });
  return { body: body.join(""), statements, specifiers };
}

function statementOf(node: Tree, specifier: string): ImportStatement {
  const bound = (node.specifiers ?? []) as Tree[], write = writer([]);
  const ofTypes = (each: Tree) => each.importKind === "type" || each.exportKind === "type";
  const typesOnly = ofTypes(node) || (bound.length > 0 && bound.every(ofTypes));
  const names = bound.map((each) =>
    (ofTypes(each) && !typesOnly ? "type " : "") + write({ ...each, importKind: null, exportKind: null })
  );
  const bindings = `${typesOnly ? "type " : ""}${names.sort().join(" ")}`;
  return { clause: `${node.type} ${bindings} ${write(node.attributes ?? [])}`, specifier, typesOnly };
}

/** Writes nodes; names of other files go to a list. */
function writer(specifiers: string[]): (node: unknown) => string {
  const leaves = (value: string) => {
    specifiers.push(value);
    return PLACE;
  };
  return function write(value: unknown): string {
    if (Array.isArray(value)) return `[${value.filter(isFilled).map(write).join(" ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
    const node = value as Tree;
    switch (node.type) {
      case "EmptyStatement":
        return "";
      case "TSImportType":
        return `import(${write(node.qualifier)}${write(node.typeArguments)})`;
      case "TSParenthesizedType":
        return write(node.typeAnnotation);
      case "StringLiteral":
        return JSON.stringify(node.value);
      case "NumericLiteral":
      case "BigIntLiteral":
      case "RegExpLiteral":
        return (node.extra as { raw: string }).raw;
      case "TemplateElement":
        return JSON.stringify((node.value as { raw: string }).raw);
    }
    const named = namedFile(node);
    const fields = Object.keys(node).filter((key) => !LAYOUT.has(key)).sort().flatMap((key) => {
      const field = node[key];
      if (field === null || field === undefined || field === false) return [];
      if (field === named) return [`${key}:${leaves((named as Tree).value as string)}`];
      if (key === "arguments" && named && (field as Tree[])[0] === named) {
        const rest = (field as Tree[]).slice(1);
        return [`${key}:[${leaves(named.value as string)} ${rest.map(write).join(" ")}]`];
      }
      if (BODIES.has(key)) return [`${key}:${write(withoutBraces(node, field))}`];
      if (key === "children") return [`${key}:${write(shownChildren(field as Tree[]))}`];
      if (key === "key" && node.computed !== true) return [`${key}:${propertyName(field as Tree, write)}`];
      return [`${key}:${write(field)}`];
    });
    return `${node.type}{${fields.join(" ")}}`;
  };
}

/** The literal that names another file: of `import("./x.ts")`, `import.meta.resolve(...)`, `new URL(..., import.meta.url)`. */
function namedFile(node: Tree): Tree | null {
  const literal = (value: unknown) =>
    (value as Tree | undefined)?.type === "StringLiteral" ? value as Tree : null;
  if (node.type === "ImportExpression") return literal(node.source);
  const [first, second] = (node.arguments ?? []) as Tree[];
  const callee = node.callee as Tree | undefined;
  if (node.type === "NewExpression" && callee?.name === "URL" && isImportMeta(second, "url")) {
    const name = literal(first);
    return name && (name.value as string).startsWith(".") ? name : null;
  }
  return node.type === "CallExpression" && isImportMeta(callee, "resolve") ? literal(first) : null;
}

function isImportMeta(node: Tree | undefined, property: string): boolean {
  return node?.type === "MemberExpression" && (node.object as Tree).type === "MetaProperty" &&
    (node.property as Tree).name === property;
}

/** Whether a node of a list is more than a superfluous semicolon. */
function isFilled(node: unknown): boolean {
  return (node as Tree | null)?.type !== "EmptyStatement";
}

/** A block of one statement is that statement, where both may stand. */
function withoutBraces({ type }: Tree, body: unknown): unknown {
  if (!/^(?:If|For|ForIn|ForOf|While|DoWhile)Statement$/.test(type)) return body;
  const block = body as Tree;
  if (block.type !== "BlockStatement") return body;
  const filled = (block.body as Tree[]).filter(isFilled);
  if (filled.length === 0) return { type: "EmptyStatement" };
  return filled.length === 1 ? filled[0] : body;
}

/** Children of a JSX element as they are shown: text in one piece, however its lines are broken, without comments. */
function shownChildren(children: readonly Tree[]): unknown[] {
  const shown: unknown[] = [];
  for (const child of children) {
    const text = shownText(child);
    if (text === null) shown.push(child);
    else if (typeof shown.at(-1) === "string") shown.push(`${shown.pop()}${text}`);
    else shown.push(text);
  }
  return shown.filter((child) => child !== "");
}

/** Text, or the `{" "}` that stands for a space where a line ends; null for another child. */
function shownText({ type, extra, expression }: Tree): string | null {
  if (type === "JSXText") {
    const lines = (extra as { raw: string }).raw.split("\n"), last = lines.length - 1;
    const cut = lines.map((line, i) => {
      const start = i > 0 ? line.trimStart() : line;
      return i < last ? start.trimEnd() : start;
    });
    return cut.filter((line) => line !== "").join(" ").replace(/\s+/g, " ");
  }
  if (type !== "JSXExpressionContainer") return null;
  const inner = expression as Tree;
  if (inner.type === "JSXEmptyExpression") return "";
  return inner.type === "StringLiteral" && inner.value === " " ? " " : null;
}

/** The name of a property, quoted or not. */
function propertyName(key: Tree, write: (node: unknown) => string): string {
  if (key.type === "Identifier") return JSON.stringify(key.name);
  return write(key);
}
