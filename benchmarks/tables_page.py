"""From folds to what people read: means, differences, verdicts; text and Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import machine
from report import Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables-benchmark.md"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
MAIN = {"classes": "accuracy", "numbers": "r2"}
SECOND = {"classes": "log_loss", "numbers": "rmse"}
SIGNS = {"accuracy": 1, "log_loss": -1, "r2": 1, "rmse": -1}
"""Whether more is better."""
Row = Mapping[str, Any]


def facts() -> dict[str, Any]:
    """Processor, Python and the versions of the contenders."""
    return machine.facts(["pellucid", "scikit-learn", "numpy", "pandas", "polars"])


@dataclass(frozen=True)
class Versus:
    """One measure of two contenders on the same folds.

    Attributes:
        ours, theirs: mean and standard error.
        gain: by how much ours is better (above 0) or worse, mean and standard error.
    """

    measure: str
    ours: tuple[float, float]
    theirs: tuple[float, float]
    gain: tuple[float, float]

    @property
    def verdict(self) -> str:
        """Better or worse by more than one standard error, or equal."""
        mean, error = self.gain
        return "better" if mean > error else "worse" if mean < -error else "equal"


def mean_error(values: Any, folds: int) -> tuple[float, float]:
    """Mean and standard error over the folds of one or several divisions.

    Formula: error = sqrt((1/n + 1/(folds - 1)) * variance), n folds in all, with the variance of
        the sample. The second term is there since folds share their training rows: without it, more
        divisions of the same rows would make the error as small as one likes.
    Source: C. Nadeau, Y. Bengio, 2003, doi:10.1023/A:1024068626366, eq. 13.
    """
    found = np.asarray(values, float)
    if len(found) < 2:
        return float(found.mean()), float("nan")
    share = 1 / len(found) + 1 / (folds - 1)
    return float(found.mean()), float(np.sqrt(share * found.var(ddof=1)))


def peer_of(row: Row) -> str:
    """The peer with the better mean, where there are two."""
    main = MAIN[row["job"]]
    means = {
        name: np.mean([fold[main] for fold in found])
        for name, found in row["folds"].items()
        if name != "pellucid"
    }
    return str(max(means, key=lambda name: means[name]))


def versus(row: Row, measure: str) -> Versus:
    """Ours and the peer's, fold by fold."""
    ours, theirs = (
        np.array([fold[measure] for fold in row["folds"][name]])
        for name in ("pellucid", peer_of(row))
    )
    count = 1 + max(fold["fold"] for fold in row["folds"]["pellucid"])
    gain = SIGNS[measure] * (ours - theirs)
    return Versus(measure, *(mean_error(values, count) for values in (ours, theirs, gain)))


def seconds(row: Row, name: str) -> float:
    """Mean time of a fold."""
    return float(np.mean([fold["seconds"] for fold in row["folds"][name]]))


def line(row: Row) -> str:
    """A table in a line, while measuring."""
    found = versus(row, MAIN[row["job"]])
    return f"{row['table']}: {found.measure} {_pm(found.ours)}, peer {_pm(found.theirs)}"


def main_table(rows: list[Row]) -> Table:
    """Both scores of each table, the difference and the verdict, and the seconds."""
    head = ["table", "rows x columns", "measure", "Pellucid", "scikit-learn", "difference", "",
            "seconds"]  # fmt: skip
    lines = []
    for row in rows:
        found, peer = versus(row, MAIN[row["job"]]), peer_of(row)
        size = f"{row['rows']:,} x {row['columns']}"
        star = "*" if peer.endswith("scaled") else ""
        times = f"{_short(seconds(row, 'pellucid'))} / {_short(seconds(row, peer))}"
        lines.append([row["table"], size, _name(found.measure), _pm(found.ours),
                      _pm(found.theirs) + star, _pm(found.gain, sign=True), found.verdict,
                      times])  # fmt: skip
    return Table(head, lines)


def second_table(rows: list[Row]) -> Table:
    """Log loss and root mean squared error."""
    head = ["table", "measure (less is better)", "Pellucid", "scikit-learn", "less by", ""]
    lines = []
    for row in rows:
        found = versus(row, SECOND[row["job"]])
        lines.append([row["table"], _name(found.measure), _pm(found.ours), _pm(found.theirs),
                      _pm(found.gain, sign=True), found.verdict])  # fmt: skip
    return Table(head, lines)


def reasons(rows: list[Row]) -> Table:
    """Where each table is from, what is predicted, and why it is here."""
    head = ["table", "from", "target", "cells missing", "why it is here"]
    lines = [
        [row["table"], row["source"], f"`{row['target']}`", f"{row['missing']:.1%}", row["why"]]
        for row in rows
    ]
    return Table(head, lines)


def tally(rows: list[Row], measures: Mapping[str, str]) -> str:
    """How many tables are better, equal, worse."""
    verdicts = [versus(row, measures[row["job"]]).verdict for row in rows]
    ahead = sum(versus(row, measures[row["job"]]).gain[0] > 0 for row in rows)
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in ("better", "equal", "worse"))
    return f"{counts} of {len(rows)} tables; the mean is ahead on {ahead}"


def told(result: Mapping[str, Any]) -> str:
    """All of it for the terminal."""
    rows = result["tables"]
    return "\n\n".join([main_table(rows).text(), tally(rows, MAIN), second_table(rows).text(),
                        tally(rows, SECOND)])  # fmt: skip


def written(result: Mapping[str, Any]) -> str:
    """All of it as Markdown."""
    rows, machine_facts = result["tables"], result["machine"]
    versions = ", ".join(f"{name} {found}" for name, found in machine_facts["versions"].items())
    on = f"Measured {result['date'][:10]} on {machine_facts['processor']}, one thread: {versions}."
    return "\n\n".join(
        [
            on,
            f"**Accuracy and R2**: {tally(rows, MAIN)}.",
            main_table(rows).markdown(),
            "`*`: with y scaled, which did better there.",
            f"**Log loss and root mean squared error**: {tally(rows, SECOND)}.",
            second_table(rows).markdown(),
            "## The tables",
            reasons(rows).markdown(),
        ]
    )


def publish(result: Mapping[str, Any], page: Path = PAGE) -> None:
    """Put a result between the markers of the page."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{page} has no place for the numbers: {BEGIN} ... {END}.")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    filled = "\n\n".join([before + BEGIN, written(result), END + after])
    page.write_text(filled, encoding="utf-8")
    print(page)


def _name(measure: str) -> str:
    return {"accuracy": "accuracy", "r2": "R2", "log_loss": "log loss", "rmse": "RMSE"}[measure]


def _pm(pair: tuple[float, float], *, sign: bool = False) -> str:
    mean, error = pair
    digits = 3 if abs(mean) < 10 else 1 if abs(mean) < 1000 else 0
    return f"{mean:{'+' if sign else ''}.{digits}f} ± {error:.{digits}f}"


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
