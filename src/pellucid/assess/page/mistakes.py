"""The part of the page on mistakes: each number in it opens its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.assess.cases import ShownCases
from pellucid.assess.evidence import MOST_CLASSES
from pellucid.assess.page.listed import listed
from pellucid.assess.page.markup import Markup, el, table, trusted
from pellucid.assess.page.scored import Part
from pellucid.assess.words import number, percent
from pellucid.data.arrays import count_of
from pellucid.figures.regression import error_chart, predicted_true_chart
from pellucid.figures.svg import svg


def mistakes(record: Mapping[str, Any], cases: ShownCases) -> Part | None:
    """Which rows are wrong: every cell or range opens some of its rows."""
    found = record["report"]
    worst = _worst(found, cases)
    if "counts" in found:
        title, lead = "Which mistakes it makes", "Choose a number to see the rows behind it."
        return "mistakes", title, lead, [_confusions(found, cases), worst, _by_class(found)]
    if "ranges" in found:
        name = record.get("data", {}).get("target") or "target"
        return "mistakes", "Where it errs", None, [_numbers(found, cases, name), worst]
    return "mistakes", "Where it errs", None, worst


def _confusions(found: Mapping[str, Any], cases: ShownCases) -> Markup:
    opening = {(cell["true"], cell["predicted"]): k for k, cell in enumerate(found["cells"])}
    first = next(
        (k for k, cell in enumerate(found["cells"]) if cell["true"] != cell["predicted"]), 0
    )
    size = len(found["classes"])
    if size <= MOST_CLASSES:
        chooser = _matrix(found, opening, first)
    else:
        chooser = _frequent(found, first)
    return el("div", chooser, _panels(found["cells"], cases, _cell_title), class_="look")


def _matrix(found: Mapping[str, Any], opening: Mapping[tuple[str, str], int], first: int) -> Markup:
    """The confusion matrix, its cells buttons."""
    names, rows = found["classes"], []
    for name, counts in zip(names, found["counts"], strict=True):
        total = sum(counts) or 1
        cells = []
        for other, count in zip(names, counts, strict=True):
            place = opening.get((name, other))
            if place is None or not count:
                cells.append(el("td", count or "·"))
                continue
            share = (0.12 + 0.6 * count / total) if name != other else 0.1 + 0.35 * count / total
            cells.append(el("td", el(
                "button", f"{count:,}", type="button", class_=_right(name == other),
                style=f"--share:{share:.2f}", data_open=f"cases-{place}",
                data_first=place == first, aria_expanded="false", aria_controls=f"cases-{place}",
                aria_label=f"{count_of(count, 'row')} of {name}, taken for {other}",
            )))  # fmt: skip
        rows.append(el("tr", el("th", name, scope="row"), cells))
    head = el("tr", el("td", "true"), [el("th", name, scope="col") for name in names])
    caption = el("caption", "True class by row, answer by column")
    inside = el("table", caption, el("thead", head), el("tbody", rows), class_="matrix")
    return el("div", inside, class_="scroll")


def _right(right: bool) -> str:
    return "cell right" if right else "cell wrong"


def _frequent(found: Mapping[str, Any], first: int) -> Markup:
    """The most frequent confusions, where a matrix would be too large."""
    rows = [
        [cell["true"], cell["predicted"], _opener(count_of(cell["rows"], "row"), k, k == first)]
        for k, cell in enumerate(found["cells"])
        if cell["true"] != cell["predicted"]
    ]
    caption = f"The most frequent mistakes among {len(found['classes'])} classes"
    return table(("true", "taken for", ""), rows, caption=caption)


def _opener(words: str, place: int, first: bool) -> Markup:
    return el(
        "button", words, type="button", class_="link", data_open=f"cases-{place}",
        data_first=first, aria_expanded="false", aria_controls=f"cases-{place}",
    )  # fmt: skip


def _panels(cells: Sequence[Mapping[str, Any]], cases: ShownCases, title: Any) -> Markup:
    """The cases of each cell; the page's program shows one at a time."""
    made = []
    for place, (cell, own) in enumerate(zip(cells, cases.cells, strict=True)):
        order = "the least sure first" if _is_right(cell) else "the worst first"
        some = "" if len(own) == cell["rows"] else f" {len(own)} of them, {order}."
        heading = el("h3", title(cell), tabindex="-1")
        note = el("p", f"{count_of(cell['rows'], 'row')}.{some}", class_="note")
        shown = listed(own, labelled="true" not in cell)
        made.append(el("div", heading, note, shown, id=f"cases-{place}", data_panel=True))
    return el("div", made, class_="panels", aria_live="polite")


