"""Which reading of a response is run, and what is left of one that does not compile.

Responses of a fixed length are cut anywhere, and prose stands above and below programs. So where no reading compiles,
the longest part of one with a definition of a name does duty for it. Nothing is run here, and what the part does is
for the tests to say.
"""

import ast
import re
import warnings

# Characters that are compiled at most in search of a part.
EFFORT = 1_000_000

_REFUSED = (SyntaxError, ValueError, RecursionError, MemoryError)
_NAMING = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign, ast.If, ast.Try),
)
_GOES_ON = re.compile(r"[ \t)\]}]|(?:elif|else|except|finally)\b")


def compiled(source):
    """Syntax tree and code of a program. SyntaxError, or whatever else the compiler raises."""
    tree = ast.parse(source)
    return tree, compile(tree, "<program>", "exec")


def choose(readings, names):
    """Number, source, tree and code of the first reading that compiles, else of the longest part of one that does.

    `names` are what a part has to define one of; None allows no parts. Raises what the first reading raises.
    """
    failures = []
    for number, source in enumerate(readings):
        try:
            return number, source, *compiled(source)
        except _REFUSED as error:
            failures.append(error)
    if names is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            number, source = _best_part(readings, names)
            if source is not None:
                return number, source, *compiled(source)
    raise failures[0]


def _best_part(readings, names):
    best, number, budget = _NO_PART, None, _Budget()
    for other, source in enumerate(readings):
        if best[0]:
            break
        part = _part(source.replace("\r", "\n").split("\n"), _binding(names), budget)
        if part[:2] > best[:2]:
            best, number = part, other
    return number, best[2]


class _Budget:
    def __init__(self):
        self.left = EFFORT

    def failure(self, source):
        """The line at which the compiler refuses a source, from 1, or 0 when it does not say; None if it compiles."""
        self.left -= len(source) + 1
        try:
            compiled(source)
        except SyntaxError as error:
            return error.lineno or 0
        except _REFUSED:
            return 0
        return None


def _binding(names):
    name = "(?:" + "|".join(map(re.escape, names)) + ")"
    return re.compile(
        rf"(?:async[ \t]+def|def|class)[ \t]+{name}\b|(?:from|import)[ \t].*\b{name}\b|{name}[ \t]*(?::[^=]*)?=(?!=)"
    )


# Whether the definition is whole, how long the part is, and the part.
_NO_PART = (False, -1, None)


def _part(lines, binding, budget):
    """Of a program, the longest prefix from a definition on that compiles, and what above it can stay.

    A definition that is whole goes before one that is cut, then the first before others.
    """
    best = _NO_PART
    for at, line in enumerate(lines):
        if budget.left < 0 or best[0]:
            break
        if not binding.match(line):
            continue
        start = at
        while start > 0 and lines[start - 1].startswith("@"):
            start -= 1
        # What looks like a decorator may be words.
        for start in (start, at):
            end = _longest_prefix(lines, start, at, budget)
            if end is None:
                continue
            following = next((line for line in lines[end:] if line.strip()), "")
            part = "\n".join(_kept(lines[:start], budget) + lines[start:end])
            candidate = (not following.startswith((" ", "\t")), len(part), part)
            if budget.failure(part) is None and candidate[:2] > best[:2]:
                best = candidate
            break
    return best


def _longest_prefix(lines, start, definition, budget):
    """The end of the longest run of lines that compiles and holds the line of the definition; None without one."""
    end = len(lines)
    while end > definition and budget.left >= 0:
        failure = budget.failure("\n".join(lines[start:end]))
        if failure is None:
            return end
        # What is refused at a line is refused with whatever comes after it.
        end = min(end - 1, start + failure - 1) if failure > 0 else end - 1
    return None


def _kept(lines, budget):
    """Of the lines above a definition, all if they compile, else the statements that do and that make names."""
    if budget.failure("\n".join(lines)) is None:
        return lines
    statements = []
    for number, line in enumerate(lines):
        goes_on = not line.strip() or _GOES_ON.match(line) or (number > 0 and lines[number - 1].startswith("@"))
        if statements and goes_on:
            statements[-1].append(line)
        else:
            statements.append([line])
    return [line for statement in statements if _stays("\n".join(statement), budget) for line in statement]


def _stays(source, budget):
    if budget.left < 0 or budget.failure(source) is not None:
        return False
    return all(isinstance(node, _NAMING) for node in ast.parse(source).body)
