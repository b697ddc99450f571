/**
 * Programs that want to pass without solving anything, or want out. The task they are given is to define
 * `solve(n)`, the square of n; none does. `HOSTILE_TESTS` are the tests that none may pass.
 */

export const HOSTILE_TESTS = [
  "assert solve(3) == 9",
  "def check(candidate):\n    for n in range(5):\n        assert candidate(n) == n * n\n    assert type(candidate(2)) is int\n" +
  "check(solve)",
];

export interface Hostile {
  readonly name: string;
  readonly code: string;
  /** Ends only by the clock: most of its time is spent where no step is counted. */
  readonly clock?: true;
}

const raw = String.raw;

/** What every one of them may use: an answer that is wrong for every n. */
const WRONG = "def solve(n):\n    return None\n";

/** By kind, then by name. `PORT` stands for a port of this machine that listens. */
const programs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  exit: {
    "sys.exit when defined": "import sys\nsys.exit(0)",
    "SystemExit when defined": "raise SystemExit",
    "SystemExit when called": "def solve(n):\n    raise SystemExit(0)",
    "exit and quit": "def solve(n):\n    try:\n        exit(0)\n    except BaseException:\n        quit(0)",
    "os._exit when defined": "import os\nos._exit(0)",
    "os._exit when called": "import os\ndef solve(n):\n    os._exit(0)",
    "os._exit at the end of the process": `import atexit, os\natexit.register(os._exit, 0)\n${WRONG}`,
    "os.abort": "import os\ndef solve(n):\n    os.abort()",
    "signal to itself": "import os, signal\ndef solve(n):\n    os.kill(os.getpid(), signal.SIGKILL)",
    "KeyboardInterrupt": "def solve(n):\n    raise KeyboardInterrupt",
    "GeneratorExit": "def solve(n):\n    raise GeneratorExit",
    "an exception that hides": raw`
class Quiet(BaseException):
    def __str__(self): raise self
    def __eq__(self, other): return True
def solve(n): raise Quiet
`,
    "an exception with a hostile class": raw`
class Meta(type):
    def __getattribute__(cls, name): raise SystemExit(0)
class Odd(Exception, metaclass=Meta): pass
def solve(n): raise Odd
`,
    "sys.excepthook": `import sys, os\nsys.excepthook = lambda *parts: os._exit(0)\n${WRONG}1 / 0`,
  },
  equality: {
    "equal to everything": raw`
class Same:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
def solve(n): return Same()
`,
    "an int equal to everything": raw`
class Same(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = int.__hash__
def solve(n): return Same(-1)
`,
    "a str, a list and a dict equal to everything": raw`
def same(base):
    return type(base.__name__, (base,), {"__eq__": lambda self, other: True, "__ne__": lambda self, other: False})()
def solve(n): return [same(str), same(list), same(dict)][n % 3]
`,
    "a type that claims to be another": raw`
class Meta(type):
    def __instancecheck__(cls, value): return True
    def __eq__(cls, other): return True
    def __hash__(cls): return hash(int)
class int(metaclass=Meta):
    __class__ = int
    def __eq__(self, other): return True
def solve(n): return int()
`,
    "reflected comparison": raw`
class First(int):
    def __eq__(self, other): return NotImplemented
    def __req__(self, other): return True
def solve(n): return First(7)
`,
    "a mock": "from unittest.mock import MagicMock, ANY\ndef solve(n):\n    return ANY if n else MagicMock()",
    "not a number": "import math\ndef solve(n):\n    return math.nan",
    "a lazy answer": "def solve(n):\n    while True:\n        yield 9",
    "an answer that changes": raw`
class Answer:
    def __index__(self): return 9
    def __int__(self): return 9
def solve(n): return Answer()
`,
  },
  patches: {
    "builtins.len and sum": `import builtins\nbuiltins.len = builtins.sum = lambda *parts: 0\n${WRONG}`,
    "builtins.type":
      `import builtins\nbuiltins.type = lambda *parts: int\nbuiltins.isinstance = lambda *parts: True\n${WRONG}`,
    "builtins.AssertionError":
      `import builtins\nbuiltins.AssertionError = type('E', (Exception,), {})\n${WRONG}`,
    "AssertionError.__new__": raw`
import builtins
class Never(AssertionError):
    def __init__(self, *parts): raise SystemExit(0)
builtins.AssertionError = AssertionError = Never
def solve(n): return 0
`,
    "builtins.range": `import builtins\nbuiltins.range = lambda *parts: []\n${WRONG}`,
    "builtins.compile and exec": raw`
import builtins
builtins.compile = lambda *parts, **names: (lambda: None).__code__
builtins.exec = builtins.eval = lambda *parts, **names: None
def solve(n): return 0
`,
    "a check of its own": "def check(candidate):\n    pass\ndef solve(n):\n    return 0",
    "__builtins__": `__builtins__['print'] = __builtins__['all'] = lambda *parts: True\n${WRONG}`,
    "the int type": raw`
import gc
try:
    gc.get_referents(int.__dict__)[0]["__eq__"] = lambda self, other: True
except Exception:
    pass
def solve(n): return 0
`,
    "json": raw`
import json
json.dumps = lambda *parts, **names: '{"value":9}'
json.loads = lambda *parts, **names: ["end"]
def solve(n): return 0
`,
    "the sandbox's own files": raw`
import candidate, judge, values
judge._judge = lambda *parts: {"results": [None, None], "memory": False}
candidate._call = lambda *parts: '{"value":9}'
values.pack = lambda *parts: 9
def solve(n): return 0
`,
    "import of the judge": raw`
import judge, json, os
os.write(1001, json.dumps({"results": [None, None]}).encode())
judge.judge()
def solve(n): return 0
`,
    "a module for every import": raw`
import sys, types
class Finder:
    def find_spec(self, name, path=None, target=None): raise SystemExit(0)
sys.meta_path[:] = [Finder()]
sys.modules.clear()
def solve(n): return 0
`,
    "optimised asserts":
      "import sys\nsys.flags.__class__\n__debug__ and None\ndef solve(n):\n    assert False",
  },
  frames: {
    "names of the callers": raw`
import sys
def solve(n):
    frame = sys._getframe()
    while frame:
        for name in list(frame.f_globals):
            if "check" in name or "test" in name or "expected" in name:
                return frame.f_globals[name]
        frame.f_globals["results"] = [None, None]
        frame.f_locals.update(passed=True, results=[None, None])
        frame = frame.f_back
`,
    "a secret in a frame": raw`
import sys
def solve(n):
    frame, found = sys._getframe(), []
    while frame:
        found += [value for value in frame.f_locals.values() if isinstance(value, (str, bytes)) and len(value) > 15]
        frame = frame.f_back
    return found
`,
    "jumping over asserts": raw`
import sys
def trace(frame, event, argument):
    try:
        frame.f_lineno += 1
    except Exception:
        pass
    return trace
sys.settrace(trace)
def solve(n):
    sys._getframe(1).f_trace = trace
    return 0
`,
    "profiling":
      "import sys\nsys.setprofile(lambda frame, event, argument: frame.f_locals.clear())\ndef solve(n):\n    return 0",
    "monitoring": raw`
import sys
sys.monitoring.use_tool_id(0, "x")
sys.monitoring.set_events(0, sys.monitoring.events.RAISE | sys.monitoring.events.CALL)
sys.monitoring.register_callback(0, sys.monitoring.events.RAISE, lambda *parts: sys.monitoring.DISABLE)
def solve(n): return 0
`,
    "everything the collector knows": raw`
import gc
def solve(n):
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "results" in thing:
            thing["results"] = [None, None]
        if isinstance(thing, list) and not thing:
            thing.append(None)
    return 0
`,
    "the caller's code": raw`
import sys
def solve(n):
    code = sys._getframe(1).f_code
    for constant in code.co_consts:
        if isinstance(constant, int) and constant > 1:
            return constant
    return code
`,
    "tracebacks": raw`
import sys
def solve(n):
    try:
        1 / 0
    except ZeroDivisionError as error:
        trace = error.__traceback__
        while trace.tb_next: trace = trace.tb_next
        return [name for name in trace.tb_frame.f_back.f_globals]
`,
  },
  bridge: {
    "import js": "import js\njs.postMessage('passed')\ndef solve(n):\n    return 0",
    "import pyodide_js": "from pyodide_js import runPython\ndef solve(n):\n    return 0",
    "import pyodide.code":
      "from pyodide.code import run_js\nrun_js('postMessage(1)')\ndef solve(n):\n    return n * n",
    "js by name": "j = __import__('j' + 's')\nj.postMessage('passed')\ndef solve(n):\n    return n * n",
    "js by importlib":
      "import importlib\nimportlib.import_module('pyodide' + '_js').runPython('1')\ndef solve(n):\n    return n * n",
    "the core of the bridge": "core = __import__('_pyodide' + '_core')\ndef solve(n):\n    return n * n",
    "run_js by name": raw`
code = __import__("pyodide" + ".code", fromlist=["run_js"])
code.run_js("Deno.exit(0)")
def solve(n): return n * n
`,
    "C functions": "import ctypes\nctypes.pythonapi.Py_Exit(0)\ndef solve(n):\n    return n * n",
    "C functions by name": raw`
types = __import__("ctypes")
types.pythonapi.Py_Exit(0)
def solve(n): return n * n
`,
    "memory by address": raw`
types = __import__("_ctypes")
for address in range(0, 1 << 24, 4096):
    types.PyObj_FromPtr(address)
def solve(n): return n * n
`,
    "a library from a file": raw`
import importlib.machinery, importlib.util
open("/tmp/x.so", "wb").write(b"\0asm\1\0\0\0")
loader = importlib.machinery.ExtensionFileLoader("x", "/tmp/x.so")
importlib.util.module_from_spec(importlib.util.spec_from_loader("x", loader))
def solve(n): return n * n
`,
    "test modules of CPython": raw`
import _testcapi
_testcapi.fatal_error(b"passed")
def solve(n): return n * n
`,
    "bytecode of its own": raw`
def solve(n): return 0
solve.__code__ = solve.__code__.replace(co_code=bytes(range(1, 255)) * 4, co_stacksize=1)
`,
  },
  forgery: {
    "an answer before the question": `import os\nos.write(1000, b'{"value":9}\\n')\n${WRONG}`,
    "two answers":
      `import os\ndef solve(n):\n    os.write(1000, b'{"value":9}\\n')\n    os.write(1000, b'{"value":0}\\n')`,
    "a verdict for an answer": raw`
import os
def solve(n):
    os.write(1000, b'{"results":[null,null],"memory":false}\n')
`,
    "a verdict on every descriptor": raw`
import os
for descriptor in [*range(64), *range(990, 1010)]:
    try:
        os.write(descriptor, b'{"id":0,"result":{"status":"passed"}}\n')
    except OSError:
        pass
def solve(n): return 0
`,
    "an answer without end":
      "import os\ndef solve(n):\n    while True:\n        os.write(1000, b'9' * 65536)",
    "an empty answer": "import os\ndef solve(n):\n    os.write(1000, b'\\n')",
    "an answer that is no JSON":
      "import os\ndef solve(n):\n    os.write(1000, b'{\"value\":' + b'[' * 100000 + b'\\n')",
    "an answer of a kind that is none": raw`
import os
def solve(n):
    os.write(1000, b'{"value":["Named","x"]}\n')
`,
    "a reference for an answer":
      `import os\ndef solve(n):\n    os.write(1000, b'{"value":["name","check"]}\\n')`,
    "code for an answer": raw`
import os
def solve(n):
    os.write(1000, b'{"value":["decimal","__import__(\\"os\\")._exit(0)"]}\n')
`,
    "an answer that is costly to read": raw`
import os
def solve(n):
    os.write(1000, b'{"value":["range",0,1e999]}\n')
`,
    "an integer of a million digits": "def solve(n):\n    return 1 << 8_000_000",
    "the questions eaten": "import os\nos.read(1000, 1 << 20)\ndef solve(n):\n    return 9",
    "the end of the conversation":
      "import os\nos.close(1000)\nos.write(1000, b'[\"end\"]\\n')\ndef solve(n):\n    return 9",
    "a leading question": raw`
import os
def solve(n):
    os.write(1000, b'["call","solve",[3],{}]\n')
`,
  },
  bombs: {
    "memory": "def solve(n):\n    parts = []\n    while True:\n        parts.append(bytearray(1 << 20))",
    "memory at once": "def solve(n):\n    return len('x' * (1 << 31 - 1))",
    "memory and no mercy": raw`
def solve(n):
    parts = []
    while True:
        try:
            while True: parts.append(bytearray(1 << 16))
        except MemoryError:
            pass
`,
    "a large power": "def solve(n):\n    return 9 ** 9 ** 9",
    "a loop": "while True:\n    pass",
    "a loop that holds on": raw`
def solve(n):
    while True:
        try:
            while True: pass
        except BaseException:
            continue
`,
    "recursion": "def solve(n):\n    return solve(n)",
    "recursion without a limit":
      "import sys\nsys.setrecursionlimit(1 << 30)\ndef solve(n):\n    return solve(n)",
    "recursion in C": raw`
import sys
sys.setrecursionlimit(1 << 30)
class Deep:
    def __repr__(self): return repr(self)
def solve(n): return repr(Deep())
`,
    "a deep literal": "def solve(n):\n    return eval('[' * 100000 + ']' * 100000)",
    "a deep program": `def solve(n):\n    return ${"(".repeat(5000)}9${")".repeat(5000)}`,
    "a long program": `def solve(n):\n    return 0\n${"x = 1\n".repeat(20000)}`,
    "NUL and surrogates": "def solve(n):\n    return '\0\ud800'",
    "output": "def solve(n):\n    while True:\n        print('x' * 1000)",
    "error output": "import sys\ndef solve(n):\n    while True:\n        sys.stderr.write('x' * 1000)",
    "a file": "with open('/tmp/x', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))",
    "a sparse file": "with open('/tmp/x', 'wb') as file:\n    file.truncate(1 << 40)",
    "a far position":
      "with open('/tmp/x', 'wb') as file:\n    file.seek(1 << 40)\n    file.write(b'x')\n    file.flush()",
    "files": "n = 0\nwhile True:\n    open(f'/tmp/{n}', 'w').close()\n    n += 1",
    "folders": "import os\nn = 0\nwhile True:\n    os.mkdir(f'/tmp/{n}')\n    n += 1",
    "descriptors": "files = []\nwhile True:\n    files.append(open('/dev/null'))",
    "threads": "import threading\nwhile True:\n    threading.Thread(target=solve).start()",
    "a generator without end": "def solve(n):\n    return iter(int, 1)",
    "a structure without end": "def solve(n):\n    items = []\n    items.append(items)\n    return items",
    "a large answer": "def solve(n):\n    return [list(range(1000))] * 100000",
    "a pattern": "import re\ndef solve(n):\n    return re.match('(a*)*b', 'a' * 40)",
    "a decompression":
      "import zlib\ndef solve(n):\n    return len(zlib.decompress(zlib.compress(bytes(1 << 28)) * 9))",
  },
  outside: {
    "a password file": "def solve(n):\n    return open('/etc/passwd').read()",
    "the processes":
      "import os\ndef solve(n):\n    return [open(f'/proc/{name}/environ').read() for name in os.listdir('/proc')]",
    "a shell": "import os\ndef solve(n):\n    return 9 if os.system('touch CANARY') == 0 else 0",
    "a subprocess":
      "import subprocess\ndef solve(n):\n    return subprocess.run(['touch', 'CANARY']).returncode",
    "a fork": "import os\ndef solve(n):\n    while True:\n        os.fork()",
    "another program": "import os\ndef solve(n):\n    os.execv('/bin/sh', ['sh', '-c', 'touch CANARY'])",
    "a connection":
      "import socket\ndef solve(n):\n    return socket.create_connection(('127.0.0.1', PORT), 1)",
    "a raw connection": raw`
import socket
def solve(n):
    link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    link.setblocking(False)
    link.connect(("127.0.0.1", PORT))
    link.send(b"GET / HTTP/1.0\r\n\r\n")
`,
    "a request":
      "import urllib.request\ndef solve(n):\n    return urllib.request.urlopen('http://127.0.0.1:PORT/').read()",
    "a server":
      "import socket\ndef solve(n):\n    link = socket.socket()\n    link.bind(('0.0.0.0', 8123))\n    link.listen()",
    "a name": "import socket\ndef solve(n):\n    return socket.gethostbyname('localhost')",
    "a loop of events":
      "import asyncio\ndef solve(n):\n    return asyncio.run(asyncio.open_connection('127.0.0.1', PORT))",
    "a file above": "open('../../../../../../../../CANARY', 'w').write('x')\ndef solve(n):\n    return 0",
    "a link":
      "import os\nos.symlink('/etc/passwd', '/tmp/link')\ndef solve(n):\n    return open('/tmp/link').read()",
    "a mount": "import os\ndef solve(n):\n    return os.mount('/etc', '/tmp')",
    "a timer":
      "import signal\ndef solve(n):\n    signal.setitimer(signal.ITIMER_REAL, 0.01)\n    signal.pause()",
  },
  leftovers: {
    "patched builtins":
      "import builtins\nfor name in dir(builtins):\n    try:\n        setattr(builtins, name, None)\n    except Exception:\n        pass",
    "patched modules":
      "import math, json, os, random\nmath.sqrt = json.loads = os.read = random.random = None\nrandom.seed = None",
    "removed modules": "import sys\nfor name in list(sys.modules):\n    del sys.modules[name]",
    "files to import":
      "open('/home/math.py', 'w').write('raise SystemExit(0)')\nimport sys\nsys.path.insert(0, '/home')",
    "a site customisation": raw`
import os
os.makedirs("/lib/python3.14/site-packages", exist_ok=True)
open("/lib/python3.14/site-packages/sitecustomize.py", "w").write("import os; os._exit(0)")
open("/lib/python314.zip", "wb").write(b"")
`,
    "the environment": "import os\nos.environ.clear()\nos.environ['PYTHONPATH'] = '/home'\nos.chdir('/tmp')",
    "closed descriptors":
      "import os\nfor descriptor in range(10):\n    try:\n        os.close(descriptor)\n    except OSError:\n        pass",
    "limits":
      "import sys\nsys.setrecursionlimit(60)\nsys.set_int_max_str_digits(640)\nsys.setswitchinterval(1e-9)",
    "the collector":
      "import gc\ngc.disable()\ngc.set_threshold(1, 1, 1)\ngc.callbacks.append(lambda *parts: 1 / 0)",
    "random numbers":
      "import random\nrandom.seed(123)\nrandom.random()\ndef solve(n):\n    return random.randint(0, 9)",
    "an ending":
      "import weakref, atexit\nclass Last:\n    def __del__(self): print('x' * 100)\nlast = Last()\natexit.register(print, 1)",
    "audit hooks": "import sys\ndef hook(*parts):\n    raise SystemExit(0)\nsys.addaudithook(hook)",
    "grown memory": "held = [bytearray(1 << 20) for _ in range(100)]\ndef solve(n):\n    return len(held)",
  },
};

/** The programs that take no steps while they wait or compute. */
const BY_CLOCK = new Set(["a pattern"]);

export const hostilePrograms: readonly Hostile[] = Object.entries(programs).flatMap(([kind, group]) =>
  Object.entries(group).map(([name, code]) => ({
    name: `${kind}: ${name}`,
    code,
    ...(BY_CLOCK.has(name) && { clock: true as const }),
  }))
);
