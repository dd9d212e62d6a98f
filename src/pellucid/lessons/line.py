"""Lesson 2: a neuron with one input is a line; the weight is its slope, the bias its shift."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.learn.local import Delta
from pellucid.lessons.asked import give, near, outputs, sum_text, unit
from pellucid.lessons.asked import unit_of as read
from pellucid.lessons.lesson import Facts, Holds, Lesson, Question, Stage, Text, Try
from pellucid.models.neuron import Neuron
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points

FARE = Neuron([2.0], bias=3.5)
CANDLE = Neuron([-2.5], bias=20.0)
ROUGH = (0.1, -0.1, 0.0, 0.1, -0.1)
"""By how much the receipts are rounded."""


def _points(neuron: Neuron, x: tuple[float, ...], off: tuple[float, ...], name: str) -> Points:
    rows = zip(x, np.round(neuron([[v] for v in x]) + off, 2).tolist(), strict=True)
    return Points(tuple(rows), names=(name,), classes=())


def _scene(points: Points, weight: float, bias: float, rate: float) -> Scene:
    return Scene(
        points, output=Dense(1), loss=SquaredError(), rule=Delta(rate), epochs=600, scale=False,
        acts=unit((weight,), bias),
    )  # fmt: skip


RIDES = _scene(_points(FARE, (1.0, 2.0, 3.0, 5.0, 6.0), ROUGH, "km"), 1.0, 0.0, 0.08)
WAX = _scene(_points(CANDLE, (0.0, 1.0, 2.5, 4.0, 6.0), (0.0,) * 5, "hours"), 2.5, 8.0, 0.08)


def facts() -> Facts:
    """The two lines, and what the delta rule finds."""
    from pellucid.scene.bench import Bench

    bench = Bench(RIDES)
    rows = RIDES.source.rows  # type: ignore[attr-defined]
    start = Neuron([1.0], 0.0)
    bench.to_end()
    (slope,), shift = read(bench)
    return {
        "receipts": [f"{x:g} km: {y:.2f}" for x, y in rows],
        "first_km": rows[0][0],
        "first_price": rows[0][1],
        "start_weight": start.weights[0],
        "start_bias": start.bias,
        "start_price": start([rows[0][0]]),
        "one": 1,
        "zero": 0,
        "far": 10,
        "far_price": FARE([10.0]),
        "per_km": FARE.weights[0],
        "sit_down": FARE.bias,
        "close": 0.25,
        "learned_slope": slope,
        "learned_shift": shift,
        "learned_line": str(Neuron([round(slope, 2)], round(shift, 2)).line()),
        "learned_mae": bench.scores()["mae"],
        "candle_height": CANDLE.bias,
        "candle_rate": CANDLE.weights[0],
        "candle_loss": -CANDLE.weights[0],
        "candle_line": str(CANDLE.line()),
        "candle_gone": -CANDLE.bias / CANDLE.weights[0],
        "candle_sum": sum_text(CANDLE, [4.0]),
        "candle_hours": 4,
        "candle_left": CANDLE([4.0]),
    }


def _errors(bench: Any) -> np.ndarray[Any, Any]:
    return np.asarray(np.abs(outputs(bench) - bench.data.y))


def _through_first(bench: Any) -> bool:
    (slope,), _ = read(bench)
    return near(slope, 1.0) and bool(_errors(bench)[0] <= 0.25)


def _through_all(bench: Any) -> bool:
    return bool(_errors(bench).max() <= 0.25)


def _found_itself(bench: Any) -> bool:
    return bench.step > 0 and _through_all(bench)


PARTS = (
    Text("""
You take a taxi now and then, and you keep the receipts. Five of them lie on the table: how far you
went, and what it cost. Nobody has told you the price list. Can you work it out?

Ask a neuron. This one is as small as a neuron gets: one input, x, how many kilometres; one weight;
one bias; and no threshold. Its answer y is the weighted sum itself.

$y = weight x + bias$

If you have met $y = m x + b$ in school: this is it. The weight is m, the bias is b, and the neuron
*is* a straight line. Here it lies among your receipts, and for now it lies badly: it has the weight
{start_weight:g} and the bias {start_bias:g}. For the first receipt, {first_km:g} km, it says
{start_price:.2f}; the driver said {first_price:.2f}.
"""),
    Stage(
        RIDES, ("line", "network"),
        "Each dot is a receipt. Drag the line: by its middle it goes up and down, by its far end "
        "it gets steeper or flatter. The slope below it is the weight, the intercept is the bias.",
        pace=60.0,
        controls=("weights", "play", "restart"),
        code='''from pellucid import Neuron

fare = Neuron([1.0], bias=0.0)
print(fare.line())
print(fare([1.0]), "for the first receipt")''',
    ),
    Try(
        "Leave the weight at {start_weight:g} and change the bias alone, until the line meets the "
        "first receipt. What happens to the others?",
        _through_first,
        "The first dot is the one furthest to the left. It costs {first_price:.2f}.",
        lambda bench: give(bench, (1.0,), 4.5),
    ),
    Text("""
The bias *shifts* the line. All of it goes up or down by the same amount, and it stays as steep as
it was. Where x is {zero}, before a single kilometre is driven, nothing is left of the sum but the
bias. So the bias is what it costs to sit down.

