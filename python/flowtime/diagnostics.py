"""Problems and remarks about models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from flowtime.display import ReportDisplay

__all__ = ["Diagnostic", "Label", "Report"]

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Label:
    """A further place that belongs to a problem, such as the first of two nodes of one name."""

    message: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem, or remark, about a model.

    Lines and columns count from 1, columns in characters; they are `None` where there is no place in a
    document. `flowtime explain CODE` says more about a code.
    """

    code: str
    """What kind of problem it is, such as `FT0103`."""

    severity: Severity
    """`error`, `warning` or `info`."""

    message: str
    """What was found and what was expected."""

    path: str
    """Where in the document, as a JSON pointer: `/nodes/3/expr`."""

    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    help: str | None = None
    """What to do about it."""

    labels: tuple[Label, ...] = ()

    def __str__(self) -> str:
        return f"{self.severity}[{self.code}]: {self.message}"


@dataclass(frozen=True, slots=True)
class Report(ReportDisplay):
    """What was found in a model: see `Model.validate`."""

    diagnostics: tuple[Diagnostic, ...]
    """In the order of the document."""

    score: float
    """How good the model looks, from 0 to 1. Advice: a model without errors is valid whatever its score."""

    text: str
    """All of it as the `flowtime` command prints it, with the document underlined."""

    @property
    def valid(self) -> bool:
        """Is nothing that was found an error?"""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The problems for which the model cannot be used."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is probably not what was meant."""
        return self._of("warning")

    def _of(self, severity: Severity) -> tuple[Diagnostic, ...]:
        return tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.severity == severity)

    def __str__(self) -> str:
        verdict = f"{'valid' if self.valid else 'not valid'}, score {self.score:.2f}"
        return f"{self.text}{verdict}"


def from_json(text: str) -> tuple[Diagnostic, ...]:
    """The diagnostics that the engine hands over."""
    return tuple(_diagnostic(entry) for entry in json.loads(text))


def _diagnostic(entry: dict[str, Any]) -> Diagnostic:
    labels = tuple(Label(**label) for label in entry.pop("labels"))
    return Diagnostic(**entry, labels=labels)
