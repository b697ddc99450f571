/** Functions that take too many arguments by position. */

import { parse } from "@babel/parser";

/** A function, method or function type. */
export interface Signature {
  readonly line: number;
  /** Of the function, or of what it is assigned to. */
  readonly name: string;
  readonly parameters: number;
  /** Part of what the file exports, at whatever depth. */
  readonly isExported: boolean;
}

interface Node {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number } };
  readonly [key: string]: unknown;
}

/** Every signature of a module of TypeScript. @throws SyntaxError for a text that cannot be parsed */
export function signaturesOf(path: string, text: string): Signature[] {
  const { program } = parse(text, {
    sourceType: "module",
    sourceFilename: path,
    plugins: path.endsWith("x") ? ["typescript", "jsx"] : ["typescript"],
  });
  const found: Signature[] = [];
  const visit = (value: unknown, name: string, isExported: boolean): void => {
    if (Array.isArray(value)) return value.forEach((each) => visit(each, name, isExported));
    if (typeof value !== "object" || value === null || !("type" in value)) return;
    const node = value as Node;
    const own = ((node.id ?? node.key) as { name?: string } | null | undefined)?.name ?? name;
    const exported = isExported || node.type.startsWith("Export");
    // Type parameters are lists of the same name.
    const parameters = node.type.startsWith("TSTypeParameter") ? null : node.params ?? node.parameters;
    if (Array.isArray(parameters)) {
      found.push({
        line: node.loc.start.line,
        name: own,
        parameters: parameters.length,
        isExported: exported,
      });
    }
    for (const [key, child] of Object.entries(node)) if (key !== "loc") visit(child, own, exported);
  };
  visit(program.body, "", false);
  return found;
}
