"""Lesson 1: what one neuron does with its inputs."""

from __future__ import annotations

from typing import Any

from pellucid.learn.local import Delta, Perceptron
from pellucid.lessons.asked import CORNERS, answers, gate, give, near, outputs, sum_text, unit
from pellucid.lessons.asked import unit_of as read
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.models.gates import AND
from pellucid.models.neuron import Neuron
from pellucid.nn.activations import step
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.scene import Scene


def _vault(wanted: tuple[int, ...]) -> Scene:
    return Scene(
        gate(wanted), output=Dense(1, activation=step(0.5)), loss=SquaredError(),
        rule=Perceptron(), scale=False, acts=unit(AND.weights, AND.bias),
    )  # fmt: skip


VAULT = _vault((0, 0, 0, 1))
CARELESS = _vault((0, 1, 1, 1))
FIRST = _vault((0, 0, 1, 1))
SOFT = Scene(
    gate((0, 0, 0, 1)), output=Dense(1, activation="sigmoid"), loss=SquaredError(),
    rule=Delta(0.1), scale=False, acts=unit(AND.weights, AND.bias),
)  # fmt: skip
OTHER = Neuron([0.9, -0.4], bias=0.2, activation=step(0.5))


def facts() -> Facts:
    """What the neuron of the vault gives, and a softer one."""
    soft = Neuron(AND.weights, AND.bias, "sigmoid")
    return {
        "off": 0,
        "on": 1,
        "weight": AND.weights[0],
        "bias": AND.bias,
        "threshold": AND.level,
        "none_sum": sum_text(AND, [0, 0]),
        "one_sum": sum_text(AND, [1, 0]),
        "both_sum": sum_text(AND, [1, 1]),
        "none_z": AND.weighted_sum([0, 0]),
        "one_z": AND.weighted_sum([1, 0]),
        "both_z": AND.weighted_sum([1, 1]),
        "answers": tuple(AND(list(map(list, CORNERS))).astype(int).tolist()),
        "one_key_bias": AND.level - AND.weights[0],
        "soft_one": soft([1, 0]),
        "soft_both": soft([1, 1]),
        "soft_zero": Neuron([1.0], 0.0, "sigmoid")([0.0]),
        "soft_goal": 0.9,
        "w1": OTHER.weights[0],
        "w2": OTHER.weights[1],
        "b": OTHER.bias,
        "other_sum": sum_text(OTHER, [1, 1]),
        "other_z": OTHER.weighted_sum([1, 1]),
        "other_y": int(OTHER([1, 1])),
    }


def _one_key_is_enough(bench: Any) -> bool:
    weights, _ = read(bench)
    return all(near(w, AND.weights[0]) for w in weights) and answers(bench) == (0, 1, 1, 1)


def _first_key_rules(bench: Any) -> bool:
    return answers(bench) == (0, 0, 1, 1)


def _sure_of_both(bench: Any) -> bool:
    rest = outputs(bench)
    return bool(rest[-1] > 0.9 and (rest[:-1] < 0.5).all())


