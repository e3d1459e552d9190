"""How large a model and its runs may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import SupportsIndex, TypeAlias

from flowtime import _native as engine
from flowtime.exceptions import ArgumentError, ArgumentTypeError, UnknownNameError
from flowtime.expression import described
from flowtime.names import suggestion

__all__ = ["Limits", "checked_limits", "limits_of_run"]

Limits: TypeAlias = Mapping[str, float]
"""Limits by the names that messages give them: `{"nodes": 500_000, "result_bytes": 16 * 2**30}`."""

_OF_RUNS = ("result_bytes", "operations")
_MOST = 2**64 - 1


def checked_limits(limits: Limits | None) -> list[tuple[str, int]]:
    """Names and whole numbers for the engine.

    >>> checked_limits({"operations": 1e13})
    [('operations', 10000000000000)]
    """
    if limits is None:
        return []
    if not isinstance(limits, Mapping):
        raise ArgumentTypeError(f"`limits` must be a mapping such as {{'nodes': 500_000}}, not {described(limits)}")
    return [(_name(name), _number(str(name), value)) for name, value in limits.items()]


def limits_of_run(limits: Limits) -> list[tuple[str, int]]:
    """The same of a run, which the limits of documents cannot bound."""
    checked = checked_limits(limits)
    for name, _ in checked:
        if name not in _OF_RUNS:
            raise ArgumentError(f"`{name}` is a limit of documents: set it where the model is read or built")
    return checked


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ArgumentTypeError(f"limits are found by name, not by {described(name)}")
    if name not in engine.LIMITS:
        hint = suggestion(name, engine.LIMITS) or f": there are {', '.join(f'`{known}`' for known in engine.LIMITS)}"
        raise UnknownNameError(f"there is no limit `{name}`{hint}")
    return name


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (SupportsIndex, float)):
        raise ArgumentTypeError(f"the limit `{name}` must be a number such as 500_000 or 1e13, not {described(value)}")
    number = value if isinstance(value, float) else value.__index__()
    if not number >= 0:
        raise ArgumentError(f"the limit `{name}` must be 0 or more, not {number}")
    return int(min(number, _MOST))
