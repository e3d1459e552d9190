"""What an ensemble is asked for, checked and as the engine takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, SupportsFloat, SupportsIndex, TypeAlias, TypedDict

import numpy as np

from flowtime import _native as engine
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.inputs import plain_array
from flowtime.limits import Limits, limits_of_run
from flowtime.names import unknown
from flowtime.scenarios import ScenarioNumbers, sorted_numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from flowtime.plan import Plan

__all__ = ["Measure", "Measures", "Request", "Statistic", "Thresholds", "make_request", "node_of", "whole"]

Statistic: TypeAlias = Literal["mean", "std", "min", "max"]
Measure: TypeAlias = Literal["max", "min", "sum", "mean", "last"] | tuple[Literal["first_above", "bins_above"], float]
Measures: TypeAlias = Mapping[str, Measure | Sequence[Measure]]
Thresholds: TypeAlias = Mapping[str, float | Sequence[float]]

_MOST_THREADS = 1024


class Request(TypedDict):
    """What goes into the engine."""

    scenarios: int
    seeds: list[int] | None
    seed: int | None
    inputs: list[tuple[str, str, Any]]
    keep: list[str] | None
    statistics: list[str]
    quantiles: list[float]
    above: list[tuple[str, float]]
    below: list[tuple[str, float]]
    histograms: list[tuple[str, list[float]]]
    measures: list[tuple[str, str, float | None]]
    series: list[int]
    threads: int
    tolerance: float
    limits: list[tuple[str, int]] | None


def make_request(
    plan: Plan,
    *,
    scenarios: int | None,
    seeds: Iterable[int] | None,
    seed: int | None,
    inputs: Mapping[str, ScenarioNumbers] | None,
    keep: Iterable[str] | None,
    quantiles: Iterable[float],
    statistics: Iterable[Statistic],
    above: Thresholds | None,
    below: Thresholds | None,
    histograms: Mapping[str, ArrayLike] | None,
    measures: Measures | None,
    series: Iterable[int],
    threads: int,
    limits: Limits | None,
    tolerance: float = 0.0,
) -> Request:
    """The request, or what is wrong with it."""
    listed = None if seeds is None else _seeds(seeds)
    if listed is None and scenarios is None:
        raise ArgumentError("how many scenarios? Give a number, `plan.ensemble(1000)`, or a list of `seeds=`")
    if listed is not None and scenarios is not None:
        raise ArgumentError("give a number of scenarios or a list of `seeds=`, not both")
    if listed is not None and seed is not None:
        raise ArgumentError("with a list of `seeds=` there is no `seed=` for them to come from")
    count = len(listed) if listed is not None else whole("scenarios", scenarios, 1, 2**53)
    return {
        "scenarios": count,
        "seeds": listed,
        "seed": None if seed is None else engine.checked_seed(seed),
        "inputs": [
            (name, *sorted_numbers(name, value, plan.grid, count)) for name, value in _pairs(plan, "inputs", inputs)
        ],
        "keep": None if keep is None else [node_of(plan, "keep", name) for name in _names("keep", keep)],
        "statistics": [_word("statistics", name) for name in _names("statistics", statistics)],
        "quantiles": _numbers("quantiles", quantiles),
        "above": list(_thresholds(plan, "above", above)),
        "below": list(_thresholds(plan, "below", below)),
        "histograms": [(name, _edges(name, edges)) for name, edges in _pairs(plan, "histograms", histograms)],
        "measures": list(_measures(plan, measures)),
        "series": _chosen(series, count),
        "threads": whole("threads", threads, 0, _MOST_THREADS),
        "tolerance": _share("tolerance", tolerance),
        "limits": None if limits is None else limits_of_run(limits),
    }


def node_of(plan: Plan, parameter: str, name: object) -> str:
    """A name that a node could have; whether one has it the engine says."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"a name in `{parameter}` is of type `{type(name).__name__}`, not text")
    if not name.isascii():
        raise unknown("node", name, plan.nodes)
    return name


