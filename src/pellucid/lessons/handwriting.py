"""Lesson 13: handwritten digits, and the one that you draw yourself."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import Adam
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.dense import Dense
from pellucid.scene.drawing import WAYS
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample

DIGITS = Scene(
    Sample("digits"), hidden=(Dense(32, activation="relu"),), rule=Backprop(Adam(0.003)),
    epochs=20, validation=0.2,
)  # fmt: skip
GOAL = 0.95
SIDE = 8


def arc(
    x: float, y: float, wide: float, high: float, start: float, end: float
) -> list[tuple[float, float]]:
    """A part of an ellipse as points; angles in degrees, 0 to the right, 90 down."""
    turns = [math.radians(start + (end - start) * k / 24) for k in range(25)]
    return [(x + wide * math.cos(a), y + high * math.sin(a)) for a in turns]


THREE = [[*arc(0.48, 0.33, 0.15, 0.15, 190, 445), *arc(0.48, 0.66, 0.18, 0.18, -80, 170)]]
"""A three, drawn on the canvas by two bows."""


@cache
def trained() -> Any:
    """The bench of the lesson, at its end."""
    from pellucid.scene.bench import Bench

    bench = Bench(DIGITS)
    bench.to_end()
    return bench


def facts() -> Facts:
    """How well it reads digits it never saw, and how badly the same ones moved aside."""
    from pellucid.scene.bench import Bench

    bench = trained()
    network, data = bench.network, bench.data
    x, y = data.x[bench.held], data.y[bench.held]
    pictures = x.reshape(-1, SIDE, SIDE)

    def right(seen: Any) -> float:
        return float((network.predict(seen.reshape(len(x), -1)) == y).mean())

    sure = network.predict_proba(pictures[:, ::-1].reshape(len(x), -1)).max(axis=1)
    blank = Bench(DIGITS).network
    first = blank.predict_proba(x).max(axis=1)
    return {
        "blank_sure": float(np.median(first)),
        "blank_right": float((blank.predict(x) == y).mean()),
        "rows": len(data.x), "side": SIDE, "inputs": data.x.shape[1], "ink": int(data.x.max()),
        "hidden": 32, "classes": 10, "parameters": network.architecture.learned.size,
        "learned": len(bench.learned), "held": len(bench.held), "zero": 0, "one": 1,
        "chance": 1 / len(data.class_names),
        "goal": GOAL, "right": right(pictures),
        "moved": right(np.roll(pictures, 1, axis=2)),
        "moved_two": right(np.roll(pictures, 2, axis=2)),
        "upside_down": right(pictures[:, ::-1]), "upside_sure": float(np.median(sure)),
        "epochs": DIGITS.epochs, "mnist": max(side for side, _ in WAYS),
    }  # fmt: skip


def _reads(bench: Any) -> bool:
    return bool(bench.step > 0 and bench.scores().get("val_accuracy", 0.0) >= GOAL)


def _reads_mine(bench: Any) -> bool:
    from pellucid.scene.sketch import answer

    return bench.step > 0 and answer(bench) == "3"


def _draw(bench: Any) -> None:
    from pellucid.scene.sketch import draw

    bench.to_end()
    draw(bench, THREE)


def _is_mistake(bench: Any) -> bool:
    if bench.step == 0 or bench.chosen not in bench.held:
        return False
    return bool(bench.network.predict(bench.chosen_x)[0] != bench.chosen_y[0])


def _find_mistake(bench: Any) -> None:
    bench.to_end()
    held = bench.held
    wrong = bench.network.predict(bench.data.x[held]) != bench.data.y[held]
    bench.choose(int(held[np.flatnonzero(wrong)[0]]))


PARTS = (
    Text("""
Look at your own handwriting for a moment. No two of your sevens are alike, and yet nobody takes
them for fours. What makes a seven a seven? People tried for decades to write that down as rules: a
stroke along the top, then one slanting down. The rules never held for long. Somebody always puts a
bar through it, or a little hook in front.

So we don't write rules. We show examples: {rows:,} digits, written by hand, each with the answer
beside it. Every one of them is a picture of {side} by {side} pixels, and a pixel is nothing but a
number: how much ink there is, from {zero} for bare paper to {ink}. Read the rows one after the
other and a digit is a list of {inputs} numbers. That is all the network ever gets. It has no eyes,
and it does not know that one pixel lies beside another.

The network has {inputs} inputs, {hidden} hidden neurons and {classes} outputs, one for each digit.
The output with the largest score wins. Of the digits it learns from {learned:,}; the other {held}
it never learns from. They are *held out*, for an honest exam.
"""),
    Stage(
        DIGITS, ("digit", "network", "curves", "confusion"),
        "Draw with the mouse, a finger, or the arrow keys. Beside it, your digit as the network "
        "sees it, and the chance it gives to each answer.",
        pace=None,
        controls=("play", "epoch", "restart"),
    ),
    Text("""
