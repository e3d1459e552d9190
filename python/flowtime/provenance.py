"""Where models came from, as runs are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from flowtime import _native as engine
from flowtime._warn import warn_of
from flowtime.diagnostics import from_json
from flowtime.exceptions import ArgumentTypeError
from flowtime.expression import described
from flowtime.kept import ModelRef
from flowtime.template import Generated

__all__ = ["Provenance", "chosen", "provenance_of"]

Provenance: TypeAlias = "Mapping[str, Any] | str | ModelRef | Generated"
"""A document with fields such as `model_id` and `template_id`, the id of a model, a stored model, or what a template
generated."""


def provenance_of(provenance: object) -> dict[str, Any] | None:
    """The document of where a model came from; the id of a stored model alone will do."""
    match provenance:
        case None:
            return None
        case Generated():
            hashes = {"inputs_hash": provenance.inputs_hash, "template_hash": provenance.template_hash}
            return {**provenance.provenance, **hashes}
        case ModelRef():
            return {"model_id": provenance.model_id}
        case str():
            return {"model_id": provenance}
        case Mapping():
            return dict(provenance)
        case _:
            raise ArgumentTypeError(f"`provenance` must be a mapping or the id of a model, not {described(provenance)}")


def chosen(given: object, own: object) -> dict[str, Any] | None:
    """What a run is told, else what its model says of itself; a warning when both name different models."""
    provenance, found = engine.choose_provenance(provenance_of(given), own)
    warn_of(from_json(found), "provenance")
    return provenance
