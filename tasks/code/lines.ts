/**
 * What can be said of lines of Python without Python: which can be code, which bind a name, how they are indented.
 * All of it is guessing in good faith: what a program is is decided by compiling it, what it does by its tests.
 */

export const FENCE = "```";

/** What code at the left margin begins with. Prose hardly ever does. */
export const CODE_LINE = new RegExp(
  [
    "[ \\t]",
    "[#@)\\]}]",
    "'''|\"\"\"",
    "(?:async[ \\t]+)?(?:def|for|with)[ \\t].*[:(,]$",
    "(?:async[ \\t]+)?def[ \\t]+\\w+[ \\t]*\\(",
    "(?:class|if|elif|while|except)\\b.*:",
    "(?:else|try|finally|except)[ \\t]*:",
    "import[ \\t]+\\w",
    "from[ \\t]+[\\w.]+[ \\t]+import\\b",
    "(?:assert|return|raise|del|global)\\b",
    "(?:pass|break|continue)[ \\t]*$",
    "[A-Za-z_][\\w.]*(?:\\[[^\\]\\n]*\\])?[ \\t]*(?::[^=\\n]*)?(?:[-+*/%|&^@]|//|\\*\\*|<<|>>)?=(?!=)",
    "[A-Za-z_][\\w.]*\\(",
  ].map((part) => `^(?:${part})`).join("|"),
);

/** The triple quote that is open after a line, of that before it. */
function quoteAfter(line: string, quote: string | null): string | null {
  for (const mark of line.match(/'''|"""/g) ?? []) {
    if (quote === null) quote = mark;
    else if (quote === mark) quote = null;
  }
  return quote;
}

/** Which lines can be code, as far as their beginnings tell; those inside triple quotes can. */
export function codeLines(lines: readonly string[]): boolean[] {
  let quote: string | null = null;
  return lines.map((line) => {
    const inside = quote !== null;
    quote = quoteAfter(line, quote);
    return inside || isBlank(line) || CODE_LINE.test(line);
  });
}

/** The line with the triple quote that is still open after all lines; -1 without one. */
export function openQuote(lines: readonly string[]): number {
  let quote: string | null = null, opened = -1;
  for (const [line, text] of lines.entries()) {
    const after = quoteAfter(text, quote);
    if (after !== null && after !== quote) opened = line;
    quote = after;
  }
  return quote === null ? -1 : opened;
}

export const isBlank = (line: string) => line.trim() === "";
export const indentOf = (line: string) => line.length - line.trimStart().length;

/** The smallest indentation of lines that are not blank; Infinity without any. */
export function commonIndent(lines: readonly string[]): number {
  let indent = Infinity;
  for (const line of lines) if (!isBlank(line)) indent = Math.min(indent, indentOf(line));
  return indent;
}

/** Lines moved to the right, or to the left as far as they go. */
export function shifted(lines: readonly string[], by: number): string[] {
  if (by === 0) return [...lines];
  return lines.map((line) =>
    isBlank(line) ? "" : by > 0 ? " ".repeat(by) + line : line.slice(Math.min(-by, indentOf(line)))
  );
}

/** A line that gives a name a value where a program can be imported from. */
export interface BindingLine {
  readonly line: number;
  readonly indent: number;
  /** Whether it is at the margin, or below nothing but conditions and the like that are. */
  readonly isTop: boolean;
  /** Whether by `def` or `class`, not by an assignment or an import. */
  readonly isDefinition: boolean;
}

const OPENS_SCOPE = /^(?:async[ \t]+def|def|class)\b/;
const OPENS_BLOCK =
  /^(?:if|elif|else|for|while|with|try|except|finally|match|case|async)\b.*:[ \t]*(?:#.*)?$/;

/**
 * Lines that bind one of the names, in order: by a definition, an assignment or an import; not those inside of
 * functions and classes, as far as indentation tells. The program may stand to the right of the margin as a whole.
 * @param names identifiers
 */
export function bindingLines(lines: readonly string[], names: readonly string[]): BindingLine[] {
  const name = `(?:${names.join("|")})`;
  const mention = new RegExp(`\\b${name}\\b`);
  const definition = new RegExp(`^(?:async[ \\t]+def|def|class)[ \\t]+${name}\\b`);
  const imports = new RegExp(`^(?:from|import)\\b.*\\b${name}\\b`);
  const assigned = new RegExp(`(?:^|[=,;*\\s])${name}[ \\t]*(?:[:,][^=]{0,200})?=(?!=)`);
  const found: BindingLine[] = [];
  const open: { readonly indent: number; readonly isScope: boolean }[] = [];
  let scopes = 0, importing = false, indent = 0;
  for (const [line, text] of lines.entries()) {
    if (isBlank(text)) continue;
    const code = text.trimStart();
    // A list of imported names goes over several lines.
    importing &&= /^[\w \t,*()\\#]*$/.test(code);
    if (!importing) {
      indent = indentOf(text);
      while (open.length > 0 && open.at(-1)!.indent >= indent) if (open.pop()!.isScope) scopes--;
    }
    if (scopes === 0 && mention.test(code)) {
      const isDefinition = definition.test(code);
      // Names before anything that a name could stand in as an argument, or as text.
      const targets = code.slice(0, /[('"#]|\blambda\b|$/.exec(code)!.index);
      if (isDefinition || importing || imports.test(code) || assigned.test(targets)) {
        found.push({ line, indent, isTop: (open[0]?.indent ?? indent) === 0, isDefinition });
      }
    }
    importing = !code.includes(")") && (importing || /^from\b.*\bimport[ \t]*\(/.test(code));
    const isScope = OPENS_SCOPE.test(code);
    if (isScope || OPENS_BLOCK.test(code)) {
      open.push({ indent, isScope });
      if (isScope) scopes++;
    }
  }
  return found;
}

/** Whether a program binds one of the names where it can be imported from. */
export function binds(code: string, names: readonly string[]): boolean {
  return bindingLines(code.split("\n"), names).some(({ isTop }) => isTop);
}
