"""How far long work is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

__all__ = ["Progress"]

Progress: TypeAlias = "bool | Callable[[float], object] | None"
"""`True` for a bar, a function of the part that is done (0 to 1), `False` for nothing; `None`: a bar in a
notebook, for what takes longer than a second."""

_WIDTH = 30


@contextmanager
def reporting(progress: Progress, label: str) -> Iterator[Callable[[float], object] | None]:
    """What to call with the part that is done while the work goes on."""
    if callable(progress):
        yield progress
        progress(1.0)
    elif progress or (progress is None and _in_notebook()):
        bar = _Bar(label, after=0.0 if progress else 1.0)
        try:
            yield bar
        finally:
            bar.clear()
    else:
        yield None


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


class _Bar:
    """One line on standard error, written over again and removed at the end."""

    def __init__(self, label: str, *, after: float) -> None:
        self._label = label
        self._began = time.monotonic()
        self._next = self._began + after
        self._written = 0

    def __call__(self, done: float) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 0.1
        full = int(done * _WIDTH)
        left = ""
        if done > 0.01:
            seconds = (now - self._began) * (1 - done) / done
            left = f" {int(seconds // 60)}:{int(seconds % 60):02} left"
        self._write(f"{self._label} {100 * done:3.0f} % |{'█' * full}{' ' * (_WIDTH - full)}|{left}")

    def clear(self) -> None:
        if self._written:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self._written))
        sys.stderr.flush()
        self._written = len(text)
