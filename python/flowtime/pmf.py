"""Probability mass functions from mappings, lists and data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import as_number, described
from flowtime.grid import Grid
from flowtime.inputs import values_for

__all__ = ["finite", "from_samples", "probabilities_of"]

FloatArray = npt.NDArray[np.float64]

_NO_GRID = Grid(1, 1, "minutes")
# Data with so many different values or fewer keeps each of them.
_MOST_VALUES = 32
# The bins of a histogram when the caller names none.
_BINS = 16


def probabilities_of(pmf: Any, values: object, probabilities: object, name: str) -> dict[Any, Any]:
    """The entry of a document, from a mapping or from two lists."""
    if pmf is not None:
        if values is not None or probabilities is not None:
            raise ArgumentTypeError(f"`{name}` has a mapping and also `values` or `probabilities`: give one of both")
        if hasattr(pmf, "to_dict") and hasattr(pmf, "index"):
            pmf = pmf.to_dict()
        if not isinstance(pmf, Mapping):
            raise ArgumentTypeError(
                f"the pmf of `{name}` must be a mapping such as {{80: 0.1, 100: 0.9}}, not {described(pmf)}: "
                "lists are given as `values=` and `probabilities=`, data with `m.pmf_from`"
            )
        if not pmf:
            raise ArgumentError(f"the pmf of `{name}` is empty")
        result = {
            as_number(v, f"each value of `{name}`"): as_number(p, f"the probability of each value of `{name}`")
            for v, p in pmf.items()
        }
        _check(list(result.values()), name)
        return result
    if values is None or probabilities is None:
        raise ArgumentTypeError(
            f"`{name}` needs a mapping such as {{80: 0.1, 100: 0.9}}, or both `values` and `probabilities`"
        )
    numbers, weights = _numbers(f"{name}.values", values), _numbers(f"{name}.probabilities", probabilities)
    if len(numbers) != len(weights):
        raise ArgumentError(
            f"`{name}` has {len(numbers)} values and {len(weights)} probabilities: there must be as many"
        )
    if np.isnan(numbers).any():
        raise ArgumentError(f"values of `{name}` must be finite, not NaN")
    _check(weights.tolist(), name)
    return {"values": numbers.tolist(), "probabilities": weights.tolist()}


def finite(name: str, given: float | FloatArray) -> float | list[float]:
    """Numbers of a node as a document holds them; NaN may be among them, infinities may not."""
    if isinstance(given, float) and not math.isinf(given):
        return given
    numbers = np.atleast_1d(given)
    if numbers.size == 0:
        raise ArgumentError(f"the values of `{name}` are empty")
    if np.isinf(numbers).any():
        place = int(np.isinf(numbers).argmax())
        raise ArgumentError(f"the values of `{name}` must be finite or NaN, not {numbers[place]} (at position {place})")
    listed: list[float] = numbers.tolist()
    return listed


def _numbers(name: str, given: Any) -> FloatArray:
    # Data has an order and no times: those of a table's index mean nothing here.
    if hasattr(given, "to_numpy"):
        given = given.to_numpy()
    return np.atleast_1d(values_for(name, given, _NO_GRID))


def _check(probabilities: list[float], name: str) -> None:
    for p in probabilities:
        if not p >= 0:
            raise ArgumentError(f"probabilities of `{name}` must be 0 or more, not {p}")
    if not any(probabilities):
        raise ArgumentError(f"probabilities of `{name}` are all 0")


def from_samples(samples: object, bins: int | str | Sequence[float] | None, name: str) -> dict[float, float]:
    """The distribution of data: value to probability, ascending."""
    data = _numbers(f"{name}.samples", samples)
    if not data.size:
        raise ArgumentError(f"there are no samples of `{name}`")
    finite(name, data)
    missing = int(np.isnan(data).sum())
    if missing:
        raise ArgumentError(
            f"{missing} of {len(data)} samples of `{name}` are missing (NaN): "
            "leave them out, `samples[~np.isnan(samples)]`"
        )
    values, counts = np.unique(data, return_counts=True)
    if bins is not None or len(values) > _MOST_VALUES:
        values, counts = _histogram(data, _BINS if bins is None else bins, name)
    return dict(zip(values.tolist(), _rounded(counts), strict=True))


def _histogram(
    data: FloatArray, bins: int | str | Sequence[float], name: str
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """The mean of the samples in each bin that has any, and how many there are."""
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer, str, list, tuple, np.ndarray)):
        raise ArgumentTypeError(
            f"`bins` must be a number, a list of edges or the name of a rule, not {described(bins)}"
        )
    try:
        edges = np.histogram_bin_edges(data, bins)
    except ValueError as error:
        raise ArgumentError(f"`bins` of `{name}`: {error}") from None
    outside = int(((data < edges[0]) | (data > edges[-1])).sum())
    if outside:
        raise ArgumentError(
            f"{outside} of {len(data)} samples of `{name}` lie outside of the edges "
            f"{edges[0]:g} … {edges[-1]:g}: widen them"
        )
    # A bin is [a, b), the last [a, b].
    which = np.minimum(np.searchsorted(edges, data, side="right") - 1, len(edges) - 2)
    counts = np.bincount(which, minlength=len(edges) - 1)
    sums = np.bincount(which, weights=data, minlength=len(edges) - 1)
    used = counts > 0
    counts, means = counts[used], sums[used] / counts[used]
    width = float(np.diff(edges).min())
    digits = max(0, 2 - math.floor(math.log10(width))) if width > 0 else 0
    rounded = np.round(means, min(digits, 300))
    # Rounding must not make two values one, nor lose a value beyond all digits.
    return (rounded if len(np.unique(rounded)) == len(means) and np.isfinite(rounded).all() else means), counts


def _rounded(counts: npt.NDArray[np.intp]) -> list[float]:
    """Frequencies in so many digits that none is off by a tenth of a sample, which add up to 1."""
    total = int(counts.sum())
    scale = 10 ** len(str(total)) * 10
    exact = [int(count) * scale for count in counts]
    units = [e // total for e in exact]
    # What is left goes to those that lost most.
    order = sorted(range(len(units)), key=lambda i: (-(exact[i] % total), i))
    for i in order[: scale - sum(units)]:
        units[i] += 1
    return [unit / scale for unit in units]
