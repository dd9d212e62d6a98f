"""Lesson 3: the threshold as a border in the plane, and logic gates made of neurons."""

from __future__ import annotations

from itertools import product
from typing import Any

from pellucid.learn.local import Perceptron
from pellucid.lessons.asked import CORNERS, answers, gate, give, near, sum_text, unit
from pellucid.lessons.asked import unit_of as read
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.models.gates import AND, GATES, NAND, NOR, NOT, OR, linearly_separable
from pellucid.models.neuron import Neuron
from pellucid.nn.activations import step
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.scene import Scene


def _scene(wanted: tuple[int, ...], start: Neuron) -> Scene:
    return Scene(
        gate(wanted), output=Dense(1, activation=step(0.5)), loss=SquaredError(),
        rule=Perceptron(), scale=False, acts=unit(start.weights, start.bias),
    )  # fmt: skip


BORDER = _scene((0, 1, 1, 1), AND)
NEITHER = _scene((1, 0, 0, 0), OR)
NOT_BOTH = _scene((1, 1, 1, 0), NOR)
SHOWN = ("boundary", "truth", "network")


def facts() -> Facts:
    """The gates, where their borders lie, and how many there are."""
    moved = Neuron(AND.weights, AND.bias - AND.level, step(0.0))
    tables = [dict(zip(CORNERS, row, strict=True)) for row in product((0, 1), repeat=4)]
    one_neuron = [linearly_separable(list(table.items())).separable for table in tables]
    return {
        "off": 0,
        "on": 1,
        "weight": AND.weights[0],
        "minus": NOR.weights[0],
        "and_bias": AND.bias,
        "or_bias": OR.bias,
        "nor_bias": NOR.bias,
        "nand_bias": NAND.bias,
        "not_weight": NOT.weights[0],
        "not_bias": NOT.bias,
        "threshold": AND.level,
        "moved_bias": moved.bias,
        "moved_level": moved.level,
        "moved_agrees": moved.truth_table() == AND.truth_table(),
        "and_border": str(AND.boundary()).split(";")[0],
        "or_border": str(OR.boundary()).split(";")[0],
        "and_at": AND.boundary().intercept,
        "or_at": OR.boundary().intercept,
        "or_side": OR.boundary().side,
        "nor_side": NOR.boundary().side,
        "nor_none": sum_text(NOR, [0, 0]),
        "nor_one": sum_text(NOR, [0, 1]),
        "nor_both": sum_text(NOR, [1, 1]),
        "not_off": sum_text(NOT, [0]),
        "not_on": sum_text(NOT, [1]),
        "answers": {name: tuple(map(int, made.truth_table().answers))
                    for name, made in GATES.items()},
        "from_nand": {"NOT": _not(), "AND": _and(), "OR": _or()},
        "tables": len(tables),
        "possible": sum(one_neuron),
        "left": len(tables) - sum(one_neuron),
        "quiz_bias": 1.0,
        "quiz_sum": sum_text(Neuron(NAND.weights, 1.0), [1, 0]),
        "quiz_fires": int(Neuron(NAND.weights, 1.0, step(0.5))([1, 0])),
    }  # fmt: skip


def _nand(a: float, b: float) -> float:
    return float(NAND([a, b]))


def _not() -> tuple[int, ...]:
    return tuple(int(_nand(a, a)) for a in (0, 1))


def _and() -> tuple[int, ...]:
    return tuple(int(_nand(_nand(a, b), _nand(a, b))) for a, b in CORNERS)


def _or() -> tuple[int, ...]:
    return tuple(int(_nand(_nand(a, a), _nand(b, b))) for a, b in CORNERS)


def _is_or_by_bias(bench: Any) -> bool:
    weights, _ = read(bench)
    return all(near(w, AND.weights[0]) for w in weights) and answers(bench) == (0, 1, 1, 1)


def _is_nor(bench: Any) -> bool:
    return answers(bench) == (1, 0, 0, 0)


def _is_nand_by_bias(bench: Any) -> bool:
    weights, _ = read(bench)
    return all(near(w, NOR.weights[0]) for w in weights) and answers(bench) == (1, 1, 1, 0)