def _is_right(cell: Mapping[str, Any]) -> bool:
    return "true" in cell and bool(cell["true"] == cell["predicted"])


def _cell_title(cell: Mapping[str, Any]) -> str:
    if _is_right(cell):
        return f"{cell['true']}, rightly told"
    return f"{cell['true']}, taken for {cell['predicted']}"


def _worst(found: Mapping[str, Any], cases: ShownCases) -> Markup | None:
    if not cases.worst:
        return el("p", "Not one of the test rows was answered wrongly.", class_="below")
    lead = "Wrong, and least expected: the true class got the smallest chance."
    if "ranges" in found or found["kind"] != "classes":
        lead = "The largest errors."
    left = cases.without_picture
    capped = (
        f"{left:,} cases on this page are named without their picture, to keep it small."
        if left else None
    )  # fmt: skip
    note = el("p", capped, class_="note") if capped else None
    return el("div", el("h3", "The worst errors"), el("p", lead, class_="note"),
              listed(cases.worst, "cases worst"), note, class_="below")  # fmt: skip


def _by_class(found: Mapping[str, Any]) -> Markup:
    rows = [
        [
            row["class"], f"{row['rows']:,}",
            "" if row["recall"] is None else percent(row["recall"]),
            f"{row['answers']:,}", "" if row["precision"] is None else percent(row["precision"]),
        ]
        for row in found["by_class"]
    ]  # fmt: skip
    head = ("class", "test rows", "of these found (recall)", "answers",
            "of these right (precision)")  # fmt: skip
    return el("details", el("summary", "Class by class"), table(head, rows, numbers=(1, 2, 3, 4)))


def _numbers(found: Mapping[str, Any], cases: ShownCases, name: str) -> list[Markup]:
    charts = [
        (predicted_true_chart(found["points"], name), "On the dotted line it is exactly right."),
        (error_chart(found["errors"], name), "Left of 0 it says too little, right of it too much."),
    ]
    figures = [
        el("figure", trusted(svg(chart)), el("p", note, class_="note"))
        for chart, note in charts
    ]  # fmt: skip
    drawn = len(found["points"])
    capped = (
        f"{drawn:,} of {found['test_rows']:,} rows are drawn."
        if drawn < found["test_rows"]
        else None
    )
    worst = max(range(len(found["ranges"])), key=lambda k: found["ranges"][k]["mae"])
    rows = [
        [
            f"{number(row['low'])} to {number(row['high'])}", number(row["mae"]),
            _leaning(row["bias"]), _opener(count_of(row["rows"], "row"), k, k == worst),
        ]
        for k, row in enumerate(found["ranges"])
    ]  # fmt: skip
    head = (f"true {name}", "off by, on average", "says on average", "")
    chooser = table(head, rows, numbers=(1,), caption="A fifth of the rows each")
    look = el("div", chooser, _panels(found["ranges"], cases, _range_title), class_="look")
    return [el("div", figures, class_="charts"), el("p", capped, class_="note") if capped else
            trusted(""), look]  # fmt: skip


def _leaning(bias: float) -> str:
    return f"{number(abs(bias))} too {'much' if bias > 0 else 'little'}"


def _range_title(row: Mapping[str, Any]) -> str:
    return f"True values from {number(row['low'])} to {number(row['high'])}"
