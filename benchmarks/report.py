"""The tables: as text for the terminal, as Markdown for the documents."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from contest import NAMES, OURS, TITLES, Contest

NOISE = 0.025  # accuracies on 357 rows differ by about so much from seed to seed


@dataclass(frozen=True)
class Table:
    """Columns' names and lines of cells."""

    head: list[str]
    lines: list[list[str]]

    def text(self) -> str:
        """Columns padded to one width."""
        widths = [max(map(len, column)) for column in zip(self.head, *self.lines, strict=True)]
        every = [self.head, ["-" * width for width in widths], *self.lines]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in every
        )

    def markdown(self) -> str:
        """A table of a Markdown page."""
        every = [self.head, ["---"] * len(self.head), *self.lines]
        return "\n".join(f"| {' | '.join(line)} |" for line in every)


def times(found: list[Contest], names: list[str]) -> Table:
    """Our time, and for each peer how many times as long it takes, with its time."""
    peers = [name for name in names if name != OURS]
    return Table(
        ["workload", "threads", "Pellucid", *(NAMES[name] for name in peers)],
        [
            [
                one.title,
                _threads(one.threads),
                duration(one.ours),
                *(
                    f"{ratio(one.ratios[name])} ({duration(one.peers[name])})"
                    if name in one.peers
                    else "-"
                    for name in peers
                ),
            ]
            for one in found
        ],
    )


def against(found: list[Contest]) -> Table:
    """The quickest peer, the bars and whether they are met, and the share of the product's rate."""
    head = ["workload", "threads", "Pellucid", "quickest peer", "bar: reached", "GF/s"]
    lines = []
    for one in found:
        best = f"{NAMES[one.best[0]]} {ratio(one.best[1])}" if one.peers else "-"
        cells = [one.title, _threads(one.threads), duration(one.ours), best, _bars(one)]
        rate = one.flops / one.ours
        cells.append(f"{rate / 1e9:.3g}, {rate / one.sgemm:.0%} of sgemm" if one.sgemm else "-")
        lines.append(cells)
    return Table(head, lines)


def _bars(one: Contest) -> str:
    parts = []
    for name, bar, reached in one.verdicts:
        whom = "best peer" if name == "best" else NAMES[name]
        verdict = "met" if reached >= bar else "NOT MET"
        parts.append(f"{bar:.3g}x of {whom}: {reached:.3g}x, {verdict}")
    return "; ".join(parts) or "-"


def bars_met(found: list[Contest]) -> str:
    """How many of the bars are met."""
    judged = [reached >= bar for one in found for _, bar, reached in one.verdicts]
    return f"{sum(judged)} of {len(judged)} bars met"


def first(rows: list[dict[str, Any]], names: list[str]) -> Table:
    """What the first step costs with all that comes before it, and a later call of one step."""
    shown = [name for name in names if any(name in row["first"] for row in rows)]
    return Table(
        ["make + first step / later call of one step", "threads", *(NAMES[n] for n in shown)],
        [
            [
                TITLES.get(row["workload"], row["title"]),
                str(row["threads"]),
                *(
                    " / ".join(map(duration, row["first"][name])) if name in row["first"] else "-"
                    for name in shown
                ),
            ]
            for row in rows
            if row["first"]
        ],
    )


def growth(rows: list[dict[str, Any]]) -> Table:
    """A line a point: time a step, the machine's limit, and PyTorch."""
    head = ["point", "threads", "Pellucid", "GF/s", "limit", "times the limit", "PyTorch"]
    lines = []
    for row in rows:
        ours, theirs = row["median"][OURS], row["median"].get("pytorch")
        beside = f"{ratio(theirs / ours)} ({duration(theirs)})" if theirs else "-"
        lines.append(
            [
                row["workload"], str(row["threads"]), duration(ours),
                f"{row['flops'] / ours / 1e9:.3g}", duration(row["limit"]),
                f"{ours / row['limit']:.2g}", beside,
            ]
        )  # fmt: skip
    return Table(head, lines)


def memory(rows: list[dict[str, Any]], names: list[str]) -> Table:
    """Peak memory of whole processes that train, and the data in it."""
    shown = [name for name in names if any(name in row["peak"] for row in rows)]
    return Table(
        ["peak memory while training", "data", *(NAMES[name] for name in shown)],
        [
            [
                TITLES.get(row["workload"], row["title"]),
                size(row["data"]),
                *(size(row["peak"].get(name)) for name in shown),
            ]
            for row in rows
        ],
    )


def curves(rows: list[dict[str, Any]]) -> Table:
    """After each epoch the seconds trained and the accuracy reached."""
    names = [name for name in NAMES if any(name in row["curve"] for row in rows)]
    lines = []
    for row in rows:
        for epoch, points in enumerate(zip(*(row["curve"][n] for n in names), strict=True), 1):
            cells = [f"{seconds:.2f} s: {share:.2%}" for seconds, share in points]
            title = TITLES.get(row["workload"], row["title"])
            lines.append([title, str(row["threads"]), str(epoch), *cells])
    return Table(["network", "threads", "epoch", *(NAMES[name] for name in names)], lines)


def notes(rows: list[dict[str, Any]]) -> list[str]:
    """What was measured beside the contenders, and whether all learned alike."""
    beside = [
        f"{row['title']}: {name} {duration(row['median'][name])}."
        for row in rows
        for name in row.get("beside", [])
    ]
    return beside + [line for row in rows if row.get("accuracy") for line in [_accuracies(row)]]


def _accuracies(row: dict[str, Any]) -> str:
    found = row["accuracy"]
    middle = median(found.values())
    apart = [name for name, value in found.items() if abs(value - middle) > NOISE]
    values = ", ".join(f"{name} {value:.1%}" for name, value in found.items())
    verdict = f"NOT THE SAME: {', '.join(apart)}" if apart else "the same within noise"
    return f"Accuracy, {row['title']}, {row['threads']} threads: {values}: {verdict}."


def duration(seconds: float | None) -> str:
    """A time with a unit that suits it; a dash for none."""
    if seconds is None:
        return "-"
    for unit, one in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= one:
            return f"{_three(seconds / one)} {unit}"
    return f"{_three(seconds * 1e6)} us"


def _three(value: float) -> str:
    """Three digits, and never an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value: float) -> str:
    """A ratio as ``2.3x``: two digits, more from 100 on."""
    return f"{value:.0f}x" if value >= 10 else f"{value:.2g}x"


def size(count: int | None) -> str:
    """Bytes as megabytes; a dash for none."""
    return "-" if count is None else f"{_three(count / 1e6)} MB"


def _threads(count: int) -> str:
    return str(count) if count else "best"
