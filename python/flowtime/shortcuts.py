"""From a document to its results in one call."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from flowtime.inputs import Numbers
from flowtime.limits import Limits
from flowtime.model import Model
from flowtime.progress import Progress
from flowtime.provenance import Provenance
from flowtime.runs import Run

__all__ = ["run", "run_yaml"]


def run(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    inputs: Mapping[str, Numbers] | None = None,
    keep: Iterable[str] | None = None,
    provenance: Provenance | None = None,
    progress: Progress = None,
    limits: Limits | None = None,
) -> Run:
    """Reads, compiles and runs the model in a file.

    See `Model.from_path` and `Plan.run`. To run it again, keep the plan: `run.plan`.
    """
    return (
        Model.from_path(path, limits=limits)
        .compile()
        .run(seed=seed, inputs=inputs, keep=keep, provenance=provenance, progress=progress)
    )


def run_yaml(
    text: str | bytes,
    *,
    seed: int | None = None,
    inputs: Mapping[str, Numbers] | None = None,
    keep: Iterable[str] | None = None,
    provenance: Provenance | None = None,
    progress: Progress = None,
    limits: Limits | None = None,
) -> Run:
    """Reads, compiles and runs the model that a YAML document describes.

    See `Model.from_yaml` and `Plan.run`.

    >>> import flowtime as ft
    >>> run = ft.run_yaml('''
    ... schemaVersion: 1
    ... grid: {bins: 3, binSize: 1, binUnit: days}
    ... nodes: [{id: calls, kind: const, values: [3, 1, 2]}, {id: total, kind: expr, expr: CUMSUM(calls)}]
    ... ''')
    >>> run["total"]
    array([3., 4., 6.])
    """
    return (
        Model.from_yaml(text, limits=limits)
        .compile()
        .run(seed=seed, inputs=inputs, keep=keep, provenance=provenance, progress=progress)
    )
