"""A model document as a person would write it: YAML with a node on a line where it fits.

Only what a model consists of is written: mappings, lists, numbers, texts, formulas. Every text reads back to
the same value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import number_text

__all__ = ["Formula", "Rows", "yaml"]

_WIDTH = 110

# What may stand without quotes, inside brackets too.
_PLAIN = re.compile(r"[\w(](?:[\w .+*/()<>=!'%$;^-]*[\w.+*/()<>=!'%$;^-])?", re.UNICODE)
# Words and numbers that a reader of YAML 1.1 or 1.2 could take for something else than a text.
_OTHER = re.compile(
    r"(?:null|true|false|yes|no|on|off|y|n|\.?nan|\.?inf|[+-]?[\d.][\d_.:]*(?:e[+-]?\d+)?|0[xob].*|\d{4}-\d.*)",
    re.IGNORECASE,
)


class Formula(str):
    """The text of an expression: may be folded, and means itself whatever it looks like."""

    __slots__ = ()


class Rows(list[Any]):
    """A list that always takes a line an item."""

    __slots__ = ()


def yaml(sections: Mapping[str, object]) -> str:
    """The document with these sections.

    >>> print(yaml({"grid": {"bins": 2}, "nodes": Rows([{"id": "a", "values": [1.0, 2.5]}])}), end="")
    grid: {bins: 2}
    nodes:
      - {id: a, values: [1, 2.5]}
    """
    return "".join(f"{key}:{_value(value, 0, len(key) + 1)}" for key, value in sections.items())


def _value(value: object, indent: int, column: int) -> str:
    """What follows `key:`, with its line end; `column` is where it begins."""
    if not isinstance(value, Rows) and (line := _line(value, column + 1)) is not None:
        return f" {line}\n"
    inner = indent + 2
    match value:
        case Formula():
            return _folded(value, inner)
        case Mapping() if value:
            return "\n" + _entries(value, inner)
        case list() if value and all(isinstance(v, (int, float)) for v in value):
            return f" {_wrapped(value, column + 2, inner)}\n"
        case list() if value:
            return "\n" + "".join(_item(item, inner) for item in value)
        case _:
            return f" {_flow(value)}\n"


def _entries(value: Mapping[Any, object], indent: int) -> str:
    lines = []
    for key, entry in value.items():
        lead = f"{' ' * indent}{_key(key)}:"
        lines.append(lead + _value(entry, indent, len(lead)))
    return "".join(lines)


def _item(value: object, indent: int) -> str:
    lead = f"{' ' * indent}-"
    if isinstance(value, Mapping) and value:
        line = _line(value, indent + 2)
        return f"{lead} {_entries(value, indent + 2).lstrip(' ')}" if line is None else f"{lead} {line}\n"
    return lead + _value(value, indent, len(lead))


def _line(value: object, column: int) -> str | None:
    """The value on the rest of a line, if it has room there."""
    if _long(value, _WIDTH - column):
        return None
    line = _flow(value)
    return line if column + len(line) <= _WIDTH else None


def _long(value: object, room: int) -> bool:
    """Is the value surely too long? Looks at no more of it than has room."""
    match value:
        case str():
            return len(value) > room
        case list() | tuple():
            return 3 * len(value) > room + 2 or any(_long(item, room) for item in value)
        case dict() | Mapping():
            return 4 * len(value) > room or any(_long(entry, room) for entry in value.values())
        case _:
            return False


def _wrapped(values: Iterable[float], column: int, indent: int) -> str:
    """Numbers in brackets, over as many lines as they need."""
    lines: list[str] = []
    line: list[str] = []
    used = column
    for text in map(_scalar, values):
        if line and used + len(text) + 2 > _WIDTH:
            lines.append(", ".join(line))
            line, used = [], indent
        line.append(text)
        used += len(text) + 2
    lines.append(", ".join(line))
    return "[" + f",\n{' ' * indent}".join(lines) + "]"


def _folded(text: str, indent: int) -> str:
    """A long formula over several lines, which are read as one."""
    if text != " ".join(text.split()) or not text.isprintable():
        return f" {_quoted(text)}\n"
    lines, line = [], ""
    for word in text.split(" "):
        if line and indent + len(line) + 1 + len(word) > _WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return " >-\n" + "".join(f"{' ' * indent}{line}\n" for line in lines)


def _flow(value: object) -> str:
    match value:
        case str() | float() | int():
            return _scalar(value)
        case dict() | Mapping():
            return "{" + ", ".join(f"{_key(k)}: {_flow(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return _scalar(value)


def _key(key: object) -> str:
    return number_text(key) if isinstance(key, float) else _scalar(key)


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isnan(value):
            return ".nan"
        case float() if math.isinf(value):
            return ".inf" if value > 0 else "-.inf"
        case float():
            return number_text(value)
        case Formula() if _PLAIN.fullmatch(value):
            return value
        case str() if _PLAIN.fullmatch(value) and not _OTHER.fullmatch(value):
            return value
        case str():
            return _quoted(value)
        case _:
            raise ArgumentTypeError(f"a model document cannot hold a {type(value).__name__}: {value!r}")


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    if char == "\n":
        return "\\n"
    if char == "\t":
        return "\\t"
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ArgumentError("a text in a model must be valid Unicode: it holds half of a surrogate pair")
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
