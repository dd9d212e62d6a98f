"""Lesson 5: why no neuron is XOR, and the hidden layer that makes it possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from pellucid.learn.backprop import Backprop
from pellucid.learn.local import Perceptron
from pellucid.learn.optimizers import Adam
from pellucid.lessons.asked import CORNERS, answers, gate, give, outputs, unit
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.models.gates import AND, NAND, OR, XOR, linearly_separable, why_not_xor
from pellucid.models.neuron import Neuron
from pellucid.nn.activations import step
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

WANTED = (0, 1, 1, 0)
OPPOSITE = (1, 0, 0, 1)
STARTS = 20
UNLUCKY = 6
FIRES = step(0.5)
ALONE = Scene(
    gate(WANTED), output=Dense(1, activation=FIRES), loss=SquaredError(), rule=Perceptron(),
    epochs=100, scale=False, acts=unit(AND.weights, AND.bias),
)  # fmt: skip
BY_HAND = Scene(
    gate(WANTED), hidden=(Dense(2, activation=FIRES),), output=Dense(1, activation=FIRES),
    loss=SquaredError(), rule=Backprop(Adam(0.05)), scale=False,
    acts=(
        *unit(OR.weights, OR.bias, "dense_1", 0),
        *unit(NAND.weights, NAND.bias, "dense_1", 1),
        *unit(AND.weights, AND.bias, "dense_2", 0),
    ),
)  # fmt: skip
LEARNS = Scene(
    gate(WANTED), hidden=(Dense(2, activation="tanh"),), output=Dense(1, activation="sigmoid"),
    loss=SquaredError(), rule=Backprop(Adam(0.05)), epochs=400, scale=False,
)  # fmt: skip
STUCK = replace(LEARNS, seed=UNLUCKY)
FOLDED = replace(
    ALONE, source=Points(
        tuple(
            (OR(list(x)), NAND(list(x)), float(y)) for x, y in zip(CORNERS, WANTED, strict=True)
        ), ("h1", "h2"),
    ),
)  # fmt: skip


def facts() -> Facts:
    """The proof, the network by hand, and how learning goes from many starts."""
    from pellucid.scene.bench import Bench

    proof = why_not_xor()
    alone = Bench(ALONE)
    alone.to_end()
    learned, stuck = Bench(LEARNS), Bench(STUCK)
    first = learned.scores()["loss"]
    hidden = sorted({(OR(list(x)), NAND(list(x))) for x in CORNERS})
    for bench in (learned, stuck):
        bench.to_end()
    return {
        "off": 0,
        "on": 1,
        "minus_one": -1,
        "best": _best(),
        "rows": len(CORNERS),
        "enough": 40,
        "alone_mistakes": len(alone.log),
        "alone_last": alone.log[-1]["step"],
        "alone_steps": alone.step,
        "proof": proof,
        "asked": "\n    ".join(proof.inequalities),
        "argument": "\n    ".join(proof.argument[:2]),
        "firing": proof.argument[0].split(":")[0].replace("+", "and"),
        "silent": proof.argument[1].split(":")[0].replace("+", "and"),
        "middle": 0.5,
        "table": "\n    ".join(_hidden_table()),
        "by_hand": tuple(map(int, XOR.truth_table().answers)),
        "hidden": hidden,
        "places": len(hidden),
        "nand_bias": NAND.bias,
        "and_bias": AND.bias,
        "turned": NAND.weights == tuple(-w for w in AND.weights),
        "opposite": tuple(int(NAND([OR(list(x)), NAND(list(x))])) for x in CORNERS),
        "start_right": _agree(AND.truth_table().answers, WANTED),
        "first_loss": first,
        "learned_loss": learned.scores()["loss"],
        "learned_accuracy": learned.scores()["accuracy"],
        "numbers": learned.network.architecture.learned.size,
        "stuck_right": round(stuck.scores()["accuracy"] * len(CORNERS)),
        "shrugs": int(np.isclose(outputs(stuck), 0.5, atol=0.02).sum()),
        "starts": STARTS,
        "lucky": _lucky(2),
        "lucky_three": _lucky(3),
        "folded": _folded(),
    }


def _best() -> int:
    """The most rows of XOR that one neuron gets right, over all gates that one neuron can be."""
    return max(
        _agree(table, WANTED)
        for table in product((0, 1), repeat=len(CORNERS))
        if linearly_separable(list(zip(CORNERS, table, strict=True))).separable
    )


def _hidden_table() -> list[str]:
    lines = ["x1 x2   h1 (OR)  h2 (NAND)   y"]
    for x1, x2 in CORNERS:
        h1, h2 = OR([x1, x2]), NAND([x1, x2])
        lines.append(f"{x1:>2} {x2:>2}   {h1:>7.0f}  {h2:>9.0f}   {AND([h1, h2]):.0f}")
    return lines


def _lucky(units: int) -> int:
    """From how many starts a network with so many hidden units learns it."""
    from pellucid.scene.bench import Bench

    found = 0
    for seed in range(STARTS):
        bench = Bench(
            replace(LEARNS, hidden=(Dense(units, activation="tanh"),), seed=seed), threads=1
        )
        bench.to_end()
        found += bench.scores()["accuracy"] == 1.0
    return found


def _folded() -> bool:
    """Whether two layers without activation give what one neuron gives with their product."""
    rng = np.random.default_rng(0)
    x, inner, outer = rng.normal(size=(9, 2)), rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
    return bool(np.allclose((x @ inner) @ outer, x @ (inner @ outer)))


def _has_three(neuron: Neuron) -> bool:
    return _agree(neuron.truth_table().answers, WANTED) == 3


def _three_right(bench: Any) -> bool:
    return bench.step == 0 and _agree(answers(bench), WANTED) == 3


def _agree(one: Sequence[float], other: Sequence[float]) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))


def _goes_round(bench: Any) -> bool:
    return len(bench.log) >= 40


def _turned_over(bench: Any) -> bool:
    return answers(bench) == OPPOSITE


def _learned(bench: Any) -> bool:
    return bench.step > 0 and answers(bench) == WANTED


def _three_units(bench: Any) -> bool:
    units = bench.network.layers[0].units
    return units > 2 and _learned(bench)


def _widen(bench: Any) -> None:
    bench.change(hidden=(Dense(3, activation="tanh"),))
    bench.to_end()


PARTS = (
    Text("""
