"""The graph of a model as a picture."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["Graph"]


class Graph:
    """The nodes of a model and who reads whom, as SVG; references that look back in time are dashed. See `Model.graph`.

    In a notebook it shows itself.
    """

    __module__ = "flowtime"
    __slots__ = ("_svg", "_text")

    def __init__(self, svg: str, text: str) -> None:
        self._svg = svg
        self._text = text

    @property
    def svg(self) -> str:
        """The picture as SVG text. Equal models give equal text."""
        return self._svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture to an SVG file; one that is there is replaced."""
        Path(path).write_text(self._svg, encoding="utf-8", newline="\n")

    def _repr_svg_(self) -> str:
        return self._svg

    def __repr__(self) -> str:
        return f"Graph({self._text})"
