"""Parts of the page: the scores beside those of simple models, and the chances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.assess.page.markup import Markup, el, table, trusted
from pellucid.assess.words import SIMPLEST, gap, number, percent
from pellucid.figures.reliability import reliability_chart
from pellucid.figures.svg import svg

Part = tuple[str, str, str | None, Any]
MEASURES = {
    "accuracy": "right answers", "mae": "off by, on average (mae)",
    "rmse": "off by, large errors counting more (rmse)", "r2": "share explained (r2)",
    "f1_micro": "f1 of all labels", "f1_macro": "mean f1 of the labels",
    "hamming_loss": "share of labels wrong", "deviance": "Poisson's deviance",
}  # fmt: skip


def shown(measure: str, value: float | None) -> str:
    """A value of a measure in words."""
    if value is None:
        return "undefined"
    return percent(value) if measure == "accuracy" else number(value)


def scores(record: Mapping[str, Any]) -> Part:
    """The network beside the simple models."""
    found = record["report"]
    measures = list(dict.fromkeys(row["measure"] for row in found["compared"]))
    tables = [_scores_of(record, measure) for measure in measures]
    main = tables[0]
    more = el("details", el("summary", "Other measures"), tables[1:]) if tables[1:] else None
    notes = [el("p", note, class_="note") for note in score_notes(record)]
    lead = "The same rows, none of which was learned from, for the network and simple models."
    if any(row["kind"] == "shared_rows" for row in record.get("audit") or ()):
        lead = "The same rows, some with equals among those learned from, for all models."
    if not found["held_out"]:
        lead = "The rows that were learned from, for the network and simple models."
    return "scores", "How good it is", lead, [main, more, notes]


def _scores_of(record: Mapping[str, Any], measure: str) -> Markup:
    found = record["report"]
    rows = [row for row in found["compared"] if row["measure"] == measure]
    apart = {r["model"]: r for r in found["differences"] if r["measure"] == measure}
    low, high = _span(rows)
    seconds = {name: values["seconds"] for name, values in record.get("baselines", {}).items()}
    cells = []
    for row in rows:
        between = "" if row["low"] is None else (
            f"{shown(measure, row['low'])} to {shown(measure, row['high'])}"
        )  # fmt: skip
        took = seconds.get(row["model"], record.get("seconds"))
        other = apart.get(row["model"])
        cells.append([
            row["model"], shown(measure, row["value"]), between, _whisker(row, low, high),
            "" if other is None else _difference(other),
            "" if took is None else f"{took:.2f} s",
        ])  # fmt: skip
    head = ("", MEASURES.get(measure, measure), "likely between", "", "the network is", "took")
    return table(head, cells, numbers=(1, 5), class_="wide stack")


def _span(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The ends of the line: of all models but the simplest, where that is far from all others."""

    def ends(some: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
        told = [r[end] for r in some for end in ("low", "high", "value") if r[end] is not None]
        return (min(told), max(told)) if told else (0.0, 1.0)

    low, high = ends(rows)
    close = [row for row in rows if row["model"] not in SIMPLEST]
    near = ends(close)
    return near if len(close) > 1 and 3 * (near[1] - near[0]) < high - low else (low, high)


def _difference(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return ""
    said = gap(row)
    return said.removesuffix(" as") if row["better"] == "unsure" else said.removesuffix(" than")


def _whisker(row: Mapping[str, Any], low: float, high: float) -> Markup | str:
    """A value and its interval on a line that all models share."""
    if row["value"] is None:
        return ""
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return round(8 + 184 * min(1.0, max(0.0, (value - low) / span)), 1)

    role = "training" if row["model"] == "this network" else "ink"
    ends = (row["low"], row["high"]) if row["low"] is not None else (row["value"], row["value"])
    if not low <= row["value"] <= high:  # far off: an arrow to where it would be
        place, turned = ("2", "9") if row["value"] < low else ("198", "191")
        return trusted(
            f'<svg class="mini whisker ink" viewBox="0 0 200 18" width="200" height="18" '
            'aria-hidden="true"><line class="axis" x1="0" x2="200" y1="9" y2="9"/>'
            f'<path d="M{turned} 4L{place} 9L{turned} 14"/></svg>'
        )
    return trusted(
        f'<svg class="mini whisker {role}" viewBox="0 0 200 18" width="200" height="18" '
        'aria-hidden="true"><line class="axis" x1="0" x2="200" y1="9" y2="9"/>'
        f'<line x1="{x(ends[0])}" x2="{x(ends[1])}" y1="9" y2="9"/>'
        f'<circle cx="{x(row["value"])}" cy="9" r="5"/></svg>'
    )


def score_notes(record: Mapping[str, Any]) -> list[str]:
    """What has to be known of how the scores were found."""
    found = record["report"]
    notes = [
        f"“Likely between”: the middle {100 * found['level']:.0f} % of what {found['resamples']:,} "
        "redraws of the test rows gave (bootstrap). “Better” and “worse” are said only where the "
        "interval of the difference, on the same redraws for both, leaves out 0."
    ]
    if any(r["measure"] == "accuracy" and r["value"] in (0, 1) for r in found["compared"]):
        notes[0] += " Where all rows are right, or none, it is the exact interval of a share."
    if found["compared_rows"] < found["test_rows"]:
        rows = found["scores"][0]
        notes.append(
            f"The simple models were asked about {found['compared_rows']:,} of the "
            f"{found['test_rows']:,} test rows, drawn at random, and the table is of these. On all "
            f"test rows: {rows['measure']} {shown(rows['measure'], rows['value'])} (likely between "
            f"{shown(rows['measure'], rows['low'])} and {shown(rows['measure'], rows['high'])})."
        )
    learned = {values["rows"] for values in record.get("baselines", {}).values()}
    whole = record.get("data", {}).get("training_rows")
    if learned and whole and max(learned) < whole:
        notes.append(f"The simple models learned from {max(learned):,} of the {whole:,} rows.")
    return notes


def chances(record: Mapping[str, Any]) -> Part | None:
    """Whether the chances come true as often as they say."""
    found = record["report"].get("calibration")
    if found is None:
        return None
    chart = reliability_chart(found["bins"])
    figure = el("figure", trusted(svg(chart, 440, 340)))
    rows = [
        [f"{row['low']:.0%} to {row['high']:.0%}", f"{row['count']:,}", percent(row["confidence"]),
         percent(row["accuracy"])]
        for row in found["bins"]
    ]  # fmt: skip
    head = ("chance given", "answers", "on average", "right")
    text = (
        f"A chance of 90 % should mean that 9 of 10 such answers are right. Here chances and what "
        f"came true are {100 * found['error']:.1f} points apart on average (the expected "
        "calibration error). Below the dotted line it is too sure, above it too modest. The larger "
        "a point, the more answers it stands for; its line is where the share is likely to be."
    )
    side = el("div", el("p", text), table(head, rows, numbers=(1, 2, 3)))
    return "chances", "Do its chances come true?", None, el("div", figure, side, class_="pair")
