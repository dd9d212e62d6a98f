"""The report as Markdown: the same numbers, in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pellucid.assess.cases import Case, ShownCases
from pellucid.assess.page.data import in_short
from pellucid.assess.page.looks import agreement_text, importance_text, learning_text, rise
from pellucid.assess.page.scored import score_notes, shown
from pellucid.assess.words import answers, gap, number, percent

MOST_ROWS = 30
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")


def to_markdown(record: Mapping[str, Any], cases: ShownCases) -> str:
    """The report as Markdown text."""
    data = record.get("data", {})
    name = " ".join(filter(None, (data.get("name") or "A network", data.get("target"))))
    parts = [f"# {plain(name)}: report", plain(in_short(record))]
    parts += [f"**{row['question']}** {plain(row['answer'])}" for row in answers(record)]
    for part in (_scores, _mistakes, _chances, _importance, _learning, _audit, _data, _again):
        parts += part(record, cases)
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(value: Any) -> str:
    r"""Text that Markdown leaves as it is.

    Example:
        >>> print(plain("a|b <script>"))
        a\|b \<script\>
    """
    return SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(map(plain, head)) + " |", "| --- " * len(head) + "|"]
    lines += ["| " + " | ".join(plain(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _scores(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    found = record["report"]
    apart = {(row["model"], row["measure"]): row for row in found["differences"]}
    rows = []
    for row in found["compared"]:
        measure, other = row["measure"], apart.get((row["model"], row["measure"]))
        between = "" if row["low"] is None else (
            f"{shown(measure, row['low'])} to {shown(measure, row['high'])}"
        )  # fmt: skip
        said = "" if other is None or other["low"] is None else gap(other)
        rows.append([row["model"], measure, shown(measure, row["value"]), between, said])
    head = ("model", "measure", "value", "likely between", "the network is")
    notes = [plain(note) for note in score_notes(record)]
    return ["## How good it is", _table(head, rows), *notes]


def _mistakes(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    found = record["report"]
    parts = []
    if "counts" in found:
        wrong = [cell for cell in found["cells"] if cell["true"] != cell["predicted"]]
        wrong = sorted(wrong, key=lambda cell: -cell["rows"])[:MOST_ROWS]
        rows = [(cell["true"], cell["predicted"], cell["rows"]) for cell in wrong]
        parts = ["## Which mistakes it makes"]
        parts.append(_table(("true", "taken for", "rows"), rows) if rows else "None.")
    if "ranges" in found:
        fifths = [
            (f"{number(r['low'])} to {number(r['high'])}", r["rows"], number(r["mae"]),
             number(r["bias"])) for r in found["ranges"]
        ]  # fmt: skip
        head = ("true", "rows", "off by, on average", "predicted - true, on average")
        parts = ["## Where it errs", _table(head, fifths)]
    if cases.worst:
        parts = parts or ["## Where it errs"]
        told = [_case(case) for case in cases.worst]
        parts += ["### The worst errors", _table(("row", "true", "said", "chance or error"), told)]
    return parts


def _case(case: Case) -> tuple[str, str, str, str]:
    told = percent(case.chance) if case.chance is not None else ""
    if case.off is not None:
        told = number(case.off)
    return case.name, case.true, case.predicted, told


def _chances(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    found = record["report"].get("calibration")
    if found is None:
        return []
    rows = [
        (f"{row['low']:.0%} to {row['high']:.0%}", row["count"], percent(row["confidence"]),
         percent(row["accuracy"])) for row in found["bins"]
    ]  # fmt: skip
    said = f"Expected calibration error: {100 * found['error']:.1f} points."
    head = ("chance given", "answers", "on average", "right")
    return ["## Do its chances come true?", said, _table(head, rows)]


def _importance(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    found = record["report"]["importance"]
    if found is None:
        return []
    parts = ["## What its answers depend on", plain(importance_text(found))]
    if found["of"] == "pictures":
        rows = [[rise(found, value) for value in row] for row in found["rises"]]
        return [*parts, _table([str(k + 1) for k in range(len(rows[0]))], rows)]
    every = sum(row["weights"] or 0.0 for row in found["columns"]) or 1.0
    rows = [
        [row["column"], rise(found, row["rise"]),
         "" if row["weights"] is None else percent(row["weights"] / every), row["note"] or ""]
        for row in found["columns"][:MOST_ROWS]
    ]  # fmt: skip
    told = agreement_text(found)
    head = ("column", "by shuffling", "by weights", "where they disagree")
    return [*parts, _table(head, rows), plain(told) if told else ""]


def _learning(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    history = record["report"]["history"]
    if not history:
        return []
    names = [name for name in history[-1] if name not in ("epoch", "rate", "seconds")]
    places = sorted({round(k * (len(history) - 1) / 9) for k in range(10)})
    rows = [
        [history[k]["epoch"], *(number(history[k].get(name)) for name in names)] for k in places
    ]
    return ["## How it learned", plain(learning_text(record)), _table(["epoch", *names], rows)]


def _audit(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    if record.get("audit") is None:
        return []
    items = [
        f"- **{row['severity']}**: {plain(row['title'])} {plain(row['remedy'])}"
        for row in record["audit"]
    ]
    return ["## What was found in the data", "\n".join(items) or "Nothing."]


def _data(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    data = record.get("data", {})
    counts = [("training_rows", "to learn from"), ("validation_rows", "to watch"),
              ("test_rows", "to test with")]  # fmt: skip
    split = [f"{data[name]:,} rows {what}" for name, what in counts if data.get(name)]
    parts = ["## The data", plain(", ".join(split))] if split else ["## The data"]
    if data.get("sha256"):
        parts.append(f"SHA-256 `{data['sha256']}`")
    columns = data.get("columns") or []
    if columns:
        rows = [[row["column"], row["kind"], row["why"]] for row in columns[:MOST_ROWS]]
        parts.append(_table(("column", "kind", "why"), rows))
        more = len(columns) - MOST_ROWS
        parts.append(f"and {more:,} more columns" if more > 0 else "")
    return parts if len(parts) > 1 else []


def _again(record: Mapping[str, Any], cases: ShownCases) -> list[str]:
    if not record.get("command"):
        return []
    told = [("seed", record.get("seed")), ("engine", record.get("engine")),
            ("machine", record.get("machine")), ("finished", record.get("finished"))]  # fmt: skip
    versions = ", ".join(f"{k} {v}" for k, v in record.get("versions", {}).items())
    lines = [f"- {name}: {plain(value)}" for name, value in told if value is not None]
    fence = "    " + record["command"]
    return ["## How to do it again", fence, "\n".join([*lines, f"- versions: {plain(versions)}"])]