PARTS = (
    Text("""
A neuron with a threshold has only two things to say: it fires, {on}, or it is silent, {off}.
Somewhere between the two it changes its mind. *Where*?

With two inputs you can see it. Take a sheet of paper, and let x1 run to the right and x2 upwards.
Each pair of inputs is a point on the sheet, and each point makes the neuron fire, or not. Colour
the sheet accordingly, and you get no patchwork and no curve. You get two sides, and a straight
border between them.
"""),
    Stage(
        BORDER, SHOWN,
        "The neuron of lesson one, AND, on its sheet of paper. On the coloured side it fires. The "
        "dots are the four ways two switches can be, coloured by the answers that OR would give: "
        "one of two is enough.",
        controls=("weights", "restart"),
        code='''from pellucid import gates

print(gates.AND)
print(gates.AND.boundary())
print(gates.OR.boundary())''',
    ),
    Text("""
The border is where the weighted sum is just at the threshold: $w1 x1 + w2 x2 + b = threshold$. For
AND that is the line `{and_border}`, and only the corner where both are {on} lies beyond it.
"""),
    Try(
        "Move the border with the bias alone, until the neuron is an OR: all dots on their own "
        "side.",
        _is_or_by_bias,
        "The corner where both are {off} must stay silent, the three others must fire. Raise the "
        "bias and watch the border slide.",
        lambda bench: give(bench, OR.weights, OR.bias),
    ),
    Text("""
AND and OR, "both" and "at least one", are the same neuron with its border in two places! OR's is at
`{or_border}`: the same slant, further down.

You moved the border with the bias. You could as well have moved the *threshold*: to ask for less is
as good as to begin with more. AND with the bias {moved_bias:g} and the threshold {moved_level:g}
gives the same four answers as with {and_bias:g} and {threshold:g}, since the distance between the
two is the same. That is why most networks leave the threshold at {moved_level:g} and let the bias
do the work.

Now something sterner. NOR says "neither": it fires only where both inputs are {off}. Every input
that comes on should *silence* it.
"""),
    Stage(
        NEITHER, SHOWN,
        "An OR that should become a NOR: each of its four answers is wrong.",
        controls=("weights", "restart"),
        code='''print(gates.NOR)
print(gates.NOR.truth_table())
print(gates.NOT)
print(gates.NOT.truth_table())''',
    ),
    Try(
        "Turn it into a NOR.",
        _is_nor,
        "An input that silences has a negative weight. Make both {minus:g}. Then nothing is left "
        "to lift z to {threshold:g} but the bias.",
        lambda bench: give(bench, NOR.weights, NOR.bias),
    ),
    Text("""
With both weights {minus:g} and the bias {nor_bias:g}, the sums are these, for none, for one, and
for both:

    z = {nor_none}
    z = {nor_one}
    z = {nor_both}

The first stands right at the threshold, and at the threshold a neuron fires. Any input takes it
away from there. Negative weights have *turned the neuron round*: OR fires above its border, NOR
{nor_side} its own.

With a single input the same trick gives NOT, which says the opposite of what it hears: weight
{not_weight:g}, bias {not_bias:g}. One gate is still missing: NAND, "not both", AND turned round.
"""),
    Stage(
        NOT_BOTH, SHOWN,
        "A NOR that should become a NAND. Two of its answers are right already.",
        controls=("weights", "restart"),
        code='''print(gates.NAND)
print(gates.NAND.truth_table())''',
    ),
    Try(
        "Make it a NAND with the bias alone.",
        _is_nand_by_bias,
        "It starts at the bias, and each input that is on takes {weight:g} away. One may be taken "
        "and it still fires; two must be too many.",
        lambda bench: give(bench, NAND.weights, NAND.bias),
    ),
    Text("""
NAND deserves respect. Feed it the same signal twice, and it is NOT. Put a NAND and such a NOT in a
row, and you have AND. Put a NOT before each of its inputs, and you have OR. Every circuit of a
computer can be built of NANDs and nothing else. You have just made a NAND from three numbers. So,
with enough neurons, connected the right way, *anything a computer can compute, neurons can
compute*.

With enough neurons. How far does *one* get? Two inputs have four rows in their truth table, each
with two possible answers; that makes {tables} different gates. Of these {tables}, one neuron can be
{possible}. There are {left} that it cannot be, whatever its weights. You can look for them on the
sheet of paper: which corners could no straight border ever keep apart? Keep a guess in mind. We
come back to it.
"""),
    Question(
        "A neuron has both weights {minus:g}, the bias {quiz_bias:g} and the threshold "
        "{threshold:g}. Only its first input is {on}. What does it answer?",
        lambda facts: facts["quiz_fires"],
        "z = {quiz_sum}, which is less than {threshold:g}. So it is silent: it is no NAND. It "
        "would need a bias of at least {nand_least:g}.",
        choices=("{off}: it is silent", "{on}: it fires"),
        hint="Work out z: the bias, and one weight. Then compare.",
    ),
    Question(
        "What happens to the border when both weights and the bias stay, and the threshold rises?",
        lambda facts: 0,
        "It is the same as lowering the bias: the border slides, and more is asked before it "
        "fires. Its slant comes from the weights alone.",
        choices=(
            "It slides, and keeps its slant",
            "It turns, and stays in its place",
            "It becomes a curve",
        ),
        hint="A higher threshold does what a lower bias does.",
    ),
)  # fmt: skip

