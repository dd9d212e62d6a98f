"""Parts of the page: the scores, the mistakes and their cases, the chances."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.assess.cases import Case, ShownCases
from pellucid.assess.page.markup import Markup, el, picture, table, trusted
from pellucid.data.arrays import count_of
from pellucid.assess.words import gap, number, percent
from pellucid.figures.regression import error_chart, predicted_true_chart
from pellucid.figures.reliability import reliability_chart
from pellucid.figures.svg import svg

Part = tuple[str, str, str | None, Any]
MEASURES = {
    "accuracy": "right answers", "mae": "off by, on average (mae)",
    "rmse": "off by, large errors counting more (rmse)", "r2": "share explained (r2)",
}  # fmt: skip
SHARES = ("accuracy", "r2")


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
    close = [row for row in rows if row["model"] not in ("majority class", "mean")]
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


# --- mistakes


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
    return None


def _confusions(found: Mapping[str, Any], cases: ShownCases) -> Markup:
    opening = {(cell["true"], cell["predicted"]): k for k, cell in enumerate(found["cells"])}
    first = next(
        (k for k, cell in enumerate(found["cells"]) if cell["true"] != cell["predicted"]), 0
    )
    size = len(found["classes"])
    if (size * size) and len({*opening}) and size <= 25:
        chooser = _matrix(found, opening, first)
    else:
        chooser = _listed(found, first)
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
                cells.append(el("td", "·" if not count else count))
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


def _listed(found: Mapping[str, Any], first: int) -> Markup:
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
        made.append(el(
            "div", el("h3", title(cell), tabindex="-1"), el("p", f"{count_of(cell['rows'], 'row')}.{some}",
            class_="note"), _shown(own, labelled="true" not in cell), id=f"cases-{place}", data_panel=True,
        ))  # fmt: skip
    return el("div", made, class_="panels", aria_live="polite")


def _is_right(cell: Mapping[str, Any]) -> bool:
    return "true" in cell and bool(cell["true"] == cell["predicted"])


def _cell_title(cell: Mapping[str, Any]) -> str:
    if _is_right(cell):
        return f"{cell['true']}, rightly told"
    return f"{cell['true']}, taken for {cell['predicted']}"


def _shown(cases: Sequence[Case], class_: str = "cases", labelled: bool = True) -> Markup:
    """Cases as pictures, or as a small table."""
    if any(case.picture is not None for case in cases):
        return el("ul", [_pictured(case) for case in cases], class_=class_)
    names = list(dict.fromkeys(name for case in cases for name in case.cells))
    chances = any(case.chance is not None for case in cases)
    off = any(case.off is not None for case in cases)
    label = ["true", "said"] if labelled else []
    head = ["row", *label, *(["chance"] if chances else []), *(["off by"] if off else [])]
    values = {n: [case.cells.get(n, "") for case in cases] for n in names}
    numeric = [k for k, n in enumerate(names, len(head)) if all(map(_is_number, values[n]))]
    right = [*range(1 if off else 1 + len(label), len(head)), *numeric]
    rows = [
        [
            case.name.removeprefix("row "), *([case.true, case.predicted] if labelled else []),
            *([percent(case.chance or 0.0)] if chances else []),
            *([number(case.off)] if off else []),
            *(case.cells.get(name, "") for name in names),
        ]
        for case in cases
    ]  # fmt: skip
    return table([*head, *names], rows, numbers=right, class_="tight")


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"|[-+]?[\d.]+(e[-+]?\d+)?", text))


def _pictured(case: Case) -> Markup:
    words = f"{case.true}, said {case.predicted}"
    chance = "" if case.chance is None else f", {percent(case.chance)}"
    image = picture(case.picture, f"{case.name}: {words}", loading="lazy") if case.picture else None
    return el(
        "li", image, el("div", "true ", el("b", case.true)), el("div", f"said {case.predicted}{chance}"),
        el("div", case.name, class_="quiet"),
    )  # fmt: skip


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
              _shown(cases.worst, "cases worst"), note, class_="below")  # fmt: skip


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


# --- chances


def chances(record: Mapping[str, Any]) -> Part | None:
    """Whether the chances come true as often as they say."""
    found = record["report"].get("calibration")
    if found is None:
        return None
    chart = reliability_chart(found["bins"])
    figure = el("figure", trusted(svg(chart, 440, 340)))
    rows = [
        [f"{100 * row['low']:.0f}–{100 * row['high']:.0f} %", f"{row['rows']:,}", percent(row["chance"]),
         percent(row["right"])]
        for row in found["bins"]
    ]  # fmt: skip
    head = ("chance given", "answers", "on average", "right")
    text = (
        f"A chance of 90 % should mean that 9 of 10 such answers are right. Here chances and what "
        f"came true are {100 * found['error']:.1f} points apart on average (the expected "
        "calibration error). Below the dotted line it is too sure, above it too modest. The larger a "
        "point, the more answers it stands for; its line is where the share is likely to be."
    )
    side = el("div", el("p", text), table(head, rows, numbers=(1, 2, 3)))
    return "chances", "Do its chances come true?", None, el("div", figure, side, class_="pair")