Two switches on a staircase work one lamp. Flip either, and the light changes. With both down it is
dark; with one of them up it is light; with both up it is dark again. The lamp burns when one switch
is up *or* the other, and not both. This gate is called XOR, the *exclusive or*.

It looks no harder than AND or OR. Only four rows, and you have made several neurons by now. So go
ahead: here is one, starting as an AND.
"""),
    Stage(
        ALONE, ("boundary", "network", "truth", "mistakes"),
        "One neuron and the four rows of XOR. As an AND it has one of them right.",
        pace=10.0,
        controls=("weights", "step", "play", "restart"),
        code='''from pellucid import Neuron, Perceptron, gates, step

alone = Neuron([0.6, 0.6], activation=step(0.5))
learned = alone.learn(gates.XOR.truth_table(), Perceptron())
print(learned.reason, "after", len(learned.log), "mistakes")''',
    ),
    Try(
        "Turn its numbers by hand and get as many rows right as you can. When you have {best}, and "
        "have looked for the last one in earnest, go on.",
        _three_right,
        "An OR has all rows right but one, and so has a NAND. Do not spend your evening on the "
        "fourth.",
        lambda bench: give(bench, OR.weights, OR.bias),
    ),
    Try(
        "Perhaps a machine has more patience. Let it learn from its mistakes, until it has made "
        "{enough} of them. Does it get anywhere?",
        _goes_round,
        "Play. Watch the border swing to and fro.",
        lambda bench: bench.to_end(),
    ),
    Text("""
In {alone_steps} steps it makes {alone_mistakes} mistakes, the last of them in step {alone_last}. It
would go on for ever. Is it stupid, or is it impossible?

Look at the sheet of paper. The two dots that should fire lie at the ends of one diagonal, the two
that should be silent at the ends of the other. And the diagonals *cross*. Think of the point where
they do, in the middle, at {middle:g} and {middle:g}. It lies halfway between the two that fire, so
it is on their side of the border, whichever straight border you draw. It also lies halfway between
the two silent ones, so it is on *their* side. It can't be on both.

That is already a proof. Here is the same in numbers. Take the threshold as zero, and let the bias
do its work. Then each of the four rows of XOR asks something of the weights and the bias:

    {asked}

The first is the row where both are {off}: nothing is left of the sum but the bias, and it has to be
too little. And so on. Now add up the two that fire, {firing}, and the two that stay silent,
{silent}:

    {argument}

