"""Plain data as JSON text, for two interpreters that do not trust each other.

JSON holds None, bool, int, float (not-a-number and infinities too) and str as themselves; everything else is a list
whose first element names its kind. `unpack` builds built-in and standard-library objects only, so whatever text
comes in, what comes out compares and prints as Python's own types do: an object that claims to equal everything
cannot cross. An instance of a subclass crosses as its base; what is not data crosses as an Opaque, equal to nothing.
"""

import array
import collections
import datetime
import decimal
import fractions
import itertools
import json
import re

MAX_DEPTH = 100
MAX_NODES = 1_000_000
# Longer integers are sent in hexadecimal: decimal digits take quadratic time, and Python limits how many it reads.
PLAIN_INT = 1 << 60


class NotData(Exception):
    """A value cannot be sent: too large, too deep, or not data where data is needed."""


class Malformed(Exception):
    """A received text does not describe a value."""


class Opaque:
    """Stands for an object that stayed in the other interpreter, and goes back there as what it was."""

    def __init__(self, kind, number):
        self.kind = kind
        self.number = number

    def __repr__(self):
        return f"<{self.kind} object, not plain data>"


class Named:
    """Stands for a name of the other interpreter: a function to call there, or an argument for one."""

    def __init__(self, name, call):
        self.name = name
        self.call = call

    def __call__(self, *args, **kwargs):
        return self.call(self.name, args, kwargs)


_ATOMS = (type(None), bool, float, str)
_TYPES = {
    kind.__name__: kind
    for kind in (bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, range, set, str, tuple)
} | {"NoneType": type(None)}
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_SEQUENCES = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", collections.deque: "deque"}


class _Packer:
    def __init__(self, objects):
        self.nodes = 0
        self.objects = objects

    def pack(self, value, depth=0):
        kind = type(value)
        if kind in _ATOMS:
            return value
        if kind is int:
            return value if -PLAIN_INT < value < PLAIN_INT else ["int", hex(value)]
        if depth > MAX_DEPTH:
            raise NotData(f"a value is nested more than {MAX_DEPTH} deep")
        if kind in _SEQUENCES:
            return self.items(_SEQUENCES[kind], value, depth)
        if kind is dict:
            return self.pairs("dict", value, depth)
        return self.other(kind, value, depth)

    def count(self, items):
        self.nodes += len(items)
        if self.nodes > MAX_NODES:
            raise NotData(f"a value has more than {MAX_NODES} parts")

    def items(self, name, items, depth):
        self.count(items)
        pack = self.pack
        return [name, *[pack(item, depth + 1) for item in items]]

    def pairs(self, name, mapping, depth):
        self.count(mapping)
        pack = self.pack
        packed = [name]
        for key, item in mapping.items():
            packed.append(pack(key, depth + 1))
            packed.append(pack(item, depth + 1))
        return packed

    def other(self, kind, value, depth):
        if kind in _VIEWS:
            items = list(value)
            return self.items(_VIEWS[kind], items, depth)
        if kind is collections.Counter:
            return self.pairs("counter", value, depth)
        if kind is collections.OrderedDict:
            return self.pairs("ordered", value, depth)
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind is bytes or kind is bytearray:
            return [kind.__name__, value.hex()]
        if kind is range:
            return ["range", *[self.pack(part) for part in (value.start, value.stop, value.step)]]
        if kind is slice:
            return ["slice", *[self.pack(part, depth + 1) for part in (value.start, value.stop, value.step)]]
        if kind is decimal.Decimal:
            return ["decimal", str(value)]
        if kind is fractions.Fraction:
            return ["fraction", self.pack(value.numerator), self.pack(value.denominator)]
        if kind is datetime.timedelta:
            return ["timedelta", value.days, value.seconds, value.microseconds]
        if kind in (datetime.date, datetime.time, datetime.datetime):
            return [kind.__name__, value.isoformat()]
        if kind is array.array:
            return self.items("array", [value.typecode, *value], depth)
        if isinstance(value, type) and _TYPES.get(value.__name__) is value:
            return ["type", value.__name__]
        return self.derived(kind, value, depth)

    def derived(self, kind, value, depth):
        if isinstance(value, Named):
            return ["name", value.name]
        if isinstance(value, Opaque):
            return ["object", value.number]
        for base in (str, float):
            if isinstance(value, base):
                return base.__str__(value) if base is str else float.__float__(value)
        if isinstance(value, int):
            return self.pack(int.__int__(value))
        for base, name in _SEQUENCES.items():
            if isinstance(value, base):
                return self.items(name, list(base.__iter__(value)), depth)
        if isinstance(value, dict):
            return self.pairs("dict", dict(dict.items(value)), depth)
        if hasattr(kind, "__next__"):
            return self.items("iterator", list(itertools.islice(value, MAX_NODES + 1)), depth)
        if self.objects is None:
            raise NotData(f"a {kind.__name__} is not data")
        self.objects.append(value)
        return ["opaque", kind.__name__, len(self.objects) - 1]


