"""The examples in the documentation of the package."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import flowtime as ft


def modules() -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(ft.__path__)]
    assert "plan" in names
    return ["flowtime", *(f"flowtime.{name}" for name in names if name not in ("__main__", "_native"))]


@pytest.mark.parametrize("name", modules())
def test_examples(name: str) -> None:
    # Functions of expressions are shown over two nodes, as in the manual.
    m = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    names = (
        {"ft": ft, "x": m.const("x", [5, 2, 8, 1]), "y": m.const("y", [4, 0, -2.5, None])}
        if name.endswith("functions")
        else {}
    )
    results = doctest.testmod(importlib.import_module(name), extraglobs=names)
    assert results.failed == 0


CLASSES = sorted(name for name in ft.__all__ if isinstance(getattr(ft, name), type))


@pytest.mark.parametrize("name", CLASSES)
def test_examples_of_methods(name: str) -> None:
    # Public classes say that they live in `flowtime`, where their methods were not written: no module finds those.
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(getattr(ft, name), name, module=False, globs={}):  # type: ignore[arg-type]
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries >= EXAMPLES.get(name, 0)


# Lines of examples, of those that have many.
EXAMPLES = {
    "Ensemble": 9,
    "Expr": 7,
    "Model": 5,
    "ModelBuilder": 30,
    "Plan": 20,
    "Registry": 6,
    "Run": 3,
    "StoredRun": 6,
    "Sweep": 19,
    "Template": 15,
    "Workspace": 8,
}


def test_there_are_examples() -> None:
    assert doctest.testmod(ft).attempted >= 19
    for name in ("Model", "Plan", "Run"):
        assert ">>>" in getattr(ft, name).__doc__


@pytest.mark.parametrize(
    "thing",
    [
        ft.Model,
        ft.ModelBuilder,
        ft.Expr,
        ft.Plan,
        ft.Run,
        ft.Ensemble,
        ft.Sweep,
        ft.PerScenario,
        ft.Function,
        ft.Graph,
        ft.Grid,
        ft.Report,
        ft.Template,
        ft.Generated,
        ft.Registry,
        ft.Workspace,
        ft.StoredRun,
        ft.Card,
        ft.Cards,
    ],
    ids=lambda t: t.__name__,
)
def test_everything_public_is_documented(thing: type) -> None:
    for name, member in vars(thing).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            assert member.__doc__, f"{thing.__name__}.{name}"
