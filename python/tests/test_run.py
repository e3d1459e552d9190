"""Runs: what they are asked for, what they hold, and how they refuse."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from conftest import DIVIDING, QUEUE, RANDOM

import flowtime as ft


def test_a_run_is_a_mapping(queue: ft.Plan) -> None:
    run = queue.run()
    assert isinstance(run, Mapping)
    assert list(run) == list(run.series) == ["arrivals", "capacity", "served", "backlog"]
    assert len(run) == len(run.series) == 4
    assert "served" in run and "sreved" not in run and 5 not in run
    assert run.get("nothing") is None and run.get(5) is None  # type: ignore[call-overload]
    assert {name: array.sum() for name, array in run.items()}["arrivals"] == 220
    assert run == run and run != queue.run() and hash(run)
    assert run.plan is queue and run.grid == queue.grid
    assert repr(run).splitlines()[0] == "Run(4 series, 6 bins of 1 hour, seed 0)"
    np.testing.assert_array_equal(run["backlog"], [0, 10, 50, 40, 0, 0])


def test_arrays_are_views_that_cannot_be_changed(queue: ft.Plan) -> None:
    run = queue.run()
    array = run["served"]
    assert array.dtype == np.float64 and array.shape == (6,) and array.flags.c_contiguous and array.flags.aligned
    assert not array.flags.owndata and array.base is not None
    assert run["served"] is array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with pytest.raises(ValueError, match="cannot set WRITEABLE flag"):
        array.flags.writeable = True
    with pytest.raises(ValueError, match="read-only"):
        run.time[0] = run.time[1]
    # Views of the same memory, whoever asks.
    assert run.series["served"].ctypes.data == array.ctypes.data


def test_time(queue: ft.Plan, random: ft.Plan) -> None:
    time = queue.run().time
    assert time.dtype == "datetime64[s]" and time[5] == np.datetime64("2026-01-05T05:00:00")
    assert random.run().time.dtype == "timedelta64[s]" and random.run().time[2] == np.timedelta64(3600, "s")


def test_seeds(random: ft.Plan) -> None:
    assert random.run().seed == 42
    first, again, other = random.run(seed=7), random.run(seed=np.int64(7)), random.run(seed=8)
    assert first.seed == 7
    assert first["demand"].tobytes() == again["demand"].tobytes() != other["demand"].tobytes()
    assert random.run(seed=2**53 - 1).seed == 2**53 - 1
    for seed in (-1, 2**53, 2**64, 2**200):
        with pytest.raises(ft.ArgumentError, match="seeds are 0 to 9007199254740991"):
            random.run(seed=seed)
    for wrong in (1.0, "1", True, [1]):
        with pytest.raises(ft.ArgumentTypeError, match="a seed is a whole number"):
            random.run(seed=wrong)  # type: ignore[arg-type]


def test_keep(queue: ft.Plan) -> None:
    assert list(queue.run(keep=["backlog", "served"])) == ["backlog", "served"]
    assert list(queue.run(keep=(name for name in ["served"]))) == ["served"]
    assert list(queue.run(keep="served")) == ["served"]
    assert list(queue.run(keep=[])) == []
    with pytest.raises(KeyError, match="was not kept by this run: name it in `keep=`"):
        queue.run(keep=["served"])["backlog"]


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"inputs": {"capcity": 1}}, ft.UnknownNameError, "there is no node `capcity`: did you mean `capacity`?"),
        ({"keep": ["bcklog"]}, ft.UnknownNameError, "there is no node `bcklog`: did you mean `backlog`?"),
        ({"inputs": {"served": 1}}, ft.ArgumentError, "`served` is an expression: only const and pmf nodes"),
        ({"inputs": {1: 1}}, ft.ArgumentTypeError, "a name in `inputs` is of type `int`, not text"),
        ({"keep": [1]}, ft.ArgumentTypeError, "a name in `keep` is of type `int`, not text"),
        ({"inputs": [("capacity", 1)]}, ft.ArgumentTypeError, "`inputs` is of type `list`: give a dict"),
        ({"inputs": 5}, ft.ArgumentTypeError, "`inputs` is of type `int`: give a dict"),
    ],
)
def test_wrong_calls(queue: ft.Plan, options: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        queue.run(**options)
    assert words in str(caught.value)
    assert isinstance(caught.value, ft.FlowtimeError)


def test_unknown_series(queue: ft.Plan) -> None:
    with pytest.raises(KeyError) as caught:
        queue.run()["Served"]
    assert str(caught.value) == "there is no series `Served`: did you mean `served`?"


def test_options_are_named(queue: ft.Plan) -> None:
    with pytest.raises(TypeError):
        queue.run(7)  # type: ignore[misc]


def test_limits() -> None:
    text = QUEUE.replace("bins: 6", "bins: 10000000").replace("[20, 60, 90, 40, 10, 0]", "1")
    many = "".join(f"\n  - {{id: c{i}, kind: const, values: 1}}" for i in range(200))
    plan = ft.Model.from_yaml(text + many).compile()
    with pytest.raises(ft.LimitError, match="GiB"):
        plan.run()


def test_warnings_of_runs() -> None:
    plan = ft.Model.from_yaml(DIVIDING).compile()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        runs = [plan.run() for _ in range(3)]
    (warning,) = caught
    assert warning.category is ft.FlowtimeWarning and warning.filename == __file__
    assert "`load` divided by zero" in str(warning.message)
    (diagnostic,) = runs[0].warnings
    assert "divided by zero in 2 bins" in diagnostic.message
    assert (diagnostic.path, diagnostic.line) == ("/nodes/2/expr", 7)
    with pytest.raises(ft.FlowtimeWarning):
        # The tests make errors of warnings, as anyone can.
        plan.run()
    assert plan.run(inputs={"there": 1}).warnings == ()


def test_shortcuts(tmp_path: Any) -> None:
    (tmp_path / "queue.yaml").write_text(QUEUE)
    run = ft.run(tmp_path / "queue.yaml", inputs={"capacity": 90}, keep=["backlog"])
    assert run["backlog"].tobytes() == ft.run_yaml(QUEUE, inputs={"capacity": 90})["backlog"].tobytes()
    assert ft.run_yaml(RANDOM, seed=1).seed == ft.run_yaml(RANDOM.encode(), seed=1).seed == 1


def test_plans(queue: ft.Plan) -> None:
    assert ("backlog", "backlog", 1) in queue.edges and ("served", "backlog", 1) in queue.edges
    assert queue.describe().startswith("4 nodes over 6 bins of 1 hour\n")
    assert queue.inputs == ("arrivals", "capacity") and list(queue.nodes) == list(queue.model.nodes)
    assert repr(queue) == "Plan(4 nodes, 6 bins of 1 hour)"


def test_versions(capsys: pytest.CaptureFixture[str]) -> None:
    ft.show_versions()
    shown = capsys.readouterr().out
    assert f"flowtime    {ft.__version__}\n" in shown and f"numpy       {np.__version__}\n" in shown


def test_everything_public_is_there() -> None:
    assert sorted(ft.__all__) == ft.__all__ or set(ft.__all__) == set(dir(ft)) & set(ft.__all__)
    for name in ft.__all__:
        assert getattr(ft, name).__doc__ or name == "__version__"
