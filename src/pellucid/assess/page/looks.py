"""Parts of the page: what the answers depend on, and how the network learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.assess.cases import ShownCases
from pellucid.assess.page.markup import Markup, el, picture, table, trusted
from pellucid.assess.page.scored import Part
from pellucid.assess.thumbnail import map_png, size_of
from pellucid.assess.words import number, percent
from pellucid.figures.curves import learning_charts
from pellucid.figures.svg import svg

SHOWN, MOST_NOTES = 30, 6
"""So many columns are in the table; the others in a list that opens."""


def importance(record: Mapping[str, Any], cases: ShownCases) -> Part | None:
    """Columns by shuffling and by weights, or maps of pictures."""
    found = record["report"]["importance"]
    if found is None:
        return None
    content = _maps(found, cases) if found["of"] == "pictures" else _columns(found)
    return "importance", "What its answers depend on", None, content


def rise(found: Mapping[str, Any], value: float) -> str:
    """A rise of the error in words: points of classes, else the target's unit."""
    sign = "+" if value > 0 else "-" if value < 0 else ""
    if found["measure"] == "rmse":
        return f"{sign}{number(abs(value))}"
    return f"{sign}{100 * abs(value):.1f} points"


def importance_text(found: Mapping[str, Any]) -> str:
    """How it was found."""
    what = "wrong answers" if found["measure"] != "rmse" else "error (rmse)"
    base = percent(found["error"]) if found["measure"] != "rmse" else number(found["error"])
    if found["of"] == "pictures":
        return (
            f"Each block of pixels was exchanged among {found['test_rows']:,} test pictures, "
            f"{found['repeats']} times; the stronger the colour, the more the {what} rose above "
            f"{base}. Where there is no colour, the network does not need what is there."
        )
    return (
        f"By shuffling: the cells of a column change rows, {found['repeats']} times over among "
        f"{found['test_rows']:,} test rows, and the {what} rise above {base} (± is the deviation "
        "between repeats). By weights: the share of all that the first layer's weights of a "
        "column add up to. Only shuffling asks the data."
    )


def agreement_text(found: Mapping[str, Any]) -> str | None:
    """How far both orders agree, in words."""
    value = found["agreement"]
    if value is None:
        return None
    if not found["weights_differ"]:
        return (
            "The weights hardly tell the columns apart: the largest add up to less than twice the "
            "smallest. Their order says little here."
        )
    words = "agree well" if value >= 0.7 else "agree in part" if value >= 0.3 else "do not agree"
    return f"The two orders {words} (rank correlation {value:.2f}; 1 is the same order)."


def _columns(found: Mapping[str, Any]) -> list[Markup | None]:
    rows = found["columns"]
    head, cells = _importance_rows(found, rows)
    notes = [
        el("li", el("b", row["column"]), ": ", row["note"])
        for row in sorted(rows, key=lambda row: -abs(row["rank"] - (row["weights_rank"] or 0)))
        if row["note"]
    ][:MOST_NOTES]
    told = agreement_text(found)
    more = None
    if len(rows) > SHOWN:
        summary = el("summary", f"{len(rows) - SHOWN:,} more columns")
        more = el("details", summary, table(head, cells[SHOWN:], numbers=(1,)))
    left = found["left_out"]
    capped = (
        f"{left:,} more columns, those of the smallest weights, were not examined."
        if left
        else None
    )
    unused = found.get("not_used")
    absent = f"Not seen by the network: {', '.join(unused[:20])}." if unused else None
    return [
        el("p", importance_text(found)), table(head, cells[:SHOWN], numbers=(1,)), more,
        el("p", told) if told else None,
        el("h3", "Where weights mislead") if notes else None,
        el("ul", notes) if notes else None,
        *(el("p", note, class_="note") for note in (capped, absent) if note),
    ]  # fmt: skip


