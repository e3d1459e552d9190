"""What people do who meet the package for the first time, and what they are told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUEUE

import flowtime as ft


def builder() -> Any:
    m = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    m.const("demand", [8, 12, 10, 9])
    m.expr("backlog", ft.queue(m["demand"], 9))
    return m


PLAN = builder().compile()
RUN = PLAN.run()

MISTAKES: list[tuple[Callable[[], object], type[Exception], str]] = [
    # A number is that of a file that is open: 0 would wait for what is typed.
    (lambda: ft.run(0), ft.ArgumentTypeError, "`path` is of type `int`: give the name of a file"),  # type: ignore[arg-type]
    (lambda: ft.run(None), ft.ArgumentTypeError, "`path` is of type `NoneType`"),  # type: ignore[arg-type]
    (lambda: ft.run(QUEUE), ft.ArgumentError, "a text of several lines, not the name of a file: `Model.from_yaml`"),
    (lambda: ft.run("no/such/file.yaml"), FileNotFoundError, "no/such/file.yaml"),
    (lambda: ft.run(Path(__file__).parent), IsADirectoryError, "tests"),
    (lambda: ft.Model.from_yaml(QUEUE, name=5), ft.ArgumentTypeError, "`name` is of type `int`, not text"),  # type: ignore[arg-type]
    (lambda: ft.Model.from_yaml(QUEUE, folder=5), ft.ArgumentTypeError, "`folder` is of type `int`"),  # type: ignore[arg-type]
    (lambda: ft.Model.from_dict({"a": "\udcff"}), ft.ArgumentError, "`/a` holds half of a surrogate pair"),
    (lambda: ft.Model.from_dict({"\udcff": 1}), ft.ArgumentError, "the document holds half of a surrogate pair"),
    (lambda: PLAN.run(keep=["\udcff"]), ft.UnknownNameError, "there is no node `"),
    (lambda: PLAN.run(inputs={"\udcff": 1}), ft.UnknownNameError, "there is no node `"),
    (lambda: RUN["\udcff"], ft.UnknownNameError, "there is no series `"),
    (lambda: PLAN.function(inputs=5, output="backlog"), ft.ArgumentTypeError, "`inputs` is of type `int`"),  # type: ignore[arg-type]
    (
        lambda: PLAN.function(inputs=["demand"], output="backlog", fixed=5),  # type: ignore[arg-type]
        ft.ArgumentTypeError,
        "`fixed` is of type `int`: give a dict",
    ),
    (lambda: ft.run_yaml("model.json"), ft.ArgumentError, "`model.json` is the name of a file"),
    (ft.Model, ft.ArgumentTypeError, "a model is made by `Model.from_yaml`"),
    (ft.Plan, ft.ArgumentTypeError, "a plan is made by `Model.compile`"),
    (ft.Run, ft.ArgumentTypeError, "a run is made by `Plan.run`"),
    (ft.Function, ft.ArgumentTypeError, "a function is made by `Plan.function`"),
    (lambda: PLAN.model.run(), AttributeError, "a model has no attribute `run`: compile it, `model.compile().run()`"),
    (lambda: PLAN.model.nodez, AttributeError, "a model has no attribute `nodez`"),
    (lambda: PLAN.model.nodes["demnd"], ft.UnknownNameError, "there is no node `demnd`: did you mean `demand`?"),
    (lambda: PLAN.nodes["x"], ft.UnknownNameError, "there is no node `x`: there are `demand`, `backlog`"),
    (lambda: PLAN.nodes[0], ft.UnknownNameError, "a node is found by its name, not by an int"),
    (lambda: PLAN.model.outputs["x"], ft.UnknownNameError, "there is no output `x`"),
    (lambda: PLAN.run(inputs={"x": 1}), ft.UnknownNameError, "there is no node `x`: there are `demand`, `backlog`"),
    (lambda: PLAN.run(keep=5), ft.ArgumentTypeError, "`keep` is of type `int`: give a list of names"),
    (lambda: PLAN.run(progress=5), ft.ArgumentTypeError, "`progress` is of type `int`: give True, False or a function"),
    (
        lambda: RUN.backlog,
        AttributeError,
        "a run has no attribute `backlog`: a series is found by its name, `run['back",
    ),
    (lambda: RUN.nope, AttributeError, "a run has no attribute `nope`"),
    (lambda: RUN["x"], ft.UnknownNameError, "there is no series `x`: there are `demand`, `backlog`"),
    (lambda: RUN["time"], ft.UnknownNameError, "there is no series `time`: `run.time` is when each bin begins"),
    (lambda: RUN[["demand", "backlog"]], ft.UnknownNameError, "one series at a time: `run.to_pandas()[[…]]`"),
    (lambda: RUN["demand", "backlog"], ft.UnknownNameError, "one series at a time"),
    (lambda: RUN[0], ft.UnknownNameError, "a series is found by its name, not by an int"),
    (lambda: RUN[builder()["backlog"]], ft.UnknownNameError, "a series is found by its name: `run['backlog']`"),
    (lambda: RUN.series["x"], ft.UnknownNameError, "there is no series `x`: there are `demand`, `backlog`"),
    (lambda: max(builder()["demand"], 3), ft.ArgumentTypeError, "and `ft.minimum`, `ft.maximum` for `min`, `max`"),
    (
        lambda: builder().pmf("d", {"a": 1}),
        ft.ArgumentTypeError,
        "each value of `d` must be a number, not the text 'a'",
    ),
    (lambda: builder().pmf("d", {1: np.nan}), ft.ArgumentError, "the probability of each value of `d` must be finite"),
    (
        lambda: ft.ModelBuilder(bins=True, bin_size=1, bin_unit="hours"),
        ft.ArgumentTypeError,
        "`bins` must be a whole number, not a bool",
    ),
    (
        lambda: PLAN.function(inputs=["demand"], output="backlog")(["x"]),
        ft.ArgumentTypeError,
        "give a number for each input, or rows of such",
    ),
]


@pytest.mark.parametrize(("call", "kind", "words"), MISTAKES, ids=[words[:40] for _, _, words in MISTAKES])
def test_mistakes(call: Callable[[], object], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)
    # Nothing that does not help where it is said.
    assert "m.ref('a')" not in str(caught.value) and "m.const(name, float('nan'))" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("min", "flowtime has no `min`: see `ft.minimum(a, b)`"),
        ("lag", "see `ft.shift(x, k)`"),
        ("from_yaml", "see `ft.Model.from_yaml(text)`"),
        ("nonsense", "flowtime has no `nonsense`"),
    ],
)
def test_what_the_package_does_not_have(name: str, words: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(ft, name)
    assert words in str(caught.value)
    assert not hasattr(ft, name)


def test_what_such_advice_names_is_there() -> None:
    from flowtime import names

    for where in names._ELSEWHERE.values():
        for call in (piece for piece in where.split("`") if piece.startswith("ft.")):
            thing: Any = ft
            for step in call.partition("(")[0].split(".")[1:]:
                thing = getattr(thing, step)
            assert callable(thing), call
        assert "`ft." in where or where == "`model.compile()`"


def test_a_name_among_very_many_is_met_at_once() -> None:
    from flowtime.names import suggestion, unknown

    names = [f"node_{i}" for i in range(100_000)]
    began = time.process_time()
    assert str(unknown("node", "nothing_like_it", names)).startswith(
        "there is no node `nothing_like_it`: there are `node_0`"
    )
    assert suggestion("Node_77", names).startswith(": did you mean `node_77`")
    assert time.process_time() - began < 3


def test_runs_are_equal_to_themselves_alone() -> None:
    other = PLAN.run()
    assert RUN == RUN and other != RUN and RUN != 5
    assert len({RUN, RUN, other}) == 2
    assert getattr(RUN, "nope", None) is None


def test_errors_are_short_in_lists_and_logs() -> None:
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_yaml(QUEUE.replace("MIN(", "MINN(")).compile()
    assert repr(caught.value) == "ModelError('the model has 1 error')"
    assert len(caught.value.diagnostics) == 1 and caught.value.source is not None


def test_half_a_character_is_no_series() -> None:
    assert "\udcff" not in RUN and RUN.get("\udcff") is None


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/f\xff.yaml"))
    try:
        path.write_text(QUEUE.replace("MIN(", "MINN("))
    except OSError:
        pytest.skip("files have names of text here")
    with pytest.raises(ft.ModelError) as caught:
        ft.run(path)
    assert "f?.yaml:7:" in str(caught.value)
    path.write_text(QUEUE)
    assert ft.run(path)["backlog"].max() == 50


def test_names_are_completed_in_brackets() -> None:
    assert RUN._ipython_key_completions_() == ["demand", "backlog"]
    assert builder()._ipython_key_completions_() == ["demand", "backlog"]
