"""Warnings, where the caller sees them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from types import FrameType

from flowtime.diagnostics import Diagnostic
from flowtime.exceptions import FlowtimeWarning


def warn(message: str) -> None:
    """Warns at the line outside of this package that is being run.

    The same words at the same line are shown once, as Python does by default.
    """
    level = 1
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "flowtime":
        level += 1
        frame = frame.f_back
    warnings.warn(message, FlowtimeWarning, stacklevel=level)


def warn_of(diagnostics: Iterable[Diagnostic], name: str) -> None:
    """Warns of what was found in a document; remarks are left for those who look."""
    for diagnostic in diagnostics:
        if diagnostic.severity == "warning":
            place = "" if diagnostic.line is None else f"{name}:{diagnostic.line}:{diagnostic.column}: "
            warn(f"{place}{diagnostic.message} [{diagnostic.code}]")