def _seeds(seeds: Iterable[int]) -> list[int]:
    if not isinstance(seeds, Iterable):
        raise ArgumentTypeError("`seeds` is not a list: a number of scenarios comes first, `plan.ensemble(1000)`")
    listed = [engine.checked_seed(seed) for seed in seeds]
    if not listed:
        raise ArgumentError("`seeds` is empty: give at least one")
    return listed


def whole(parameter: str, value: object, least: int, most: int) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise ArgumentTypeError(f"`{parameter}` is of type `{type(value).__name__}`: give a whole number")
    count = value.__index__()
    if not least <= count <= most:
        raise ArgumentError(f"`{parameter}` is {count}: give {least} to {most}")
    return count


def _share(parameter: str, value: object) -> float:
    if isinstance(value, (bool, str)) or not isinstance(value, SupportsFloat):
        raise ArgumentTypeError(f"`{parameter}` is of type `{type(value).__name__}`: give a number")
    return float(value)


def _pairs(plan: Plan, parameter: str, given: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(f"`{parameter}` is of type `{type(given).__name__}`: give a dict from names to values")
    for name, value in given.items():
        yield node_of(plan, parameter, name), value


def _names(parameter: str, given: Iterable[Any]) -> list[Any]:
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Iterable):
        raise ArgumentTypeError(f"`{parameter}` is of type `{type(given).__name__}`: give a list of names")
    return list(given)


def _word(parameter: str, word: object) -> str:
    if not isinstance(word, str):
        raise ArgumentTypeError(f"`{parameter}` has names in it, not {described(word)}")
    return word.encode("ascii", "replace").decode()


def _numbers(parameter: str, given: Any) -> list[float]:
    array = plain_array(parameter, list(given) if isinstance(given, (range, Iterator)) else given, "give numbers")
    if array.ndim > 1:
        raise ArgumentError(f"`{parameter}` is a list of numbers, not a table")
    return [float(number) for number in array.ravel()]


def _thresholds(plan: Plan, parameter: str, given: Thresholds | None) -> Iterator[tuple[str, float]]:
    for name, values in _pairs(plan, parameter, given):
        for value in _numbers(parameter, values):
            yield name, value


def _edges(name: str, edges: Any) -> list[float]:
    if isinstance(edges, (int, np.integer)):
        raise ArgumentTypeError(f"the histogram of `{name}` needs the edges of its buckets, not their number")
    return _numbers("histograms", edges)


def _measures(plan: Plan, given: Measures | None) -> Iterator[tuple[str, str, float | None]]:
    for node, wanted in _pairs(plan, "measures", given):
        single = isinstance(wanted, str) or (
            isinstance(wanted, tuple) and len(wanted) == 2 and not isinstance(wanted[1], (str, tuple, list))
        )
        for measure in [wanted] if single else _names("measures", wanted):
            if isinstance(measure, str):
                yield node, _word("measures", measure), None
                continue
            match measure:
                case (str() as name, SupportsFloat() as threshold) if not isinstance(threshold, (bool, str)):
                    yield node, _word("measures", name), float(threshold)
                case _:
                    raise ArgumentTypeError(
                        f"a measure of `{node}` is a name such as `'max'`, or a pair such as `('first_above', 500)`, "
                        f"not {described(measure)}"
                    )


def _chosen(series: Iterable[int], count: int) -> list[int]:
    listed = [series] if isinstance(series, SupportsIndex) else series
    if not isinstance(listed, Iterable):
        raise ArgumentTypeError(f"`series` is of type `{type(series).__name__}`: give a list of scenarios")
    numbers = [whole("series", number, -(2**53), 2**53) for number in listed]
    for number in numbers:
        if not 0 <= number < count:
            raise ArgumentError(f"there is no scenario {number}: `series` names scenarios from 0 to {count - 1}")
    return list(dict.fromkeys(numbers))