LESSON = Lesson(
    3, "gates", "The threshold, and gates", 8,
    "You can make AND, OR, NOT, NOR and NAND from one neuron each, and see where it changes its "
    "mind.",
    PARTS,
    lambda: {**facts(), "nand_least": AND.level - NAND.weights[0]},
    (
        Holds("AND is both", lambda f: f["answers"]["AND"] == (0, 0, 0, 1)),
        Holds("OR is at least one", lambda f: f["answers"]["OR"] == (0, 1, 1, 1)),
        Holds("NOR is neither", lambda f: f["answers"]["NOR"] == (1, 0, 0, 0)),
        Holds("NAND is not both", lambda f: f["answers"]["NAND"] == (1, 1, 1, 0)),
        Holds("NOT is the opposite", lambda f: f["answers"]["NOT"] == (1, 0)),
        Holds("a threshold is as good as a bias", lambda f: f["moved_agrees"]),
        Holds("AND and OR have the same weights", lambda f: AND.weights == OR.weights),
        Holds("OR's border is further down", lambda f: f["or_at"] < f["and_at"]),
        Holds(
            "NOR fires on the other side than OR",
            lambda f: (f["or_side"], f["nor_side"]) == ("above", "below"),
        ),
        Holds(
            "NOT, AND and OR are made of NANDs",
            lambda f: f["from_nand"] == {name: f["answers"][name] for name in ("NOT", "AND", "OR")},
        ),
        Holds("two gates of two inputs are no neuron", lambda f: f["left"] == 2),
        Holds("every answer of OR is wrong for NOR", lambda f: _differs(f, "OR", "NOR") == 4),
        Holds("two answers of NOR are wrong for NAND", lambda f: _differs(f, "NOR", "NAND") == 2),
        Holds(
            "NAND needs a bias of at least the threshold less a weight",
            lambda f: Neuron(NAND.weights, f["nand_least"], step(0.5))([1, 0]) == 1.0
            and Neuron(NAND.weights, f["nand_least"] - 0.01, step(0.5))([1, 0]) == 0.0,
        ),
        Holds("NAND is AND turned round", lambda f: NAND.weights == tuple(-w for w in AND.weights)),
        Holds(
            "NOR at no input stands at the threshold",
            lambda f: NOR.weighted_sum([0, 0]) == f["threshold"],
        ),
    ),
)  # fmt: skip


def _differs(facts: Facts, one: str, other: str) -> int:
    pairs = zip(facts["answers"][one], facts["answers"][other], strict=True)
    return sum(a != b for a, b in pairs)
