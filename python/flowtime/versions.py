"""What is installed, for reports of bugs."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

from flowtime import _native

__all__ = ["show_versions"]

_PACKAGES = (
    "numpy",
    "pandas",
    "polars",
    "xarray",
    "pyarrow",
    "matplotlib",
    "anywidget",
    "ipython",
    "jupyterlab",
    "scipy",
)


def show_versions() -> None:
    """Prints the versions of flowtime, Python and the packages that it works with."""
    rows = [
        ("flowtime", _native.ENGINE_VERSION + (" (debug build, slow)" if _native.DEBUG_BUILD else "")),
        ("semantics", str(_native.SEMANTICS_VERSION)),
        ("python", f"{platform.python_implementation()} {platform.python_version()}{_threads()}"),
        ("system", platform.platform()),
    ]
    rows += [(package, _version(package)) for package in _PACKAGES]
    for name, version in rows:
        print(f"{name:<11} {version}")


def _threads() -> str:
    locked: bool = getattr(sys, "_is_gil_enabled", lambda: True)()
    return "" if locked else " (free-threaded)"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
