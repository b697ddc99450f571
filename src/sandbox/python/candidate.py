"""The interpreter that holds model-written code: defines it, and answers calls of its functions with plain data.

Nothing here needs protection from that code. It shares this interpreter and may change all of it; all it can ever
reach the judge with is an answer, and an answer that is data is judged as data. Tests and verdicts are elsewhere.
Only so that a right function is not lost, code here runs with Python's own builtins, whatever the program made of its.
"""

import ast
import builtins
import json
import operator
import os
import sys
import types

import reading
import values

PEER = 1000
LIMIT = 3_000_000
# Bridges to what runs the interpreter. Cut off anyway; a program that asks for one is not run at all.
BRIDGES = {"js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core", "ctypes", "_ctypes"}


_all, _is, _len, _map = all, operator.is_, len, map
_builtins = builtins.__dict__
_own = _builtins.copy()
_program = _own


class Refused(Exception):
    """The program imports a bridge."""


def _set_builtins(names):
    # As a rule nothing is to be set, and Python runs faster while its builtins stay untouched.
    if _len(_builtins) != _len(names) or not _all(_map(_is, _builtins.values(), names.values())):
        _builtins.clear()
        _builtins.update(names)


def _of_program(function, *args, **kwargs):
    """Calls code of the program with the builtins as it left them; Python's own are back afterwards."""
    global _program
    _set_builtins(_program)
    try:
        return function(*args, **kwargs)
    finally:
        _program = _builtins.copy()
        _set_builtins(_own)


def _receive():
    parts = []
    while not parts or not parts[-1].endswith(b"\n"):
        part = os.read(PEER, 1 << 20)
        if not part:
            return None
        parts.append(part)
    return json.loads(b"".join(parts))


def _send(text):
    os.write(PEER, text.encode() + b"\n")


def _failure(error):
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"), "Exception")
    return json.dumps({"error": [name, message]})


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _module(tree, code, name):
    """The module that a program makes."""
    for imported in _imported(tree):
        if imported.split(".")[0] in BRIDGES:
            raise Refused(f"the program imports {imported}")
    module = types.ModuleType(name)
    sys.modules[name] = module
    _of_program(exec, code, module.__dict__)
    return module


def _load(readings, names, setup):
    """The module of the reading that is run; its number and its source."""
    number, source, tree, code = reading.choose(readings, names)
    module = _module(tree, code, "solution")
    if setup:
        _of_program(exec, compile(setup, "<setup>", "exec"), module.__dict__)
    return module, [number, source]


def _exit_code(error):
    code = error.code
    if code is None:
        return 0
    return code & 255 if isinstance(code, int) else 1


def _script(code):
    """Runs a whole program as `python -c` would; the reply is its exit code."""
    try:
        _module(*reading.compiled(code), "__main__")
        code = 0
        detail = ""
    except SystemExit as error:
        code, detail = _exit_code(error), "SystemExit"
    except BaseException as error:
        code, detail = 1, f"{type(error).__name__}: {error}"[:500]
    return json.dumps({"exit": code, "detail": detail})


def _call(module, objects, name, args, kwargs):
    def resolve(reference):
        return getattr(module, reference) if isinstance(reference, str) else objects[reference]

    args = [values.unpack(arg, resolve) for arg in args]
    kwargs = {key: values.unpack(value, resolve) for key, value in kwargs.items()}
    return values.dumps({"value": values.pack(_of_program(resolve(name), *args, **kwargs), objects)}, LIMIT)


def serve():
    """Answers until the other side ends the conversation."""
    module = None
    objects = []
    while (request := _receive()) is not None:
        kind = request[0]
        try:
            if kind == "script":
                reply = _script(request[1])
            elif kind == "load":
                module, ran = _load(*request[1:])
                reply = values.dumps({"value": values.pack(ran)}, LIMIT)
            else:
                reply = _call(module, objects, *request[1:])
        except BaseException as error:
            reply = _failure(error)
        _send(reply)