# Lists in lists of the JSON of a packed value: at most two for each level of the value.
MAX_NESTING = 4 * MAX_DEPTH

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def loads(data):
    """What JSON text (bytes) stands for. ValueError when it is none, or nested deeper than any packed value.

    The parser recurses in C, where the depth that is survived depends on the machine.
    """
    if data.count(b"[") + data.count(b"{") > MAX_NESTING:
        nesting = 0
        for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
            nesting += 1 if bracket in b"[{" else -1
            if nesting > MAX_NESTING:
                raise ValueError("nested too deep")
    return json.loads(data)


def dumps(value, limit):
    """JSON text of a message whose values are packed; NotData when it is longer than `limit` characters."""
    text = json.dumps(value, separators=(",", ":"))
    if len(text) > limit:
        raise NotData(f"a message has more than {limit} characters")
    return text


def pack(value, objects=None):
    """What `unpack` turns into an equal value. Objects that are not data are appended to the list, if there is one.

    Runs methods of the value; raises whatever they raise, and NotData.
    """
    return _Packer(objects).pack(value)


def unpack(packed, resolve=None):
    """The value that was packed. `resolve` finds names (str) and objects (int); without it there are none.

    Raises Malformed only.
    """
    try:
        return _unpack(packed, resolve, 0)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"{type(error).__name__}: {error}") from None


def _mapping(values):
    return zip(values[0::2], values[1::2], strict=True)


_BUILDERS = {
    "int": lambda text: int(text, 16),
    "complex": lambda real, imag: complex(float(real), float(imag)),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "range": range,
    "slice": slice,
    "decimal": decimal.Decimal,
    "fraction": fractions.Fraction,
    "timedelta": datetime.timedelta,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "type": _TYPES.__getitem__,
    "opaque": Opaque,
    "list": lambda *items: list(items),
    "tuple": lambda *items: items,
    "set": lambda *items: set(items),
    "frozenset": lambda *items: frozenset(items),
    "deque": lambda *items: collections.deque(items),
    "iterator": lambda *items: iter(items),
    "keys": lambda *items: dict.fromkeys(items).keys(),
    "values": lambda *items: dict(enumerate(items)).values(),
    "items": lambda *items: dict(items).items(),
    "array": lambda code, *items: array.array(code, items),
    "dict": lambda *values: dict(_mapping(values)),
    "counter": lambda *values: collections.Counter(dict(_mapping(values))),
    "ordered": lambda *values: collections.OrderedDict(_mapping(values)),
}


def _unpack(packed, resolve, depth):
    kind = type(packed)
    if kind in _ATOMS or kind is int:
        return packed
    if kind is not list or not packed or type(packed[0]) is not str or depth > MAX_DEPTH + 1:
        raise Malformed("expected a packed value")
    if packed[0] in ("name", "object"):
        if resolve is None:
            raise Malformed(f"expected data, found a reference to a {packed[0]}")
        return resolve(packed[1])
    builder = _BUILDERS.get(packed[0])
    if builder is None:
        raise Malformed(f"unknown kind {packed[0]!r}")
    return builder(*[_unpack(part, resolve, depth + 1) for part in packed[1:]])