But the line meets one receipt and misses the rest, and the longer the ride, the worse. It rises too
slowly. That is the other number's job.
"""),
    Try(
        "Now bring the line to all five receipts, none missed by more than {close:g}.",
        _through_all,
        "Make it steeper with the weight first, so that it runs beside the dots. Then shift it "
        "with the bias.",
        lambda bench: give(bench, FARE.weights, FARE.bias),
    ),
    Text("""
The weight is the *slope*: when x grows by {one}, y grows by the weight. A larger weight is a
steeper line; a weight of {zero} is a level one, on which the input makes no difference at all.

And so you have the price list: about {per_km:g} for a kilometre, about {sit_down:g} to sit down. It
was never written on any receipt. It was *in* them, and turning two numbers until the line fitted
brought it out. You can even say what a ride costs that you never took: {far} km come to about
{far_price:.2f}.

Turning numbers until the answers fit is exactly what is meant by *learning*. The machine can do the
turning, too. It looks at how far it is off at each receipt, moves both numbers a little to where
the misses shrink, and does so again and again. How it knows which way to move is the matter of
lessons to come. For now, just watch.
"""),
    Try(
        "Start again, press play, and let the neuron find the line by itself.",
        _found_itself,
        "Restart brings the bad line back. Then play. It is quick at first, and slow towards the "
        "end.",
        lambda bench: bench.to_end(),
    ),
    Text("""
It ends at `{learned_line}`: not precisely at {per_km:g} and {sit_down:g}, since the driver rounds,
and the line that misses all five by as little as can be is not quite the price list. On the average
it misses by {learned_mae:.2f}. That is how it will always be with real data.

So far everything went up: more kilometres, more money. What about things that shrink?
"""),
    Stage(
        WAX, ("line", "network"),
        "A burning candle: the hours since it was lit, and its height in centimetres. The line "
        "goes the wrong way.",
        pace=60.0,
        controls=("weights", "play", "restart"),
        code='''candle = Neuron([-2.5], bias=20.0)
print(candle.line())
print(candle([4.0]), "cm are left after four hours")''',
    ),
    Try(
        "Turn the line round and lay it through all five dots, none missed by more than {close:g}.",
        _through_all,
        "Pull the weight down through {zero} and further: below {zero} the line falls. The candle "
        "began {candle_height:g} cm high, and that is the bias.",
        lambda bench: give(bench, CANDLE.weights, CANDLE.bias),
    ),
    Text("""
A *negative weight turns the line round*: the more x, the less y. Your candle is `{candle_line}`; it
was {candle_height:g} cm high, loses {candle_loss:g} cm an hour, and will be gone after
{candle_gone:g} hours.

The two numbers are all there is to it. With two inputs, the neuron is a tilted plane in place of a
line, with a slope in each direction. With a hundred inputs there is no picture any more, and yet
nothing new: each weight is still a slope, and the bias still shifts it all.
"""),
    Question(
        "How high is the candle after {candle_hours} hours, in cm?",
        lambda facts: facts["candle_left"],
        "y = {candle_sum}.",
        hint="Start from the bias, {candle_height:g}, and take away what it loses in "
        "{candle_hours} hours.",
    ),
    Question(
        "A taxi firm wants every ride to cost the same amount more, short or long. What must it "
        "change?",
        lambda facts: 1,
        "The bias: it is added once, however long the ride. A larger weight would make long rides "
        "dearer than short ones.",
        choices=("The weight", "The bias", "Both, by the same factor"),
        hint="Which of the two numbers moves all of the line by the same amount?",
    ),
)  # fmt: skip

LESSON = Lesson(
    2, "line", "A weight and a bias make a line", 8,
    "You can read a neuron's weight and bias off a line, and lay a line through points with them.",
    PARTS,
    facts,
    (
        Holds(
            "a kilometre more costs the weight",
            lambda f: near(FARE([4.0]) - FARE([3.0]), f["per_km"], 1e-9),
        ),
        Holds("the bias is the price at 0 km", lambda f: FARE([0.0]) == f["sit_down"]),
        Holds(
            "a weight of 0 is a level line",
            lambda f: Neuron([0.0], 3.0)([1.0]) == Neuron([0.0], 3.0)([9.0]),
        ),
        Holds(
            "the longer the ride, the worse a line with the first weight misses",
            lambda f: FARE([6.0]) - Neuron([1.0], 4.5)([6.0]) > FARE([2.0]) - 2.0 - 4.5,
        ),
        Holds(
            "the neuron finds about the price list",
            lambda f: near(f["learned_slope"], f["per_km"], 0.1)
            and near(f["learned_shift"], f["sit_down"], 0.3),
        ),
        Holds("but not precisely", lambda f: not near(f["learned_slope"], f["per_km"], 1e-4)),
        Holds("its line is that of least squares", lambda f: _is_least_squares(f)),
        Holds("the candle is gone when it says", lambda f: CANDLE([f["candle_gone"]]) == 0.0),
        Holds("the candle's weight is negative", lambda f: f["candle_rate"] < 0),
    ),
)  # fmt: skip


def _is_least_squares(facts: Facts) -> bool:
    rows = np.array(RIDES.source.rows)  # type: ignore[attr-defined]
    slope, shift = np.polyfit(rows[:, 0], rows[:, 1], 1)
    return near(facts["learned_slope"], slope, 0.01) and near(facts["learned_shift"], shift, 0.03)
