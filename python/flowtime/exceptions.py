"""What can go wrong.

All errors are kinds of `FlowtimeError`, and each is also what Python programs expect: a `ValueError`, a
`TypeError` or a `KeyError`. Ctrl-C is a `KeyboardInterrupt`, as everywhere.
"""

from __future__ import annotations

import re

from flowtime.diagnostics import Diagnostic, from_json
from flowtime.display import ErrorDisplay

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "ConflictError",
    "FlowtimeError",
    "FlowtimeWarning",
    "IntegrityError",
    "LimitError",
    "MissingPackageError",
    "ModelError",
    "NotFoundError",
    "StorageError",
    "UnknownNameError",
]


class FlowtimeError(Exception):
    """Anything that flowtime refuses to do."""

    __module__ = "flowtime"


class ModelError(ErrorDisplay, FlowtimeError, ValueError):
    """A model has errors; all of them at once.

    As text it is what the `flowtime` command prints: every problem with its place in the document.

    >>> import flowtime as ft
    >>> try:
    ...     ft.Model.from_yaml("schemaVersion: 1\\ngrid: 5\\nnodes: []\\n")
    ... except ft.ModelError as error:
    ...     problem = error.diagnostics[0]
    >>> problem.code, problem.line, problem.column
    ('FT0002', 2, 7)
    """

    __module__ = "flowtime"

    diagnostics: tuple[Diagnostic, ...]
    """Everything that was found, warnings too, in the order of the document."""

    name: str | None
    """The name of the document, usually a path."""

    source: str | None
    """The text of the document."""

    def __init__(
        self,
        text: str,
        diagnostics: tuple[Diagnostic, ...] = (),
        name: str | None = None,
        source: str | None = None,
    ) -> None:
        # All arguments, so that copies and pickles have them.
        super().__init__(text, diagnostics, name, source)
        self.diagnostics = tuple(diagnostics)
        self.name = name
        self.source = source

    def __str__(self) -> str:
        text: str = self.args[0]
        return text

    def __repr__(self) -> str:
        # Not all that it carries, the document too, wherever an error is logged.
        return f"ModelError({str(self).partition(chr(10))[0]!r})"

    @classmethod
    def _from_native(
        cls, found: str, text: str, name: str | None, source: str | None, subject: str = "the model"
    ) -> ModelError:
        diagnostics = from_json(found)
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        title = f"{subject} has 1 error" if errors == 1 else f"{subject} has {errors} errors"
        advice = limits_to_raise(text)
        end = f"\n{advice}, where the model is read\n" if advice else ""
        return cls(f"{title}\n\n{text}{end}", diagnostics, name, source)


class ArgumentError(FlowtimeError, ValueError):
    """An argument has a value that cannot be used: a wrong length, an infinity, a seed below zero."""

    __module__ = "flowtime"


class ArgumentTypeError(FlowtimeError, TypeError):
    """An argument is of a kind that cannot be used: text for numbers, a bool for a number."""

    __module__ = "flowtime"


class UnknownNameError(FlowtimeError, KeyError):
    """There is no node, or no series, of that name."""

    __module__ = "flowtime"

    def __str__(self) -> str:
        # A `KeyError` would put quotes around the sentence.
        return Exception.__str__(self)


class LimitError(FlowtimeError, ValueError):
    """A run would be larger than allowed; `limits=` allows more."""

    __module__ = "flowtime"

    @classmethod
    def _from_native(cls, message: str) -> LimitError:
        advice = limits_to_raise(message)
        return cls(f"{message} ({advice})" if advice else message)


class _KeptError(FlowtimeError):
    """Something about what is kept in a registry."""

    __module__ = "flowtime"

    help: str | None
    """What to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:
        # All arguments, so that copies and pickles have them.
        super().__init__(message, help)
        self.help = help

    def __str__(self) -> str:
        message: str = self.args[0]
        return message if self.help is None else f"{message}\nhelp: {self.help}"


class NotFoundError(_KeptError, LookupError):
    """There is no template, artifact or file of that name; the message says what may have been meant.

    Exit status 4 of the `flowtime` command.

    >>> import flowtime as ft
    >>> try:
    ...     ft.Template("checkout")
    ... except ft.NotFoundError as error:
    ...     print(error)
    there is no template `checkout`; did you mean `checkout-service`?
    """

    __module__ = "flowtime"


class ConflictError(_KeptError, ValueError):
    """Something else has that id or version, or something that is to be deleted is in use.

    Exit status 5 of the `flowtime` command.
    """

    __module__ = "flowtime"


class IntegrityError(_KeptError, ValueError):
    """Stored bytes are not those that were written. Exit status 6 of the `flowtime` command."""

    __module__ = "flowtime"


class StorageError(_KeptError, OSError):
    """The system would not store or read something: a full disk, missing permissions, a lock that is held."""

    __module__ = "flowtime"


def limits_to_raise(message: str) -> str:
    """How the limits that a message names are raised in Python; empty if it names none.

    >>> limits_to_raise("split the model, or raise the limit `nodes`")
    '`limits={"nodes": …}` raises it'
    """
    names = dict.fromkeys(re.findall(r"raise the limit `(\w+)`", message))
    if not names:
        return ""
    what = "it" if len(names) == 1 else "them"
    entries = ", ".join(f'"{name}": …' for name in names)
    return f"`limits={{{entries}}}` raises {what}"


class MissingPackageError(FlowtimeError, ImportError):
    """Something was asked for that another package does, and that package is not installed."""

    __module__ = "flowtime"


class FlowtimeWarning(UserWarning):
    """Something that is probably not what was meant, and that flowtime goes on with."""

    __module__ = "flowtime"
