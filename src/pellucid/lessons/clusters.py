"""Lesson 16: order without a teacher, by a self-organising map."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.scene.map_scene import MapScene
from pellucid.scene.source import Sample

NET = MapScene(Sample("moons"), rows=8, columns=8, radius=4.0, steps=4000)
TORN = replace(NET, radius=0.6, last_radius=0.5)
WINE = MapScene(Sample("wine"), rows=7, columns=9, grid="hexagonal", radius=4.5, steps=4000)
DIGITS = MapScene(Sample("digits"), rows=9, columns=12, radius=6.0, steps=6000, scale=False)
CODE = """from pellucid import data
from pellucid.memory import KohonenMap

x, y = data.load({name!r})
bench = KohonenMap({rows}, {columns}, grid={grid!r}, start="random", epochs={epochs}).fit(x)
print(bench.u_matrix().round(1))
print(bench.class_map(x, y))"""


def code(scene: MapScene) -> str:
    """What lays the same kind of map in a notebook."""
    source: Any = scene.source
    return CODE.format(
        name=source.name, rows=scene.rows, columns=scene.columns, grid=scene.grid, epochs=20
    )


@cache
def laid(scene: MapScene) -> Any:
    """A bench at the end of its learning."""
    bench = scene.bench()
    bench.to_end()
    return bench


def facts() -> Facts:
    """How well maps fit, and what they find that nobody told them."""
    net, torn, wine, digits = laid(NET), laid(TORN), laid(WINE), laid(DIGITS)
    start = NET.bench()
    empty = wine.hits() == 0
    at_borders = wine.borders()[empty].mean() if empty.any() else 0.0
    return {
        "rows": NET.rows, "columns": NET.columns, "units": NET.layout.units,
        "points": len(net.data.x), "start": start.quantisation_error(),
        "end": net.quantisation_error(), "torn_end": torn.quantisation_error(),
        "net_torn": net.topographic_error(), "torn_torn": torn.topographic_error(),
        "radius": NET.radius, "small_radius": TORN.radius,
        "small_last": TORN.last_radius,
        "wines": len(wine.data.x), "measures": wine.data.x.shape[1],
        "growers": len(wine.labels()[1]), "purity": wine.purity(), "dealt": _dealt(wine),
        "wine_units": WINE.layout.units, "neighbours": 6,
        "border_empty": float(at_borders), "border_hit": float(wine.borders()[~empty].mean()),
        "digits": len(digits.data.x), "digit_units": DIGITS.layout.units,
        "digit_purity": digits.purity(), "torn_goal": 0.1, "goal": 0.25, "none": 0,
        "sample": 4.0, "place": 2.0, "rate": 0.5, "moved": 2.0 + 0.5 * (4.0 - 2.0),
    }  # fmt: skip


def _dealt(bench: Any) -> float:
    """The share that would be the most frequent of their cell, were the labels dealt at random."""
    labels, names = bench.labels()
    rng, cells, shares = np.random.default_rng(0), bench.winners(), list[float]()
    for _ in range(200):
        counts = np.zeros((bench.scene.layout.units, len(names)), int)
        np.add.at(counts, (cells, rng.permutation(labels)), 1)
        shares.append(counts.max(axis=1).sum() / len(labels))
    return float(np.mean(shares))


def _unfolded(bench: Any) -> bool:
    return bool(
        bench.step > 0 and bench.quantisation_error() < 0.25 and bench.topographic_error() < 0.05
    )


def _tears(bench: Any) -> bool:
    return bool(bench.scene.radius <= 1 and bench.is_over and bench.topographic_error() > 0.05)


def _tear(bench: Any) -> None:
    bench.change(radius=TORN.radius, last_radius=TORN.last_radius)
    bench.to_end()


def _groups(bench: Any) -> bool:
    return bool(bench.is_over and bench.purity() > 0.9)


PARTS = (
    Text("""
Most networks so far had a teacher: for each sample somebody had written down the right answer. But
most things in the world carry no label. (Hebb's neuron and the memory did without, and this is one
more way.) A child sorts its buttons before anyone tells it the word
"button". How can order come out of samples alone?

In your brain there is a map of your hands: the place that feels your thumb lies next to the place
that feels your index finger, and so on. Nobody drew that map. When home computers were new, the
Finn Teuvo Kohonen found a rule of two sentences that draws such maps by itself.

- Of all neurons, the one whose weights are *nearest* to the sample wins, and moves a bit towards
  it.
- Its *neighbours on the map* move with it, the nearer the more.

That is all: no error, no gradient, no answer that could be wrong. Here a neuron's weights are a
*place among the samples*, and it moves. If a weight is at {place:g}, the sample at {sample:g} and
the rate {rate:g}, the weight goes half of the way, to {moved:g}.
"""),
    Stage(
        NET, ("map", "net"),
        "{units} neurons, {rows} by {columns}, like the knots of a fishing net. Their neighbours "
        "on the map are joined by threads; where a knot lies is what its weights say. The points "
        "have no colours for the map: it never sees them.",
        pace=1000.0,
        controls=("play", "restart"),
        code=code(NET),
    ),
    Text("""
