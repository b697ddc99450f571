"""Judges many expressions in one interpreter: functions of x whose text can name nothing else.

They may share it because what an expression can do here is compute a number: it has no name to call, change or keep
anything by. Python compiles and runs them as it would `def f(x): return <expression>`. What it costs is bounded by
its length and, for powers, by the bits of the integers they make, so that neither the clock nor a neighbour decides.
"""

import ast
import json
import os
import re
import warnings

HOST = 1001
ALPHABET = re.compile(r"[x0-9+\-*/()% ]*")


class Refused(Exception):
    """The expression is not run, or not on."""


class _Powers:
    """`**` that refuses integers of more than so many bits, all powers of one call together."""

    def __init__(self, bits):
        self.bits = bits
        self.left = bits

    def __call__(self, base, exponent):
        if type(base) is int and type(exponent) is int and exponent > 0 and not -2 < base < 2:
            self.left -= base.bit_length() * exponent
            if self.left < 0:
                raise Refused(f"its powers have more than {self.bits} bits")
        return base**exponent


def _is_power(node):
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _call(power):
    call = ast.Call(ast.copy_location(ast.Name("power", ast.Load()), power), [power.left, power.right], [])
    return ast.copy_location(call, power)


def _with_calls(tree):
    """The tree with every `a ** b` as `power(a, b)`. Without recursion: the text decides how deep a tree is."""
    for node in reversed(list(ast.walk(tree))):
        for field, child in ast.iter_fields(node):
            if _is_power(child):
                setattr(node, field, _call(child))
            elif isinstance(child, list):
                child[:] = [_call(item) if _is_power(item) else item for item in child]
    return tree


def _function(expression, power):
    source = "lambda x: " + expression
    if "**" in expression:
        source = _with_calls(ast.parse(source, "<expression>", "eval"))
    return eval(compile(source, "<expression>", "eval"), {"__builtins__": {}, "power": power})


def _judge(expression, tests, length, power):
    """How many tests pass, and what becomes of the rest: [passed, kind of failure or null, in words]."""
    if len(expression) > length:
        return [0, "refused", f"it has more than {length} characters"]
    if not ALPHABET.fullmatch(expression):
        return [0, "refused", "it has characters other than x 0-9 + - * / ( ) % and the space"]
    try:
        function = _function(expression, power)
    except Exception as error:
        return [0, "load", _described(error)]
    passed, failure = 0, None
    for x, expected in tests:
        power.left = power.bits
        try:
            value = function(x)
            if value == expected:
                passed += 1
            elif failure is None:
                failure = f"f({x}) is {_shown(value)}, not {expected}"
        except Refused as error:
            return [passed, "cost", str(error)]
        except Exception as error:
            failure = failure or f"f({x}) raises {_described(error)}"
    return [passed, None if failure is None else "wrong", failure]


def _described(error):
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"


def _shown(value):
    return f"an integer of {value.bit_length()} bits" if type(value) is int and value.bit_length() > 200 else value


def judge():
    """Reads a batch from the host and writes the results."""
    warnings.simplefilter("ignore")
    parts = []
    while part := os.read(HOST, 1 << 20):
        parts.append(part)
    batch = json.loads(b"".join(parts))
    power = _Powers(batch["bits"])
    results = [_judge(expression, tests, batch["length"], power) for expression, tests in batch["items"]]
    os.write(HOST, json.dumps(results).encode())
