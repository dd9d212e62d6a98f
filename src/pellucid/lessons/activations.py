"""Lesson 9: activations, the bend that makes layers worth having."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.graph import BATCH, Builder, gradients
from pellucid.graph.primitive import Array
from pellucid.learn import SGD, Adam, Backprop
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.activations import Linear, activation
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.ops import sum as total
from pellucid.run.reference import ReferenceExecutor
from pellucid.scene.acts import Edit, Learn
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points, Sample

STRAIGHT = Scene(
    Sample("circles"), hidden=(Dense(4, "linear"),), rule=Backprop(Adam(0.05)), epochs=60
)
STUCK = Scene(
    Points(((0.0, 1.0), (1.0, 0.0)), ("switch",), ()), output=Dense(1, "sigmoid"),
    loss=SquaredError(), rule=Backprop(SGD(1.0)), batch=2, epochs=10_000, scale=False,
    acts=(Edit("dense_1.weight", (0, 0), 12.0), Edit("dense_1.bias", (0,), -6.0)),
)  # fmt: skip
ROOF = Scene(
    Points(tuple((x / 2, max(1.5 - abs(x / 2), -0.5)) for x in range(-6, 7)), ("x",), ()),
    hidden=(Dense(4, "relu"),), output=Dense(1), rule=Backprop(Adam(0.05)), batch=13, epochs=2000,
    scale=False, seed=16,
)  # fmt: skip
WAIT = 200
LAYERS = 6


# --- what is computed


def facts() -> Facts:
    """Numbers of the three stages, and of the functions themselves."""
    straight = Bench(STRAIGHT)
    straight.to_end()
    bent = {name: _trained(name) for name in ("relu", "tanh", "sigmoid")}
    stuck = Bench(STUCK)
    before, slope = stuck.scores()["loss"], _slope("sigmoid", 6.0)
    stuck.learn(WAIT)
    fresh = Bench(STUCK)
    fresh.edit("dense_1.weight", (0, 0), 1.0)
    fresh.edit("dense_1.bias", (0,), -0.5)
    fresh.learn(WAIT)
    dead = Bench(ROOF)
    _kill(dead)
    trace = dead.network.trace(dead.data.x, dead.data.y, rule=ROOF.rule)
    own = np.abs(trace.gradient("dense_1.weight")[:, 0]).max()
    others = np.abs(trace.gradient("dense_1.weight")[:, 1:]).max()
    roof = Bench(ROOF)
    roof.to_end()
    return {
        "units": 4, "linear": straight.scores()["accuracy"], **bent,
        "collapse": _collapse(straight), "sum": -0.7,
        "relu_low": _value("relu", -0.7), "relu_high": _value("relu", 0.7),
        "tanh_low": _value("tanh", -0.7), "sigmoid_low": _value("sigmoid", -0.7),
        "steepest": max(_slope("sigmoid", z) for z in np.linspace(-8, 8, 161)),
        "tanh_steepest": max(_slope("tanh", z) for z in np.linspace(-8, 8, 161)),
        "relu_slope": _slope("relu", 3.0), "relu_flat": _slope("relu", -3.0),
        "layers": LAYERS, "faded": 0.25**LAYERS,
        "weight": 12, "bias": -6, "far": 6, "far_slope": slope, "far_value": _value("sigmoid", 6.0),
        "wait": WAIT, "stuck_before": before, "stuck_after": stuck.scores()["loss"],
        "free_after": fresh.scores()["loss"],
        "dead_gradient": float(own), "live_gradient": float(others),
        "roof_loss": roof.scores()["loss"], "roof_units": 4, "roof_bends": _bends(roof),
    }  # fmt: skip


def _trained(name: str) -> float:
    bench = Bench(replace(STRAIGHT, hidden=(Dense(4, name),)))
    bench.to_end()
    return bench.scores()["accuracy"]


def _collapse(bench: Bench) -> float:
    """How far the two linear layers are from the one whose weights are their product."""
    own = bench.network.parameters
    outputs = bench.outputs(bench.data.x)
    weight = own["dense_1.weight"] @ own["dense_2.weight"]
    bias = own["dense_1.bias"] @ own["dense_2.weight"] + own["dense_2.bias"]
    read = bench.network.inputs.encode(bench.data.x)
    return float(np.abs(read @ weight + bias - outputs["sum of dense_2"]).max())


def _function(name: str, z: float) -> tuple[float, float]:
    """A function's value and slope at a place, by the engine."""
    b = Builder()
    place = b.input("z", (BATCH,))
    y = activation(name)(place)
    (slope,) = gradients(total(y), [place])
    program = ReferenceExecutor().compile(b.build(y=y, slope=slope))
    found = program.run({"z": np.array([z])})
    return float(found["y"][0]), float(found["slope"][0])


def _value(name: str, z: float) -> float:
    return _function(name, z)[0]


def _slope(name: str, z: float) -> float:
    return _function(name, z)[1]


