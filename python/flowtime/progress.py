"""How far long work is."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from flowtime.exceptions import ArgumentTypeError

__all__ = ["Progress"]

Progress: TypeAlias = "bool | Callable[[float], object] | None"
"""`True` for a bar, a function of the part that is done (0 to 1), `False` for nothing; `None`: a bar in a
notebook, for what takes longer than a second."""

_WIDTH = 30


@contextmanager
def reporting(progress: Progress, label: str) -> Iterator[Callable[[float], object] | None]:
    """What to call with the part that is done while the work goes on."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise ArgumentTypeError(f"`progress` is of type `{type(progress).__name__}`: give True, False or a function")
    if callable(progress):
        yield progress
        progress(1.0)
        return
    notebook = _in_notebook()
    if not (notebook if progress is None else progress):
        yield None
        return
    bar = (_NotebookBar if notebook else _TerminalBar)(label, after=0.0 if progress else 1.0)
    try:
        yield bar
    finally:
        bar.finish()


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


class _Bar:
    """Shown ten times a second at most, and not before `after` seconds."""

    def __init__(self, label: str, *, after: float) -> None:
        self._label = label
        self._began = time.monotonic()
        self._next = self._began + after
        self._shown = False

    def __call__(self, done: float) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 0.1
        self._shown = True
        left = (now - self._began) * (1 - done) / done if done > 0.01 else None
        self._show(done, "" if left is None else f" {int(left // 60)}:{int(left % 60):02} left")

    def finish(self) -> None:
        """Takes it away, or says how long it took."""
        if self._shown:
            self._finish(time.monotonic() - self._began)

    def _show(self, done: float, left: str) -> None:
        raise NotImplementedError

    def _finish(self, seconds: float) -> None:
        raise NotImplementedError


class _TerminalBar(_Bar):
    """One line on standard error, written over again and removed at the end."""

    _length = 0

    def _show(self, done: float, left: str) -> None:
        full = int(done * _WIDTH)
        self._write(f"{self._label} {100 * done:3.0f} % |{'█' * full}{' ' * (_WIDTH - full)}|{left}")

    def _finish(self, seconds: float) -> None:
        self._write("")
        self._write("")

    def _write(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self._length))
        sys.stderr.flush()
        self._length = len(text)


class _NotebookBar(_Bar):
    """One output that changes, so that a saved notebook has one and not each of them."""

    _output: Any = None

    def _show(self, done: float, left: str) -> None:
        text = f"{self._label} {100 * done:.0f} %{left}"
        self._display(text, f'<progress value="{done:.4f}" style="vertical-align: middle"></progress> {text}')

    def _finish(self, seconds: float) -> None:
        text = f"{self._label} took {seconds:.1f} s"
        self._display(text, text)

    def _display(self, text: str, html: str) -> None:
        data = {"text/plain": text, "text/html": f"<small>{html}</small>"}
        if self._output is None:
            display = importlib.import_module("IPython.display").display
            self._output = display(data, raw=True, display_id=True)
        else:
            self._output.update(data, raw=True)
