"""The worst mistakes of a network: confident and wrong, drawn as text or listed as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.frame import Table

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.models.network import Network

MOST = 4
FEATURES = 3


def mistakes(network: Network, parts: Parts, columns: int, color: bool) -> str:
    """The worst mistakes on the test rows, as text; nothing where there are none.

    Parameters:
        columns: the width there is.
        color: whether pictures may use the colours of a terminal.
    """
    if parts.test.kind in ("numbers", "counts"):
        return _numbers(network, parts, columns)
    if parts.test.kind == "labels":
        return _labels(network, parts, columns)
    probabilities = network.predict_proba(parts.test.x)
    predicted = np.asarray(network.predict(parts.test.x))
    places = {label: place for place, label in enumerate(network.classes.tolist())}
    said = np.array([places[label] for label in predicted.tolist()])
    sure = probabilities[np.arange(len(said)), said]  # a threshold may answer with the rarer one
    worst = worst_first(np.asarray(parts.test.y) != predicted, sure)
    if not len(worst):
        return ""
    if parts.test.image_shape is not None and not parts.test.files:
        return _pictures(network, parts, worst, columns, color)
    names = _names(network, parts)
    rows = [
        {
            **_where(parts, place),
            "true": names[parts.test.y[place]],
            "predicted": names[predicted[place]],
            "probability": f"{sure[place]:.3f}",
            **_features(parts, place),
        }
        for place in worst
    ]
    return "The worst mistakes, confident and wrong:\n" + _fitting(rows, columns)


def worst_first(wrong: np.ndarray[Any, Any], size: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The places of the wrong rows, those of the largest size first, at most four."""
    places = np.flatnonzero(wrong)
    order = np.argsort(-size[places], kind="stable")
    return places[order][:MOST]


def _names(network: Network, parts: Parts) -> dict[Any, str]:
    from pellucid.assess.parts import class_names

    labels = list(network.classes)
    return dict(zip(labels, class_names(parts.test, labels), strict=True))


def _pictures(
    network: Network, parts: Parts, worst: np.ndarray[Any, Any], columns: int, color: bool
) -> str:
    from pellucid.figures.picture import picture_text
    from pellucid.figures.table import beside

    shape = parts.test.image_shape
    assert shape is not None
    names = _names(network, parts)
    probabilities = network.predict_proba(parts.test.x[worst]).max(axis=1)
    predicted = network.predict(parts.test.x[worst])
    drawings = cropped(parts.test.x[worst].reshape(len(worst), *shape))
    blocks = []
    for place, picture, said, share in zip(worst, drawings, predicted, probabilities, strict=True):
        drawn = picture_text(picture, color)
        true = names[parts.test.y[place]]
        caption = f"true {true}\nsaid {names[said]}, {share:.1%}\nrow {parts.test_rows[place]}"
        blocks.append(f"{drawn}\n{caption}")
    return "The worst mistakes, confident and wrong:\n" + beside(blocks, columns)


def cropped(pictures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The pictures without the margins that are blank in all of them.

    Shapes: n x height x width -> n x (at most height) x (at most width).
    """
    inked = (pictures > pictures.min()).any(axis=0)
    if not inked.any():
        return pictures
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return pictures[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _numbers(network: Network, parts: Parts, columns: int) -> str:
    y, predicted = np.asarray(parts.test.y, float), np.asarray(network.predict(parts.test.x))
    if y.ndim > 1:
        return ""
    error = np.abs(predicted - y)
    rows = [
        {
            **_where(parts, place),
            "true": float(y[place]),
            "predicted": float(predicted[place]),
            "off by": float(error[place]),
            **_features(parts, place),
        }
        for place in worst_first(error > 0, error)
    ]
    return "The largest errors:\n" + _fitting(rows, columns) if rows else ""


def _labels(network: Network, parts: Parts, columns: int) -> str:
    """The labels that are most certainly given, or left out, and wrongly so."""
    truth, chances = np.asarray(parts.test.y) > 0.5, network.predict_proba(parts.test.x)
    wrong, sure = (chances > 0.5) != truth, np.abs(chances - 0.5)
    places = worst_first(wrong.any(axis=1), np.where(wrong, sure, -1.0).max(axis=1))
    names = parts.test.class_names or ()
    rows = []
    for place in places:
        label = int(np.where(wrong[place], sure[place], -1.0).argmax())
        rows.append(
            {
                **_where(parts, place),
                "label": names[label],
                "true": "yes" if truth[place, label] else "no",
                "probability": f"{chances[place, label]:.3f}",
                **_features(parts, place),
            }
        )
    if not rows:
        return ""
    return "The worst mistakes, confident and wrong:\n" + _fitting(rows, columns)


def label_rows(network: Network, parts: Parts) -> list[dict[str, Any]]:
    """How well each label is told: how often it is there, found, missed, and given wrongly."""
    truth, said = np.asarray(parts.test.y) > 0.5, network.predict_proba(parts.test.x) > 0.5
    return [
        {
            "label": name,
            "rows": int(truth[:, k].sum()),
            "found": int((truth & said)[:, k].sum()),
            "missed": int((truth & ~said)[:, k].sum()),
            "wrongly given": int((said & ~truth)[:, k].sum()),
        }
        for k, name in enumerate(parts.test.class_names or ())
    ]


def _where(parts: Parts, place: int) -> dict[str, Any]:
    """The row's place in the data, or its file."""
    if parts.test.files:
        return {"file": parts.test.files[place]}
    return {"row": int(parts.test_rows[place])}


def _fitting(rows: list[dict[str, Any]], columns: int) -> str:
    """The rows as a table, without the last features where that would be too wide."""
    from pellucid.figures.table import table_text

    text = table_text(rows, right=("probability",))
    own = len(rows[0]) - 4  # the first four columns are row, true, predicted, and how far off
    while own > 0 and max(map(len, text.splitlines())) > columns:
        rows = [dict(list(row.items())[:-1]) for row in rows]
        text = table_text(rows, right=("probability",))
        own -= 1
    return text


def _features(parts: Parts, place: int) -> dict[str, Any]:
    """The first few features of a row."""
    if isinstance(parts.test.x, Table):
        row = parts.test.x[place : place + 1].frame.row(0, named=True)
        shown = {name: _cell(value) for name, value in list(row.items())[:FEATURES]}
        return {_short(name): value for name, value in shown.items()}
    x = parts.test.x[place].reshape(-1)
    return {
        _short(name): float(value)
        for name, value in list(zip(parts.test.feature_names, x, strict=False))[:FEATURES]
    }


def _cell(value: Any) -> Any:
    """A cell of a table in short."""
    if value is None or isinstance(value, float):
        return "" if value is None else value
    return _short(str(value))


def _short(name: str) -> str:
    return name if len(name) <= 14 else name[:13] + "…"
