"""Lesson 10: feed-forward by hand, each product of a small network."""

from __future__ import annotations

import math
from inspect import cleandoc
from typing import Any

import numpy as np

from pellucid.inspect.explain.record import Explanation
from pellucid.inspect.explain.worked import Worked
from pellucid.learn import SGD, Backprop
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.acts import Edit
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

WEIGHTS: dict[str, Any] = {
    "dense_1.weight": [[0.5, -0.5], [-1.0, 1.5]],
    "dense_1.bias": [0.0, 0.5],
    "dense_2.weight": [[2.0], [-1.0]],
    "dense_2.bias": [0.25],
}
EVENINGS = ((2.0, 1.0, 1.0), (4.0, 0.0, 1.0), (0.0, 2.0, 0.0), (1.0, 3.0, 0.0))
"""Hours of sun, hours of rain, and whether Mia went to the lake."""


def lake(rows: int, rate: float = 1.0) -> Scene:
    """The network of lessons 10 and 11 on the first of the evenings, its weights set by hand."""
    acts = tuple(
        Edit(name, tuple(map(int, place)), float(value))
        for name, array in WEIGHTS.items()
        for place, value in np.ndenumerate(np.array(array))
    )
    return Scene(
        Points(EVENINGS[:rows], ("sun", "rain"), ()), hidden=(Dense(2, "sigmoid"),),
        output=Dense(1, "sigmoid"), loss=SquaredError(), rule=Backprop(SGD(rate)), batch=rows,
        epochs=10_000, scale=False, acts=acts,
    )  # fmt: skip


def section(made: Explanation, *titles: str) -> str:
    """A part of an explanation as text, indented to stand in a lesson as it is."""
    found = made.root
    for title in titles:
        found = next(child for child in found.children if child.title == title)
    return as_lines(found)


def as_lines(worked: Worked) -> str:
    """A calculation as text, its lines after the first indented by four."""
    lines = Explanation(worked).text().rstrip().splitlines()
    told = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.strip("=-"):
            told.append(line if after and not after.strip("=-") else f"  {line}")
    return "\n    ".join(told)


# --- what is computed


def facts() -> Facts:
    """The first evening, worked out by ``explain``; some sums of other evenings."""
    bench = Bench(lake(4))
    x = bench.data.x
    made = bench.network.explain(x[:1])
    trace = bench.network.trace(x)
    sums, hidden = trace.value("dense_1.z").tolist(), trace.value("dense_1.y").tolist()
    last = trace.value("dense_2.z")[:, 0].tolist()
    answers = trace.value("output")[:, 0].tolist()
    return {
        "sun": EVENINGS[0][0], "rain": EVENINGS[0][1],
        "other_sun": EVENINGS[1][0], "other_rain": EVENINGS[1][1],
        "unit_0": section(made, "dense_1, unit 0"), "unit_1": section(made, "dense_1, unit 1"),
        "output": section(made, "dense_2, unit 0"),
        "products": sum(np.array(w).size for n, w in WEIGHTS.items() if n.endswith("weight")),
        "sum_0": sums[0][0], "sum_1": sums[0][1], "pleasant": hidden[0][0], "muddy": hidden[0][1],
        "last": last[0], "answer": answers[0], "bias": WEIGHTS["dense_2.bias"][0],
        "w_sun": WEIGHTS["dense_1.weight"][0][1], "w_rain": WEIGHTS["dense_1.weight"][1][1],
        "b_muddy": WEIGHTS["dense_1.bias"][1], "other_sum": sums[1][1],
        "other_pleasant": hidden[1][0], "other_muddy": hidden[1][1], "other_last": last[1],
        "other_answer": answers[1], "rainy_answer": answers[3], "rainy_sun": EVENINGS[3][0],
        "rainy_rain": EVENINGS[3][1], "half": 0.5,
        "even_bias": WEIGHTS["dense_2.bias"][0] - last[0],
        "by_hand": _by_hand(x[0]), "low": LOW,
        "hidden_for_many": 784 * 128 + 128 * 10,
    }  # fmt: skip


LOW = 0.1


def _by_hand(x: Any) -> float:
    """The same with a pocket calculator, from the printed digits."""

    def sigmoid(z: float) -> float:
        return float(round(1 / (1 + math.exp(-z)), 6))

    w, v = WEIGHTS["dense_1.weight"], WEIGHTS["dense_2.weight"]
    first = sigmoid(round(x[0] * w[0][0] + x[1] * w[1][0] + WEIGHTS["dense_1.bias"][0], 6))
    second = sigmoid(round(x[0] * w[0][1] + x[1] * w[1][1] + WEIGHTS["dense_1.bias"][1], 6))
    last = round(first * v[0][0] + second * v[1][0] + WEIGHTS["dense_2.bias"][0], 6)
    return sigmoid(last)


# --- what is done


def answer_of(bench: Any, row: int) -> float:
    """What the network answers for a row."""
    return float(bench.outputs(bench.data.x[row : row + 1])["dense_2"][0, 0])


def _even(bench: Any) -> bool:
    return abs(answer_of(bench, 0) - 0.5) < 0.002


def _balance(bench: Any) -> None:
    outputs = bench.outputs(bench.data.x[:1])
    own = float(bench.network.parameters["dense_2.bias"][0])
    bench.edit("dense_2.bias", (0,), round(own - float(outputs["sum of dense_2"][0, 0]), 3))


def _dry(bench: Any) -> bool:
    return answer_of(bench, 3) < LOW and answer_of(bench, 1) > 0.5


