"""Names of nodes, and what somebody may have meant who wrote another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import NoReturn, TypeVar

from flowtime.exceptions import ArgumentError, ArgumentTypeError, UnknownNameError
from flowtime.expression import described, shortened

__all__ = ["Named", "absent", "node_name", "suggestion", "unknown"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST = 128
# Names that a message lists, and names that are looked at closely.
_LISTED = 8
_COMPARED = 5000

V = TypeVar("V")


def node_name(name: object) -> str:
    """The name, if a node may have it."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"a node's name must be a text, not {described(name)}")
    if not _NAME.fullmatch(name) or len(name) > _MOST:
        raise ArgumentError(
            f"{shortened(name, 40)!r} cannot be a node's name: "
            f"a letter or `_` comes first, then letters, digits and `_`, at most {_MOST} in all"
        )
    return name


def suggestion(name: str, known: Iterable[str]) -> str:
    """What was meant, as the end of a message; empty if nothing is near.

    >>> suggestion("demnd", ["demand", "served"])
    ': did you mean `demand`?'
    """
    names = list(known)
    if len(names) > _COMPARED:
        # To compare a hundred thousand takes seconds: those of about the same length are likelier.
        names = [n for n in names if abs(len(n) - len(name)) <= 2][:_COMPARED]
    lower = {n.lower(): n for n in reversed(names)}
    near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]
    if not near:
        return ""
    return f": did you mean {' or '.join(f'`{n}`' for n in near)}?"


def unknown(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """The error for a name that leads nowhere, with what was probably meant or what there is.

    >>> print(unknown("node", "demnd", ["demand", "served"]))
    there is no node `demnd`: did you mean `demand`?
    >>> print(unknown("node", "x", ["demand", "served"]))
    there is no node `x`: there are `demand`, `served`
    """
    names = list(known)
    if not isinstance(name, str):
        return UnknownNameError(f"a {kind} is found by its name, not by {described(name)}")
    near = suggestion(name, names)
    if near or not names:
        return UnknownNameError(f"there is no {kind} `{name}`{near}")
    listed = ", ".join(f"`{known}`" for known in names[:_LISTED]) + (" …" if len(names) > _LISTED else "")
    return UnknownNameError(f"there is no {kind} `{name}`: there {'is' if len(names) == 1 else 'are'} {listed}")


# What people look for who know other packages.
_ELSEWHERE = {
    "min": "`ft.minimum(a, b)` of series, `ft.rolling_min` over time",
    "max": "`ft.maximum(a, b)` of series, `ft.rolling_max` over time",
    "lag": "`ft.shift(x, k)`",
    "delay": "`ft.shift(x, k)`",
    "Builder": "`ft.ModelBuilder(…)`",
    "compile": "`model.compile()`",
    "load": "`ft.Model.from_path(path)`",
    "read": "`ft.Model.from_path(path)`",
    "read_yaml": "`ft.Model.from_path(path)`",
    "from_path": "`ft.Model.from_path(path)`",
    "from_yaml": "`ft.Model.from_yaml(text)`",
    "from_dict": "`ft.Model.from_dict(document)`",
}


def absent(name: str) -> str:
    """Why the package has nothing called `name`, and where it is.

    >>> absent("lag")
    'flowtime has no `lag`: see `ft.shift(x, k)`'
    """
    return f"flowtime has no `{name}`" + (f": see {_ELSEWHERE[name]}" if name in _ELSEWHERE else "")


class Named(dict[str, V]):
    """Things by name; an unknown name is refused with what may have been meant."""

    def __init__(self, kind: str, entries: Iterable[tuple[str, V]]) -> None:
        super().__init__(entries)
        self._kind = kind

    def __missing__(self, name: object) -> NoReturn:
        raise unknown(self._kind, name, self)
