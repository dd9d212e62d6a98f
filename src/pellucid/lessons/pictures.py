"""Lesson 14: pictures of roses and lotus flowers, seen by convolutions."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import Adam
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.conv import Conv2D
from pellucid.nn.dense import Dense
from pellucid.nn.pool import MaxPool2D
from pellucid.nn.shape import Flatten
from pellucid.scene.acts import Knock
from pellucid.scene.scene import Scene
from pellucid.scene.source import DrawnPictures

PICTURES = DrawnPictures("flowers", 60, 32)
RULE = Backprop(Adam(0.005))
FLOWERS = Scene(
    PICTURES,
    hidden=(
        Conv2D(6, 5, activation="relu"), MaxPool2D(2), Conv2D(12, 3, activation="relu"),
        MaxPool2D(2), Flatten(),
    ),
    rule=RULE, batch=16, epochs=20, validation=0.25,
)  # fmt: skip
DENSE = Scene(
    PICTURES, hidden=(Flatten(), Dense(16, activation="relu")), rule=RULE, batch=16, epochs=20,
    validation=0.25,
)  # fmt: skip
GOAL = 0.9
EDGES = np.array([[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]])
EVEN = np.full((3, 3), 5.0)
RISING = np.array([[2.0, 2.0, 9.0], [2.0, 2.0, 9.0], [2.0, 2.0, 9.0]])


@cache
def trained() -> Any:
    """The bench of the lesson, at its end."""
    from pellucid.scene.bench import Bench

    bench = Bench(FLOWERS)
    bench.to_end()
    return bench


def window_sum(window: Any, kernel: Any = EDGES) -> float:
    """What a kernel makes of a window, computed by the engine's own convolution.

    Example:
        >>> window_sum(EVEN)
        0.0
    """
    from pellucid.inspect.views.layers import layer_outputs
    from pellucid.models.network import Network

    layer = Conv2D(1, window.shape, bias=False)
    net = Network([layer, Flatten()], target="numbers", scale_inputs=False)
    net.build(window[None, None].repeat(2, axis=0), np.array([0.0, 1.0]))
    net = net.with_parameters({"conv2d_1.weight": kernel[None, None]})
    return float(layer_outputs(net, window[None, None])["conv2d_1"].sum())


def facts() -> Facts:
    """How well it tells them apart, and what it looks at."""
    from pellucid.scene.bench import Bench

    bench, dense = trained(), Bench(DENSE)
    dense.to_end()
    x, y = bench.data.x[bench.held], bench.data.y[bench.held]

    def right(seen: Any) -> float:
        return float((bench.network.predict(np.ascontiguousarray(seen)) == y).mean())

    layout = bench.network.architecture.learned
    sizes = {name: array.size for name, array in bench.network.parameters.items()}
    grey = np.repeat(x.mean(axis=1, keepdims=True), 3, axis=1).astype(np.uint8)
    return {
        "side": 32, "channels": 3, "inputs": int(np.prod(x.shape[1:])), "count": len(bench.data.x),
        "kernel": 5, "filters": 6, "places": 28 * 28, "across": 28,
        "one_filter": 3 * 5 * 5, "one_filter_all": sizes["conv2d_1.weight"] // 6,
        "first": sizes["conv2d_1.weight"] + sizes["conv2d_1.bias"],
        "parameters": layout.size, "dense": dense.network.architecture.learned.size,
        "times": dense.network.architecture.learned.size / layout.size,
        "held": len(x), "right": right(x), "dense_right": dense.scores()["val_accuracy"],
        "upside_down": right(x[:, :, ::-1]), "grey": right(grey), "swapped": right(x[:, [1, 0, 2]]),
        "goal": GOAL, "even": window_sum(EVEN), "rising": window_sum(RISING),
        "window_even": 5, "low": 2, "high": 9, "rows": 3, "minus": -1, "zero": 0, "one": 1,
        "product": window_sum(RISING) / 3,
    }  # fmt: skip


def _sees(bench: Any) -> bool:
    return bool(bench.step > 0 and bench.scores().get("val_accuracy", 0.0) >= GOAL)


def _is_lotus(bench: Any) -> bool:
    return bool(bench.step > 0 and bench.chosen_y[0] == "white_lotus")


def _choose_lotus(bench: Any) -> None:
    bench.to_end()
    bench.choose(int(np.flatnonzero(bench.data.y == "white_lotus")[0]))


def _hurt(bench: Any) -> bool:
    """Whether it learned, and then lost filters until it saw no better than by chance."""
    acts = bench.played().acts
    knocks = [act for act in acts if isinstance(act, Knock)]
    return bool(knocks and bench.step > 0 and bench.scores().get("val_accuracy", 1.0) < 0.7)


def _knock(bench: Any) -> None:
    bench.to_end()
    for unit in range(6):
        bench.knock("conv2d_1", unit)


PARTS = (
    Text("""
In the last lesson a digit that had moved by a single pixel was a stranger to the network. Pictures
of the world move all the time: a rose may be anywhere, near or far, and it is still a rose. There
is a way out, and it is an old one. Look at a picture as you would look for a coin in the grass:
not at all of it at once, but at one small patch after the other, *always with the same eyes*.