def _importance_rows(
    found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[list[Any]]]:
    top = max((max(row["rise"], 0.0) for row in rows), default=0.0) or 1.0
    weighed = any(row["weights"] is not None for row in rows)
    every = sum(row["weights"] or 0.0 for row in rows) or 1.0
    most = max(((row["weights"] or 0.0) / every for row in rows), default=0.0) or 1.0
    dense = any(row["garson"] is not None for row in rows)
    shares = sum(row["garson"] or 0.0 for row in rows) or 1.0
    head = ["column", "by shuffling", "", *(["by weights", ""] if weighed else []),
            *(["Garson", "Olden"] if dense else [])]  # fmt: skip
    cells = []
    for row in rows:
        spread = rise(found, row["deviation"]).removeprefix("+").removesuffix(" points")
        own = [row["column"], f"{rise(found, row['rise'])} ± {spread}",
               _bar(max(row["rise"], 0.0) / top, "training")]  # fmt: skip
        if weighed:
            share = (row["weights"] or 0.0) / every
            flag = " ⚑" if row["note"] else ""
            own += [f"{percent(share)}{flag}", _bar(share / most, "validation")]
        if dense:
            own += [percent((row["garson"] or 0.0) / shares), number(row["olden"])]
        cells.append(own)
    return head, cells


def _bar(share: float, role: str) -> Markup:
    inside = el("span", class_=f"barline {role}", style=f"width:{100 * share:.1f}%")
    return el("span", inside, class_="barbox", aria_hidden="true")


def _maps(found: Mapping[str, Any], cases: ShownCases) -> list[Markup]:
    """The maps over the mean picture."""
    base = cases.mean or b""
    width, height = size_of(base)
    ratio = f"--ratio:{width}/{height}"

    def over(values: Any, title: str) -> Markup:
        drawn = map_png(values)
        under = picture(base, "", class_="under dim")
        layers = el("div", under, picture(drawn, title, class_="over"), class_="onto", style=ratio)
        return el("figure", el("figcaption", title), layers)

    plain = el("div", picture(base, "mean picture", class_="under"), class_="onto", style=ratio)
    figures = [
        el("figure", el("figcaption", "The mean picture"), plain),
        over(found["rises"], "By exchanging blocks"),
    ]
    if found["weights"] is not None:
        figures.append(over(found["weights"], "By weights alone"))
    most = max(max(row) for row in found["rises"])
    said = f"The most a single block does: {rise(found, most)}."
    return [el("p", importance_text(found)), el("div", figures, class_="maps"),
            el("p", said, class_="note")]  # fmt: skip


def learning(record: Mapping[str, Any]) -> Part | None:
    """The learning curves."""
    history = record["report"]["history"]
    if not history:
        return None
    figures = [el("figure", trusted(svg(chart, 340, 250))) for chart in learning_charts(history)]
    watched = any("val_loss" in row for row in history)
    legend = el(
        "ul", el("li", el("i", class_="training"), "rows it learned from"),
        el("li", el("i", class_="validation dash"), "rows watched, not learned from")
        if watched else None,
        el("li", el("i", class_="dot"), "epoch of the smallest loss"), class_="legend",
    )  # fmt: skip
    text = learning_text(record)
    return "learning", "How it learned", text, [el("div", figures, class_="charts"), legend]


STOPPED = {
    "finished": "all epochs were done",
    "early_stopping": "the loss of watched rows no longer fell",
    "converged": "nothing was left to gain",
    "interrupted": "it was interrupted",
}


def learning_text(record: Mapping[str, Any]) -> str:
    """How long it took, why it ended, which epoch was kept."""
    epochs = record.get("epochs") or len(record["report"]["history"])
    words = f"{epochs:,} epoch{'s' if epochs != 1 else ''}"
    if record.get("seconds") is not None:
        words += f" in {record['seconds']:.1f} seconds"
    if record.get("stopped"):
        words += f": {STOPPED.get(record['stopped'], record['stopped'])}"
    if record.get("best_epoch") is not None:
        words += f"; the parameters are those of epoch {record['best_epoch']}"
    return words + "."
