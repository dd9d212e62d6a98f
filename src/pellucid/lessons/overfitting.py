"""Lesson 15: learning by heart, held-out samples, dropout and smaller networks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from pellucid.data.generate import moons
from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import Adam
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

NOISE, SEED, WIDE, SHARE = 0.4, 1, 64, 0.5


def points(rows: int) -> Points:
    """Two half moons, blurred so that they overlap."""
    data = moons(rows, NOISE, SEED)
    return Points(
        tuple((float(a), float(b), float(c)) for (a, b), c in zip(data.x, data.y, strict=True)),
        classes=("amber", "blue"),
    )


FEW = Scene(
    points(120), hidden=(Dense(WIDE, activation="relu"), Dense(WIDE, activation="relu")),
    rule=Backprop(Adam(0.01)), batch=15, epochs=300, validation=0.5,
)  # fmt: skip
DROPOUT = (
    Dense(WIDE, activation="relu"), Dropout(SHARE), Dense(WIDE, activation="relu"), Dropout(SHARE),
)  # fmt: skip
SMALL = (Dense(4, activation="relu"),)
MANY = replace(FEW, source=points(1200), batch=60)


@cache
def trained(scene: Scene) -> Any:
    """A bench at the end of its learning."""
    from pellucid.scene.bench import Bench

    bench = Bench(scene)
    bench.to_end()
    return bench


def best(bench: Any) -> tuple[int, float]:
    """The step, at an epoch's end, with the smallest loss on held-out points, and that loss."""
    curve = bench.curve
    if "val_loss" not in curve or np.isnan(curve["val_loss"]).all():
        return 0, float("inf")
    place = int(np.nanargmin(curve["val_loss"]))
    return int(curve["step"][place]), float(curve["val_loss"][place])


def facts() -> Facts:
    """What a large network makes of few points, and what helps."""
    from pellucid.scene.bench import Bench

    large, start = trained(FEW), Bench(FEW).scores()
    step, loss = best(large)
    scores = large.scores()
    dropped = trained(replace(FEW, hidden=DROPOUT)).scores()
    small = trained(replace(FEW, hidden=SMALL))
    many = trained(MANY).scores()
    return {
        "points": len(large.data.x), "learned": len(large.learned), "held": len(large.held),
        "wide": WIDE, "parameters": large.network.architecture.learned.size,
        "right": scores["accuracy"], "held_right": scores["val_accuracy"],
        "first_loss": start["val_loss"], "own_loss": scores["loss"],
        "loss": scores["val_loss"], "best_loss": loss, "best_step": step, "last": large.last,
        "share": SHARE, "drop_right": dropped["accuracy"], "drop_held": dropped["val_accuracy"],
        "drop_loss": dropped["val_loss"],
        "units": 4, "small_parameters": small.network.architecture.learned.size,
        "small_held": small.scores()["val_accuracy"], "small_loss": small.scores()["val_loss"],
        "many": len(trained(MANY).data.x), "many_held": many["val_accuracy"],
        "many_right": many["accuracy"], "goal": 0.97, "half": 0.5, "zero": 0,
    }  # fmt: skip


def _by_heart(bench: Any) -> bool:
    found = bench.scores()
    return bool(bench.step > 0 and found["accuracy"] >= 0.97 and found["val_accuracy"] < 0.85)


def _at_best(bench: Any) -> bool:
    """Whether one went on too far, and then back to where the held-out loss was small."""
    step, loss = best(bench)
    return bool(
        bench.last > 2 * max(step, 1) and bench.step < bench.last
        and bench.step > 0 and bench.scores()["val_loss"] <= 1.2 * loss
    )  # fmt: skip


def _rewind(bench: Any) -> None:
    bench.to_end()
    bench.seek(best(bench)[0])


def _is_calmer(bench: Any) -> bool:
    """Whether another network, at its end, is far less wrong on held-out points."""
    return bool(
        bench.is_over and bench.scores()["val_loss"] < 0.5 * trained(FEW).scores()["val_loss"]
    )


def _drop(bench: Any) -> None:
    bench.change(hidden=DROPOUT)
    bench.to_end()


