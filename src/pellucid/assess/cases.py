"""Cases: single test rows with what was true and what was said, to be looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.assess.tested import Tested
from pellucid.assess.thumbnail import png
from pellucid.assess.words import number
from pellucid.data.frame import Table
from pellucid.dataclass import dataclass
from pellucid.errors import PellucidError

WORST, IN_A_CELL, MOST = 12, 12, 400
"""The worst errors; the cases of a cell; the cases of all cells together."""
MOST_BYTES = 2_000_000
"""All pictures of a report together; what comes after that is named without a picture."""
FEATURES, MOST_LETTERS = 6, 40
MOST_LAYERS, MOST_WEIGHTS, MOST_PIXELS, MOST_DRAWN = 24, 4_000, 60_000, 400_000
"""Of the network that is drawn: its layers, the weights and pixels of one, the letters of all."""


@dataclass(frozen=True)
class Case:
    """One test row.

    Attributes:
        name: its file, or its number in the data, counted from 0.
        true, predicted: in words.
        chance: what the answer was given, if the network gives chances.
        off: for one number, how far off the answer is (predicted - true).
        cells: some of its columns, by name.
        picture: a PNG, where it is a picture.
    """

    name: str
    true: str
    predicted: str
    chance: float | None
    off: float | None
    cells: dict[str, str]
    picture: bytes | None


class CaseBook:
    """Makes cases, and keeps count of the bytes of their pictures.

    Parameters:
        columns: the columns to show, the most important first.
    """

    def __init__(self, tested: Tested, columns: Sequence[str] = ()) -> None:
        self.tested = tested
        self.columns = tuple(columns)[:FEATURES]
        self.bytes = 0
        self.without_picture = 0
        self._drawn: dict[int, bytes | None] = {}

    def case(self, place: int) -> Case:
        """The case of a test row, by its place among them."""
        tested, true = self.tested, self.tested.true[place]
        predicted, chance, off = tested.predicted[place], None, None
        if tested.kind == "classes":
            true = tested.names[tested.true_places[place]]
            predicted = tested.names[tested.predicted_places[place]]
            if tested.answer_chances is not None:
                chance = float(tested.answer_chances[place])
        elif tested.kind == "labels":
            true, predicted = (label_words(tested.labels(row)) for row in (true, predicted))
        elif tested.true.ndim == 1:
            off = float(predicted) - float(true)
            predicted = number(float(predicted))
        return Case(
            row_name(tested, place), words(true), words(predicted), chance, off,
            self._cells(place), self._picture(place),
        )  # fmt: skip

    def _cells(self, place: int) -> dict[str, str]:
        test = self.tested.test
        if test.image_shape is not None or test.framing is not None:
            return {}
        if isinstance(test.x, Table):
            row = test.x[place : place + 1].frame.row(0, named=True)
        else:
            values = np.asarray(test.x[place]).reshape(-1)
            names = test.feature_names or [f"x{k + 1}" for k in range(len(values))]
            row = dict(zip(names, values.tolist(), strict=False))
        chosen = [name for name in self.columns if name in row] or list(row)[:FEATURES]
        return {name: words(row[name]) for name in chosen}

    def _picture(self, place: int) -> bytes | None:
        """The PNG of a row that is a picture, once; None when there is no room left."""
        if place in self._drawn:
            return self._drawn[place]
        drawn = None
        if is_pictures(self.tested):
            drawn = png(pixels(self.tested, place))
            if self.bytes + len(drawn) > MOST_BYTES:
                drawn = None
                self.without_picture += 1
            else:
                self.bytes += len(drawn)
        self._drawn[place] = drawn
        return drawn


def worst(tested: Tested) -> list[int]:
    """The places of the worst errors, the worst first; none where all is right."""
    if tested.kind == "classes":
        wrong = tested.true_places != tested.predicted_places
    else:
        wrong = tested.surprise > 0
    return _most_surprising(tested, np.flatnonzero(wrong), WORST)


def of_cells(
    tested: Tested, groups: np.ndarray[Any, Any], chosen: Sequence[int]
) -> dict[int, list[int]]:
    """The cases of each chosen group of test rows, the most surprising first.

    At most 12 a group and about 400 in all: of many groups each has fewer, but at least one.

    Parameters:
        groups: a number for each test row, such as the cell of the confusion matrix.
        chosen: the groups wanted.
    """
    each = max(1, min(IN_A_CELL, MOST // max(1, len(chosen))))
    order = np.lexsort((-tested.surprise, groups))
    starts = np.searchsorted(groups[order], chosen, side="left")
    stops = np.searchsorted(groups[order], chosen, side="right")
    return {
        int(group): order[start : min(stop, start + each)].tolist()
        for group, start, stop in zip(chosen, starts, stops, strict=True)
    }


def _most_surprising(tested: Tested, places: np.ndarray[Any, Any], most: int) -> list[int]:
    order = np.argsort(-tested.surprise[places], kind="stable")
    chosen: list[int] = places[order][:most].tolist()
    return chosen


def row_name(tested: Tested, place: int) -> str:
    """The file of a test row, or its number in the data, counted from 0."""
    if tested.test.files:
        return str(tested.test.files[place])
    return f"row {int(tested.parts.test_rows[place])}"


def is_pictures(tested: Tested) -> bool:
    """Whether rows are pictures."""
    return tested.test.image_shape is not None or tested.test.x.ndim > 2


def pixels(tested: Tested, place: int) -> np.ndarray[Any, Any]:
    """A row as a picture.

    Shapes: channels x height x width.
    """
    row = np.asarray(tested.test.x[place])
    if row.ndim == 1:
        assert tested.test.image_shape is not None
        row = row.reshape(tested.test.image_shape)
    return row if row.ndim == 3 else row[None]


def label_words(names: Sequence[str]) -> str:
    """The labels of a row in words."""
    return ", ".join(names) or "none"


def words(value: Any) -> str:
    """A value in short: numbers with six digits, long text cut."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, np.ndarray):
        return ", ".join(words(entry) for entry in value.tolist()[:FEATURES])
    text = " ".join(str(value).split())
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