On the left stands the same sum, twice. It would have to be at least zero, and below zero. No three
numbers in the world can do that. Not with more patience, and not with a better rule.

In the nineteen-sixties this small table was felt as a heavy blow to neural networks. And yet the
way out is in the sentence you began with. The lamp burns when *at least one* switch is up, and *not
both*. "At least one" is OR. "Not both" is NAND. You have made each of them from one neuron. And
"this, and that" is AND. So:
"""),
    Stage(
        BY_HAND, ("network", "truth", "boundary"),
        "Two neurons see the switches: the first (unit {off}) is OR, the second (unit {on}) is "
        "NAND. A third sees only those two, and is AND. The NAND is the AND turned round: its "
        "weights with a minus, and the bias {nand_bias:g} in place of {and_bias:g}.",
        controls=("weights", "restart"),
        code='''print(gates.XOR)
print(gates.XOR.truth_table())
print(gates.why_not_xor())''',
    ),
    Text("""
It works, and there is nothing new in it. Row by row, with h1 and h2 for the answers of the two in
the middle:

    {table}

The neurons in the middle are called the *hidden layer*, since their answers are neither what goes
in nor what comes out. Look at what they do. The two rows that should fire, one switch up, look *the
same* to the last neuron: OR says {on} and NAND says {on}. Two corners that lay far apart have been
laid on top of each other, as if the sheet of paper had been *folded*. Here is the folded sheet,
with the last neuron alone on it.
"""),
    Stage(
        FOLDED, ("boundary", "network", "truth"),
        "The four rows as the last neuron sees them: h1 goes to the right, h2 upwards. They lie on "
        "{places} places, and the two that should fire on one of them.",
        controls=("weights", "restart"),
        code='''import numpy as np

corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
folded = np.column_stack([gates.OR(corners), gates.NAND(corners)])
print(folded)
print(gates.AND(folded))''',
    ),
    Try(
        "One straight cut is enough on this sheet. Turn it over: the neuron shall fire exactly "
        "where XOR does not.",
        _turned_over,
        "It is an AND now. What is AND turned round?",
        lambda bench: give(bench, NAND.weights, NAND.bias),
    ),
    Text("""
One neuron draws one line; a hidden layer chooses a new sheet to draw it on.

One thing must be there, or all of it is in vain: the hidden neurons need an *activation* that
bends. If each only passed its sum on, the last neuron would add up sums of sums, and that is just
one larger sum: one neuron in disguise, with one straight border. The threshold, or a soft curve, is
the fold.

You built this network because you saw through XOR. Can a network find it out, from nothing but the
four examples? Here is one with random numbers, {numbers} of them, and soft activations. It learns
much as the delta rule does: each number moves a little to where the loss gets less. How the hidden
ones know their share of the blame is told in a later lesson, on back-propagation.
"""),
    Stage(
        LEARNS, ("network", "boundary", "curves", "truth"),
        "Two hidden neurons, one at the end, and random numbers to start from. Watch the border. "
        "The hidden ones bend by *tanh*, a soft threshold from {minus_one} to {on}; the last by "
        "the sigmoid, from {off} to {on}.",
        pace=30.0,
        controls=("step", "play", "restart", "seed"),
        code='''from pellucid import Adam, Backprop, Dense, Network, data

x, y = data.load("xor")
layers = [Dense(2, activation="tanh"), Dense(1, activation="sigmoid")]
net = Network(layers, loss="squared_error", scale_inputs=False, seed=0)
run = net.fit(x, y, rule=Backprop(Adam(0.05)), epochs=400)
print(net.predict(x))''',
    ),
    Try(
        "Play until all four rows are right.",
        _learned,
        "Nothing seems to happen for a while. Then the sheet folds.",
        lambda bench: bench.to_end(),
    ),
    Text("""
Nobody told it of OR or NAND. It found a fold of its own, and the loss fell from {first_loss:.2f} to
{learned_loss:.4f}.

