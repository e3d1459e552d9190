"""What templates, registries and what they keep look like in a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from flowtime import _native, kept
from flowtime.exceptions import FlowtimeError
from flowtime.html import SUMMARY, _cut, _details, _ticked, number
from flowtime.html import grid_text as _grid
from flowtime.html import heading as _head
from flowtime.html import page as _page
from flowtime.html import picture as _picture
from flowtime.html import table as _table

if TYPE_CHECKING:
    from flowtime.registry import Registry
    from flowtime.storing import StoredRun
    from flowtime.template import Generated, Parameter, Template
    from flowtime.workspace import Workspace

__all__ = ["generated", "page", "registry", "stored_run", "template", "workspace"]

_MOST = 20


def _quiet(text: str) -> str:
    return f'<span class="quiet">{escape(text)}</span>'


def _code(text: object) -> str:
    return f"<code>{escape(_cut(str(text)))}</code>"


def _value(value: Any) -> str:
    """A value of a parameter."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)) and len(value) > 8:
        return f"{_code(json.dumps(list(value[:7]))[:-1])} … {_quiet(f'{len(value)} values')}"
    return _code(value if isinstance(value, str) else json.dumps(value))


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and escaped values, a line each."""
    rows = [(_quiet(name), value) for name, value in pairs if value]
    body = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
    return f"<table><tbody>{body}</tbody></table>"


def _time(time: str) -> str:
    return escape(time.removesuffix("Z").replace("T", " "))


def _tags(tags: Iterable[str]) -> str:
    return " ".join(f'<span class="kind">{escape(tag)}</span>' for tag in tags)


# Templates


def template(template: Template) -> str:
    """Its parameters, and the graph of its model."""
    description = f"<div>{_ticked(template.description)}</div>" if template.description else ""
    parameters = list(template.parameters.values())
    rows = [_parameter(parameter) for parameter in parameters[:_MOST]]
    head = [("parameter", ""), ("", ""), ("default", ""), ("may be", ""), ("unit", ""), ("", "quiet")]
    parts = [_head(template.title, f"{template.id} · version {template.version}"), description]
    parts.append(_table(head, rows, len(parameters)) if parameters else '<div class="quiet">no parameters</div>')
    return _page(*parts, _preview(template))


def _parameter(parameter: Parameter) -> list[str]:
    name = f"<b>{escape(parameter.name)}</b>" + (" *" if parameter.required else "")
    kind = f"{parameter.type} of {parameter.array_of}s" if parameter.array_of else parameter.type
    return [
        name,
        f'<span class="kind">{escape(kind)}</span>',
        _value(parameter.default),
        _bounds(parameter),
        escape(parameter.unit or ""),
        _ticked(parameter.description or parameter.title or ""),
    ]


def _bounds(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(map(_value, parameter.choices))
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    if low is not None:
        return f"from {number(low)}"
    return "" if high is None else f"up to {number(high)}"


def _preview(template: Template) -> str:
    try:
        made = template.generate()
    except FlowtimeError:
        return '<div class="quiet">it has parameters that must be given, so that there is no graph yet</div>'
    model = made.model
    return _details("graph", lambda: _picture(model.compile()._native.graph(False)), len(model.nodes))


def generated(made: Generated) -> str:
    """The model, and what it was made with."""
    default = {name: parameter.default for name, parameter in made.template.parameters.items()}
    chosen = ", ".join(
        f"{escape(name)} {_value(value)}" for name, value in made.parameters.items() if value != default[name]
    )
    model = made.model
    return _page(
        _head(made.name, f"{len(model.nodes)} nodes · {_grid(model.grid)}"),
        _pairs(
            [
                ("model", _code(made.model_id)),
                ("template", f"{_code(made.template.id)} {_quiet(made.template.version)}"),
                ("parameters", chosen or _quiet("all as they are by default")),
                ("computes", _code(made.model_hash[:19] + "…")),
            ]
        ),
        _details("graph", lambda: _picture(model.compile()._native.graph(False)), len(model.nodes)),
    )


def _shelf(shelf: kept.Shelf) -> str:
    head = [("template", ""), ("version", ""), ("parameters", "n"), ("", ""), ("", "quiet")]
    rows = [
        [
            f"<b>{escape(id)}</b>",
            escape(one.version),
            str(len(one.parameters)),
            escape(one.title),
            _ticked(_first(one.description or "")),
        ]
        for id, one in shelf.items()
    ]
    return _page(_head("Templates", f"{len(shelf)} that come with flowtime"), _table(head, rows, len(rows)))


def _first(text: str) -> str:
    """The first sentence of a text."""
    return _cut(text.partition(". ")[0].rstrip("."))


# What is kept


def _card(card: kept.Card) -> str:
    version = f" v{card.version}" if card.kind == "model" else ""
    origin = "" if card.template_id is None else f"{_code(card.template_id)} {_quiet(card.template_version or '')}"
    return _page(
        _head(card.title, f"{card.kind}{version}"),
        f"<div>{_ticked(card.description)}</div>" if card.description else "",
        _pairs(
            [
                ("id", _code(card.id)),
                ("made", _time(card.created)),
                ("template", origin),
                ("model", "" if card.model_id is None else _code(card.model_id)),
                ("tags", _tags(card.tags)),
                ("owner", escape(card.owner or "")),
                ("score", "" if card.validation_score is None else number(card.validation_score)),
                ("folder", _code(card.path)),
            ]
        ),
    )


def _cards_table(cards: Sequence[kept.Card], total: int) -> str:
    kinds = len({card.kind for card in cards}) > 1
    tagged = any(card.tags for card in cards)
    head = [*[("", "")] * kinds, ("id", ""), ("title", ""), ("made from", ""), ("made", ""), *[("tags", "")] * tagged]
    rows = []
    for card in cards[:_MOST]:
        version = f" {_quiet(f'v{card.version}')}" if card.kind == "model" and card.version > 1 else ""
        row = [f'<span class="kind">{card.kind}</span>'] * kinds
        row += [f"<b>{escape(card.id)}</b>{version}", escape("" if card.title == card.id else card.title)]
        row += [escape(card.model_id or card.template_id or ""), _time(card.created)]
        rows.append(row + [_tags(card.tags)] * tagged)
    return _table(head, rows, max(total, len(rows)))


def _cards(cards: kept.Cards) -> str:
    part = "" if len(cards) == cards.total else f"{cards.offset + 1} to {cards.offset + len(cards)} of "
    if not cards:
        return _page(_head("Nothing", f"of {cards.total}" if cards.total else ""))
    return _page(_head("Artifacts", f"{part}{cards.total}"), _cards_table(cards, max(len(cards), 0)))


def _entry(entry: kept.Entry) -> str:
    runs = "" if not entry.generates else f"{entry.run_count}: " + ", ".join(map(_code, entry.generates[:5]))
    versions = ", ".join(f"v{version}" for version in entry.versions) if len(entry.versions) > 1 else ""
    known = {name: value for name, value in (entry.provenance or {}).items() if not isinstance(value, (dict, list))}
    origin = _pairs((name, _code(value)) for name, value in known.items())
    details = f"<details><summary>provenance</summary>{origin}</details>" if known else ""
    # Cards have long descriptions in short.
    card = replace(entry.card, description=str(entry.labels.get("description", "")))
    return _card(card) + _page(_pairs([("runs", runs), ("versions", escape(versions))]), details)


def _model_ref(ref: kept.ModelRef) -> str:
    return _page(
        _head(ref.title, f"model v{ref.version}{' · there already' if ref.existed else ''}"),
        _pairs([("id", _code(ref.model_id)), ("folder", _code(ref.artifact_path))]),
    )


def _telemetry(ref: kept.TelemetryRef) -> str:
    return _page(
        _head(ref.id, f"telemetry · {ref.bins} bins{' · there already' if ref.existed else ''}"),
        _pairs([("series", ", ".join(map(_code, ref.series))), ("left out", ", ".join(map(_code, ref.left_out)))]),
    )


def stored_run(run: StoredRun) -> str:
    """A row for each series: its numbers in short and its shape."""
    rows = []
    units = run.model.nodes
    for name in list(run)[:_MOST]:
        values = run[name]
        known = values[~np.isnan(values)]
        with np.errstate(all="ignore"):
            short = (known.min(), known.mean(), known.max()) if known.size else (np.nan,) * 3
        numbers = [number(value) for value in (*short, values[-1] if values.size else np.nan)]
        picture = _native.sparkline(values, 160, 22)
        rows.append([f"<b>{escape(name)}</b>", escape(units[name].unit or ""), *numbers, picture])
    head = [("series", ""), ("unit", ""), *((title, "n") for title in SUMMARY), ("", "s")]
    made = {"written": "", "reused": " · there already", "replaced": " · in the place of another"}[run.outcome]
    return _page(
        _head(run.run_id, f"run · seed {run.seed}{made}"),
        _pairs([("model", "" if run.model_id is None else _code(run.model_id)), ("folder", _code(run.path))]),
        _table(head, rows, len(run)),
    )


def _counts(counts: kept.Counts) -> str:
    def line(of: Mapping[str, int]) -> str:
        return ", ".join(f"{escape(name)} {count}" for name, count in of.items())

    pairs = [("kinds", line(counts.by_kind)), ("templates", line(counts.by_template)), ("tags", line(counts.by_tag))]
    return _page(_head(f"{counts.total} artifacts", ""), _pairs(pairs))


def _problem_list(problems: Sequence[kept.Problem]) -> str:
    head = [("where", ""), ("what", ""), ("help", "quiet")]
    rows = [[_code(problem.path), escape(problem.message), escape(problem.help)] for problem in problems[:_MOST]]
    return _table(head, rows, len(problems)) if problems else '<div class="quiet">nothing is wrong</div>'


def _status(status: kept.Status) -> str:
    names = ("unregistered", "orphaned", "failed", "pending", "trashed")
    counts = [(name, str(getattr(status, name))) for name in names if getattr(status, name)]
    kinds = _kinds(status.by_kind)
    title = "healthy" if status.healthy else f"{len(status.problems)} to look at"
    return _page(
        _head(title, f"{status.registered} registered"), _pairs([("", kinds), *counts]), _problem_list(status.problems)
    )


def _synced(synced: kept.Synced) -> str:
    changes = [(name, ", ".join(map(_code, getattr(synced, name)[:_MOST]))) for name in ("added", "updated", "removed")]
    return _page(_head("in step", f"{synced.total} registered"), _pairs(changes), _problem_list(synced.failed))


def _validation(found: kept.Validation) -> str:
    title = "every byte is as it was written" if found else f"{len(found.problems)} are not as they were written"
    return _page(_head(title, f"{found.valid} of {found.checked} valid"), _problem_list(found.problems))


def _trace(trace: kept.Trace) -> str:
    template = trace.template or {}
    steps = [
        ("template", f"{_code(template.get('id', ''))} {_quiet(template.get('version') or '')}" if template else "")
    ]
    steps.append(("parameters", ", ".join(f"{escape(k)} {_value(v)}" for k, v in (trace.parameters or {}).items())))
    steps.append(("derived from", "" if trace.derived_from is None else _code(trace.derived_from)))
    for name, card in (("model", trace.model), ("run", trace.run)):
        steps.append((name, "" if card is None else f"{_code(card.id)} {escape(card.title)} {_quiet(card.created)}"))
    gaps = "".join(f'<div class="quiet">{escape(gap)}</div>' for gap in trace.gaps)
    of = trace.run or trace.model
    return _page(_head("Trace", "" if of is None else f"of {of.id}"), _pairs(steps), gaps)


def _comparison(comparison: kept.Comparison) -> str:
    head = [("series", ""), ("bins that differ", "n"), ("first", "n")]
    head += [("max |b−a|", "n"), ("mean |b−a|", "n"), ("max relative", "n")]
    rows = [
        [
            f"<b>{escape(one.id)}</b>",
            f"{one.different_bins} of {one.bins}",
            "" if one.first_different_bin is None else str(one.first_different_bin),
            number(one.max_absolute),
            number(one.mean_absolute),
            number(one.max_relative),
        ]
        for one in list(comparison.series.values())[:_MOST]
    ]
    choices = [
        [f"<b>{escape(one.name.removeprefix('parameters.'))}</b>", _value(one.a), _value(one.b)]
        for one in comparison.parameters[:_MOST]
    ]
    same = "the same bits" if comparison.identical else "they differ"
    chosen = _table([("chosen", ""), ("a", ""), ("b", "")], choices, len(comparison.parameters)) if choices else ""
    only = [("only in a", ", ".join(map(_code, comparison.only_in_a)))]
    only += [("only in b", ", ".join(map(_code, comparison.only_in_b)))]
    runs = _pairs([("a", _code(comparison.run_a)), ("b", _code(comparison.run_b)), *only])
    return _page(_head("Comparison", same), runs, chosen, _table(head, rows, len(comparison.series)))


def _kinds(counts: Mapping[str, int]) -> str:
    """`2 models · 1 run`."""
    plural = {"model": "models", "run": "runs"}
    return " · ".join(f"{count} {name if count == 1 else plural.get(name, name)}" for name, count in counts.items())


def registry(registry: Registry) -> str:
    """How much there is of what, and what came last."""
    counts = registry.counts()
    kinds = _kinds(counts.by_kind)
    head = _head("Registry", f"{registry.root} · {kinds or 'empty'}")
    cards = registry.list(sort="created", descending=True, limit=10)
    return _page(head, _cards_table(cards, counts.total) if cards else "")


def workspace(workspace: Workspace) -> str:
    """The models with their runs, and the runs that came last."""
    found = workspace.registry
    models = found.list(kind="model", sort="created", descending=True, limit=_MOST)
    runs = found.list(kind="run", sort="created", descending=True, limit=10)
    counted = {card.id: found.counts(kind="run", model_id=card.id).total for card in models}
    rows = [
        [
            f"<b>{escape(card.id)}</b> {_quiet(f'v{card.version}')}",
            escape(card.title),
            escape(card.template_id or ""),
            str(counted[card.id]),
            _tags(card.tags),
        ]
        for card in models
    ]
    head = [("model", ""), ("title", ""), ("template", ""), ("runs", "n"), ("tags", "")]
    parts = [_head("Workspace", str(workspace.root))]
    parts.append(_table(head, rows, models.total) if rows else '<div class="quiet">no models yet</div>')
    if runs:
        parts.append(f"<details><summary>runs</summary>{_cards_table(runs, runs.total)}</details>")
    return _page(*parts)


_PAGES: dict[type[Any], Callable[[Any], str]] = {
    kept.Card: _card,
    kept.Cards: _cards,
    kept.Comparison: _comparison,
    kept.Counts: _counts,
    kept.Entry: _entry,
    kept.ModelRef: _model_ref,
    kept.Shelf: _shelf,
    kept.Status: _status,
    kept.Synced: _synced,
    kept.TelemetryRef: _telemetry,
    kept.Trace: _trace,
    kept.Validation: _validation,
}


def page(thing: object) -> str:
    """What something that a registry answers looks like."""
    return _PAGES[type(thing)](thing)