PARTS = (
    Text("""
A bank vault has two keyholes, and two people hold a key each. The door opens when *both* keys are
turned, and not before. Now think of a machine that knows nothing of doors or keys. All it can do is
multiply, add and compare. How could it decide when to open?

A *neuron* can. It is the smallest part of every neural network, of those that read handwriting as
of those that write. There is no trick inside it, and in a few minutes you will have seen all of it.
This one guards the vault.
"""),
    Stage(
        VAULT, ("network", "truth"),
        "Two inputs, x1 and x2, one for each key: {on} is turned, {off} is not. The two lines are "
        "the weights, the round knob is the bias. Point at one to read it, drag it to change it; "
        "the arrow turning back undoes it. The table shows the answer to each way the keys can be, "
        "and the target: the answer that is wanted. `dense_1` is the neuron's layer; all the "
        "inputs lead to it, hence *dense*.",
        controls=("weights", "restart"),
        code='''from pellucid import Neuron, step

neuron = Neuron([0.6, 0.6], bias=-0.5, activation=step(0.5))
print(neuron)
print(neuron.truth_table())''',
    ),
    Text("""
Three things happen, always in this order.

- *Multiply.* Each input is multiplied by its *weight*: how much the neuron cares for that input.
  Here both weights are {weight:g}.
- *Add.* The products are added up, and one more number with them, the *bias*: where the neuron
  stands before it has heard anything. Here it is {bias:g}. The total is called the *weighted sum*,
  z for short.
- *Compare.* If z reaches the *threshold*, here {threshold:g}, the neuron *fires*: it answers {on}.
  Otherwise it stays silent and answers {off}.

As a formula, which is the same in fewer words: $z = b + w1 x1 + w2 x2$, and the answer y is {on} if
z is at least {threshold:g}, else {off}.

Here are the sums, for no key, for one key, and for both:

    z = {none_sum}
    z = {one_sum}
    z = {both_sum}

Look at the middle line. One key is not ignored: it lifts z from {none_z:g} to {one_z:g}. But that
is still short of {threshold:g}, and the door stays shut. The second key lifts it by {weight:g} once
more, to {both_z:g}, over the threshold.

Search as long as you like: nowhere in there is the word "and". "Both keys" is nothing but three
numbers that happen to stand in the right proportion. Other numbers are another wish. See for
yourself.
"""),
    Stage(
        CARELESS, ("network", "truth"),
        "The bank gets careless: one key shall be enough, whichever. The neuron is still the old "
        "one; the targets are new.",
        controls=("weights", "restart"),
        code='''careless = Neuron([0.6, 0.6], bias=0.0, activation=step(0.5))
print(careless.truth_table())''',
    ),
    Try(
        "Make one key enough: leave both weights alone and change the bias only, until all rows "
        "are right.",
        _one_key_is_enough,
        "One key gives the bias plus {weight:g}. How large must the bias be for that to reach "
        "{threshold:g}? No key must still be too little.",
        lambda bench: give(bench, AND.weights, 0.0),
    ),
    Text("""
Another bank, another wish: only the first key shall count.
"""),
    Stage(
        FIRST, ("network", "truth"),
        "The vault's neuron once more. By its targets, the door opens when the first key is "
        "turned; the second makes no difference.",
        controls=("weights", "restart"),
        code='''first = Neuron([1.2, 0.0], bias=-0.5, activation=step(0.5))
print(first.truth_table())''',
    ),
    Try(
        "Make the first key count alone. You may change all three numbers.",
        _first_key_rules,
        "An input that makes no difference has a weight of {off}. Then give the first weight what "
        "it takes to reach the threshold alone.",
        lambda bench: give(bench, (1.2, 0.0), -0.5),
    ),
    Text("""
You have just turned one machine into three different ones, and changed nothing but numbers. Hold on
to that thought. It is the whole idea of neural networks: the machine stays, the numbers *are* the
knowledge. Learning will mean nothing else than finding them.

*Weights may be negative.* Then the input speaks against firing: the more there is of it, the
smaller z. A neuron that decides whether to take an umbrella may give clouds a positive weight, and
a short way a negative one.

*Inputs need not be on or off.* How cloudy it is, how long the way: any number will do, and there
can be as many inputs as you like, each with its weight. The sum only gets longer.

*And the answer need not be all or nothing.* What the neuron makes of z at the end is called its
*activation*. The sharp threshold is one choice. Another is to change nothing, so that the answer is
z itself; the next lesson is about that one. A third is a soft threshold, the *sigmoid*: a curve
that climbs smoothly from {off} to {on} and is at {soft_zero:g} where z is {off}. Here is the
vault's neuron once more, with that at its end.
"""),
    Stage(
        SOFT, ("network", "truth"),
        "The same weights and the same bias, with a soft activation: the answers lie between {off} "
        "and {on}.",
        controls=("weights", "restart"),
        code='''soft = Neuron([0.6, 0.6], bias=-0.5, activation="sigmoid")
print(soft)
print(soft.truth_table())''',
    ),
    Text("""
To both keys it answers {soft_both:.2f}, to one key {soft_one:.2f}. That is more for both than for
one, but it sounds unsure: a shrug in both cases. How sure it sounds is a matter of how *large* its
numbers are.
"""),
    Try(
        "Make it sure: more than {soft_goal:g} for both keys, and less than one half in the three "
        "other rows.",
        _sure_of_both,
        "Make both weights much larger. Then one key is too much: pull the bias down until it is "
        "not.",
        lambda bench: give(bench, (6.0, 6.0), -9.0),
    ),
    Question(
        "Another neuron has the weights {w1:g} and {w2:g} and the bias {b:g}. Both its inputs are "
        "{on}. What is its weighted sum z?",
        lambda facts: facts["other_z"],
        "z = {other_sum}. With a threshold of {threshold:g} it would answer {other_y}.",
        hint="Start from the bias. Add the first weight times {on}, then the second weight times "
        "{on}; the second is negative, so it takes away.",
    ),
    Question(
        "Which of its numbers tells a neuron how much the second input matters?",
        lambda facts: 2,
        "The weight: the input is multiplied by it. The bias is added whatever the inputs are, and "
        "the threshold is what the total is compared with.",
        choices=("The threshold", "The bias", "The second weight", "The second input itself"),
        hint="It is the number that the second input is multiplied by.",
    ),
)  # fmt: skip

LESSON = Lesson(
    1, "neuron", "A neuron", 7,
    "You can work out what a neuron answers, with pencil and paper.",
    PARTS,
    facts,
    (
        Holds("it opens for both keys alone", lambda f: f["answers"] == (0, 0, 0, 1)),
        Holds("one key is short of the threshold", lambda f: f["one_z"] < f["threshold"]),
        Holds("both are over it", lambda f: f["both_z"] >= f["threshold"]),
        Holds("one key lifts z", lambda f: f["none_z"] < f["one_z"]),
        Holds(
            "the second lifts it by a weight once more",
            lambda f: near(f["both_z"] - f["one_z"], f["weight"], 1e-9),
        ),
        Holds(
            "with a bias of the threshold less a weight, one key is enough",
            lambda f: Neuron(AND.weights, f["one_key_bias"], step(0.5))([1, 0]) == 1.0,
        ),
        Holds("the soft one answers more to both", lambda f: f["soft_one"] < f["soft_both"]),
        Holds("the sigmoid is one half at 0", lambda f: f["soft_zero"] == 0.5),
        Holds("the soft one is unsure", lambda f: 0.5 < f["soft_both"] < f["soft_goal"]),
    ),
)  # fmt: skip