def _dry_up(bench: Any) -> None:
    bench.edit("dense_2.weight", (1, 0), -4.0)


LESSON = Lesson(
    number=10,
    slug="forward",
    title="A whole network, by hand",
    minutes=8,
    goal="You can compute what a small network answers with a pencil and a pocket calculator.",
    parts=(
        Text(
            """
            Will Mia go to the lake tonight? It depends on the hours of sun and the hours of rain
            during the day. Here is the smallest network worth the name: two inputs, two hidden
            units, one output. No learning today. We only follow the numbers through, once, and
            leave out nothing.

            The first hidden unit is something like *it is pleasant*: sun speaks for it, rain
            against. The second is *it is muddy*: the other way round. The output weighs the two.
            """
        ),
        Stage(
            lake(4), ("network", "steps"),
            "Blue lines are positive weights, orange ones negative, thick ones large. Click a "
            "unit to "
            "see each of its products.",
            controls=("weights", "rows", "restart"),
        ),
        Text(
            cleandoc("""
            Take the first evening: {sun:.0f} hours of sun, {rain:.0f} of rain. Each hidden unit
            takes each input times its weight, adds its bias, and puts the sum through its
            activation, here the sigmoid. Follow with a pocket calculator; the printed digits are
            all you need.

                {unit_0}

            A sum of exactly zero, and the sigmoid says {pleasant}: neither pleasant nor not. Now
            the second unit. It hears the same inputs, and has weights of its own.

                {unit_1}

            Rather muddy. And the output? For it, the hidden units *are* the inputs. It does not
            know what sun is.

                {output}

            So {answer:.2f}: she will go, perhaps. That was everything. {products} products, three
            sums, three sigmoids. Digits are read from images by {hidden_for_many:,} products, and
            not one of them is of another kind.
            """)
        ),
        Question(
            "The second evening had {other_sun:.0f} hours of sun and {other_rain:.0f} of rain. "
            "Compute the weighted sum of the second hidden unit, *muddy*: weights {w_sun} for sun "
            "and {w_rain} for rain, bias {b_muddy}.",
            lambda facts: facts["other_sum"],
            "${other_sun:.0f} * ({w_sun}) + {other_rain:.0f} * {w_rain} + {b_muddy} = "
            "{other_sum}$. The "
            "sigmoid makes {other_muddy:.3f} of it: hardly any mud.",
            margin=0.001,
            hint="Sun times its weight, rain times its weight, and the bias. The sigmoid comes "
            "after.",
        ),
        Question(
            "And the answer for that evening? The hidden units say {other_pleasant:.4f} and "
            "{other_muddy:.4f}; the output's weights are {v_pleasant:.0f} and {v_muddy:.0f}, its "
            "bias {bias}. Two digits are enough. (You need $e$ for the sigmoid.)",
            lambda facts: facts["other_answer"],
            "The sum is {other_last:.4f}, and the sigmoid of that is {other_answer:.4f}. She goes.",
            margin=0.006,
            hint="First the sum of the output. Then one divided by one plus e to the minus sum.",
        ),
        Try(
            "Undecided: move the *bias of the output* until the answer for the first evening is "
            "exactly {half}.",
            _even,
            "The sigmoid is a half where the sum is zero, and the bias is added to the sum as it "
            "is. The sum is {last:.4f}: what must be added to make it nothing?",
            _balance,
        ),
        Text(
            """
            No guessing was needed: from a bias of {bias} to {even_bias:.3f}, since the sum was
            {last:.3f}. A bias moves the point where a unit changes its mind.
            """
        ),
        Try(
            "Mia hates mud. Change *one* weight so that on the fourth evening ({rainy_sun:.0f} "
            "hour "
            "of sun, {rainy_rain:.0f} of rain) the answer is under {low}, and on the second she "
            "still goes.",
            _dry,
            "Which line leads from *muddy*, the right hidden unit, to the output? Make it more "
            "negative: drag it, or click the output and type.",
            _dry_up,
        ),
        Question(
            "You changed a weight between the hidden layer and the output. Which numbers of the "
            "network can that change?",
            lambda facts: 2,
            "Only what comes after it. Numbers flow forward: from the inputs to the hidden units, "
            "from there to the output. In the next lesson something flows the other way.",
            choices=(
                "all of them", "the hidden units", "only the output", "the inputs",
            ),
            hint="Follow the lines from the inputs on. Where does the changed one lead?",
        ),
    ),
    facts=lambda: {
        **facts(), "v_pleasant": WEIGHTS["dense_2.weight"][0][0],
        "v_muddy": WEIGHTS["dense_2.weight"][1][0],
    },
    holds=(
        Holds("the printed digits lead to the same answer by hand",
              lambda f: abs(f["by_hand"] - f["answer"]) < 2e-6),
        Holds("the first sum is exactly zero",
              lambda f: f["sum_0"] == 0.0 and f["pleasant"] == 0.5),
        Holds("the first evening is more yes than no", lambda f: 0.5 < f["answer"] < 0.75),
        Holds("each result is printed where it is said",
              lambda f: "= 0.731059" in f["unit_1"] and "= 0.6269" in f["output"]
              and abs(f["muddy"] - 0.731059) < 5e-7 and abs(f["answer"] - 0.6269) < 5e-5),
        Holds("the bias that makes the answer even",
              lambda f: abs(f["last"] - f["bias"] + f["even_bias"]) < 1e-12),
        Holds("on the rainy evening she might still go before the weight is changed",
              lambda f: f["rainy_answer"] > f["low"]),
        Holds("six products", lambda f: f["products"] == 6),
    ),
)  # fmt: skip
