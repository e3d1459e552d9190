"""Names of nodes, and what somebody may have meant who wrote another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described, shortened

__all__ = ["node_name", "suggestion"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST = 128


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
    lower = {n.lower(): n for n in reversed(names)}
    near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]
    if not near:
        return ""
    return f": did you mean {' or '.join(f'`{n}`' for n in near)}?"