def _bends(bench: Bench) -> int:
    """The bends of the answer's curve between the first and the last sample."""
    x = np.linspace(-3, 3, 6001)[:, None]
    turned = np.abs(np.diff(bench.outputs(x)["dense_2"][:, 0].astype(float), 2)) > 1e-5
    starts = turned & ~np.concatenate([[False], turned[:-1]])
    return int(starts.sum())


# --- what is done


def _learned_straight(bench: Any) -> bool:
    return _is_linear(bench) and bench.epoch >= 20


def _is_linear(bench: Any) -> bool:
    return all(isinstance(layer.activation, Linear) for layer in bench.scene.hidden)


def _bent(bench: Any) -> bool:
    return not _is_linear(bench) and bench.scores()["accuracy"] > 0.98


def _bend(bench: Any) -> None:
    bench.change(hidden=(Dense(4, "tanh"),))
    bench.to_end()


def _waited(bench: Any) -> bool:
    return bench.step >= WAIT and not _edits(bench)[2:]


def _set_free(bench: Any) -> bool:
    return bool(bench.scores()["loss"] < 0.1)


def _free(bench: Any) -> None:
    bench.edit("dense_1.weight", (0, 0), 0.0)
    bench.edit("dense_1.bias", (0,), 0.0)
    bench.learn(WAIT)


def _edits(bench: Any) -> list[Edit]:
    return [act for act in bench.played().acts if isinstance(act, Edit)]


def _alive(bench: Any) -> Array:
    """Of each hidden unit whether it is above 0 for any sample."""
    return np.asarray((bench.outputs(bench.data.x)["dense_1"] > 0).any(axis=0))


def _has_dead(bench: Any) -> bool:
    acts = bench.played().acts
    learned = bool(acts) and isinstance(acts[-1], Learn) and acts[-1].steps >= 50
    return bool(_edits(bench)) and learned and not _alive(bench).all()


def _kill(bench: Any) -> None:
    bench.edit("dense_1.bias", (0,), -20.0)
    bench.learn(100)


def _has_revived(bench: Any) -> bool:
    return len(_edits(bench)) >= 2 and bool(_alive(bench).all()) and bench.scores()["loss"] < 0.05


def _revive(bench: Any) -> None:
    _kill(bench)
    bench.edit("dense_1.bias", (0,), 1.0)
    bench.learn(600)


