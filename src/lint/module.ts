/** What a module imports and exports, by name. */

import { parse } from "@babel/parser";
import { posix } from "node:path";

/** An import, from wherever in a file. */
export interface Import {
  readonly line: number;
  /** Path of the file that it leads to. */
  readonly target: string;
  /** What it takes; "*" for whatever there is. */
  readonly names: readonly string[];
}

export interface Export {
  readonly line: number;
  readonly name: string;
  /** A type that its own file mentions elsewhere: it belongs to what the file exports. */
  readonly isNeeded: boolean;
}

export interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
}

/** A node of a syntax tree, as far as it is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly loc: { readonly start: { readonly line: number } };
  readonly [key: string]: unknown;
}

/**
 * Reads a module of TypeScript. Packages are no part of it.
 * @param bound files that bare names stand for, as in deno.json
 * @throws SyntaxError for a text that cannot be parsed
 */
export function readModule(
  path: string,
  text: string,
  bound: Readonly<Record<string, string>> = {},
): Module {
  const { program } = parse(text, {
    sourceType: "module",
    sourceFilename: path,
    plugins: path.endsWith("x") ? ["typescript", "jsx"] : ["typescript"],
  });
  const imports: Import[] = [], exports: Export[] = [];
  const lineOf = (node: Node) => node.loc.start.line;
  const lead = (node: Node, specifier: string, names: readonly string[]) => {
    const own = bound[specifier]?.startsWith("./") ? posix.normalize(bound[specifier]) : null;
    if (own === null && !/^\.{1,2}\//.test(specifier)) return;
    imports.push({ line: lineOf(node), target: own ?? posix.join(posix.dirname(path), specifier), names });
  };
  for (const node of program.body as unknown as Node[]) {
    const source = (node.source as { value: string } | null | undefined)?.value;
    const specifiers = (node.specifiers ?? []) as Node[];
    switch (node.type) {
      case "ImportDeclaration":
        lead(node, source!, specifiers.flatMap((each) => namesTaken(each, text)));
        break;
      case "ExportAllDeclaration":
        lead(node, source!, ["*"]);
        break;
      case "ExportDefaultDeclaration":
        exports.push({ line: lineOf(node), name: "default", isNeeded: false });
        break;
      case "ExportNamedDeclaration": {
        if (source !== undefined) lead(node, source, specifiers.map((each) => nameOf(each.local as Node)));
        const declared = node.declaration ? declaredNames(node.declaration as Node) : [];
        const named = specifiers.map((each) => nameOf(each.exported as Node));
        const isType = /^TS(Interface|TypeAlias)Declaration$/.test(
          (node.declaration as Node | null)?.type ?? "",
        );
        exports.push(...[...declared, ...named].map((name) => ({
          line: lineOf(node),
          name,
          isNeeded: isType && [...text.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length > 1,
        })));
      }
    }
  }
  for (const { node, specifier } of expressionsThatLead(program as unknown as Node)) {
    lead(node, specifier, ["*"]);
  }
  return { path, imports, exports };
}

/** What a specifier of an import takes: of a namespace, the members that the text names. */
function namesTaken(specifier: Node, text: string): string[] {
  if (specifier.type === "ImportSpecifier") return [nameOf(specifier.imported as Node)];
  if (specifier.type === "ImportDefaultSpecifier") return ["default"];
  const local = nameOf(specifier.local as Node);
  const uses = [...text.matchAll(new RegExp(`(?<![\\w.$])${local}\\b(?:\\.(\\w+))?`, "g"))].map((
    [, member],
  ) => member);
  // One use is the import itself; any other without a member hands the whole namespace on.
  return uses.filter((member) => member === undefined).length > 1
    ? ["*"]
    : uses.filter((member) => member !== undefined);
}

function nameOf(node: Node): string {
  return (node.name ?? node.value) as string;
}

function declaredNames(declaration: Node): string[] {
  if (declaration.type !== "VariableDeclaration") return [nameOf(declaration.id as Node)];
  return (declaration.declarations as Node[]).flatMap(({ id }) => boundNames(id as Node));
}

/** Names that a pattern binds. */
function boundNames(pattern: Node): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [nameOf(pattern)];
    case "ArrayPattern":
      return (pattern.elements as (Node | null)[]).flatMap((each) => each ? boundNames(each) : []);
    case "ObjectPattern":
      return (pattern.properties as Node[]).flatMap((each) =>
        boundNames((each.value ?? each.argument) as Node)
      );
    default:
      return boundNames((pattern.left ?? pattern.argument) as Node);
  }
}

/** `import("./x.ts")`, `import.meta.resolve("./x.ts")` and `new URL("./x.ts", ...)`. */
function* expressionsThatLead(root: Node): Generator<{ node: Node; specifier: string }> {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null) continue;
    if (Array.isArray(node)) {
      waiting.push(...node);
      continue;
    }
    const { type, callee, source, arguments: given } = node as Node;
    const first = (source ?? (given as Node[] | undefined)?.[0]) as Node | undefined;
    const leads = type === "ImportExpression" ||
      (type === "CallExpression" && isLeading(callee as Node)) ||
      (type === "NewExpression" && (callee as Node).name === "URL");
    if (leads && first?.type === "StringLiteral") {
      yield { node: node as Node, specifier: first.value as string };
    }
    for (const [key, value] of Object.entries(node)) if (key !== "loc") waiting.push(value);
  }
}

function isLeading({ type, property }: Node): boolean {
  return type === "Import" || (type === "MemberExpression" && (property as Node).name === "resolve");
}
