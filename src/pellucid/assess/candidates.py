"""The configurations that ``search`` tries: the default first, then those that often help.

Each is a network and a rule, made of a few choices around the default; what a user fixed is the
same in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pellucid.data.draw import Draw
from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.learn.rule import Rule
from pellucid.models.convnet import augmentation, convnet
from pellucid.models.run import default_batch, default_rule
from pellucid.nn.activations import activation as find_activation
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.layer import Layer
from pellucid.nn.shape import Flatten

MOST = 81
"""No more configurations are drawn, however long there is time."""
FIXED = ("hidden", "activation", "rate", "batch", "varied")


@dataclass(frozen=True)
class Candidate:
    """One configuration; what is None is as ``fit`` and ``pellucid train`` take it by themselves.

    Attributes:
        hidden: sizes of the hidden layers; None for the convolutional network of picture files.
        activation: of the hidden layers.
        rate: the first learning rate of the cosine.
        penalty: how many times the default penalty on large weights.
        dropout: the share of numbers left out after each hidden layer.
        batch: rows a step.
        width: how many times the channels of the convolutional network.
        varied: how many times the default augmentation of pictures; None: none.
    """

    hidden: tuple[int, ...] | None = (64,)
    activation: Any = "relu"
    rate: float | None = None
    penalty: float = 1.0
    dropout: float = 0.0
    batch: int | None = None
    width: float = 1.0
    varied: float | None = None

    def layers(self, shape: tuple[int, ...] | None = None) -> list[Layer]:
        """The layers, for pictures of this shape (channels, height, width), or for a table."""
        moved = augmentation(shape, self.varied) if shape and self.varied is not None else []
        if self.hidden is None:
            if shape is None:
                raise ParameterError("A table has no convolutional network. Give hidden=(64,).")
            return [*moved, *convnet(shape, self.width)]
        layers: list[Layer] = []
        for units in self.hidden:
            layers += [Dense(units, activation=self.activation)]
            layers += [Dropout(self.dropout)] if self.dropout else []
        return [*moved, *([Flatten()] if moved else []), *layers, Dense()]

    def rule(self, count: int, l2: float) -> Rule:
        """The learning rule for so many rows, to which a plain ``fit`` would give this penalty."""
        rule = default_rule(count) if self.rate is None else default_rule(count, self.rate)
        own = {"l2": l2 * self.penalty}
        return dataclasses.replace(rule, **own)

    def row(self) -> dict[str, Any]:
        """The choices as plain values."""
        row = dataclasses.asdict(self)
        row["hidden"] = None if self.hidden is None else list(self.hidden)
        row["activation"] = _name(self.activation)
        return row

    @property
    def text(self) -> str:
        """The choices in words; those that are the default's are left out.

        Example:
            >>> Candidate((128, 64), penalty=5.0, rate=0.002).text
            '128, 64 relu; rate 0.002; penalty x 5'
        """
        if self.hidden is None:
            parts = ["convolutions" + (f", width x {self.width:g}" if self.width != 1 else "")]
        elif self.hidden:
            parts = [f"{', '.join(map(str, self.hidden))} {_name(self.activation)}"]
        else:
            parts = ["no hidden layer"]
        parts += [f"rate {self.rate:g}"] if self.rate is not None else []
        parts += [f"penalty x {self.penalty:g}"] if self.penalty != 1 else []
        parts += [f"dropout {self.dropout:g}"] if self.dropout else []
        parts += [f"batch {self.batch}"] if self.batch is not None else []
        parts += [f"augmentation x {self.varied:g}"] if self.varied not in (None, 1.0) else []
        return "; ".join(parts)


def default_candidate(shape: tuple[int, ...] | None = None, **fixed: Any) -> Candidate:
    """What is taken without a search, but for what is fixed.

    Parameters:
        shape: channels, height, width of picture files; None for all else.
        fixed: hidden, activation, rate, batch, varied.
    """
    for name in fixed:
        if name not in FIXED:
            raise unknown_name("choice to fix", name, FIXED)
    if "activation" in fixed:
        find_activation(fixed["activation"])
    start = Candidate() if shape is None else Candidate(hidden=None, varied=1.0)
    if shape is not None and fixed.get("hidden") is not None and "varied" not in fixed:
        start = dataclasses.replace(start, varied=None)  # as ``train`` does
    return _normal(dataclasses.replace(start, **fixed))


def candidates(
    rows: int, seed: int = 0, shape: tuple[int, ...] | None = None,
    fixed: Mapping[str, Any] | None = None, most: int = MOST,
) -> list[Candidate]:  # fmt: skip
    """Different configurations, the default first, then some by hand, then a seeded draw.

    Parameters:
        rows: how many there are to learn from.
        shape: as for ``default_candidate``.
        fixed: choices that are the same in all.

    Example:
        >>> [one.text for one in candidates(1000)][:3]
        ['64 relu', 'no hidden layer', '128, 64 relu']
    """
    own = dict(fixed or {})
    first = default_candidate(shape, **own)
    options = _table(rows) if shape is None else _pictures(rows)
    if first.hidden is not None and shape is not None:
        options = {**_table(rows), "varied": options["varied"]}
    free = {name: values for name, values in options.items() if name not in own}
    by_hand = _BY_HAND if first.hidden is not None else _BY_HAND_PICTURES
    found = {first: None} | {
        _normal(dataclasses.replace(first, **changes)): None
        for changes in by_hand
        if all(name in free for name in changes)
    }
    draw = Draw(seed, f"configurations for {rows}")
    for _ in range(20 * most):
        if len(found) >= most:
            break
        picked = draw.uniform(len(free)).tolist()
        changes = {
            name: values[int(place * len(values))]
            for (name, values), place in zip(free.items(), picked, strict=True)
        }
        found[_normal(dataclasses.replace(first, **changes))] = None
    return list(found)[:most]


_BY_HAND: tuple[dict[str, Any], ...] = (
    {"hidden": ()}, {"hidden": (128, 64)}, {"penalty": 5.0}, {"hidden": (32,), "penalty": 5.0},
    {"hidden": (256, 128), "dropout": 0.2, "rate": 0.002}, {"rate": 0.002},
)  # fmt: skip
_BY_HAND_PICTURES: tuple[dict[str, Any], ...] = (
    {"width": 2.0},
    {"width": 0.5},
    {"varied": 0.5},
    {"varied": 1.5},
)


def _table(rows: int) -> dict[str, list[Any]]:
    """What may be chosen for rows of numbers; what stands twice is drawn twice as often."""
    return {
        "hidden": [(), (32,), (64,), (64,), (128,), (64, 64), (128, 64), (256, 128)],
        "activation": ["relu", "relu", "tanh", "gelu"],
        "rate": [None, None, 0.002, 0.01, 0.02],
        "penalty": [1.0, 1.0, 0.2, 5.0, 20.0],
        "dropout": [0.0, 0.0, 0.1, 0.3],
        "batch": _batches(rows),
    }


def _pictures(rows: int) -> dict[str, list[Any]]:
    return {
        "width": [1.0, 0.5, 2.0],
        "varied": [1.0, 0.5, 1.5],
        "rate": [None, 0.002, 0.01],
        "penalty": [1.0, 5.0],
        "batch": _batches(rows),
    }


def _batches(rows: int) -> list[int | None]:
    """The default batch, half of it and twice, where an epoch still has some steps."""
    usual = default_batch(rows)
    return [None, None, *(size for size in (usual // 2, usual * 2) if 8 <= size <= rows // 8)]


def _normal(one: Candidate) -> Candidate:
    """Choices that mean nothing beside the others are the default's."""
    if one.hidden is None:
        return dataclasses.replace(one, dropout=0.0, activation="relu")
    if not one.hidden:
        return dataclasses.replace(one, activation="relu", dropout=0.0, width=1.0)
    return dataclasses.replace(one, width=1.0)


def _name(activation: Any) -> str:
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "kind", type(activation).__name__.lower()))
