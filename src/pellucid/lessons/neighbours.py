"""Lesson 17: a network against its nearest neighbours, and a straight line."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from pellucid.data.draw import Draw
from pellucid.data.generate import circles
from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import Adam
from pellucid.lessons.handwriting import DIGITS
from pellucid.lessons.handwriting import trained as trained_digits
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.dense import Dense
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

HAY_GOAL = 0.95
USEFUL, USELESS, ROWS = 2, 20, 600


def haystack() -> Points:
    """Two columns that say which ring a point is in, and many that say nothing."""
    data = circles(ROWS, noise=0.1, seed=0)
    noise = Draw(0, "noise columns").normal(ROWS, USELESS)
    x = np.hstack([data.x, noise])
    rows = tuple((*map(float, row), float(c)) for row, c in zip(x, data.y, strict=True))
    names = ("x1", "x2", *(f"noise_{k + 1}" for k in range(USELESS)))
    return Points(rows, names=names, classes=("outer", "inner"))


HAYSTACK = Scene(
    haystack(), hidden=(Dense(16, activation="relu"),), rule=Backprop(Adam(0.01)),
    epochs=150, validation=0.25,
)  # fmt: skip
PENALTY = Backprop(Adam(0.01), l1=0.01)


@cache
def learned(rule: Backprop) -> Any:
    """The bench of the haystack at the end of its learning by a rule."""
    from pellucid.scene.bench import Bench

    bench = Bench(replace(HAYSTACK, rule=rule))
    bench.to_end()
    return bench


def rivals_of(bench: Any) -> dict[str, float]:
    """The share of held-out rows that each rival gets right, by its name."""
    from pellucid.scene.comparing import baselines

    return {row["name"]: float(row["scores"]["accuracy"]) for row in baselines(bench)}


def facts() -> Facts:
    """Who wins where, and what it costs."""
    bench, alone, penalised = trained_digits(), learned(HAYSTACK.rule), learned(PENALTY)
    digits, hay = rivals_of(bench), rivals_of(alone)
    loud = np.abs(penalised.network.parameters["dense_1.weight"]).sum(axis=1)
    return {
        "epochs": DIGITS.epochs, "k": 5, "inputs": bench.data.x.shape[1],
        "stored": len(bench.learned),
        "stored_numbers": len(bench.learned) * bench.data.x.shape[1],
        "parameters": bench.network.architecture.learned.size,
        "digits_network": bench.scores()["val_accuracy"],
        "digits_near": digits["k nearest neighbours"], "digits_linear": digits["linear model"],
        "digits_majority": digits["majority class"],
        "useful": USEFUL, "useless": USELESS, "columns": USEFUL + USELESS, "rows": ROWS,
        "hay_network": alone.scores()["val_accuracy"], "hay_near": hay["k nearest neighbours"],
        "hay_linear": hay["linear model"], "penalty": penalised.scores()["val_accuracy"],
        "ear": float(loud[:USEFUL].min()), "deaf": float(loud[USEFUL:].max()),
        "strength": PENALTY.l1, "goal": 0.95, "hay_goal": HAY_GOAL, "votes_a": 3, "votes_b": 2,
    }  # fmt: skip


def _number_harms() -> bool:
    """Whether a shuffled row number harms the neighbours' answers, and hardly the straight line's.

    On the sample of irises, with all columns scaled alike, each row asked of all the others.
    """
    from pellucid import data

    x, y = data.load("iris")
    number = np.random.default_rng(0).permutation(len(x))[:, None].astype(float)
    tables = [np.asarray(x, float), np.hstack([x, number])]
    near = [_by_neighbours(table, np.asarray(y)) for table in tables]
    line = [_by_a_line(table, np.asarray(y)) for table in tables]
    return near[1] < near[0] and abs(line[1] - line[0]) < near[0] - near[1]


def _scaled(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0))


def _by_neighbours(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> float:
    """The share right by the vote of the five nearest."""
    scaled, names = _scaled(x), np.unique(y)
    apart = np.linalg.norm(scaled[:, None] - scaled, axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = y[np.argsort(apart, axis=1)[:, :5]]
    votes = np.stack([(nearest == name).sum(axis=1) for name in names], axis=1)
    return float((names[votes.argmax(axis=1)] == y).mean())


def _by_a_line(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> float:
    """The share right by the best linear fit to each class."""
    names, one = np.unique(y), np.column_stack([_scaled(x), np.ones(len(x))])
    wanted = (y[:, None] == names).astype(float)
    found = one @ np.linalg.lstsq(one, wanted, rcond=None)[0]
    return float((names[found.argmax(axis=1)] == y).mean())


def _has_learned(bench: Any) -> bool:
    return bool(bench.step > 0 and bench.scores().get("val_accuracy", 0.0) >= 0.95)


def _beats(bench: Any) -> bool:
    return bool(
        bench.is_over and bench.scene.source == HAYSTACK.source
        and bench.scores().get("val_accuracy", 0.0) >= HAY_GOAL
    )  # fmt: skip


def _penalise(bench: Any) -> None:
    bench.change(rule=PENALTY)
    bench.to_end()


PARTS = (
    Text("""
Somebody shows you a network that is right {digits_network:.0%} of the time, and asks for a lot of
money. Is that much? You cannot know before you have asked the *simplest* thing that might do it
too. An engineer who shows a score alone has told you half of it.

So here are three rivals, each so simple that it can be explained in a sentence. We call them
*baselines*.

- *The majority*: whatever is asked, give the most frequent answer. It learns one word.
- *A linear model*: one weight for each input and each answer, no hidden layer. A single straight
  border.
- *Nearest neighbours*: learn nothing at all, just keep every sample. Asked about a new one, find
  the {k} kept samples that are most like it, and let them vote.

