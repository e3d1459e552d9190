"""What models, plans, runs and their errors look like in a notebook.

Everything that comes from a model is escaped. Colours are mixed from that of the text, so that light and dark
pages are served alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowtime import _native
from flowtime.exceptions import FlowtimeError, limits_to_raise

if TYPE_CHECKING:
    from flowtime.diagnostics import Diagnostic, Report
    from flowtime.exceptions import ModelError
    from flowtime.grid import Grid
    from flowtime.model import Model, Node
    from flowtime.plan import Plan
    from flowtime.runs import Run

__all__ = [
    "SUMMARY",
    "code",
    "error",
    "grid_text",
    "heading",
    "model",
    "number",
    "page",
    "picture",
    "plan",
    "problem",
    "report",
    "run",
    "summary",
    "table",
]

# Rows beyond are counted, not shown.
_MOST_ROWS = 40
# Larger graphs are drawn when they are asked for.
_MOST_DRAWN = 60
_MOST_NUMBERS = 6
_MOST_CHARS = 140
# Characters of a line of a document.
_LINE = 96

# With the page, as a notebook may be shown where the package is not.
_STYLE = (Path(__file__).parent / "html.css").read_text(encoding="utf-8")


def page(*parts: str) -> str:
    return f'<style>{_STYLE}</style><div class="flowtime">{"".join(parts)}</div>'


def table(head: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], total: int) -> str:
    """A table of escaped cells; each column has a title and a class. Of many rows it says how many there are."""
    shown = [
        "".join(f'<td class="{kind}">{cell}</td>' for (_, kind), cell in zip(head, row, strict=True)) for row in rows
    ]
    titles = "".join(f'<th class="{kind}">{title}</th>' for title, kind in head)
    more = f'<div class="quiet">… and {total - len(shown)} more</div>' if total > len(shown) else ""
    body = "".join(f"<tr>{row}</tr>" for row in shown)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>{more}"


def code(text: str) -> str:
    """A formula."""
    return page(f"<code>{escape(text)}</code>")


# Models and plans


def model(model: Model) -> str:
    """The grid, the nodes and the graph."""
    return page(
        heading(model.title or "Model", _size(model)),
        _nodes(model),
        _details("graph", lambda: picture(model.compile()._native.graph(False)), len(model.nodes)),
    )


def plan(plan: Plan) -> str:
    """The grid, what a run may change, the graph and the order of the work."""
    inputs = ", ".join(f"<code>{escape(name)}</code>" for name in plan.inputs[:_MOST_ROWS])
    more = f" and {len(plan.inputs) - _MOST_ROWS} more" if len(plan.inputs) > _MOST_ROWS else ""
    return page(
        heading(f"Plan of {plan.model.title}" if plan.model.title else "Plan", _size(plan.model)),
        f'<div><span class="quiet">inputs</span> {inputs}{more}</div>',
        _details("graph", lambda: picture(plan._native.graph(False)), len(plan.nodes)),
        f"<details><summary>what is computed</summary><pre>{escape(plan.describe())}</pre></details>",
    )


def heading(title: str, rest: str) -> str:
    return f'<div class="head"><b>{escape(title)}</b> <span class="quiet">{escape(rest)}</span></div>'


def _size(model: Model) -> str:
    nodes = "1 node" if len(model.nodes) == 1 else f"{len(model.nodes)} nodes"
    return f"{nodes} · {grid_text(model.grid)}"


def grid_text(grid: Grid) -> str:
    return str(grid) if grid.start is None else f"{grid} from {grid.start.removesuffix('Z').replace('T', ' ')} UTC"


def _details(title: str, content: Callable[[], str], nodes: int) -> str:
    if nodes > _MOST_DRAWN:
        return f'<div class="quiet">a graph of {nodes} nodes is drawn by <code>.graph()</code></div>'
    try:
        inside = content()
    except FlowtimeError as problem:
        # A model can be looked at before it can be compiled.
        return (
            f'<div class="quiet">no graph, as the model does not compile: {escape(str(problem).splitlines()[0])}</div>'
        )
    return f"<details open><summary>{title}</summary>{inside}</details>"


def picture(svg: str) -> str:
    return f'<div class="picture">{svg}</div>'


def _nodes(model: Model) -> str:
    described = any(node.description for node in model.nodes.values())
    units = any(node.unit for node in model.nodes.values())
    head = [("node", ""), ("", ""), ("is", "")]
    head += [("unit", "")] * units + [("", "quiet")] * described
    rows = []
    for node in list(model.nodes.values())[:_MOST_ROWS]:
        row = [
            f"<b>{escape(node.id)}</b>",
            f'<span class="kind {node.kind}">{node.kind}</span>',
            _content(node),
        ]
        row += [escape(node.unit or "")] * units + [escape(node.description or "")] * described
        rows.append(row)
    return table(head, rows, len(model.nodes))


def _content(node: Node) -> str:
    if node.expr is not None:
        return f"<code>{escape(_cut(node.expr))}</code>"
    values = node.values or ()
    policy = f' <span class="quiet">{node.policy}</span>' if node.policy not in (None, "sample") else ""
    if node.probabilities is not None:
        pairs = [f"{number(v)}: {number(p)}" for v, p in zip(values, node.probabilities, strict=True)]
        return f"<code>{_listed(pairs)}</code>{policy}"
    source = f' <span class="quiet">{escape(node.source)}</span>' if node.source else ""
    return f"<code>{_listed([number(v) for v in values])}</code>{policy}{source}"


def _listed(parts: list[str]) -> str:
    if len(parts) <= _MOST_NUMBERS:
        return ", ".join(parts)
    return f'{", ".join(parts[: _MOST_NUMBERS - 1])} … <span class="quiet">{len(parts)} values</span>'


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - 1] + "…"


def number(value: float) -> str:
    """A number as people read it."""
    return _native.readable(float(value), 4)


# Runs

SUMMARY = ("min", "mean", "max", "last")


def summary(run: Run, most: int) -> list[tuple[str, str, list[str]]]:
    """Of each series its name, its unit, and in few digits what `SUMMARY` names."""
    rows = []
    for name in list(run)[:most]:
        values = run[name]
        known = values[~np.isnan(values)]
        with np.errstate(all="ignore"):
            least, mean, most_ = (known.min(), known.mean(), known.max()) if known.size else (np.nan,) * 3
        rows.append((name, run.plan.nodes[name].unit or "", [number(v) for v in (least, mean, most_, values[-1])]))
    return rows


def run(run: Run) -> str:
    """A row for each series: its numbers in short and its shape."""
    rows = summary(run, _MOST_ROWS)
    units = any(unit for _, unit, _ in rows)
    head = [("series", ""), *([("unit", "")] * units), *((title, "n") for title in SUMMARY), ("", "s")]
    cells = (
        [f"<b>{escape(name)}</b>", *([escape(unit)] * units), *numbers, _native.sparkline(run[name], 160, 22)]
        for name, unit, numbers in rows
    )
    warnings = "".join(problem(found, None) for found in run.warnings)
    title = f"Run of {run.plan.model.title}" if run.plan.model.title else "Run"
    return page(heading(title, f"{grid_text(run.grid)} · seed {run.seed}"), table(head, cells, len(run)), warnings)


# Problems


def error(error: ModelError) -> str:
    """Everything that is wrong with a model, each with the line that it stands in."""
    wrong = sum(found.severity == "error" for found in error.diagnostics)
    title = "the model has 1 error" if wrong == 1 else f"the model has {wrong} errors"
    advice = limits_to_raise(str(error))
    end = f'<div class="quiet">{_ticked(advice)}</div>' if advice else ""
    return page(
        heading(title, "" if error.name in (None, "model") else error.name),
        _problems(error.diagnostics, error.source),
        end,
    )


def report(report: Report) -> str:
    """What was found in a model, as the command prints it."""
    verdict = "valid" if report.valid else "not valid"
    found = f"<pre>{escape(report.text)}</pre>" if report.diagnostics else '<div class="quiet">nothing to remark</div>'
    return page(heading(verdict, f"score {report.score:.2f}"), found)


def _problems(found: Sequence[Diagnostic], source: str | None) -> str:
    shown = "".join(problem(each, source) for each in found[:_MOST_ROWS])
    more = f'<div class="quiet">… and {len(found) - _MOST_ROWS} more</div>' if len(found) > _MOST_ROWS else ""
    return shown + more


def problem(found: Diagnostic, source: str | None = None) -> str:
    place = "" if found.line is None else f"line {found.line}, column {found.column}"
    help = "" if found.help is None else f'<div><span class="quiet">help:</span> {_ticked(found.help)}</div>'
    return (
        f'<div class="problem {found.severity}">'
        f'<span class="what">{found.severity}</span> {_ticked(found.message)} '
        f'<span class="quiet">{escape(found.code)}{" · " if place else ""}{place}</span>'
        f"{_line(found, source)}{help}</div>"
    )


def _line(found: Diagnostic, source: str | None) -> str:
    """The line of the document with what is wrong underlined."""
    if source is None or found.line is None or found.column is None:
        return ""
    # As the engine counts them: lines end at LF, CR LF or CR.
    lines = re.split(r"\r\n|\r|\n", source)
    if found.line > len(lines):
        return ""
    text = lines[found.line - 1]
    start = found.column - 1
    same = found.end_line == found.line and found.end_column is not None
    end = max((found.end_column or 0) - 1, start + 1) if same else len(text)
    # Of a long line what is around.
    first = max(0, min(start - _LINE // 2, len(text) - _LINE)) if len(text) > _LINE else 0
    last = min(len(text), first + _LINE)
    before, marked, after = text[first:start], text[start : min(end, last)], text[min(end, last) : last]
    shown = f"{escape(before)}<mark>{escape(marked or ' ')}</mark>{escape(after)}"
    cut = ("…" if first else "", "…" if last < len(text) else "")
    return f'<pre><span class="quiet">{found.line:>4} │ </span>{cut[0]}{shown}{cut[1]}</pre>'


def _ticked(text: str) -> str:
    """A message whose names stand in backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
