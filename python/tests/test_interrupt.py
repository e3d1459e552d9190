"""Ctrl-C, and what is told of long work."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import RANDOM, SLOW

import flowtime as ft
from flowtime.progress import reporting

PROGRAM = """
import os, sys, tempfile, time, threading, warnings
warnings.simplefilter('ignore', DeprecationWarning)
sys.path.insert(0, {tests!r})
from conftest import SLOW, RANDOM
import flowtime as ft

plan = ft.Model.from_yaml(SLOW).compile()
random = ft.Model.from_yaml(RANDOM).compile()
one, two = (
    random.function(inputs=["capacity"], output="backlog", seeds=1000, threads=threads) for threads in (1, 2)
)
rows = [[9.0]] * 100_000
HEAD = "schemaVersion: 1\\ngrid: {{bins: 24, binSize: 1, binUnit: hours}}\\nnodes:\\n"
EXPR = "  - {{{{id: n{{0}}, kind: expr, expr: 'MAX(0, SHIFT(n{{0}}, 1) + n{{1}} * {{0}} - n{{2}} / 3)'}}}}\\n"


def many(count):
    constants = "".join(f"  - {{{{id: n{{i}}, kind: const, values: {{i}}}}}}\\n" for i in range(3))
    return HEAD + constants + "".join(EXPR.format(i, i // 2, i - 1) for i in range(3, count))


def read():
    text = many(150_000)
    large = {{"nodes": 10**6, "document_bytes": 10**9, "formula_bytes": 10**9}}
    return lambda: ft.Model.from_yaml(text, limits=large)


def assemble():
    # Something is wrong with it, so that it is written down.
    grid = {{"bins": 2_000_000, "binSize": 1, "binUnit": "hours"}}
    node = {{"id": "a", "kind": "const", "values": [0.1] * 2_000_000, "valus": 1}}
    return lambda: ft.Model.from_dict({{"schemaVersion": 1, "grid": grid, "nodes": [node]}})


def csv():
    run = plan.run(keep=["a"])
    def write():
        with tempfile.TemporaryDirectory() as folder:
            while True:
                run.to_csv(os.path.join(folder, "a.csv"))
    return write


work = {{
    "run": lambda: lambda: plan.run(),
    "bar": lambda: lambda: plan.run(keep=["e7"], progress=True),
    "validate": lambda: lambda: plan.model.validate(),
    "function": lambda: lambda: one(rows),
    "threads": lambda: lambda: two(rows),
    "read": read,
    "assemble": assemble,
    "compile": lambda: ft.Model.from_yaml(many(80_000)).compile,
    "csv": csv,
    "ensemble": lambda: lambda: random.ensemble(20_000_000, measures={{"backlog": "max"}}),
    "sweep": lambda: lambda: random.sweep({{"capacity": range(9, 13)}}, 3_000_000, threads=2, progress=True),
}}[{kind!r}]()
print("ready", flush=True)
try:
    work()
except KeyboardInterrupt:
    print(time.time(), flush=True)
# What was interrupted can be used again, and the process may fork.
child = os.fork()
if child == 0:
    os._exit(0 if one([30.0]) == 0 and len(ft.Model.from_yaml(many(2000)).compile().run()) == 2000
             and random.ensemble(50_000, threads=2).missing("backlog").sum() == 0 else 1)
status = os.waitpid(child, 0)[1]
print(len(plan.run(keep=["a"])), one([30.0]), threading.active_count(), status, flush=True)
"""
KINDS = ["run", "bar", "validate", "function", "threads", "read", "assemble", "compile", "csv", "ensemble", "sweep"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as Unix does")
@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_stops_long_work(kind: str) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parent), kind=kind)
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.3)
        assert child.poll() is None
        sent = time.time()
        child.send_signal(signal.SIGINT)
        stopped = float(child.stdout.readline())
        assert child.stdout.readline() == "1 0.0 1 0\n"
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    print(f"{kind}: stopped after {stopped - sent:.3f} s")
    # A tenth of a second on a quiet machine; servers are seldom quiet.
    assert 0 <= stopped - sent < 0.5


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as Unix does")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_the_command(number: int, tmp_path: Path) -> None:
    (tmp_path / "slow.yaml").write_text(SLOW)
    child = subprocess.Popen([sys.executable, "-m", "flowtime", "run", "slow.yaml"], cwd=tmp_path)
    try:
        time.sleep(2)
        assert child.poll() is None
        child.send_signal(number)
        assert child.wait(timeout=5) == 130
    finally:
        child.kill()
        child.wait()


def test_errors_of_callbacks_stop_the_work() -> None:
    plan = ft.Model.from_yaml(SLOW).compile()
    told: list[float] = []

    def tell(done: float) -> None:
        told.append(done)
        if len(told) == 5:
            raise LookupError("enough")

    began = time.monotonic()
    with pytest.raises(LookupError, match="enough"):
        plan.run(progress=tell)
    assert time.monotonic() - began < 5
    assert told == sorted(told) and all(0 <= done <= 1 for done in told)


def test_bars(capsys: pytest.CaptureFixture[str]) -> None:
    plan = ft.Model.from_yaml(RANDOM).compile()
    function = plan.function(inputs=["capacity"], output="backlog", seeds=20_000)
    quiet = function([[9.0]] * 20)
    assert capsys.readouterr().err == ""
    loud = function([[9.0]] * 20, progress=True)
    shown = capsys.readouterr().err
    assert shown.startswith("\rcomputing") and " % |" in shown and shown.endswith("\r")
    assert (quiet == loud).all()


class Shell:
    """Stands for a notebook: what is displayed is kept."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def display(self, data: dict[str, str], *, raw: bool, display_id: bool) -> Shell:
        assert raw and display_id and not self.shown
        self.shown.append(data)
        return self

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(data)


@pytest.mark.parametrize(("progress", "least"), [(None, 0), (True, 2)])
def test_bars_in_notebooks(progress: bool | None, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    notebook = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: notebook))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=shell.display))
    with reporting(progress, "running") as report:
        assert report is not None
        report(0.25)
    # Only what takes longer than a second is shown unless it was asked for.
    assert len(shell.shown) == least
    if least:
        assert shell.shown[0]["text/plain"].startswith("running 25 %")
        assert '<progress value="0.2500"' in shell.shown[0]["text/html"]
        assert shell.shown[-1]["text/plain"] == "running took 0.0 s"