At first the net lies crumpled in the middle. With each sample one knot is pulled, and pulls on its
neighbours. How far along it pulls them is called the *radius*. It begins wide, at {radius:g}
knots, so that the whole net turns and unfolds; then it shrinks, and each knot finds its own place.
"""),
    Try(
        "Press play, and let the net spread over the points.",
        _unfolded,
        "Let it run until the mean distance of a point to its nearest knot is below {goal:g}.",
        lambda bench: bench.to_end(),
    ),
    Text("""
The mean distance of a point to its nearest knot was {start:.2f}, and is {end:.2f} now. And the
*order* has come out right: points that lie close together belong to knots that are neighbours in
the net. The map is a picture of the data that has kept who lives next to whom.

Is the radius so important? Spoil it and see.
"""),
    Try(
        "Set the first radius to less than one knot, so that hardly anyone is pulled along, and "
        "let it run to its end.",
        _tears,
        "Open the map's settings. Set the first radius to {small_radius:g} and the last to "
        "{small_last:g}; then press play.",
        _tear,
    ),
    Text("""
The knots are even nearer to the points than before, {torn_end:.2f} in place of {end:.2f}. And yet
it is no map any more: threads run across and through each other. Of {torn_torn:.0%} of the points
the two nearest knots are no neighbours; before that was {net_torn:.0%}. To be a map one has to
care for one's neighbours.

In the plane you can see what the map does. Its real use is where you cannot. Here are {wines}
wines, and {measures} results of a chemical analysis for each: points in {measures} dimensions,
which nobody can picture. The map lays them out on a flat table all the same. Each cell is a
neuron, with {neighbours} neighbours. A *pale* cell is near to its neighbours, a *strongly
coloured* one far away from them: a ridge of strong cells is a border between groups, like
mountains on a map of valleys.
"""),
    Stage(
        WINE, ("map",),
        "{wine_units} neurons for {wines} wines. Colour by the distance to the neighbours, by any "
        "of the measurements, or by the growers. The disc in a cell says how many wines live "
        "there.",
        pace=1000.0,
        controls=("play", "restart"),
        code=code(WINE),
    ),
    Try(
        "Let the map form without looking at the growers. How many groups do you see? Then colour "
        "it by grower.",
        _groups,
        "Play to the end with the colour on distance. Then choose the growers as colour.",
        lambda bench: bench.to_end(),
    ),
    Text("""
The wines come from {growers} growers. The map was never told; it had no way to know that there
*are* growers. And still, of {purity:.0%} of all wines the grower is the one most frequent in their
cell. (With so many cells for so few wines some of that comes by itself: deal the growers out at
random, and it is {dealt:.0%}.) The order was in the numbers all along. The empty cells lie in
between: their mean distance to their neighbours is {border_empty:.1f}, of those with wines it is
{border_hit:.1f}.

Be careful with what this means. The map shows what is *alike in these numbers*. It cannot know
which likeness matters to you. Had somebody measured the bottles instead, it would have sorted
bottles.

One last map, a pretty one: the handwritten digits from a few lessons ago, {digits:,} of them. Each
cell shows its weights, as a picture.
"""),
    Stage(
        DIGITS, ("map",),
        "{digit_units} neurons, each with a picture of what it stands for. Nobody said that there "
        "are digits.",
        pace=1000.0,
        controls=("play", "restart"),
        code=code(DIGITS),
    ),
    Text("""
Watch it sharpen: fog at first, then the digits part, and each finds its country. Walk from one
country into another and see how a digit turns into its neighbour. At the end {digit_purity:.0%} of
the digits live in a cell where their own kind is the most frequent. With a label for *each cell*
in place of one for each digit, you would have a reader of digits, and have written {digit_units}
labels, not {digits:,}.
"""),
    Question(
        "What would happen if the winner alone moved, and no neighbours with it?",
        lambda facts: 1,
        "Knots would still find points, but the order would be lost. It is the neighbours that "
        "make it a map.",
        choices=(
            "Nothing would ever move",
            "The knots would come near to the points, but neighbours would not be neighbours any "
            "more",
            "The net would unfold faster",
        ),
        hint="You have tried just that, nearly.",
    ),
    Question(
        "A weight is at {place:g}, the sample at {sample:g}, and the rate is {rate:g}. Where is "
        "the winner's weight after one step?",
        lambda facts: facts["moved"],
        "At {moved:g}: it goes the share of the way that the rate says.",
        hint="How far is it, and how much of that does it go?",
    ),
)  # fmt: skip

LESSON = Lesson(
    16, "clusters", "Order without a teacher", 8,
    "You know how a map of neurons finds groups that nobody named.",
    PARTS,
    facts,
    (
        Holds("the net comes near", lambda f: f["end"] < f["start"] / 4),
        Holds("its order is right", lambda f: f["net_torn"] < 0.02),
        Holds("the torn one is nearer", lambda f: f["torn_end"] < f["end"]),
        Holds("and torn", lambda f: f["torn_torn"] > 0.1),
        Holds("wines are sorted by grower", lambda f: f["purity"] > 0.9),
        Holds("far more than by chance", lambda f: f["dealt"] < f["purity"] - 0.2),
        Holds("empty cells are borders", lambda f: f["border_empty"] > f["border_hit"]),
        Holds("digits live among their kind", lambda f: f["digit_purity"] > 0.85),
        Holds(
            "a step",
            lambda f: f["moved"] == f["place"] + f["rate"] * (f["sample"] - f["place"]),
        ),
        Holds("knots", lambda f: f["units"] == f["rows"] * f["columns"]),
    ),
)  # fmt: skip
