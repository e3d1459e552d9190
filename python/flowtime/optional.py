"""Packages that are imported when they are used, and named when they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from flowtime.exceptions import MissingPackageError

__all__ = ["package"]

# The extra of this package that installs each.
_EXTRAS = {
    "IPython": "notebook",
    "anywidget": "notebook",
    "matplotlib": "plot",
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "arrow",
    "ray": "ray",
    "traitlets": "notebook",
    "xarray": "xarray",
}


def package(module: str, what: str) -> Any:
    """The module, which `what` (a call, as the user writes it) needs."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        # A package that is there but lacks something of its own says so better itself.
        if error.name is None or error.name.partition(".")[0] != name:
            raise
        raise MissingPackageError(
            f"`{what}` needs the package {name}, which is not installed: `pip install 'flowtime[{_EXTRAS[name]}]'`",
            name=name,
        ) from None
