"""The interpreter that holds the tests: runs them on answers of the candidate's interpreter, and decides.

Code of the candidate never runs here, and its functions are stand-ins whose results are data. So control passes the
last assert of a test exactly if the answers satisfy it, whatever else the candidate does.
"""

import ast
import builtins
import itertools
import json
import os
import random
import re

import values

PEER = 1000
HOST = 1001
LIMIT = 3_000_000


class Gone(BaseException):
    """The candidate's interpreter has ended; why is known outside."""


class Raised(Exception):
    """The candidate raised something that is not a built-in exception."""


class BadAnswer(Exception):
    """What came back is no answer."""


class BadTest(Exception):
    """The tests cannot be run, whatever the candidate does."""


class _Peer:
    def __init__(self):
        self.gone = False

    def ask(self, request):
        os.write(PEER, values.dumps(request, LIMIT).encode() + b"\n")
        parts = []
        while not parts or not parts[-1].endswith(b"\n"):
            part = os.read(PEER, 1 << 20)
            if not part:
                self.gone = True
                raise Gone()
            parts.append(part)
        try:
            reply = values.loads(b"".join(parts))
        except ValueError:
            raise BadAnswer("the answer is not JSON") from None
        if type(reply) is not dict:
            raise BadAnswer("the answer is not an object")
        return reply

    def value(self, request):
        reply = self.ask(request)
        if "error" in reply:
            raise _exception(reply["error"])
        try:
            return values.unpack(reply["value"])
        except (KeyError, values.Malformed) as error:
            raise BadAnswer(f"the answer is not a value: {error}") from None

    def call(self, name, args, kwargs):
        try:
            packed = [values.pack(arg) for arg in args], {key: values.pack(arg) for key, arg in kwargs.items()}
        except Exception as error:
            raise BadTest(f"an argument for {name} is not data: {error}") from None
        return self.value(["call", name, *packed])


def _exception(described):
    """The exception to raise here: a built-in one keeps its type, so that a test may expect it."""
    match described:
        case [str(name), str(message)]:
            kind = getattr(builtins, name, None)
            if isinstance(kind, type) and issubclass(kind, Exception):
                try:
                    return kind(message)
                except TypeError:
                    pass
            return Raised(f"{name}: {message}")
    return BadAnswer("the answer is not an exception")


def _free_names(trees, known):
    """Names the tests read that neither they, nor their context, nor Python define: those of the candidate."""
    read, bound = set(), set(known) | set(dir(builtins))
    for node in itertools.chain.from_iterable(ast.walk(tree) for tree in trees):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.alias(name=name, asname=asname):
                bound.add(asname or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
    return read - bound


def _described(error, source):
    """An exception in words, with the test's line that raised it."""
    line = ""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<test>":
            lines = source.split("\n")
            line = lines[trace.tb_lineno - 1].strip() if trace.tb_lineno <= len(lines) else ""
        trace = trace.tb_next
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:
        message = ""
    text = f"{name}: {message}"[:500] if message else name
    return f"{text} at {line[:200]}" if line else text


_MISSING = re.compile(r"No module named '_*([A-Za-z]\w{0,49})", re.ASCII)


def _lacking(error):
    """The module that was not there, where that is what an exception is about."""
    missing = _MISSING.match(str(error)) if isinstance(error, ModuleNotFoundError) else None
    return missing and missing[1]


def _ran(value, readings):
    """Which reading the candidate says it runs, and what of it; None for all of the first, or when it makes no sense."""
    match value:
        case [int(number), str(source)] if 0 <= number < len(readings) and [number, source] != [0, readings[0]]:
            return [number, source]
    return None


def _judge(peer, job, results):
    """A report on a job; `results` is filled on the way, for what is known when the candidate is gone."""
    random.seed(0)
    if job["script"]:
        reply = peer.ask(["script", job["code"]])
        return {"exit": reply.get("exit"), "detail": reply.get("detail")}
    namespace = {"__name__": "tests"}
    try:
        exec(compile(job["context"], "<context>", "exec"), namespace)
        trees = [ast.parse(test, "<test>") for test in job["tests"]]
        codes = [compile(tree, "<test>", "exec") for tree in trees]
    except Exception as error:
        return {"bad_test": _described(error, "")}
    readings = [job["code"], *(job["fallbacks"] or [])]
    names = None if job["fallbacks"] is None else job["entries"]
    try:
        ran = _ran(peer.value(["load", readings, names, job["setup"]]), readings)
    except Exception as error:
        memory = isinstance(error, MemoryError)
        return {"load": _described(error, ""), "memory": memory, "lacks": _lacking(error)}
    for name in _free_names(trees, namespace) | set(job["entries"]):
        namespace[name] = values.Named(name, peer.call)
    memory, lacks = False, None
    for code, source in zip(codes, job["tests"]):
        try:
            exec(code, namespace)
            if peer.gone:
                raise Gone()
            results.append(None)
        except BadTest as error:
            return {"bad_test": _described(error, source)}
        except Exception as error:
            memory = memory or isinstance(error, MemoryError)
            if peer.gone:
                raise Gone() from None
            lacks = lacks or _lacking(error)
            results.append(_described(error, source))
    return {"results": results, "memory": memory, "lacks": lacks, "ran": ran}


def judge():
    """Reads one job from the host, judges it and writes the result."""
    parts = []
    while part := os.read(HOST, 1 << 20):
        parts.append(part)
    peer = _Peer()
    results = []
    try:
        result = _judge(peer, json.loads(b"".join(parts)), results)
    except Gone:
        result = {"gone": True, "results": results}
    os.write(HOST, json.dumps(result).encode())