@dataclass(frozen=True)
class ShownCases:
    """The cases of a report.

    Attributes:
        cells: those of each cell, in the order of the cells (or ranges) of the evidence.
        worst: the worst errors.
        without_picture: how many pictures were left out to keep the report small.
        mean: the mean of the test pictures, where rows are pictures.
        network: the network for one test row, as its drawing is told of it; None where it is too
            large for a page.
    """

    cells: tuple[tuple[Case, ...], ...]
    worst: tuple[Case, ...]
    without_picture: int
    mean: bytes | None = None
    network: dict[str, Any] | None = None


def shown_cases(tested: Tested, found: dict[str, Any]) -> ShownCases:
    """The cases that the evidence names, the worst errors first while there is room."""
    important = (found.get("importance") or {}).get("columns", ())
    book = CaseBook(tested, [row["column"] for row in important])
    worst = tuple(book.case(row["place"]) for row in found["worst"])
    cells = found.get("cells", found.get("ranges", ()))
    made = tuple(tuple(book.case(place) for place in cell["cases"]) for cell in cells)
    drawn = _network(tested, found["worst"][0]["place"] if found["worst"] else 0)
    return ShownCases(made, worst, book.without_picture, _mean(tested), drawn)


def _network(tested: Tested, place: int) -> dict[str, Any] | None:
    """The network for a test row."""
    from pellucid.inspect.views.live import Surroundings, frozen_network

    test, network = tested.test, tested.network
    if len(network.architecture.layers) > MOST_LAYERS or not len(test):
        return None
    points = test.x if network.architecture.in_shape == (2,) else None
    names = test.feature_names or None
    around = Surroundings(
        points, test.image_shape, names, most_weights=MOST_WEIGHTS, most_pixels=MOST_PIXELS
    )
    rows = slice(place, place + 1)
    try:
        found = frozen_network(
            network, test.x[rows], test.y[rows], sample=row_name(tested, place), around=around
        )
    except PellucidError:  # a layer of one's own that cannot be drawn
        return None
    return found if len(json.dumps(found)) <= MOST_DRAWN else None


def _mean(tested: Tested) -> bytes | None:
    """The mean of the test pictures, or of the first thousand of them."""
    if not is_pictures(tested):
        return None
    some = [pixels(tested, place) for place in range(min(len(tested.test), 1000))]
    return png(np.mean(some, axis=0))
