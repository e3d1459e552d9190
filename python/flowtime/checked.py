"""Arguments that are what they have to be."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable
from typing import Any, overload

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described

__all__ = ["path", "text", "texts", "whole"]


@overload
def text(value: str, name: str) -> str: ...
@overload
def text(value: None, name: str) -> None: ...
@overload
def text(value: Any, name: str) -> str | None: ...
def text(value: Any, name: str) -> str | None:
    """A text that can be written down, or `None`."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ArgumentTypeError(f"`{name}` must be a text, not {described(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ArgumentError(f"`{name}` holds half of a surrogate pair: text must be valid Unicode") from None
    return str(value)


def texts(values: Iterable[str], name: str) -> list[str]:
    """A list of texts; one text is a list of one.

    >>> texts("peak", "tags"), texts(("a", "b"), "tags")
    (['peak'], ['a', 'b'])
    """
    if isinstance(values, str):
        values = (values,)
    if not isinstance(values, Iterable):
        raise ArgumentTypeError(f"`{name}` must be a list of texts, not {described(values)}")
    listed = list(values)
    for value in listed:
        if not isinstance(value, str):
            raise ArgumentTypeError(f"`{name}` must be a list of texts, and has {described(value)}")
    return [text(value, name) for value in listed]


def whole(value: object, name: str, least: int = 0) -> int | None:
    """A whole number that is not too small, or `None`."""
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentTypeError(f"`{name}` must be a whole number, not {described(value)}") from None
    if not least <= number < 2**32:
        raise ArgumentError(f"`{name}` must be from {least} to {2**32 - 1}, not {number}")
    return number


def path(value: Any, name: str, what: str = "file") -> str | None:
    """The name of a file or folder, or `None`."""
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise ArgumentTypeError(f"`{name}` must be the name of a {what}, not {described(value)}")
    return os.fsdecode(value)
