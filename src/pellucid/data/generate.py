"""Data sets made by a formula and a seed: gates, moons, spirals, blobs, circles, a line.

Points of the plane come in a random order, class by class of (nearly) the same number.
"""

from __future__ import annotations

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.dataset import Dataset
from pellucid.data.draw import Draw
from pellucid.errors import unknown_name
from pellucid.hyper import Hyper

GATES = {
    "and": (0, 0, 0, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
}
CLASSES = Hyper("the number of classes", int, low=2, high=100)
FEATURES = Hyper("the number of columns", int, low=1, high=1000)
NOISE = Hyper("the standard deviation of the normal noise added", float, low=0, high=1e6)
NUMBER = Hyper("a coefficient of the line", float, low=-1e6, high=1e6)
RATIO = Hyper("the inner radius divided by the outer", float, above=0, below=1)
ROWS = Hyper("the number of points", int, low=2, high=10_000_000)
TURNS = Hyper("how often an arm goes around", float, above=0, high=10)
_MADE = "Made by a formula."


def gate(name: str) -> Dataset:
    """Return the truth table of a logic gate: and, nand, nor, or, xor.

    Shapes: x is 4 x 2, y is 4.

    Example:
        >>> gate("xor").y.tolist()
        [0, 1, 1, 0]
    """
    if name not in GATES:
        raise unknown_name("gate", name, GATES)
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    text = f"The truth table of the gate {name.upper()}."
    return Dataset(
        name, x, np.array(GATES[name]), "classes", ("a", "b"), ("0", "1"), None, text, _MADE
    )


def moons(rows: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Make two half circles that reach into each other.

    Formula: class 0 is (cos t, sin t), class 1 is (1 - cos t, 1/2 - sin t), with t even from 0 to
        pi; plus normal noise.
    Shapes: x is rows x 2, y is rows.
    Parameters:
        rows: number of points, 2 to 10 million.
        noise: standard deviation of the noise, at least 0, in the unit of x.
        seed: what the draws follow from, at least 0.
    """
    rows, noise = ROWS.check("moons", "rows", rows), NOISE.check("moons", "noise", noise)
    t0, t1 = (np.linspace(0.0, np.pi, count) for count in _even(rows, 2))
    arms = [_plane(np.cos(t0), np.sin(t0)), _plane(1.0 - np.cos(t1), 0.5 - np.sin(t1))]
    return _points("moons", arms, noise, seed, "Two half circles that reach into each other.")


def spirals(
    rows: int = 300, arms: int = 2, turns: float = 1.5, noise: float = 0.02, seed: int = 0
) -> Dataset:
    """Make spiral arms around one centre, a class each.

    Formula: arm k is r (cos a, sin a) with a = 2 pi (turns r + k / arms) and r even from 0.05 to 1;
        plus normal noise.
    Shapes: x is rows x 2, y is rows.
    Parameters:
        rows: number of points, 2 to 10 million, and at least one an arm.
        arms: number of arms, 2 to 100.
        turns: how often an arm goes around, above 0 and at most 10.
        noise: standard deviation of the noise, at least 0, in the unit of x.
        seed: what the draws follow from, at least 0.
    """
    arms, turns = CLASSES.check("spirals", "arms", arms), TURNS.check("spirals", "turns", turns)
    rows, noise = _rows(arms).check("spirals", "rows", rows), NOISE.check("spirals", "noise", noise)
    parts = []
    for k, count in enumerate(_even(rows, arms)):
        r = np.linspace(0.05, 1.0, count)
        a = 2.0 * np.pi * (turns * r + k / arms)
        parts.append(_plane(r * np.cos(a), r * np.sin(a)))
    return _points("spirals", parts, noise, seed, "Spiral arms around one centre.")


def blobs(
    rows: int = 300, classes: int = 3, features: int = 2, spread: float = 1.0, seed: int = 0
) -> Dataset:
    """Make round clouds of points, one a class.

    Formula: centre of the class, drawn evenly from [-10, 10] in each column, plus spread times a
        draw from the normal distribution.
    Shapes: x is rows x features, y is rows.
    Parameters:
        rows: number of points, 2 to 10 million, and at least one a class.
        classes: number of clouds, 2 to 100.
        features: number of columns, 1 to 1000.
        spread: standard deviation of each cloud, at least 0, in the unit of x.
        seed: what the draws follow from, at least 0.
    """
    classes = CLASSES.check("blobs", "classes", classes)
    features = FEATURES.check("blobs", "features", features)
    rows = _rows(classes).check("blobs", "rows", rows)
    spread = NOISE.check("blobs", "spread", spread)
    draw = Draw(seed, "blobs")
    centres = 20.0 * draw.uniform(classes, features) - 10.0
    parts = [
        np.repeat(centre[None], count, axis=0)
        for centre, count in zip(centres, _even(rows, classes), strict=True)
    ]
    return _points("blobs", parts, spread, draw, "Round clouds of points, one a class.")


def circles(rows: int = 200, ratio: float = 0.5, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Make a circle within a circle.

    Formula: class 0 is (cos t, sin t), class 1 is ratio (cos t, sin t), with t even around the
        circle; plus normal noise.
    Shapes: x is rows x 2, y is rows.
    Parameters:
        rows: number of points, 2 to 10 million.
        ratio: the inner radius divided by the outer, above 0 and below 1.
        noise: standard deviation of the noise, at least 0, in the unit of x.
        seed: what the draws follow from, at least 0.
    """
    rows, noise = ROWS.check("circles", "rows", rows), NOISE.check("circles", "noise", noise)
    ratio = RATIO.check("circles", "ratio", ratio)
    parts = []
    for radius, count in zip((1.0, ratio), _even(rows, 2), strict=True):
        t = 2.0 * np.pi * np.arange(count) / count
        parts.append(radius * _plane(np.cos(t), np.sin(t)))
    return _points("circles", parts, noise, seed, "A circle within a circle.")


def line(
    rows: int = 50, slope: float = 2.0, intercept: float = 1.0, noise: float = 0.5, seed: int = 0
) -> Dataset:
    """Make points scattered about a straight line.

    Formula: y = slope x + intercept + noise times a draw from the normal distribution, with x even
        on [0, 5).
    Shapes: x is rows x 1, y is rows.
    Parameters:
        rows: number of points, 2 to 10 million.
        slope: rise of y for each unit of x.
        intercept: y at x = 0.
        noise: standard deviation of the noise, at least 0, in the unit of y.
        seed: what the draws follow from, at least 0.
    """
    rows, noise = ROWS.check("line", "rows", rows), NOISE.check("line", "noise", noise)
    slope = NUMBER.check("line", "slope", slope)
    intercept = NUMBER.check("line", "intercept", intercept)
    draw = Draw(seed, "line")
    x = 5.0 * draw.uniform(rows)
    y = slope * x + intercept + noise * draw.normal(rows)
    text = f"Points about the line y = {slope:g} x + {intercept:g}."
    return Dataset("line", x[:, None], y, "numbers", ("x",), None, None, text, _MADE)


def _rows(classes: int) -> Hyper:
    return Hyper(ROWS.doc, int, low=classes, high=ROWS.high)


def _even(rows: int, classes: int) -> list[int]:
    """The rows of each class: as even as can be, the first classes having one more."""
    return [rows // classes + (k < rows % classes) for k in range(classes)]


def _plane(a: Array, b: Array) -> Array:
    return np.stack([a, b], axis=1)


def _points(name: str, parts: list[Array], noise: float, seed: int | Draw, text: str) -> Dataset:
    """The points of all classes with noise, in a random order."""
    draw = seed if isinstance(seed, Draw) else Draw(seed, name)
    x = np.concatenate(parts)
    y = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    x = x + noise * draw.normal(*x.shape)
    order = draw.order(len(x))
    features = tuple(f"x{column + 1}" for column in range(x.shape[1]))
    names = tuple(str(k) for k in range(len(parts)))
    return Dataset(name, x[order], y[order], "classes", features, names, None, text, _MADE)