An honest word: it does not succeed from every start. Of {starts} random starts, this network gets
there from {lucky}. From the others it gets stuck: on ground where small steps lead hardly any
further down. Here is such a start.
"""),
    Stage(
        STUCK, ("network", "boundary", "curves", "truth"),
        "The same network from an unlucky start.",
        pace=60.0,
        controls=("step", "play", "restart", "layers"),
        code='''widened = Network(
    [Dense(3, activation="tanh"), Dense(1, activation="sigmoid")],
    loss="squared_error", scale_inputs=False, seed=6,
)
run = widened.fit(x, y, rule=Backprop(Adam(0.05)), epochs=400)
print(widened.predict(x))''',
    ),
    Try(
        "It ends with {stuck_right} rows of {rows} right and a shrug, one half, for the others. "
        "Help it: give its hidden layer a third neuron, and play.",
        _three_units,
        "Add a unit to the hidden layer. With three, {lucky_three} of {starts} starts succeed.",
        _widen,
    ),
    Question(
        "Why can one neuron be OR, and not XOR?",
        lambda facts: 1,
        "A neuron has one straight border. For OR, one line keeps one corner apart from the three "
        "others. For XOR, it would have to part two pairs whose diagonals cross.",
        choices=(
            "XOR needs negative weights, which a neuron cannot have",
            "No straight line has the two firing corners on one side and the silent ones on the "
            "other",
            "XOR has more rows in its truth table",
            "The perceptron rule is too slow for it",
        ),
        hint="Think of the sheet of paper, and of what a single neuron can draw on it.",
    ),
    Question(
        "What does the last neuron of the network built by hand see when both switches are up?",
        lambda facts: 1,
        "OR fires, since at least one is up. NAND is silent, since both are. An AND of {on} and "
        "{off} is {off}: the lamp is dark.",
        choices=(
            "h1 = {on}, h2 = {on}",
            "h1 = {on}, h2 = {off}",
            "h1 = {off}, h2 = {on}",
            "The two switches",
        ),
        hint="Look at the last row of the table with h1 and h2.",
    ),
)  # fmt: skip

LESSON = Lesson(
    5, "xor", "Why not XOR, and the hidden layer that can", 10,
    "You can show why XOR takes more than one neuron, and say what a hidden layer does about it.",
    PARTS,
    facts,
    (
        Holds("an AND has one row right", lambda f: f["start_right"] == 1),
        Holds("OR and NAND have three", lambda f: _has_three(OR) and _has_three(NAND)),
        Holds("three rows of four is the best", lambda f: (f["best"], f["rows"]) == (3, 4)),
        Holds("no neuron is XOR", lambda f: not f["proof"].separable),
        Holds("each row is taken once", lambda f: f["proof"].multipliers == (1, 1, 1, 1)),
        Holds(
            "the firing rows are (2) and (3)",
            lambda f: (f["firing"], f["silent"]) == ("(2) and (3)", "(1) and (4)"),
        ),
        Holds(
            "the same sum stands in both lines",
            lambda f: f["proof"].argument[0].split(":")[1].replace(" >= 0", "")
            == f["proof"].argument[1].split(":")[1].replace(" < 0", ""),
        ),
        Holds(
            "the diagonals cross in the middle",
            lambda f: np.mean([CORNERS[1], CORNERS[2]], 0).tolist()
            == np.mean([CORNERS[0], CORNERS[3]], 0).tolist()
            == [f["middle"], f["middle"]],
        ),
        Holds(
            "a neuron that learns makes mistakes to the end",
            lambda f: f["alone_mistakes"] >= f["enough"]
            and f["alone_last"] > f["alone_steps"] - 10,
        ),
        Holds("OR, NAND and AND make XOR", lambda f: f["by_hand"] == WANTED),
        Holds("the hidden layer sees three different rows", lambda f: len(f["hidden"]) == 3),
        Holds("NAND's weights are those of AND with a minus", lambda f: f["turned"]),
        Holds(
            "the rows that fire look the same to it",
            lambda f: OR([0, 1]) == OR([1, 0]) == 1 and NAND([0, 1]) == NAND([1, 0]) == 1,
        ),
        Holds("with a NAND at the end it is turned over", lambda f: f["opposite"] == OPPOSITE),
        Holds("layers without a bend are one neuron", lambda f: f["folded"]),
        Holds(
            "a network of two hidden neurons learns it",
            lambda f: f["learned_accuracy"] == 1.0 and f["learned_loss"] < f["first_loss"] / 10,
        ),
        Holds("not from every start", lambda f: 0 < f["lucky"] < f["starts"]),
        Holds(
            "one start is stuck, and shrugs at what it has not right",
            lambda f: f["stuck_right"] + f["shrugs"] == f["rows"] and f["shrugs"] > 0,
        ),
        Holds("a third neuron helps", lambda f: f["lucky_three"] > f["lucky"]),
    ),
)  # fmt: skip