Draw something before it has learned: it guesses. Its first weights are random, and so are its
chances: of the digits it gives typically {blank_sure:.0%} to the one it likes best, and reads
{blank_right:.0%} of them right, about the {chance:.0%} of a blind guess. Then let it learn, and
watch the chances of *your* digit while it does.
"""),
    Try(
        "Press play, and let it learn until it reads at least {goal:.0%} of the held-out digits.",
        _reads,
        "It takes about a second. The curve for the held-out digits is the one that counts.",
        lambda bench: bench.to_end(),
    ),
    Try(
        "Now yours: draw a three that it takes for a three.",
        _reads_mine,
        "Draw it large, in one go, with two round bows open to the left. If it is taken for "
        "something else, look at the small picture: that is what it had to judge by.",
        _draw,
    ),
    Text("""
It reads {right:.1%} of the digits that it has never seen. (Never seen these, that is: the same
hands wrote digits that it learned from. How it reads a stranger's hand, such as yours, this number
does not say.) Now something that may surprise you.
Take exactly those held-out digits and move each of them by a single pixel to the right. You would
not even notice. The network reads {moved:.1%} of them. Move them by two pixels, and it is
{moved_two:.1%}.

Has it learned nothing, then? It has learned precisely what it was shown: that ink in *this* place
speaks for a six, and in *that* place for an eight. All digits it learned from stood in the middle.
Nobody ever told it that a six remains a six one step to the side.

That is why your drawing was not handed over as you drew it. First the studio cut out your strokes,
made them as large as the others, stood them upright, gave the lines the same thickness and put
them in the middle by their *mass*, the point on which a digit cut out of cardboard would balance.
This is called *preprocessing*, and much of every success with real data hangs on it: what you ask
about must go the same way as what was learned from. Try a tiny digit in a corner. It works, and not
because the network is clever.

And one more, a warning. Turned upside down, {upside_down:.0%} of the digits are still read right,
as one would expect. But ask how *sure* the network is of its answers to these: its largest chance
is typically {upside_sure:.0%}. A network can be wrong and very sure of it. It can only choose
among the answers that it knows; "this is no digit" is not one of them. Draw a house and see.

These are small pictures. If you have the files of MNIST, the digits that the whole field has
measured itself by, `pellucid studio mnist --data-dir FOLDER` lets you draw on {mnist} by {mnist}
pixels.
"""),
    Try(
        "Find a held-out digit that it reads wrong, and look at it. Would you have known?",
        _is_mistake,
        "In the table of answers, whatever is off the diagonal is a mistake. Press such a cell to "
        "see the cases, and choose one.",
        _find_mistake,
    ),
    Question(
        "How many numbers did it learn? Each of the {hidden} hidden neurons has a weight for each "
        "of {inputs} inputs, and a bias; each of the {classes} outputs has a weight for each "
        "hidden neuron, and a bias.",
        lambda facts: facts["parameters"],
        "{parameters:,}: all it knows about handwriting is in these, and you could write them on a "
        "few sheets of paper.",
        hint="Hidden neurons times (inputs and one more), then outputs times (hidden neurons and "
        "one more). Add the two.",
    ),
    Question(
        "Why does moving a digit by one pixel harm so much?",
        lambda facts: 1,
        "Each weight belongs to one place. The next lesson is about networks that use the same "
        "weights at every place.",
        choices=(
            "The moved digits are blurred",
            "Each weight belongs to one pixel, and now other pixels hold the ink",
            "The network had too few hidden neurons",
            "The held-out digits are harder",
        ),
        hint="Think of a weight that has learned: ink here speaks for a six. Where is the ink now?",
    ),
)  # fmt: skip

LESSON = Lesson(
    13, "handwriting", "Handwritten digits, and yours", 9,
    "You have seen a network read your own handwriting, and know why it needs it in the middle.",
    PARTS,
    facts,
    (
        Holds("it reads what it never saw", lambda f: f["right"] > f["goal"]),
        Holds(
            "before it has learned it guesses",
            lambda f: 0.05 < f["blank_right"] < 0.2 and f["blank_sure"] < 0.5,
        ),
        Holds("one pixel aside harms a lot", lambda f: f["moved"] < f["right"] - 0.15),
        Holds("two harm more", lambda f: f["moved_two"] < f["moved"]),
        Holds("upside down most are read wrong", lambda f: f["upside_down"] < 0.5),
        Holds("and it is sure of what it says", lambda f: f["upside_sure"] > 0.8),
        Holds(
            "the numbers add up",
            lambda f: f["parameters"]
            == f["hidden"] * (f["inputs"] + 1) + f["classes"] * (f["hidden"] + 1),
        ),
        Holds("rows are divided in two", lambda f: f["learned"] + f["held"] == f["rows"]),
        Holds("a picture is a list", lambda f: f["inputs"] == f["side"] ** 2),
    ),
)  # fmt: skip