LESSON = Lesson(
    number=9,
    slug="activations",
    title="The bend that makes layers worth having",
    minutes=9,
    goal="You can say why every hidden layer needs a bend, and how a unit gets stuck or dies.",
    parts=(
        Text(
            """
            Here are two rings of points, one inside the other. No line parts them. So we give the
            network a hidden layer of {units} units, as in lesson {xor}, and one thing is different:
            its activation is *linear*. What a unit adds up, it passes on as it is.
            """
        ),
        Stage(
            STRAIGHT, ("boundary", "functions"),
            "First the two rings and the border that the network draws. Then its activation, with "
            "a mark where each unit stands for the chosen point.",
            pace=30.0, controls=("play", "activation", "restart"),
        ),
        Try(
            "Let it learn for twenty epochs. Watch the border.",
            _learned_straight,
            "Press play. The border turns and shifts, and stays a straight line.",
            lambda bench: bench.learn_epochs(20),
        ),
        Text(
            """
            It ends with {linear:.0%} right, no better than a coin. More units or more layers would
            not help, and this is why. A sum of sums is only a sum:

            $w2 (w1 x + b1) + b2 = (w2 w1) x + (w2 b1 + b2)$

            Two linear layers *are* one linear layer, with other numbers. We multiplied the weights
            of the trained network into one layer, and for all points the answers differ by at most
            {collapse:.0e}, which is the rounding of the computer. The hidden layer was never there.
            """
        ),
        Try(
            "Choose a bent activation for the hidden layer, and learn again.",
            _bent,
            "Choose `tanh` or `relu` below the pictures, then press play.",
            _bend,
        ),
        Text(
            """
            The same {units} units, and {relu:.0%} right with relu, {tanh:.0%} with tanh. One small
            bend in each unit, and layers are worth their weights. Three bends that everybody uses,
            and what they make of a sum of {sum}:

            - *relu*, $max(z, zero)$: below zero nothing, above zero the sum itself. It gives
              {relu_low:.1f} (and {relu_high:.1f} for the same sum with a plus).
            - *tanh*: from minus one to plus one, and through the middle. It gives {tanh_low:.3f}.
            - *sigmoid*: from zero to one, a chance. It gives {sigmoid_low:.3f}.
            """
        ),
        Question(
            "A hidden unit with relu has the inputs {in_a} and {in_b}, the weights {w_a} and {w_b} "
            "and the bias {in_bias}. What does it pass on?",
            lambda facts: facts["passed"],
            "The sum is ${in_a} * {w_a} + {in_b} * ({w_b}) + {in_bias} = {passed_sum:.2f}$. Below "
            "zero, "
            "so it passes on {passed:.0f}: this unit is silent for this sample.",
            margin=0.001,
            hint="First the weighted sum with the bias. Then: what does relu make of it?",
        ),
        Text(
            """
            A bend has a price. Learning moves a weight by how much the answer *changes* when the
            weight changes (that is the gradient of the last lesson), and this change must pass
            through the activation. So what counts is the *slope* of the curve where the unit
            stands. On its flat ends a sigmoid has nearly none.

            Below is one neuron with a sigmoid and an easy task: if the switch is on, answer zero,
            if it is off, answer one. By bad luck it begins convinced of the opposite: weight
            {weight}, bias {bias}.
            """
        ),
        Stage(
            STUCK, ("functions", "line", "curves"),
            "The mark shows where the neuron stands on its curve; below it, the slope.",
            pace=100.0, controls=("play", "weights", "restart"),
        ),
        Try(
            "Let it learn for {wait} steps. Is it getting anywhere?",
            _waited,
            "Press play and look at the loss.",
            lambda bench: bench.learn(WAIT),
        ),
        Text(
            """
            From a loss of {stuck_before:.3f} to {stuck_after:.3f} in {wait} steps. It is as wrong
            as can be, and hardly learns: its sum is {far}, where the sigmoid gives {far_value:.4f}
            and its slope is {far_slope:.4f}. It is *saturated*: so sure of itself that no argument
            reaches it.
            """
        ),
        Try(
            "Make it less sure: move weight and bias towards zero, and let it learn again.",
            _set_free,
            "Near the middle of the curve the slope is largest. Set both to zero, then play.",
            _free,
        ),
        Question(
            "The slope of a sigmoid is {steepest:.2f} at its steepest. A gradient that comes back "
            "through {layers} layers of sigmoids is multiplied by such a slope in each (and by "
            "weights, which we leave aside). What is the most that these slopes leave of it, as a "
            "share?",
            lambda facts: facts["faded"],
            "{steepest:.2f} to the power of {layers} is {faded:.6f}. The first layers hear a "
            "whisper "
            "of a whisper: the *vanishing gradient*, which kept deep networks from learning for "
            "years. The slope of tanh is up to {tanh_steepest:.0f}, that of relu is "
            "{relu_slope:.0f} for every sum above zero.",
            margin=0.00005,
            hint="Multiply {steepest:.2f} by itself, once for each layer.",
        ),
        Text(
            """
            So use relu everywhere? Its slope below zero is {relu_flat:.0f}. Not small: zero. If a
            unit's sum is below zero for *every* sample, no gradient reaches it any more. (Only a
            layer before it could still change its sums, and here there is none.) Each relu below
            makes one bend in the curve. Let us kill one.
            """
        ),
        Stage(
            ROOF, ("line", "functions", "network"),
            "Four relus draw a roof: each gives the curve one bend.",
            pace=100.0, controls=("play", "weights", "activation", "restart"),
        ),
        Try(
            "Let a hidden unit die: give it a very low bias, then learn on for fifty steps.",
            _has_dead,
            "Click a hidden unit of the network and type minus twenty as its bias. Its bend leaves "
            "the picture, and never comes back.",
            _kill,
        ),
        Try(
            "Bring it back to life, and let the curve fit the roof.",
            _has_revived,
            "Only you can: raise its bias by hand until it fires for some point, then play.",
            _revive,
        ),
        Question(
            "One input, {roof_units} relus in the hidden layer, one linear output. How many bends "
            "can the curve have at most?",
            lambda facts: facts["roof_units"],
            "One for each unit: {roof_units}. Ours drew the roof with {roof_bends}. A network of "
            "relus is a folded sheet of straight pieces; what it can draw depends on how many "
            "folds it has.",
            margin=0.1,
            hint="Where does a sum of relus bend? Only where one of them does.",
        ),
    ),
    facts=lambda: {
        **facts(), "xor": 5, "in_a": 0.5, "in_b": 2.0, "w_a": 1.0, "w_b": -0.8, "in_bias": 0.2,
        "passed_sum": 0.5 * 1.0 + 2.0 * -0.8 + 0.2,
        "passed": _value("relu", 0.5 * 1.0 + 2.0 * -0.8 + 0.2),
    },
    holds=(
        Holds("without a bend it is no better than a coin", lambda f: f["linear"] < 0.65),
        Holds("two linear layers are one", lambda f: f["collapse"] < 1e-5),
        Holds("with a bend it parts the rings", lambda f: f["relu"] == f["tanh"] == 1.0),
        Holds("the saturated neuron hardly learns",
              lambda f: f["stuck_before"] - f["stuck_after"] < 0.05 and f["stuck_after"] > 0.9),
        Holds("near the middle it learns", lambda f: f["free_after"] < 0.1),
        Holds("the slope of a sigmoid is a quarter at its steepest, of tanh and relu one",
              lambda f: abs(f["steepest"] - 0.25) < 1e-12 and f["tanh_steepest"] == 1.0
              and f["relu_slope"] == 1.0),
        Holds("no gradient reaches a dead unit, and it does reach the others",
              lambda f: f["dead_gradient"] == 0.0 and f["live_gradient"] > 0.0),
        Holds("the curve has at most a bend for each unit",
              lambda f: 2 <= f["roof_bends"] <= f["roof_units"]),
        Holds("four relus draw the roof", lambda f: f["roof_loss"] < 0.05),
    ),
)  # fmt: skip
