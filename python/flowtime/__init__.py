"""A spreadsheet for flows over time: models of queues, capacities and demand.

A model is a YAML document, or put together in Python: a time grid, nodes (constants, probability mass
functions, expressions with memory such as backlogs) and outputs. It is compiled once into a plan, which is
run as often as wanted: same model, same seed, same bits, on every machine.

>>> import flowtime as ft
>>> model = ft.Model.from_yaml('''
... schemaVersion: 1
... grid: {bins: 6, binSize: 1, binUnit: hours}
... nodes:
...   - {id: arrivals, kind: const, values: [20, 60, 90, 40, 10, 0]}
...   - {id: capacity, kind: const, values: 50}
...   - {id: served, kind: expr, expr: 'MIN(capacity, arrivals + SHIFT(backlog, 1))'}
...   - {id: backlog, kind: expr, expr: 'SHIFT(backlog, 1) + arrivals - served'}
... ''')
>>> plan = model.compile()
>>> plan.run()["backlog"]
array([ 0., 10., 50., 40.,  0.,  0.])
>>> plan.run(inputs={"capacity": 80})["backlog"]
array([ 0.,  0., 10.,  0.,  0.,  0.])
"""

import sys
import warnings
from typing import TYPE_CHECKING, NoReturn

from flowtime._native import DEBUG_BUILD
from flowtime._native import ENGINE_VERSION as __version__
from flowtime.builder import ModelBuilder
from flowtime.diagnostics import Diagnostic, Label, Report
from flowtime.ensemble import Ensemble
from flowtime.exceptions import (
    ArgumentError,
    ArgumentTypeError,
    ConflictError,
    FlowtimeError,
    FlowtimeWarning,
    IntegrityError,
    LimitError,
    MissingPackageError,
    ModelError,
    NotFoundError,
    StorageError,
    UnknownNameError,
)
from flowtime.expression import Expr
from flowtime.function import Function

# Those named as Python's own functions are there as `ft.abs`, but not in `__all__`.
from flowtime.functions import abs as abs
from flowtime.functions import (
    bin_index,
    ceil,
    clip,
    convolve,
    cumsum,
    ema,
    exp,
    floor,
    log,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    mean,
    minimum,
    mod,
    power,
    pulse,
    queue,
    rolling_max,
    rolling_mean,
    rolling_min,
    rolling_sum,
    shift,
    sign,
    sqrt,
    step,
    where,
)
from flowtime.functions import round as round
from flowtime.functions import sum as sum
from flowtime.graph import Graph
from flowtime.grid import Grid
from flowtime.kept import (
    Card,
    Cards,
    Comparison,
    Counts,
    Entry,
    ModelRef,
    ParameterDifference,
    Problem,
    SeriesDifference,
    Status,
    Synced,
    TelemetryRef,
    Trace,
    Validation,
)
from flowtime.model import Model, Node
from flowtime.names import absent
from flowtime.plan import Plan
from flowtime.ray_executor import RayExecutor
from flowtime.registry import Registry
from flowtime.runs import Run
from flowtime.scenarios import PerBin, PerScenario, per_bin, per_scenario, scenario_seed
from flowtime.shortcuts import run, run_yaml
from flowtime.storing import StoredRun
from flowtime.sweep import Sweep
from flowtime.template import Generated, Parameter, Template, templates
from flowtime.versions import show_versions
from flowtime.workspace import Workspace

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "Card",
    "Cards",
    "Comparison",
    "ConflictError",
    "Counts",
    "Diagnostic",
    "Ensemble",
    "Entry",
    "Expr",
    "FlowtimeError",
    "FlowtimeWarning",
    "Function",
    "Generated",
    "Graph",
    "Grid",
    "IntegrityError",
    "Label",
    "LimitError",
    "MissingPackageError",
    "Model",
    "ModelBuilder",
    "ModelError",
    "ModelRef",
    "Node",
    "NotFoundError",
    "Parameter",
    "ParameterDifference",
    "PerBin",
    "PerScenario",
    "Plan",
    "Problem",
    "RayExecutor",
    "Registry",
    "Report",
    "Run",
    "SeriesDifference",
    "Status",
    "StorageError",
    "StoredRun",
    "Sweep",
    "Synced",
    "TelemetryRef",
    "Template",
    "Trace",
    "UnknownNameError",
    "Validation",
    "Workspace",
    "__version__",
    "bin_index",
    "ceil",
    "clip",
    "convolve",
    "cumsum",
    "ema",
    "exp",
    "floor",
    "log",
    "logical_and",
    "logical_not",
    "logical_or",
    "maximum",
    "mean",
    "minimum",
    "mod",
    "per_bin",
    "per_scenario",
    "power",
    "pulse",
    "queue",
    "rolling_max",
    "rolling_mean",
    "rolling_min",
    "rolling_sum",
    "run",
    "run_yaml",
    "scenario_seed",
    "shift",
    "show_versions",
    "sign",
    "sqrt",
    "step",
    "templates",
    "where",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> NoReturn:
        raise AttributeError(absent(name), name=name, obj=sys.modules[__name__])


if DEBUG_BUILD:
    warnings.warn("this is a debug build of flowtime, which is slow", RuntimeWarning, stacklevel=2)