PARTS = (
    Text("""
Two pupils prepare for an exam. One understands the rule. The other learns last year's answers by
heart, every single one. Ask them last year's questions, and the second is perfect, perhaps better
than the first. You find out who understood anything only by asking *new* questions.

Networks are both of these pupils, and nobody can tell which from the questions they have
practised. So we do what teachers do. Before learning begins, part of the samples is put aside,
*held out*, and never learned from. How well the network does on those is called its *validation*
score. It is the only score that counts.

Below are {points} points, amber and blue, in two half moons so blurred that they overlap: where
they mix, chance decides the colour, and nobody can be right about it. The network learns from
{learned} of them; the other {held}, drawn as rings, are held out. It is a large network for so
little: two hidden layers of {wide} neurons, {parameters:,} weights and biases. Two straight pieces
of fence would do.
"""),
    Stage(
        FEW, ("boundary", "curves", "network"),
        "Full points are learned from, rings are held out. The background is what the network "
        "would answer there. Two curves: the loss on what it learns from, and on what is held out.",
        pace=100.0,
        controls=("play", "epoch", "restart", "layers", "dropout"),
    ),
    Try(
        "Let it learn until it gets at least {goal:.0%} of its own points right, and the held-out "
        "ones clearly less often.",
        _by_heart,
        "Press play and let it run on. Watch the border: it begins to put out feelers.",
        lambda bench: bench.to_end(),
    ),
    Text("""
Look at the border. It is no half moon any more; it has islands and feelers, each made for a single
point that chance had put on the wrong side. That is learning by heart. It is called *overfitting*:
of its own points it now gets {right:.0%} right, of the held-out ones {held_right:.0%}.

The two curves tell the same story, and they tell *when*. At first both fall: what helps with one
half helps with the other. Then they part. The loss on its own points goes on falling, towards
{zero}. The loss on held-out points turns and *climbs*: it was {best_loss:.2f} at best, early on,
at step {best_step}, and is {loss:.2f} at the end. More practice made it worse! Not only is it
wrong more often: it is wrong and sure of it.

What can one do? The simplest thing of all: stop in time.
"""),
    Try(
        "Let it go too far, then rewind to about the step where the held-out curve was lowest. "
        "That is called *early stopping*.",
        _at_best,
        "Drag the time slider back until the held-out loss is smallest, and look at the border "
        "there.",
        _rewind,
    ),
    Text("""
There are other remedies than stopping early.

- *A smaller network* has no room to learn by heart. With {units} hidden neurons,
  {small_parameters} numbers in all, {small_held:.0%} of the held-out points are right at the end,
  and the held-out loss is {small_loss:.2f}.
- *Dropout*. At each step every neuron is left out with a chance of {share:.0%}, drawn anew each
  time. It sounds like sabotage. But no neuron can rely on any other being there, so none of them
  can build the delicate arrangements that learning by heart takes. When it is asked, all neurons
  are there. With dropout: {drop_held:.0%}, and a held-out loss of {drop_loss:.2f}.
- *More samples*, where they can be had: the one remedy that takes nothing away. With {many:,}
  points in place of {points}, and the same large network: {many_held:.0%} of the held-out ones are
  right, against {many_right:.0%} of its own. The two pupils have become much alike, for there is
  too much to learn by heart.

None of these gets everything right, and that is as it should be. Where the moons overlap, chance
decided. A network that is always right about chance has been cheating.
"""),
    Try(
        "Change the network, so that at the very end its held-out loss is less than half of what "
        "the large one had.",
        _is_calmer,
        "Add dropout after each hidden layer, or make the layers small: four neurons will do. Then "
        "play to the end.",
        _drop,
    ),
    Question(
        "Your network gets all of its training samples right, and {held_right:.0%} of the held-out "
        "ones. A friend's gets fewer training samples right, {drop_right:.0%}, and {drop_held:.0%} "
        "of the held-out ones. Which do you take into the world?",
        lambda facts: 1,
        "The friend's: in the world every sample is new, just as the held-out ones were.",
        choices=("Mine", "My friend's", "They are equally good"),
        hint="Which of the two numbers is an exam with new questions?",
    ),
    Question(
        "You try forty networks and take the one with the best score on the held-out samples. Is "
        "that score now an honest forecast?",
        lambda facts: 2,
        "No: among forty, some are lucky with just these samples, and you chose the luckiest. That "
        "is why reports keep a third part back, the *test* samples, which nobody looks at before "
        "the end.",
        choices=(
            "Yes, they were held out",
            "Yes, if forty is enough",
            "No, choosing by it has used it up",
        ),
        hint="Forty people toss a coin ten times each. What will the best of them have?",
    ),
)  # fmt: skip

LESSON = Lesson(
    15, "overfitting", "By heart, or understood?", 9,
    "You can see from two curves when a network learns by heart, and know three remedies.",
    PARTS,
    facts,
    (
        Holds("it learns its own by heart", lambda f: f["right"] >= f["goal"]),
        Holds("and not the others", lambda f: f["held_right"] < f["right"] - 0.1),
        Holds("the held-out loss was much lower", lambda f: f["best_loss"] < f["loss"] / 3),
        Holds("at first it fell", lambda f: f["best_loss"] < f["first_loss"] / 1.5),
        Holds("its own goes towards zero", lambda f: f["own_loss"] < 0.02),
        Holds("early on", lambda f: f["best_step"] < f["last"] / 4),
        Holds("a small network is better", lambda f: f["small_held"] > f["held_right"]),
        Holds("and less wrong", lambda f: f["small_loss"] < f["loss"] / 3),
        Holds("dropout is better", lambda f: f["drop_held"] > f["held_right"]),
        Holds("and less wrong", lambda f: f["drop_loss"] < f["loss"] / 2),
        Holds("on its own points it is worse", lambda f: f["drop_right"] < f["right"]),
        Holds("more points are better", lambda f: f["many_held"] > f["held_right"] + 0.1),
        Holds(
            "the two shares come together",
            lambda f: f["many_right"] - f["many_held"] < (f["right"] - f["held_right"]) / 2,
        ),
        Holds("it is a large network", lambda f: f["parameters"] > 10 * f["points"]),
        Holds("half is held out", lambda f: f["learned"] == f["held"]),
    ),
)  # fmt: skip