The last is almost impudent. No training, no weights, no optimiser. What chance could it have?
"""),
    Stage(
        DIGITS, ("compare", "curves"),
        "The digits from before. All four learn from the same {stored:,} rows, and are asked about "
        "the same held-out ones.",
        pace=None,
        controls=("play", "epoch", "restart"),
    ),
    Try(
        "Place your bet. Then let the network learn until it gets at least {goal:.0%} of the "
        "held-out digits right, and have it compared.",
        _has_learned,
        "Press play, then the button that compares.",
        lambda bench: bench.to_end(),
    ),
    Text("""
The majority gets {digits_majority:.0%}, which is no surprise with ten digits. The linear model
gets {digits_linear:.1%}, the network {digits_network:.1%}. And the nearest neighbours?
{digits_near:.1%}. The one that learned nothing is *every bit as good*!

With so few held-out digits a difference of less than a hundredth may be luck; another division of
the rows may turn it round. But it is no fluke that it is good. Digits that look alike mean the
same, and that is all that neighbours need.

What does it pay for that? It keeps all its samples: {stored_numbers:,} numbers, where the network
has {parameters:,}. And for each question it goes through every one of them. With millions of
samples that is slow. The network has gone through its samples {epochs} times while it learned;
now it needs none of them any more.

Now a case that is harder to see through.
"""),
    Stage(
        HAYSTACK, ("compare", "curves", "network"),
        "{rows} rows with {columns} columns each. Two of them say which of two rings a point lies "
        "in, the inner or the outer; the other {useless} are pure noise. Nobody tells anyone which "
        "is which.",
        pace=None,
        controls=("play", "epoch", "restart", "penalty"),
    ),
    Text("""
For the neighbours every column counts the same. Two points that are alike in what matters may
differ in {useless} columns of noise, and the noise drowns out the rest: they get {hay_near:.0%} of
the held-out points right. The linear model gets {hay_linear:.0%}, for no straight border parts two
rings. That is no better than tossing a coin. A network can bend its border, and it can learn
to turn a deaf ear to a column, by making its weights small: left alone it gets {hay_network:.0%}.
But *can* is not *does*. It learns much of the noise by heart, as you know from the lesson on
overfitting.

It needs a reason to keep weights small. A *penalty* is such a reason: the loss gets a bit larger
for each weight, by its size. Whatever does not earn its keep is let go.
"""),
    Try(
        "Make it better still, at least {hay_goal:.0%}: give the network a penalty on the size of "
        "its weights, and let it learn to the end.",
        _beats,
        "Below the stage are two penalties. Set the one on the size of weights, called l1, to "
        "{strength:g}, then start again and play.",
        _penalise,
    ),
    Text("""
With the penalty it gets {penalty:.0%} right. Have a look at the network: the weights that lead
away from a useful column add up to {ear:.1f} in size, those of the loudest of the {useless} others
to {deaf:.1f}. It found out by itself which columns matter.

Remember it as a habit, for it will save you a good deal of work. First the majority, then a
straight line, then the neighbours, and only then a network. If the network wins by a hair, take
the simple one. If it wins clearly, you know what you pay for. That is why every report that
Pellucid writes has these rivals in it, whether you ask for them or not.
"""),
    Question(
        "Of the {k} nearest neighbours of a new point {votes_a} are blue and {votes_b} are orange. "
        "What is the answer?",
        lambda facts: 0,
        "Blue: they vote, {votes_a} against {votes_b}.",
        choices=("Blue", "Orange", "It depends on the weights"),
        hint="There are no weights. They vote.",
    ),
    Question(
        "The rows of your table have been shuffled well, and someone adds a column with each row's "
        "number, scaled as the others are. It says nothing about the answer. Who suffers most from "
        "it?",
        lambda facts: 2,
        "The neighbours: now rows seem alike because they stand close together in the file. A "
        "model with weights can learn to ignore the column. (In a file sorted by class the number "
        "would give the answer away: a leak, as the next lesson shows.)",
        choices=("The majority", "The linear model", "The nearest neighbours"),
        hint="Who gives every column the same say?",
    ),
)  # fmt: skip

LESSON = Lesson(
    17, "neighbours", "Against the nearest neighbours", 8,
    "You never again take a score for good before you have seen what the simplest rivals get.",
    PARTS,
    facts,
    (
        Holds("a linear model is not far behind", lambda f: f["digits_linear"] > 0.9),
        Holds(
            "the neighbours are as good as the network or better",
            lambda f: f["digits_near"] >= f["digits_network"] - 1e-4,
        ),
        Holds(
            "by less than a hundredth", lambda f: abs(f["digits_near"] - f["digits_network"]) < 0.01
        ),
        Holds("the majority is no rival", lambda f: f["digits_majority"] < 0.15),
        Holds("it keeps more numbers", lambda f: f["stored_numbers"] > 10 * f["parameters"]),
        Holds("noise drowns the neighbours", lambda f: f["hay_near"] < 0.7),
        Holds("and no line parts rings", lambda f: f["hay_linear"] < 0.5),
        Holds("a shuffled row number harms the neighbours", lambda f: _number_harms()),
        Holds("the penalty helps", lambda f: f["penalty"] >= f["hay_goal"]),
        Holds("left alone it is worse", lambda f: f["hay_network"] < f["penalty"] - 0.04),
        Holds("but better than they", lambda f: f["hay_network"] > f["hay_near"] + 0.2),
        Holds("it found the useful columns", lambda f: f["ear"] > 10 * f["deaf"]),
        Holds("columns", lambda f: f["columns"] == f["useful"] + f["useless"]),
    ),
)  # fmt: skip