Those eyes are called a *kernel*: a little square of weights, here {kernel} by {kernel}. It is laid
on a patch of the picture, each pixel is multiplied by the weight that lies on it, and all the
products are added up. One number comes out, and you know this sum well: it is a neuron, which sees
only a patch. Then the kernel moves on by one pixel and does the same again. All its numbers
together make a new picture, a *feature map*, bright wherever the kernel found what it looks for.
The whole thing is called a *convolution*.

What can such a kernel look for? Take one with {rows} rows, and each row is {minus}, {zero}, {one}.
On an even patch, where all pixels are {window_even}, the products cancel: the sum is {even:g}. On
a patch whose rows are {low}, {low}, {high}, dark on the left and bright on the right, each row
gives {product:g}, together {rising:g}. This kernel finds upright edges, and it finds them
everywhere.

Nobody has to think up kernels. Their weights are learned, like all weights.
"""),
    Stage(
        FLOWERS, ("maps", "curves", "attribution", "confusion"),
        "{count} drawn flowers, red roses and white lotus. On the left the picture, then the "
        "feature maps of each layer. Press a pixel of a map: you see the window, the kernel, each "
        "product and their sum.",
        pace=None,
        controls=("play", "epoch", "restart", "row"),
    ),
    Text("""
The pictures are {side} by {side} pixels with {channels} numbers each, for red, green and blue:
{inputs:,} inputs. The first layer has {filters} kernels, and each looks at all {channels} colours
at once. They begin as noise, and so do their maps.
"""),
    Try(
        "Let it learn until it tells at least {goal:.0%} of the held-out flowers apart, and keep "
        "an eye on the maps of the first layer.",
        _sees,
        "Press play; it takes a few seconds.",
        lambda bench: bench.to_end(),
    ),
    Try(
        "Now choose a lotus, and press a pixel of a feature map. Work out one of the products with "
        "pencil and paper: the pixel times the weight.",
        _is_lotus,
        "Go through the pictures with the arrows beside the picture until a white flower comes.",
        _choose_lotus,
    ),
    Text("""
It gets {right:.0%} of the {held} held-out flowers right. For comparison we had a network without
convolutions learn the same, one that has a weight for each pixel, as in the last lesson:
{dense_right:.0%}. That is not far behind. But count their numbers! The one with convolutions has
{parameters:,} weights and biases; the other one needs {dense:,}, {times:.0f} times as many. The
secret is *sharing*: a kernel is used at all {places} places of the picture ({across} by {across}),
and is learned once.

And what *is* it that it sees? We can ask it with pictures that we spoil on purpose.

- Turned upside down: {upside_down:.0%} right. It doesn't mind.
- Without colour, all in grey: {grey:.0%}. So the shape of petals tells it a good deal.
- With red and green exchanged, so that roses are green: {swapped:.0%}. That is about what a tossed
  coin gets.

There it is: redness was the easiest way to tell them apart, so redness is what it relies on most.
It has not understood roses. It has found *some* difference that worked on the pictures that it was
shown. If all your photographs of cats are taken indoors, your network may well learn sofas. Always
ask what else could tell your classes apart. The map of *attributions* beside the picture is a
help: it marks the pixels that spoke for the answer, and those that spoke against it.
"""),
    Try(
        "What does a filter matter? Once it has learned, knock out filters of the first layer, "
        "until fewer than seven of ten held-out flowers are still told apart.",
        _hurt,
        "Choose a map of the first layer and knock it out. Some filters are hardly missed, and "
        "others carry it all. You can take each one back.",
        _knock,
    ),
    Question(
        "How many weights has one kernel of the first layer? It is {kernel} by {kernel}, for each "
        "of {channels} colours.",
        lambda facts: facts["one_filter"],
        "{one_filter}: with {filters} kernels and a bias for each, the whole first layer has "
        "{first} numbers, although it looks at {inputs:,} inputs.",
        hint="Multiply the three.",
    ),
    Question(
        "The pictures become twice as wide and twice as high. How many more weights does the first "
        "layer need?",
        lambda facts: 0,
        "None: the same kernel just has more places to go to. A layer with a weight for each pixel "
        "would need four times as many.",
        choices=("None", "Twice as many", "Four times as many"),
        hint="Does a kernel know how large the picture is?",
    ),
)  # fmt: skip

LESSON = Lesson(
    14, "pictures", "Rose or lotus: how a network sees", 10,
    "You can say what a kernel and a feature map are, and why to ask what a network looks at.",
    PARTS,
    facts,
    (
        Holds("it tells them apart", lambda f: f["right"] > f["goal"]),
        Holds(
            "the dense one is not far behind",
            lambda f: f["right"] - 0.15 < f["dense_right"] <= f["right"],
        ),
        Holds("and has many times the numbers", lambda f: f["times"] > 10),
        Holds("upside down is no matter", lambda f: f["upside_down"] > f["goal"]),
        Holds("grey harms, and leaves a good deal", lambda f: 0.6 < f["grey"] < f["right"]),
        Holds("green roses are guessed", lambda f: 0.4 < f["swapped"] < 0.6),
        Holds("an even patch gives nothing", lambda f: f["even"] == 0),
        Holds(
            "an edge gives its height in each row",
            lambda f: f["product"] == f["high"] - f["low"],
        ),
        Holds("a kernel's weights", lambda f: f["one_filter"] == f["one_filter_all"]),
        Holds("places", lambda f: f["places"] == f["across"] ** 2),
        Holds(
            "each place is one of the kernel's",
            lambda f: f["across"] == f["side"] - f["kernel"] + 1,
        ),
    ),
)  # fmt: skip
