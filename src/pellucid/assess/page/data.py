"""Parts of the page: what was found in the data, how they were read, how to do it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.assess.page.markup import Markup, el, table
from pellucid.assess.page.scored import Part

MOST_COLUMNS = 200
TONES = {"serious": "bad", "warning": "care", "note": "good"}


def in_short(record: Mapping[str, Any]) -> str:
    """What was learned, by what, on how many rows, in a line."""
    found, data = record["report"], record.get("data", {})
    kinds = {"classes": "classes", "numbers": "numbers", "counts": "counts"}
    what = kinds.get(found["kind"], str(found["kind"]))
    if found.get("classes"):
        what = f"{len(found['classes']):,} classes"
    parts = [f"A network that predicts {what}"]
    if record.get("parameters"):
        parts.append(f"{record['parameters']:,} parameters")
    if data.get("training_rows"):
        parts.append(f"learned from {data['training_rows']:,} rows")
    kept = "tested on" if found["held_out"] else "tested on the same"
    return ", ".join([*parts, f"{kept} {found['test_rows']:,}"]) + "."


def audit(record: Mapping[str, Any]) -> Part | None:
    """What was found in the data, the serious first; None where nobody looked."""
    if record.get("audit") is None:
        return None
    order = list(TONES)
    found = sorted(record["audit"], key=lambda row: order.index(row["severity"]))
    if not found:
        nothing = "Nothing was found in the data that would make these numbers wrong."
        return "audit", "What was found in the data", nothing, None
    return "audit", "What was found in the data", None, el(
        "ul", [_finding(row) for row in found], class_="findings"
    )  # fmt: skip


def _finding(row: Mapping[str, Any]) -> Markup:
    places = ""
    if row.get("rows"):
        shown = ", ".join(map(str, row["rows"][:20]))
        more = row.get("count", 0) - len(row["rows"][:20])
        places = f"Rows {shown}" + (f" and {more:,} more." if more > 0 else ".")
    details = [part for part in (row.get("detail"), places) if part]
    inside = el("details", el("summary", "Evidence"), [el("p", part) for part in details])
    return el(
        "li", el("p", el("span", row["severity"], class_="severity"), row["title"]),
        el("p", row["remedy"], class_="quiet"), inside if details else None,
        class_=TONES[row["severity"]],
    )  # fmt: skip


def rows(record: Mapping[str, Any]) -> Part:
    """The data: where from, how divided, what each column was taken to hold."""
    data = record.get("data", {})
    told = {
        "given as": data.get("given"), "target": data.get("target"), "read as": data.get("read"),
        "classes": ", ".join(map(str, (data.get("classes") or [])[:50])),
        "kept together by": data.get("group"), "in the order of": data.get("time"),
        "SHA-256": data.get("sha256"),
    }  # fmt: skip
    content: list[Any] = [_split(record), _facts(told)]
    columns = data.get("columns") or []
    if columns:
        head = ("column", "kind", "why", "becomes")
        cells = [[row["column"], row["kind"], row["why"], row["becomes"]] for row in columns]
        shown = table(head, cells[:MOST_COLUMNS])
        more = len(columns) - MOST_COLUMNS
        note = el("p", f"and {more:,} more columns", class_="note") if more > 0 else None
        summary = el("summary", f"The {len(columns):,} columns, their kinds, and why")
        content.append(el("details", summary, shown, note, open=len(columns) <= 12))
    content += [el("p", note, class_="note") for note in data.get("notes") or ()]
    return "data", "The data", None, content


def _split(record: Mapping[str, Any]) -> Markup | None:
    """The parts of the rows as a bar, and in numbers."""
    data, found = record.get("data", {}), record["report"]
    if not data.get("training_rows"):
        return None
    parts = [
        ("training", data["training_rows"], "to learn from"),
        ("validation", data.get("validation_rows") or 0, "to watch while learning"),
        ("mark", found["test_rows"] if found["held_out"] else 0, "to test with"),
    ]
    bars = [el("i", class_=role, style=f"flex:{count}") for role, count, _ in parts if count]
    legend = [
        el("li", el("i", class_=role), f"{count:,} rows {what}") for role, count, what in parts
        if count
    ]  # fmt: skip
    return el("div", el("div", bars, class_="split", aria_hidden="true"),
              el("ul", legend, class_="legend"))  # fmt: skip


def _facts(told: Mapping[str, Any]) -> Markup:
    pairs = [
        (el("dt", name), el("dd", value)) for name, value in told.items() if value not in (None, "")
    ]
    return el("dl", pairs)


def again(record: Mapping[str, Any]) -> Part:
    """The exact command, and all that its result depends on."""
    settings, versions = record.get("settings", {}), record.get("versions", {})
    command = record.get("command")
    told = {
        "seed": record.get("seed"),
        "engine": " ".join(filter(None, (record.get("engine"), record.get("precision")))),
        "took": _seconds(record), "finished": _when(record.get("finished")),
        "machine": record.get("machine"),
        "versions": ", ".join(f"{name} {text}" for name, text in versions.items()),
    }  # fmt: skip
    rule = {
        "rule": settings.get("rule"), "batch": settings.get("batch"),
        "epochs at most": settings.get("epochs"), "patience": settings.get("patience"),
    }  # fmt: skip
    layers = [_layer(layer) for layer in settings.get("layers") or ()]
    same = (
        "The same seed, data, versions and number of threads give the same network, to the bit."
        if command else None
    )  # fmt: skip
    content = [
        el("pre", el("code", command)) if command else None, _facts(told),
        el("details", el("summary", "Layers and learning rule"),
           el("ol", [el("li", layer) for layer in layers]), _facts(rule)) if layers else None,
    ]  # fmt: skip
    return "again", "How to do it again", same, content


def _seconds(record: Mapping[str, Any]) -> str | None:
    if record.get("seconds") is None:
        return None
    return f"{record['seconds']:.1f} seconds to learn"


def _when(text: Any) -> str | None:
    """A time as ISO 8601 has it, without its seconds."""
    return None if text is None else str(text).replace("T", " ")[:16] + " UTC"


def _layer(layer: Any) -> str:
    """A layer of the record in words: its kind, then its settings."""
    if not isinstance(layer, Mapping):
        return str(layer)
    told = [f"{k} {_setting(v)}" for k, v in layer.items() if k != "layer" and v is not None]
    return ", ".join([str(layer.get("layer", "layer")), *told])


def _setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(next(iter(value.values()), ""))
    return str(value)
