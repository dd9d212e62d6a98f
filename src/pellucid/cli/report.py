"""The report of ``train``: what a person reads after a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from textwrap import fill
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from pellucid.assess.baselines import MOST_ROWS, SMALL
from pellucid.cli.mistakes import mistakes
from pellucid.cli.output import has_colors, say, width
from pellucid.data.arrays import count_of
from pellucid.data.table_codec import TableCodec

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.data.dataset import Dataset
    from pellucid.io.run_folder import RunFolder
    from pellucid.models.network import Network
    from pellucid.models.run import Run

ALIKE, MOST_COLUMNS = 6, 60
"""More columns of one kind for one reason share a line; so many lines are shown at most."""
WORDS = {
    "finished": "all epochs done",
    "early_stopping": "the validation loss no longer fell",
    "converged": "nothing was left to gain",
    "interrupted": "interrupted",
}


class Report:
    """Text on a stream, or nowhere."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream

    def say(self, text: str = "") -> None:
        """Write a line."""
        if self.stream is not None:
            say(text, self.stream)

    def opening(self, dataset: Dataset, target: str | None, parts: Parts, network: Network) -> None:
        """Say what is about to be learned, from which column, and by what."""
        self._entry("Data", words_of(dataset, target, width() - 9))
        if isinstance(network.inputs, TableCodec) and dataset.description:
            self._entry("", dataset.description)
        self._entry("", parts.sizes)
        self._entry("Network", chain_text(network))
        self.say()
        if self.stream is not None and isinstance(network.inputs, TableCodec):
            self.say(columns_text(network.inputs, width()))
            self.say()

    def _entry(self, name: str, text: str) -> None:
        indent = " " * 9
        self.say(fill(text, width(), initial_indent=f"{name:<9}", subsequent_indent=indent))

    def closing(
        self, network: Network, run: Run, parts: Parts, metrics: Mapping[str, Any],
        baselines: Mapping[str, Mapping[str, Any]], notes: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Say how it went: curves, scores, confusions and mistakes."""
        if self.stream is None:
            return
        from pellucid.figures.terminal import curves_text

        columns, color = width(), has_colors(self.stream)
        kept = run.history.ended.best_epoch if run.history.ended else None
        self.say(curves_text(run.history.rows, min(columns, 80), 13, color, kept))
        self.say(fill(_how_long(run), width()))
        self.say()
        where = f"{len(parts.test):,} test rows" if parts.held_out else "the rows learned from"
        self.say(f"On {where}:")
        self.say(scores_text(metrics, run.seconds, baselines))
        for note in (*_notes(baselines, parts), *notes):
            self.say(fill(note, columns))
        self._mistakes(network, parts, columns, color)

    def _mistakes(self, network: Network, parts: Parts, columns: int, color: bool) -> None:
        from pellucid.figures.table import confusion_text

        test = parts.test
        if test.kind == "classes":
            labels = list(network.classes)
            matrix = confusions(labels, test.y, network.predict(test.x))
            from pellucid.assess.parts import class_names

            names = class_names(test, labels)
            self.say()
            self.say(f"Confusions: {int(np.trace(matrix)):,} of {len(test):,} right")
            self.say(confusion_text(matrix, names, columns))
        if test.kind == "labels":
            from pellucid.cli.mistakes import label_rows
            from pellucid.figures.table import table_text

            self.say()
            self.say("Label by label:")
            rows = label_rows(network, parts)
            self.say(table_text(rows, right=tuple(rows[0])[1:]))
        found = mistakes(network, parts, columns, color)
        if found:
            self.say()
            self.say(found)

    def where(self, folder: RunFolder, has_page: bool) -> None:
        """Say where the model and the page are, and what to do with them."""
        self.say()
        if has_page:
            self.say(f"The report, to be opened in a browser: {folder.page}")
        self.say(f"The model is in {folder.model}; look at it with:")
        self.say(f"  pellucid inspect {folder.path}")


def columns_text(codec: TableCodec, most: int) -> str:
    """The columns of a table, their kinds, and why; many alike are taken together.

    Parameters:
        most: the width there is.
    """
    from pellucid.figures.table import table_text

    every = codec.rows()
    alike = Counter((row["kind"], row["why"]) for row in every)
    rows, told = [], set()
    for row in every:
        same = row["kind"], row["why"]
        if alike[same] > ALIKE and same not in told:
            left_out = row["kind"] in ("identifier", "constant")
            becomes = row["becomes"] if left_out else "each as its own"
            name = f"{row['column']} ... ({alike[same]:,} columns)"
            rows.append(row | {"column": name, "becomes": becomes})
            told.add(same)
        elif alike[same] <= ALIKE:
            rows.append(row)
    shown = [{name: clipped(text, most // 3) for name, text in row.items()} for row in rows]
    shown = shown[:MOST_COLUMNS]
    room = (
        most - 6 - sum(max(len(row[name]) for row in shown) for name in ("column", "kind", "why"))
    )
    for row, full in zip(shown, rows, strict=False):
        row["becomes"] = clipped(full["becomes"], max(room, 12))
    more = len(rows) - len(shown)
    return table_text(shown) + (f"\nand {more:,} more columns" if more > 0 else "")


def clipped(text: str, size: int) -> str:
    """A text, cut where it is too long."""
    return text if len(text) <= size else text[: size - 1] + "…"


def scores_text(
    metrics: Mapping[str, Any], seconds: float, baselines: Mapping[str, Mapping[str, Any]]
) -> str:
    """The scores of the network and of the baselines, one below the other."""
    from pellucid.figures.table import table_text

    shown = [name for name in metrics if name != "loss"]
    every = {"this network": {**metrics, "seconds": seconds}, **baselines}
    rows = [
        {"model": model}
        | {name: _number(values.get(name)) for name in shown}
        | {"seconds": f"{values['seconds']:.2f}"}
        for model, values in every.items()
    ]
    return table_text(rows, right=(*shown, "seconds"))


def _number(value: float | None) -> str:
    if value is None:
        return "undefined"
    return (
        f"{value:.4f}"
        if abs(value) < 10
        else f"{value:,.4g}"
        if abs(value) < 1e4
        else f"{value:,.0f}"
    )


def _notes(baselines: Mapping[str, Mapping[str, Any]], parts: Parts) -> list[str]:
    notes = []
    rows = {values["rows"] for values in baselines.values()}
    if not parts.held_out:
        notes.append("No rows were kept apart: this says nothing about new ones.")
    elif rows and max(rows) < len(parts.training):
        notes.append(
            f"The simple models learned from {MOST_ROWS:,} of the {len(parts.training):,} rows."
        )
    compared = {values.get("test_rows", len(parts.test)) for values in baselines.values()}
    if compared and min(compared) < len(parts.test):
        notes.append(f"The simple models were tested on {min(compared):,} of the test rows, drawn.")
    framing = parts.training.framing
    if framing is not None and baselines and max(framing.shape[1:]) > SMALL:
        notes.append(f"The simple models saw the pictures shrunk to at most {SMALL} x {SMALL}.")
    absent = untested(parts)
    if absent:
        word, they = ("class", "it is") if len(absent) == 1 else ("classes", "they are")
        notes.append(
            f"No test row is of {word} {', '.join(absent)}: how well {they} told apart is not "
            "known."
        )
    return notes


def untested(parts: Parts) -> list[str]:
    """The classes that were learned, and that no test row is of."""
    if parts.test.kind != "classes":
        return []
    learned = np.unique(parts.training.y)
    return quoted([str(label) for label in learned[~np.isin(learned, parts.test.y)].tolist()])


def _how_long(run: Run) -> str:
    epochs = len(run.history)
    plural = "epoch" if epochs == 1 else "epochs"
    kept = run.history.ended.best_epoch if run.history.ended else None
    back = f"; the parameters are those of epoch {kept}" if kept is not None else ""
    why = WORDS.get(run.reason, run.reason)
    return f"{epochs} {plural} in {run.seconds:.1f} seconds: {why}{back}."


def words_of(dataset: Dataset, target: str | None, most: int) -> str:
    """A data set in words, the target's column by its name where it has one.

    The names of the classes are left out where they do not fit, unless the column has a name.
    """
    bare = repr(replace(dataset, class_names=None, test=None)).removeprefix("<Dataset ")
    parts = [bare.removesuffix(">").removesuffix(f", {dataset.kind}"), dataset.kind]
    column = f"target {target}: " if target and not dataset.targets else ""
    names = dataset.class_names
    if names is not None:
        shown = ", ".join(quoted(names[:5])) + (", ..." if len(names) > 5 else "")
        one, many = ("label", "labels") if dataset.kind == "labels" else ("class", "classes")
        parts[1] = count_of(len(names), one, many)
        if column or len(f"{parts[0]}, {parts[1]} ({shown})") <= most:
            parts[1] += f" ({shown})"
    parts[1] = column + parts[1]
    if dataset.test is not None:
        parts.append(f"and {count_of(len(dataset.test), 'test row')}")
    return ", ".join(parts)


def quoted(names: Sequence[str]) -> list[str]:
    """The names, all in quotes if one of them would be misread without."""
    odd = any("," in name or name != name.strip() or not name for name in names)
    return [repr(name) if odd else name for name in names]


def chain_text(network: Network) -> str:
    """The network on a line: sizes and layers from input to output.

    A long chain is cut in the middle.
    """
    architecture = network.architecture
    shape = architecture.in_shape
    parts = ["x".join(map(str, shape))]
    for _, layer in architecture.layers:
        shape = layer.output_shape(shape)
        own = getattr(layer, "activation", None)
        name = getattr(own, "kind", type(own).__name__.lower()) if own is not None else "linear"
        tail = f" {name}" if own is not None and name not in ("linear", "none") else ""
        parts.append(f"{type(layer).__name__} {'x'.join(map(str, shape))}{tail}")
    if len(parts) > 9:
        parts = [*parts[:5], "...", *parts[-3:]]
    return f"{' > '.join(parts)} ({architecture.learned.size:,} parameters)"


def confusions(labels: list[Any], true: Any, predicted: Any) -> np.ndarray[Any, Any]:
    """Counts by true label (rows) and predicted label (columns)."""
    places = {label: place for place, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)), np.int64)
    for wanted, got in zip(true.tolist(), predicted.tolist(), strict=True):
        matrix[places[wanted], places[got]] += 1
    return matrix
